//! The uniform distribution: p(x) = 1/(b − a) for a ≤ x ≤ b.
//!
//! The maximum-likelihood estimates are the smallest and the largest sample. For these to have a
//! likelihood at all, both ends belong to the support. (PyTorch's log-probability is −∞ at b.)

use super::parameters::{Parameters, check};
use super::{Continuous, Distribution, samples};
use crate::shape::IntoShape;
use crate::tensor::Operand;
use crate::{Error, Generator, Result, Tensor, no_grad};

/// A uniform distribution, by its ends.
#[derive(Clone, Debug)]
pub struct Uniform {
    pub(super) parameters: Parameters<2>,
}

impl Uniform {
    /// The uniform distribution between `low` and `high`.
    ///
    /// # Errors
    /// If the ends do not broadcast, are not finite, or `low` is not below `high`.
    pub fn new(low: impl Into<Operand>, high: impl Into<Operand>) -> Result<Self> {
        let parameters = Parameters::new("Uniform", [low.into(), high.into()])?;
        let [low, high] = &parameters.tensors;
        check("Uniform", "low", low, "finite", f64::is_finite)?;
        check("Uniform", "high", high, "finite", f64::is_finite)?;
        let width = no_grad(|| high.sub(low))?;
        match width.to_f64_vec().iter().find(|&&width| width <= 0.0 || width.is_infinite()) {
            Some(width) => Err(Error::value(
                "Uniform",
                format!("low must be below high by a finite number, but high − low is {width}"),
            )),
            None => Ok(Self { parameters }),
        }
    }

    /// The uniform distribution that makes the samples most likely: from the smallest to the
    /// largest.
    ///
    /// # Errors
    /// If there are no samples, they are all equal, or one is not finite.
    pub fn fit(samples: &Tensor) -> Result<Self> {
        const OP: &str = "Uniform::fit";
        let x = samples::numbers(OP, samples)?;
        let low = x.iter().copied().fold(f64::INFINITY, f64::min);
        let high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low == high {
            return Err(samples::all_equal(OP, low));
        }
        Self::new(samples::estimate(samples, low)?, samples::estimate(samples, high)?)
    }

    pub(super) fn width(&self) -> Result<Tensor> {
        let [low, high] = &self.parameters.tensors;
        high.sub(low)
    }
}

impl Distribution for Uniform {
    fn batch_shape(&self) -> &[usize] {
        self.parameters.shape()
    }

    fn log_prob(&self, x: &Tensor) -> Result<Tensor> {
        let [low, high] = &self.parameters.tensors;
        let inside = x.ge(low)?.mul(x.le(high)?)?;
        let y = samples::supported(x, &inside, &self.width()?.log().neg()?)?;
        Ok(self.parameters.at(x, &y))
    }

    fn cdf(&self, x: &Tensor) -> Result<Tensor> {
        let y = x.sub(&self.parameters.tensors[0])?.div(self.width()?)?.clamp(0.0, 1.0)?;
        Ok(self.parameters.at(x, &y))
    }

    fn entropy(&self) -> Result<Tensor> {
        self.parameters.whole(&self.width()?.log())
    }

    fn mean(&self) -> Result<Tensor> {
        let [low, _] = &self.parameters.tensors;
        self.parameters.whole(&self.width()?.mul(0.5)?.add(low)?)
    }

    fn variance(&self) -> Result<Tensor> {
        self.parameters.whole(&self.width()?.square().div(12.0)?)
    }

    fn sample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor> {
        no_grad(|| self.rsample_with(shape, generator))
    }
}

impl Continuous for Uniform {
    fn icdf(&self, q: &Tensor) -> Result<Tensor> {
        let possible = q.ge(0.0)?.mul(q.le(1.0)?)?;
        let y = self.width()?.mul(q)?.add(&self.parameters.tensors[0])?;
        Ok(self.parameters.at(q, &possible.where_(y, f64::NAN)?))
    }

    fn rsample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor> {
        let dtype = self.parameters.dtype();
        let u = generator.rand_of(self.parameters.drawn(shape), dtype)?;
        Ok(u.mul(self.width()?)?.add(&self.parameters.tensors[0])?.to(dtype))
    }
}
