//! Probability distributions: densities, quantiles, samples, moments, divergences, and fits.
//!
//! | family | density or probability | entropy (nats) |
//! | --- | --- | --- |
//! | [`Normal`] | exp(−(x − μ)²/2σ²)/(σ√2π) | ½ log 2πeσ² |
//! | [`Laplace`] | exp(−\|x − μ\|/b)/2b | log 2be |
//! | [`Uniform`] | 1/(b − a) for a ≤ x ≤ b | log(b − a) |
//! | [`Bernoulli`] | p for 1, 1 − p for 0 | −p log p − (1 − p) log(1 − p) |
//! | [`Categorical`] | p\[k\] for k = 0, 1, …, K − 1 | −Σ p\[k\] log p\[k\] |
//!
//! **Parameters** are tensors or numbers and broadcast together; their shape together is the *batch
//! shape*. Values broadcast with it. A number takes the type of the tensors around it and keeps all
//! of its digits in f64. Gradients flow to values of continuous families and to parameters.
//!
//! **Outside of the support** the logarithm of the probability is −∞ and the density 0. (PyTorch
//! raises an error unless validation is switched off.) NaN gives NaN.
//!
//! **Fits** are maximum-likelihood estimates from all numbers of a tensor; no gradient flows
//! through them.
//!
//! The notes' `normal(x, mu, sigma)` is one line, and so is the mean negative log-likelihood:
//!
//! ```
//! use linnea_tensor::{Tensor, distributions::{Distribution, Normal}, tensor};
//! let x = tensor![-1.0, 0.0, 1.0];
//! let density = Normal::new(0, 1)?.pdf(&x)?;
//! assert!(density.allclose(&tensor![0.24197, 0.39894, 0.24197], 1e-4, 0.0));
//!
//! let w = tensor![0.5].requires_grad_()?;
//! let loss = Normal::new(x.mul(&w)?, 0.1)?.log_prob(&tensor![-2.0, 0.0, 2.0])?.sum().neg()?;
//! loss.backward()?;    // the gradient of Σ (y − wx)²/2σ²
//! assert!((w.grad().unwrap().item() + 300.0).abs() < 1e-3);
//! # Ok::<(), linnea_tensor::Error>(())
//! ```

mod bernoulli;
mod categorical;
mod divergence;
mod laplace;
mod normal;
mod parameters;
mod quantile;
mod samples;
#[cfg(test)]
mod tests;
mod uniform;

use crate::make::with_default;
use crate::shape::IntoShape;
use crate::{Generator, Result, Tensor};
pub use bernoulli::Bernoulli;
pub use categorical::Categorical;
pub use divergence::{Divergence, kl};
pub use laplace::Laplace;
pub use normal::Normal;
pub use uniform::Uniform;

/// What every distribution can be asked.
pub trait Distribution {
    /// The shape of the parameters together: that of one draw.
    fn batch_shape(&self) -> &[usize];

    /// The logarithm of the density at x, or of the probability of a discrete x; −∞ outside of the
    /// support.
    ///
    /// # Errors
    /// If x does not broadcast with the parameters.
    fn log_prob(&self, x: &Tensor) -> Result<Tensor>;

    /// The probability density at x; of a discrete family the probability of x (its *probability
    /// mass function*).
    ///
    /// # Errors
    /// If x does not broadcast with the parameters.
    fn pdf(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.log_prob(x)?.exp())
    }

    /// The probability of a value of at most x.
    ///
    /// # Errors
    /// If x does not broadcast with the parameters.
    fn cdf(&self, x: &Tensor) -> Result<Tensor>;

    /// The entropy in nats; of a continuous family the differential entropy, which may be negative.
    ///
    /// # Errors
    /// If the parameters were changed in place so that they no longer broadcast together.
    fn entropy(&self) -> Result<Tensor>;

    /// The mean.
    ///
    /// # Errors
    /// As for [`Distribution::entropy`].
    fn mean(&self) -> Result<Tensor>;

    /// The variance.
    ///
    /// # Errors
    /// As for [`Distribution::entropy`].
    fn variance(&self) -> Result<Tensor>;

    /// The standard deviation.
    ///
    /// # Errors
    /// As for [`Distribution::entropy`].
    fn std(&self) -> Result<Tensor> {
        Ok(self.variance()?.sqrt())
    }

    /// Independent draws, of this shape followed by the batch shape; no gradient flows through them.
    ///
    /// # Errors
    /// As for [`Distribution::entropy`].
    fn sample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor>;

    /// As [`Distribution::sample_with`], from the process's generator
    /// ([`manual_seed`](crate::manual_seed)).
    ///
    /// # Errors
    /// As for [`Distribution::entropy`].
    fn sample(&self, shape: impl IntoShape) -> Result<Tensor> {
        with_default(|generator| self.sample_with(shape, generator))
    }
}

/// What continuous distributions can be asked beside: quantiles, and draws that are a smooth
/// function of the parameters, so that gradients flow through them (Kingma and Welling,
/// *Auto-Encoding Variational Bayes*, 2013, §2.4).
///
/// ```
/// use linnea_tensor::{Generator, distributions::{Continuous, Normal}, tensor};
/// let mean = tensor![2.0].requires_grad_()?;
/// let x = Normal::new(&mean, 1.0)?.rsample_with([5], &mut Generator::new(0))?;
/// x.sum().backward()?;
/// assert_eq!(mean.grad().unwrap().item(), 5.0);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
pub trait Continuous: Distribution {
    /// The quantile: the x whose [`Distribution::cdf`] is q; NaN if q is not between 0 and 1.
    ///
    /// # Errors
    /// If q does not broadcast with the parameters.
    fn icdf(&self, q: &Tensor) -> Result<Tensor>;

    /// Independent draws, of this shape followed by the batch shape, with gradients to the
    /// parameters.
    ///
    /// # Errors
    /// As for [`Distribution::entropy`].
    fn rsample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor>;

    /// As [`Continuous::rsample_with`], from the process's generator.
    ///
    /// # Errors
    /// As for [`Distribution::entropy`].
    fn rsample(&self, shape: impl IntoShape) -> Result<Tensor> {
        with_default(|generator| self.rsample_with(shape, generator))
    }
}
