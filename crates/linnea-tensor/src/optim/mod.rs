//! Optimisers: rules that move parameters against their gradients.
//!
//! ```
//! use linnea_tensor::{optim::{Optimizer, Sgd}, tensor};
//! let w = tensor![1.0, -2.0].requires_grad_()?;
//! let mut optimizer = Sgd::new([&w], 0.25).momentum(0.5);
//! for _ in 0..40 {
//!     optimizer.zero_grad();
//!     w.square().sum().backward()?;
//!     optimizer.step()?;
//! }
//! assert!(w.norm(2.0).item() < 1e-4);
//! # Ok::<(), linnea_tensor::Error>(())
//! ```
//!
//! Defaults, formulas and refusals are PyTorch's. Settings are checked when a step is made, before
//! anything changes. A parameter without a gradient is left alone. Where PyTorch has groups of
//! parameters with settings of their own, use an optimiser for each group.

mod adagrad;
mod adam;
mod group;
mod lbfgs;
mod line_search;
pub mod schedule;
mod sgd;
#[cfg(test)]
mod trial;

pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use lbfgs::LBfgs;
pub use sgd::Sgd;

use crate::{Error, Result, Tensor, autograd};

/// A rule that changes parameters in place, step by step.
pub trait Optimizer {
    /// The parameters, as clones that are the same tensors.
    fn parameters(&self) -> &[Tensor];

    /// The step size that the next step takes.
    fn learning_rate(&self) -> f64;

    /// Sets the step size of the steps to come.
    fn set_learning_rate(&mut self, learning_rate: f64);

    /// Moves every parameter that has a gradient.
    ///
    /// # Errors
    /// If a setting is out of its range, there are no parameters, one is given twice, or one is the
    /// result of a recorded operation.
    fn step(&mut self) -> Result<()>;

    /// Forgets the gradient of every parameter.
    fn zero_grad(&self) {
        self.parameters().iter().for_each(Tensor::zero_grad);
    }

    /// Computes the loss and its gradients by `closure`, makes a step, and gives the loss.
    ///
    /// # Errors
    /// As for [`Optimizer::step`], and whatever `closure` gives.
    fn step_with(&mut self, closure: &mut dyn FnMut() -> Result<Tensor>) -> Result<Tensor> {
        let loss = autograd::enable_grad(closure)?;
        self.step()?;
        Ok(loss)
    }
}

/// The part of [`Optimizer`] that is the same for all.
macro_rules! optimizer {
    ($type:ty { $($step:tt)* }) => {
        impl crate::optim::Optimizer for $type {
            fn parameters(&self) -> &[crate::Tensor] {
                self.group.parameters()
            }

            fn learning_rate(&self) -> f64 {
                self.learning_rate
            }

            fn set_learning_rate(&mut self, learning_rate: f64) {
                self.learning_rate = learning_rate;
            }

            $($step)*
        }
    };
}
use optimizer;

/// Refuses a setting that is negative or NaN.
fn at_least_zero(op: &'static str, name: &str, value: f64) -> Result<()> {
    if value >= 0.0 {
        return Ok(());
    }
    Err(Error::value(op, format!("{name} is {value}; it must be 0 or more")))
}

/// Refuses a setting outside [0, 1).
fn below_one(op: &'static str, name: &str, value: f64) -> Result<()> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::value(op, format!("{name} is {value}; it must be at least 0 and less than 1")))
}
