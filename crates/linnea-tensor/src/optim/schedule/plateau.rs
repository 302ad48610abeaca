//! A learning rate that falls when a metric no longer gets better.

use crate::optim::Optimizer;

/// PyTorch's `eps`: a smaller change of the rate is not made.
const LEAST_CHANGE: f64 = 1e-8;

/// Multiplies the rate by a factor when a metric has not improved for more than `patience` epochs
/// (`torch.optim.lr_scheduler.ReduceLROnPlateau`).
///
/// ```
/// use linnea_tensor::{optim::{schedule::ReduceOnPlateau, Optimizer, Sgd}, tensor};
/// let mut optimizer = Sgd::new([tensor![1.0].requires_grad_()?], 0.5);
/// let mut plateau = ReduceOnPlateau::new().factor(0.5).patience(1);
/// for loss in [3.0, 2.0, 2.0, 2.0] {
///     plateau.step(&mut optimizer, loss);
/// }
/// assert_eq!(optimizer.learning_rate(), 0.25);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReduceOnPlateau {
    factor: f64,
    patience: u64,
    threshold: Threshold,
    cooldown: u64,
    min_rate: f64,
    maximize: bool,
    best: Option<f64>,
    bad: u64,
    resting: u64,
}

/// How much better counts as better.
#[derive(Clone, Copy, Debug)]
enum Threshold {
    Relative(f64),
    Absolute(f64),
}

impl Default for ReduceOnPlateau {
    fn default() -> Self {
        Self {
            factor: 0.1,
            patience: 10,
            threshold: Threshold::Relative(1e-4),
            cooldown: 0,
            min_rate: 0.0,
            maximize: false,
            best: None,
            bad: 0,
            resting: 0,
        }
    }
}

impl ReduceOnPlateau {
    /// PyTorch's defaults: a tenth of the rate after more than 10 epochs in which the metric has not
    /// fallen by a ten-thousandth.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the rate is multiplied by; less than 1.
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        Self { factor, ..self }
    }

    /// How many epochs without improvement are borne.
    #[must_use]
    pub fn patience(self, patience: u64) -> Self {
        Self { patience, ..self }
    }

    /// The share of the best metric by which a better one must be better.
    #[must_use]
    pub fn threshold(self, share: f64) -> Self {
        Self { threshold: Threshold::Relative(share), ..self }
    }

    /// The amount by which a better metric must be better.
    #[must_use]
    pub fn absolute_threshold(self, amount: f64) -> Self {
        Self { threshold: Threshold::Absolute(amount), ..self }
    }

    /// How many epochs after a reduction do not count.
    #[must_use]
    pub fn cooldown(self, cooldown: u64) -> Self {
        Self { cooldown, ..self }
    }

    /// The rate's lower bound.
    #[must_use]
    pub fn min_rate(self, min_rate: f64) -> Self {
        Self { min_rate, ..self }
    }

    /// A larger metric is better.
    #[must_use]
    pub fn maximize(self) -> Self {
        Self { maximize: true, ..self }
    }

    /// Takes note of an epoch's metric, and reduces the optimiser's rate if it is time. A metric
    /// that is NaN is no improvement.
    pub fn step(&mut self, optimizer: &mut dyn Optimizer, metric: f64) {
        if self.is_better(metric) {
            self.best = Some(metric);
            self.bad = 0;
        } else {
            self.bad += 1;
        }
        if self.resting > 0 {
            self.resting -= 1;
            self.bad = 0;
        }
        if self.bad > self.patience {
            self.reduce(optimizer);
            self.resting = self.cooldown;
            self.bad = 0;
        }
    }

    fn is_better(&self, metric: f64) -> bool {
        let sign = if self.maximize { -1.0 } else { 1.0 };
        let worst = sign * f64::INFINITY;
        let best = self.best.unwrap_or(worst);
        let bar = match self.threshold {
            Threshold::Relative(share) => best * (1.0 - sign * share),
            Threshold::Absolute(amount) => best - sign * amount,
        };
        sign * metric < sign * bar
    }

    fn reduce(&self, optimizer: &mut dyn Optimizer) {
        let old = optimizer.learning_rate();
        let new = (old * self.factor).max(self.min_rate);
        if old - new > LEAST_CHANGE {
            optimizer.set_learning_rate(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ReduceOnPlateau;
    use crate::optim::{Optimizer, Sgd};
    use crate::tensor;

    #[rustfmt::skip]
    const METRICS: [f64; 16] =
        [5.0, 4.0, 4.0, 4.0, 4.0, 3.9999, 4.0, 4.0, 4.0, 4.0, 1.0, f64::NAN, 1.0, 1.0, 1.0, 1.0];

    #[track_caller]
    fn assert_rates(mut plateau: ReduceOnPlateau, expected: [f64; 16]) {
        let mut optimizer = Sgd::new([tensor![0.0].requires_grad_().unwrap()], 0.3);
        for (metric, rate) in METRICS.into_iter().zip(expected) {
            plateau.step(&mut optimizer, metric);
            assert!((optimizer.learning_rate() - rate).abs() < 1e-15);
        }
    }

    #[test]
    fn sequences_are_pytorchs() {
        let half = || ReduceOnPlateau::new().factor(0.5);
        assert_rates(
            half().patience(1),
            [
                0.3, 0.3, 0.3, 0.15, 0.15, 0.075, 0.075, 0.0375, 0.0375, 0.01875, 0.01875, 0.01875,
                0.009375, 0.009375, 0.0046875, 0.0046875,
            ],
        );
        assert_rates(
            half().patience(1).cooldown(2).min_rate(0.1),
            [0.3, 0.3, 0.3, 0.15, 0.15, 0.15, 0.15, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
        );
        assert_rates(
            half().patience(2).absolute_threshold(0.5),
            [
                0.3, 0.3, 0.3, 0.3, 0.15, 0.15, 0.15, 0.075, 0.075, 0.075, 0.075, 0.075, 0.075,
                0.0375, 0.0375, 0.0375,
            ],
        );
        assert_rates(
            half().patience(2).threshold(0.1).maximize(),
            [
                0.3, 0.3, 0.3, 0.15, 0.15, 0.15, 0.075, 0.075, 0.075, 0.0375, 0.0375, 0.0375,
                0.01875, 0.01875, 0.01875, 0.009375,
            ],
        );
    }
}
