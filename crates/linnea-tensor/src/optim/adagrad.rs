//! Adagrad.
//!
//! ```text
//! s ← s + g²          x ← x − η/(1 + (t − 1)δ) · g/(√s + ε)        (δ: decay of the rate)
//! ```
//!
//! Duchi, Hazan & Singer, *Adaptive subgradient methods for online learning and stochastic
//! optimization* (2011).

use super::group::{Group, Rule, penalized, real};
use super::{at_least_zero, optimizer};
use crate::{Result, Tensor};
use num_traits::Float;
use std::borrow::Borrow;

/// Steps scaled by the root of the sum of squared gradients (`torch.optim.Adagrad`).
#[derive(Clone, Debug)]
pub struct Adagrad {
    group: Group<1>,
    learning_rate: f64,
    settings: Settings,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    rate_decay: f64,
    weight_decay: f64,
    initial_accumulator: f64,
    epsilon: f64,
    maximize: bool,
}

impl Adagrad {
    /// Adagrad with a step size (PyTorch's default is 0.01).
    pub fn new(parameters: impl IntoIterator<Item: Borrow<Tensor>>, learning_rate: f64) -> Self {
        let settings = Settings {
            rate_decay: 0.0,
            weight_decay: 0.0,
            initial_accumulator: 0.0,
            epsilon: 1e-10,
            maximize: false,
        };
        Self { group: Group::new(parameters), learning_rate, settings }
    }

    /// Divides the rate by 1 + (t − 1)·`decay` at step t (PyTorch's `lr_decay`).
    #[must_use]
    pub fn rate_decay(mut self, decay: f64) -> Self {
        self.settings.rate_decay = decay;
        self
    }

    /// Adds `weight_decay`·‖x‖²/2 to what is minimised.
    #[must_use]
    pub fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.settings.weight_decay = weight_decay;
        self
    }

    /// What the sums of squares begin with.
    #[must_use]
    pub fn initial_accumulator(mut self, value: f64) -> Self {
        self.settings.initial_accumulator = value;
        self
    }

    /// Added to the root of the sum, so that it is never 0; 10⁻¹⁰.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.settings.epsilon = epsilon;
        self
    }

    /// Climbs instead of descending.
    #[must_use]
    pub fn maximize(mut self) -> Self {
        self.settings.maximize = true;
        self
    }

    fn check(&self) -> Result<()> {
        at_least_zero("Adagrad", "the learning rate", self.learning_rate)?;
        at_least_zero("Adagrad", "rate_decay", self.settings.rate_decay)?;
        at_least_zero("Adagrad", "weight_decay", self.settings.weight_decay)?;
        at_least_zero("Adagrad", "initial_accumulator", self.settings.initial_accumulator)?;
        at_least_zero("Adagrad", "epsilon", self.settings.epsilon)
    }
}

optimizer!(Adagrad {
    fn step(&mut self) -> Result<()> {
        self.check()?;
        let rule = Accumulate { rate: self.learning_rate, settings: self.settings };
        self.group.step("Adagrad", &rule)
    }
});

struct Accumulate {
    rate: f64,
    settings: Settings,
}

impl Rule<1> for Accumulate {
    fn update<T: Float>(&self, step: u64, x: &mut [T], g: &[T], [sum]: &mut [Vec<T>; 1]) {
        let Settings { rate_decay, weight_decay, initial_accumulator, epsilon, maximize } =
            self.settings;
        let gradient = penalized(maximize, weight_decay);
        let rate: T = real(self.rate / (1.0 + (step - 1) as f64 * rate_decay));
        let epsilon: T = real(epsilon);
        sum.resize(x.len(), real(initial_accumulator));
        for ((x, &g), sum) in x.iter_mut().zip(g).zip(sum) {
            let g = gradient(*x, g);
            *sum = *sum + g * g;
            *x = *x - rate * g / (sum.sqrt() + epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Adagrad;
    use crate::optim::Optimizer;
    use crate::optim::trial::assert_ten_steps;
    use crate::{Result, tensor};

    #[test]
    fn ten_steps_end_where_pytorchs_do() -> Result<()> {
        assert_ten_steps(
            |p| Adagrad::new(p, 0.5),
            [0.4916147965612399, 0.09005843090825547, 0.986277723899148, 0.6394815152403358],
            [0.49161482, 0.090058416, 0.98627776, 0.63948148],
        )?;
        assert_ten_steps(
            |p| {
                Adagrad::new(p, 0.5)
                    .rate_decay(0.1)
                    .weight_decay(0.2)
                    .initial_accumulator(0.3)
                    .epsilon(1e-3)
            },
            [0.47675357195920814, -0.28498066308218695, 1.3341302602188856, 0.6285116910837939],
            [0.47675359, -0.28498068, 1.3341303, 0.62851173],
        )?;
        Ok(())
    }

    #[test]
    fn settings_out_of_range_are_refused() -> Result<()> {
        let w = tensor![1.0].requires_grad_()?;
        let message = |mut optimizer: Adagrad| optimizer.step().unwrap_err().to_string();
        assert!(message(Adagrad::new([&w], -1.0)).contains("learning rate"));
        assert!(message(Adagrad::new([&w], 0.1).rate_decay(-1.0)).contains("rate_decay"));
        assert!(message(Adagrad::new([&w], 0.1).weight_decay(-1.0)).contains("weight_decay"));
        let negative = Adagrad::new([&w], 0.1).initial_accumulator(-1.0);
        assert!(message(negative).contains("initial_accumulator"));
        assert!(message(Adagrad::new([&w], 0.1).epsilon(-1.0)).contains("epsilon"));
        Ok(())
    }
}
