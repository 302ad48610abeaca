//! Schedules with a formula, of the first rate η and the epoch t.

use super::Schedule;
use crate::optim::Optimizer;
use std::f64::consts::PI;

/// The parts of [`Schedule`] that are the same for all, and the formula.
macro_rules! schedule {
    ([$($bounds:tt)*] $type:ty, |$self:ident, $t:ident| $rate:expr) => {
        impl<$($bounds)*> Schedule for $type {
            fn rate(&$self, $t: u64) -> f64 {
                $rate
            }

            fn epoch(&self) -> u64 {
                self.epoch
            }

            fn set_epoch(&mut self, epoch: u64) {
                self.epoch = epoch;
            }
        }
    };
}

/// η·γ^⌊t/size⌋: the rate falls by γ every `size` epochs (`torch.optim.lr_scheduler.StepLR`).
#[derive(Clone, Debug)]
pub struct StepLr {
    first: f64,
    epoch: u64,
    size: u64,
    gamma: f64,
}

impl StepLr {
    /// A rate that is multiplied by `gamma` every `size` epochs; with size 0, never.
    pub fn new(optimizer: &dyn Optimizer, size: u64, gamma: f64) -> Self {
        Self { first: optimizer.learning_rate(), epoch: 0, size, gamma }
    }
}
schedule!([] StepLr, |self, t| self.first * power(self.gamma, t.checked_div(self.size).unwrap_or(0)));

/// η·γᵏ after k milestones (`torch.optim.lr_scheduler.MultiStepLR`).
#[derive(Clone, Debug)]
pub struct MultiStepLr {
    first: f64,
    epoch: u64,
    milestones: Vec<u64>,
    gamma: f64,
}

impl MultiStepLr {
    /// A rate that is multiplied by `gamma` at each of these epochs, as often as it is listed.
    pub fn new(optimizer: &dyn Optimizer, milestones: &[u64], gamma: f64) -> Self {
        let milestones = milestones.to_vec();
        Self { first: optimizer.learning_rate(), epoch: 0, milestones, gamma }
    }
}
schedule!([] MultiStepLr, |self, t| {
    let passed = self.milestones.iter().filter(|&&at| at <= t).count();
    self.first * power(self.gamma, passed as u64)
});

/// η·γᵗ (`torch.optim.lr_scheduler.ExponentialLR`).
#[derive(Clone, Debug)]
pub struct ExponentialLr {
    first: f64,
    epoch: u64,
    gamma: f64,
}

impl ExponentialLr {
    /// A rate that is multiplied by `gamma` every epoch.
    pub fn new(optimizer: &dyn Optimizer, gamma: f64) -> Self {
        Self { first: optimizer.learning_rate(), epoch: 0, gamma }
    }
}
schedule!([] ExponentialLr, |self, t| self.first * power(self.gamma, t));

/// η times a factor that goes from one value to another in a straight line, and stays there
/// (`torch.optim.lr_scheduler.LinearLR`): a warm-up.
#[derive(Clone, Debug)]
pub struct LinearLr {
    first: f64,
    epoch: u64,
    from: f64,
    to: f64,
    epochs: u64,
}

impl LinearLr {
    /// A factor that goes from `from` to `to` in so many epochs. The optimiser's rate is multiplied
    /// by `from` at once. (PyTorch's defaults are 1/3, 1 and 5.)
    pub fn new(optimizer: &mut dyn Optimizer, from: f64, to: f64, epochs: u64) -> Self {
        start(Self { first: optimizer.learning_rate(), epoch: 0, from, to, epochs }, optimizer)
    }
}
schedule!([] LinearLr, |self, t| {
    let done = if t >= self.epochs { 1.0 } else { t as f64 / self.epochs as f64 };
    self.first * (self.from + (self.to - self.from) * done)
});

/// η_min + (η − η_min)(1 + cos(πt/T))/2 (`torch.optim.lr_scheduler.CosineAnnealingLR`): half a wave
/// down in T epochs, then up again.
///
/// Loshchilov & Hutter, *SGDR: stochastic gradient descent with warm restarts* (2017), equation 5,
/// without the restarts.
#[derive(Clone, Debug)]
pub struct CosineAnnealingLr {
    first: f64,
    epoch: u64,
    epochs: u64,
    lowest: f64,
}

impl CosineAnnealingLr {
    /// A rate that falls to `lowest` in so many epochs; with 0 epochs, it stays.
    pub fn new(optimizer: &dyn Optimizer, epochs: u64, lowest: f64) -> Self {
        Self { first: optimizer.learning_rate(), epoch: 0, epochs, lowest }
    }
}
schedule!([] CosineAnnealingLr, |self, t| {
    let waves = if self.epochs == 0 { 0.0 } else { t as f64 / self.epochs as f64 };
    self.lowest + (self.first - self.lowest) * (1.0 + (PI * waves).cos()) / 2.0
});

/// η times any function of the epoch (`torch.optim.lr_scheduler.LambdaLR`).
#[derive(Clone, Debug)]
pub struct LambdaLr<F> {
    first: f64,
    epoch: u64,
    factor: F,
}

impl<F: Fn(u64) -> f64> LambdaLr<F> {
    /// The rate times `factor` of the epoch; the optimiser's rate is multiplied by that of 0 at once.
    pub fn new(optimizer: &mut dyn Optimizer, factor: F) -> Self {
        start(Self { first: optimizer.learning_rate(), epoch: 0, factor }, optimizer)
    }
}
schedule!([F: Fn(u64) -> f64] LambdaLr<F>, |self, t| self.first * (self.factor)(t));

/// Sets the rate of epoch 0 where it is not the optimiser's own.
fn start<S: Schedule>(schedule: S, optimizer: &mut dyn Optimizer) -> S {
    optimizer.set_learning_rate(schedule.rate(0));
    schedule
}

fn power(base: f64, exponent: u64) -> f64 {
    // `powf` gives 1 for exponent 0 and takes any other count.
    base.powf(exponent as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::Sgd;
    use crate::tensor;

    fn sgd() -> Sgd {
        Sgd::new([tensor![0.0].requires_grad_().unwrap()], 0.3)
    }

    /// The rates from epoch 0 on are PyTorch's.
    #[track_caller]
    fn assert_rates<S: Schedule>(make: impl FnOnce(&mut Sgd) -> S, expected: &[f64]) {
        let mut optimizer = sgd();
        let mut schedule = make(&mut optimizer);
        for (epoch, rate) in expected.iter().enumerate() {
            let got = optimizer.learning_rate();
            assert!((got - rate).abs() <= 1e-14 * rate, "epoch {epoch}: {got}, not {rate}");
            schedule.step(&mut optimizer);
        }
    }

    #[test]
    fn sequences_are_pytorchs() {
        assert_rates(|o| StepLr::new(o, 3, 0.1), &[0.3, 0.3, 0.3, 0.03, 0.03, 0.03, 0.003, 0.003]);
        assert_rates(
            |o| MultiStepLr::new(o, &[2, 5, 5], 0.5),
            &[0.3, 0.3, 0.15, 0.15, 0.15, 0.0375, 0.0375, 0.0375],
        );
        assert_rates(
            |o| ExponentialLr::new(o, 0.9),
            &[
                0.3,
                0.27,
                0.24300000000000002,
                0.21870000000000003,
                0.19683000000000003,
                0.17714700000000003,
                0.15943230000000003,
                0.14348907000000002,
            ],
        );
        assert_rates(
            |o| LinearLr::new(o, 0.25, 1.0, 4),
            &[
                0.075,
                0.13125,
                0.1875,
                0.24375000000000002,
                0.30000000000000004,
                0.30000000000000004,
                0.30000000000000004,
                0.30000000000000004,
            ],
        );
        assert_rates(
            |o| LinearLr::new(o, 1.0 / 3.0, 1.0, 5),
            &[
                0.09999999999999999,
                0.14,
                0.18000000000000002,
                0.22000000000000006,
                0.26000000000000006,
                0.30000000000000004,
                0.30000000000000004,
                0.30000000000000004,
            ],
        );
        assert_rates(
            |o| CosineAnnealingLr::new(o, 4, 0.01),
            &[
                0.3,
                0.25753048327204936,
                0.155,
                0.05246951672795062,
                0.01,
                0.0524695167279506,
                0.15500000000000003,
                0.25753048327204947,
                0.3000000000000001,
                0.25753048327204947,
                0.15500000000000008,
                0.05246951672795075,
            ],
        );
        assert_rates(
            |o| LambdaLr::new(o, |t| 1.0 / (1.0 + t as f64)),
            &[
                0.3,
                0.15,
                0.09999999999999999,
                0.075,
                0.06,
                0.049999999999999996,
                0.04285714285714285,
                0.0375,
            ],
        );
    }

    #[test]
    fn a_resumed_schedule_goes_on() {
        let mut optimizer = sgd();
        let mut schedule = ExponentialLr::new(&optimizer, 0.9);
        schedule.set_epoch(6);
        schedule.step(&mut optimizer);
        assert_eq!((schedule.epoch(), optimizer.learning_rate()), (7, schedule.rate(7)));
    }

    #[test]
    fn lengths_of_zero_divide_nothing() {
        let optimizer = &mut sgd();
        assert_eq!(StepLr::new(optimizer, 0, 0.1).rate(5), 0.3);
        assert_eq!(CosineAnnealingLr::new(optimizer, 0, 0.1).rate(5), 0.3);
        assert_eq!(LinearLr::new(optimizer, 0.5, 1.0, 0).rate(0), 0.3);
    }
}
