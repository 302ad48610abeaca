//! Information theory: surprise, entropy, cross-entropy, divergence, mutual information.
//!
//! A distribution is a tensor of probabilities, which sum to 1 over the given axes; the others
//! count distributions. With the logarithm to base e the unit is the **nat**, to base 2 the **bit**.
//!
//! | quantity | formula | |
//! | --- | --- | --- |
//! | self-information (surprise) | −log p | |
//! | entropy H(p) | −Σ p log p | expected surprise |
//! | cross-entropy H(p, q) | −Σ p log q | expected surprise of who believes q |
//! | divergence KL(p‖q) | Σ p log(p/q) | H(p, q) − H(p) ≥ 0 |
//! | perplexity | exp H(p) | as many equal choices are as uncertain |
//! | mutual information I(X; Y) | KL(p(x, y) ‖ p(x)p(y)) | H(X) + H(Y) − H(X, Y) ≥ 0 |
//!
//! 0·log 0 is 0, and an event that q holds impossible but p does not makes the cross-entropy and the
//! divergence +∞. Gradients flow to every argument. Where p = 0, the slope of p log p is infinite; the
//! gradient there is 0, so that a softmax that has underflowed keeps a gradient (PyTorch's `entr` gives
//! ∞ there, and NaN through such a softmax; its `xlogy` gives 0 by the first argument).
//!
//! Source: T. M. Cover and J. A. Thomas, *Elements of Information Theory*, 2nd edition, chapter 2.
//!
//! ```
//! use linnea_tensor::{information::{self, Unit}, tensor};
//! let p = tensor![0.5, 0.25, 0.125, 0.125];
//! assert_eq!(information::entropy(&p, 0, Unit::Bits)?.item(), 1.75);
//! # Ok::<(), linnea_tensor::Error>(())
//! ```

mod mutual;
mod terms;
#[cfg(test)]
mod tests;
mod valid;

use crate::reduce::Rows;
use crate::shape::{Axes, broadcast_shapes};
use crate::{Result, Tensor};
pub use mutual::mutual_information;
pub(crate) use terms::{divergence_of_logs, divergence_terms, entropy_of_logs, entropy_terms};
pub(crate) use terms::{exp_gap, log_gap};

/// The unit of information: the base of the logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Base e.
    Nats,
    /// Base 2.
    Bits,
}

impl Unit {
    /// The logarithm to this base.
    fn log(self, x: f64) -> f64 {
        match self {
            Self::Nats => x.ln(),
            Self::Bits => x.log2(),
        }
    }

    /// What a nat is in this unit.
    fn per_nat(self) -> f64 {
        match self {
            Self::Nats => 1.0,
            Self::Bits => std::f64::consts::LOG2_E,
        }
    }
}

/// −log p, number by number: how surprising an event of probability p is; +∞ where p = 0.
///
/// # Errors
/// If a number is not between 0 and 1.
pub fn self_information(p: &Tensor, unit: Unit) -> Result<Tensor> {
    valid::check_range("self_information", p)?;
    match unit {
        Unit::Nats => p.log().neg(),
        Unit::Bits => p.log2().neg(),
    }
}

/// −Σ p log p over `axes`.
///
/// # Errors
/// If the tensor has no such axis, or its numbers are no probabilities over it: negative, or with
/// a sum that differs from 1 by more than 0.0001.
pub fn entropy(p: &Tensor, axes: impl Into<Axes>, unit: Unit) -> Result<Tensor> {
    let axes = axes.into();
    valid::check_sums("entropy", p, &Rows::new("entropy", p, &axes)?)?;
    entropy_terms(p, unit)?.sum_dim(axes)
}

/// −Σ p log q over `axes`; p and q broadcast together, and axes are counted in the shape that they
/// have together.
///
/// # Errors
/// If the shapes do not broadcast, and as for [`entropy`].
pub fn cross_entropy(p: &Tensor, q: &Tensor, axes: impl Into<Axes>, unit: Unit) -> Result<Tensor> {
    let axes = axes.into();
    check_both("cross_entropy", p, q, &axes)?;
    terms::cross_terms(p, q, unit)?.sum_dim(axes)
}

/// KL(p‖q) = Σ p log(p/q) over `axes`; p and q broadcast together, and axes are counted in the shape
/// that they have together.
///
/// It is computed as Σ (p log(p/q) − p + q), which is the same for probabilities and has no negative
/// term: so it is never negative, is 0 only if p = q, and keeps its digits when p is close to q.
///
/// ```
/// use linnea_tensor::{information::{self, Unit}, tensor};
/// let (p, q) = (tensor![0.5, 0.5], tensor![0.25, 0.75]);
/// assert_eq!(information::kl_divergence(&p, &p, 0, Unit::Nats)?.item(), 0.0);
/// assert!((information::kl_divergence(&p, &q, 0, Unit::Nats)?.item() - 0.1438).abs() < 1e-4);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If the shapes do not broadcast, and as for [`entropy`].
pub fn kl_divergence(p: &Tensor, q: &Tensor, axes: impl Into<Axes>, unit: Unit) -> Result<Tensor> {
    let axes = axes.into();
    check_both("kl_divergence", p, q, &axes)?;
    let nats = divergence_terms(p, q)?.sum_dim(axes)?;
    in_unit(nats, unit)
}

/// The exponential of the entropy: that many equally probable choices are as uncertain. It has no
/// unit.
///
/// # Errors
/// As for [`entropy`].
pub fn perplexity(p: &Tensor, axes: impl Into<Axes>) -> Result<Tensor> {
    let axes = axes.into();
    valid::check_sums("perplexity", p, &Rows::new("perplexity", p, &axes)?)?;
    Ok(entropy_terms(p, Unit::Nats)?.sum_dim(axes)?.exp())
}

/// Nats in another unit.
fn in_unit(nats: Tensor, unit: Unit) -> Result<Tensor> {
    match unit {
        Unit::Nats => Ok(nats),
        Unit::Bits => nats.mul(unit.per_nat()),
    }
}

/// Holds both to be probabilities over `axes` of the shape that they have together.
fn check_both(op: &'static str, p: &Tensor, q: &Tensor, axes: &Axes) -> Result<()> {
    let shape = broadcast_shapes(op, p.shape(), q.shape())?;
    for tensor in [p, q] {
        let tensor = tensor.detach().broadcast_to(shape.as_slice())?;
        valid::check_sums(op, &tensor, &Rows::new(op, &tensor, axes)?)?;
    }
    Ok(())
}
