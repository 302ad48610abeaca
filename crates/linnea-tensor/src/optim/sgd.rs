//! Stochastic gradient descent.
//!
//! ```text
//! g ← ∂f/∂x + λx                  (λ: weight decay)
//! v ← g at the first step, then μv + (1 − τ)g     (μ: momentum, τ: dampening)
//! x ← x − η·v, or x − η(g + μv) with Nesterov's momentum
//! ```
//!
//! Momentum as in Sutskever, Martens, Dahl & Hinton, *On the importance of initialization and
//! momentum in deep learning* (2013), with the rate outside of v, as PyTorch has it.

use super::group::{Group, Rule, penalized, real};
use super::{at_least_zero, optimizer};
use crate::{Error, Result, Tensor};
use num_traits::Float;
use std::borrow::Borrow;

/// Stochastic gradient descent (`torch.optim.SGD`).
#[derive(Clone, Debug)]
pub struct Sgd {
    group: Group<1>,
    learning_rate: f64,
    settings: Settings,
}

#[derive(Clone, Copy, Debug, Default)]
struct Settings {
    momentum: f64,
    dampening: f64,
    weight_decay: f64,
    nesterov: bool,
    maximize: bool,
}

impl Sgd {
    /// Plain gradient descent with a step size.
    pub fn new(parameters: impl IntoIterator<Item: Borrow<Tensor>>, learning_rate: f64) -> Self {
        Self { group: Group::new(parameters), learning_rate, settings: Settings::default() }
    }

    /// Moves along a running sum of gradients, of which this share is kept at each step.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.settings.momentum = momentum;
        self
    }

    /// Adds 1 − `dampening` of each gradient to the running sum.
    #[must_use]
    pub fn dampening(mut self, dampening: f64) -> Self {
        self.settings.dampening = dampening;
        self
    }

    /// Takes the gradient one momentum step ahead, as Nesterov does.
    #[must_use]
    pub fn nesterov(mut self) -> Self {
        self.settings.nesterov = true;
        self
    }

    /// Adds `weight_decay`·‖x‖²/2 to what is minimised.
    #[must_use]
    pub fn weight_decay(mut self, weight_decay: f64) -> Self {
        self.settings.weight_decay = weight_decay;
        self
    }

    /// Climbs instead of descending.
    #[must_use]
    pub fn maximize(mut self) -> Self {
        self.settings.maximize = true;
        self
    }

    fn check(&self) -> Result<()> {
        let Settings { momentum, dampening, weight_decay, nesterov, .. } = self.settings;
        at_least_zero("Sgd", "the learning rate", self.learning_rate)?;
        at_least_zero("Sgd", "momentum", momentum)?;
        at_least_zero("Sgd", "weight_decay", weight_decay)?;
        if nesterov && (momentum <= 0.0 || dampening != 0.0) {
            let problem = "Nesterov's momentum needs a momentum and no dampening";
            return Err(Error::value("Sgd", problem));
        }
        Ok(())
    }
}

optimizer!(Sgd {
    fn step(&mut self) -> Result<()> {
        self.check()?;
        let rule = Descent { rate: self.learning_rate, settings: self.settings };
        self.group.step("Sgd", &rule)
    }
});

struct Descent {
    rate: f64,
    settings: Settings,
}

impl Rule<1> for Descent {
    fn update<T: Float>(&self, step: u64, x: &mut [T], g: &[T], [v]: &mut [Vec<T>; 1]) {
        let Settings { momentum, dampening, weight_decay, nesterov, maximize } = self.settings;
        let gradient = penalized(maximize, weight_decay);
        let (rate, kept, added): (T, T, T) =
            (real(self.rate), real(momentum), real(1.0 - dampening));
        if momentum == 0.0 {
            return x.iter_mut().zip(g).for_each(|(x, &g)| *x = *x - rate * gradient(*x, g));
        }
        let first = step == 1;
        v.resize(x.len(), T::zero());
        for ((x, &g), v) in x.iter_mut().zip(g).zip(v) {
            let g = gradient(*x, g);
            *v = if first { g } else { kept * *v + added * g };
            *x = *x - rate * if nesterov { g + kept * *v } else { *v };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sgd;
    use crate::optim::Optimizer;
    use crate::optim::trial::assert_ten_steps;
    use crate::{Result, tensor};

    #[test]
    fn ten_steps_end_where_pytorchs_do() -> Result<()> {
        assert_ten_steps(
            |p| Sgd::new(p, 0.01),
            [0.8832975472797691, 1.1144224566801924, 2.8731650546208414, 0.22354048322194822],
            [0.88329756, 1.1144224, 2.8731649, 0.22354048],
        )?;
        assert_ten_steps(
            |p| Sgd::new(p, 0.01).momentum(0.9),
            [0.540976751714489, 1.4811446302996092, 2.460196569880275, 0.2753265384642981],
            [0.54097682, 1.4811444, 2.4601963, 0.27532661],
        )?;
        assert_ten_steps(
            |p| Sgd::new(p, 0.01).momentum(0.9).dampening(0.25).weight_decay(0.1),
            [0.6013477086278043, 2.550605207600465, 2.483447451755001, 0.3214104614760226],
            [0.60134774, 2.5506053, 2.4834476, 0.32141042],
        )?;
        assert_ten_steps(
            |p| Sgd::new(p, 0.01).momentum(0.8).nesterov().weight_decay(0.01),
            [0.6700151721763233, 1.4964753557228283, 2.5818529288590457, 0.20598815303022666],
            [0.67001516, 1.4964755, 2.5818529, 0.20598815],
        )?;
        assert_ten_steps(
            |p| Sgd::new(p, 0.001).momentum(0.5).maximize(),
            [1.0138157357393567, -3.4444211015570017, 3.0136240762250854, 0.4891743126869848],
            [1.0138158, -3.4444213, 3.0136244, 0.48917428],
        )?;
        Ok(())
    }

    #[test]
    fn what_cannot_be_optimized_is_refused_and_left_alone() -> Result<()> {
        let w = tensor![1.0, 2.0].requires_grad_()?;
        w.square().sum().backward()?;
        let message = |mut optimizer: Sgd| optimizer.step().unwrap_err().to_string();
        assert!(message(Sgd::new([&w], -0.1)).contains("learning rate is -0.1"));
        assert!(message(Sgd::new([&w], f64::NAN)).contains("learning rate is NaN"));
        assert!(message(Sgd::new([&w], 0.1).momentum(-1.0)).contains("momentum is -1"));
        assert!(message(Sgd::new([&w], 0.1).weight_decay(-1.0)).contains("weight_decay is -1"));
        assert!(message(Sgd::new([&w], 0.1).nesterov()).contains("Nesterov"));
        let damped = Sgd::new([&w], 0.1).momentum(0.9).dampening(0.1).nesterov();
        assert!(message(damped).contains("Nesterov"));
        assert!(message(Sgd::new([&w; 0], 0.1)).contains("no parameters"));
        assert!(message(Sgd::new([&w, &w.clone()], 0.1)).contains("0 and 1 are the same"));
        assert!(message(Sgd::new([w.mul(2.0)?], 0.1)).contains("result of an operation"));
        assert_eq!(w.to_f64_vec(), [1.0, 2.0]);
        Ok(())
    }

    #[test]
    fn clones_see_the_step_and_a_parameter_without_gradient_stays() -> Result<()> {
        let (w, idle) = (tensor![[1.0, 2.0], [3.0, 4.0]].requires_grad_()?, tensor![5.0]);
        let (clone, view) = (w.clone(), w.detach());
        let mut optimizer = Sgd::new([&w, &idle], 0.5);
        w.sum().backward()?;
        optimizer.step()?;
        assert_eq!(clone.to_f64_vec(), [0.5, 1.5, 2.5, 3.5]);
        assert_eq!((view.to_f64_vec(), idle.to_f64_vec()), (vec![1.0, 2.0, 3.0, 4.0], vec![5.0]));
        optimizer.zero_grad();
        optimizer.step()?;
        assert!(w.grad().is_none());
        assert_eq!(clone.to_f64_vec(), [0.5, 1.5, 2.5, 3.5]);
        Ok(())
    }

    #[test]
    fn a_graph_made_before_the_step_is_refused_after_it() -> Result<()> {
        let w = tensor![1.0, 2.0].requires_grad_()?;
        let loss = w.square().sum();
        w.sum().backward()?;
        Sgd::new([&w], 0.5).step()?;
        assert!(loss.backward().unwrap_err().to_string().contains("changed in place"));
        Ok(())
    }
}
