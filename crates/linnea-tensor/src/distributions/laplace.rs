//! The Laplace distribution: p(x) = exp(−|z|)/2b with z = (x − μ)/b. What the normal distribution is
//! to the squared loss, it is to the absolute one.
//!
//! Its cdf is ½eᶻ below the median and 1 − ½e⁻ᶻ above; with the other half of each set to its value at
//! 0, one expression has the digits of both: ½ exp(min(z, 0)) − ½ expm1(−max(z, 0)). The
//! maximum-likelihood estimates are a median and the mean absolute deviation from it.

use super::parameters::{Parameters, check};
use super::{Continuous, Distribution, samples};
use crate::reduce::sum_of;
use crate::shape::IntoShape;
use crate::tensor::Operand;
use crate::{DType, Generator, Result, Tensor, no_grad};
use std::f64::consts::LN_2;

/// A Laplace (double exponential) distribution, by location and scale.
#[derive(Clone, Debug)]
pub struct Laplace {
    pub(super) parameters: Parameters<2>,
}

impl Laplace {
    /// The Laplace distribution of this location (mean and median) and scale.
    ///
    /// # Errors
    /// If the parameters do not broadcast, the location is not finite, or the scale is not positive
    /// and finite.
    pub fn new(location: impl Into<Operand>, scale: impl Into<Operand>) -> Result<Self> {
        let parameters = Parameters::new("Laplace", [location.into(), scale.into()])?;
        let [location, scale] = &parameters.tensors;
        check("Laplace", "the location", location, "finite", f64::is_finite)?;
        check("Laplace", "the scale", scale, "positive and finite", |x| x > 0.0 && x.is_finite())?;
        Ok(Self { parameters })
    }

    /// The Laplace distribution that makes the samples most likely: their median (the midpoint of
    /// the middle two of an even number) and the mean absolute deviation from it.
    ///
    /// # Errors
    /// If there are no samples, they are all equal, or one is not finite.
    pub fn fit(samples: &Tensor) -> Result<Self> {
        const OP: &str = "Laplace::fit";
        let mut x = samples::numbers(OP, samples)?;
        x.sort_unstable_by(f64::total_cmp);
        let (low, high) = (x[(x.len() - 1) / 2], x[x.len() / 2]);
        let median = low + (high - low) / 2.0;
        let scale = sum_of(&x, |x| (x - median).abs()) / x.len() as f64;
        if scale == 0.0 {
            return Err(samples::all_equal(OP, median));
        }
        Self::new(samples::estimate(samples, median)?, samples::estimate(samples, scale)?)
    }

    /// z = (x − μ)/b.
    fn standard(&self, x: &Tensor) -> Result<Tensor> {
        let [location, scale] = &self.parameters.tensors;
        x.sub(location)?.div(scale)
    }
}

/// The standard quantile: log 2q below the median, −log 2(1 − q) above.
fn quantile(q: &Tensor) -> Result<Tensor> {
    let below = q.minimum(0.5)?.mul(2.0)?.log();
    let above = Tensor::scalar(1.0).sub(q.maximum(0.5)?)?.mul(2.0)?.log();
    below.sub(above)
}

impl Distribution for Laplace {
    fn batch_shape(&self) -> &[usize] {
        self.parameters.shape()
    }

    fn log_prob(&self, x: &Tensor) -> Result<Tensor> {
        let level = self.parameters.tensors[1].log().add(LN_2)?;
        let y = self.standard(x)?.abs().neg()?.sub(level)?;
        Ok(self.parameters.at(x, &y))
    }

    fn cdf(&self, x: &Tensor) -> Result<Tensor> {
        let z = self.standard(x)?;
        let below = z.minimum(0.0)?.exp();
        let above = z.maximum(0.0)?.neg()?.expm1();
        Ok(self.parameters.at(x, &below.sub(above)?.mul(0.5)?))
    }

    fn entropy(&self) -> Result<Tensor> {
        self.parameters.whole(&self.parameters.tensors[1].log().add(1.0 + LN_2)?)
    }

    fn mean(&self) -> Result<Tensor> {
        self.parameters.whole(&self.parameters.tensors[0])
    }

    fn variance(&self) -> Result<Tensor> {
        self.parameters.whole(&self.parameters.tensors[1].square().mul(2.0)?)
    }

    fn sample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor> {
        no_grad(|| self.rsample_with(shape, generator))
    }
}

impl Continuous for Laplace {
    fn icdf(&self, q: &Tensor) -> Result<Tensor> {
        let [location, scale] = &self.parameters.tensors;
        Ok(self.parameters.at(q, &quantile(q)?.mul(scale)?.add(location)?))
    }

    fn rsample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor> {
        let ([location, scale], dtype) = (&self.parameters.tensors, self.parameters.dtype());
        // In f64, so that the tail is not cut off at 2⁻²⁴; and never 0, whose quantile is −∞.
        let u = generator.rand_of(self.parameters.drawn(shape), DType::F64)?;
        let noise = quantile(&u.maximum(f64::EPSILON / 4.0)?)?.to(dtype);
        Ok(noise.mul(scale)?.add(location)?.to(dtype))
    }
}
