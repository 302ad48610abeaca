//! The normal distribution: p(x) = exp(−z²/2)/(σ√2π) with z = (x − μ)/σ.
//!
//! Its cdf is ½ erfc(−z/√2), which has its digits in both tails. The maximum-likelihood estimates
//! are the mean and the *biased* standard deviation √(Σ(x − μ)²/n).

use super::parameters::{Parameters, check};
use super::quantile::normal_quantile;
use super::{Continuous, Distribution, samples};
use crate::reduce::sum_of;
use crate::shape::IntoShape;
use crate::tensor::Operand;
use crate::{Generator, Result, Tensor, no_grad};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// A normal (Gaussian) distribution, by mean and standard deviation.
#[derive(Clone, Debug)]
pub struct Normal {
    pub(super) parameters: Parameters<2>,
}

impl Normal {
    /// The normal distribution of this mean and standard deviation.
    ///
    /// # Errors
    /// If the parameters do not broadcast, the mean is not finite, or the standard deviation is not
    /// positive and finite.
    pub fn new(mean: impl Into<Operand>, std: impl Into<Operand>) -> Result<Self> {
        let parameters = Parameters::new("Normal", [mean.into(), std.into()])?;
        let [mean, std] = &parameters.tensors;
        check("Normal", "the mean", mean, "finite", f64::is_finite)?;
        check("Normal", "the standard deviation", std, "positive and finite", |x| {
            x > 0.0 && x.is_finite()
        })?;
        Ok(Self { parameters })
    }

    /// The normal distribution that makes the samples most likely: their mean, and the square root
    /// of their mean squared deviation (divided by n, not by n − 1).
    ///
    /// ```
    /// use linnea_tensor::{distributions::{Distribution, Normal}, tensor};
    /// let normal = Normal::fit(&tensor![1.0, 1.0, 5.0, 5.0])?;
    /// assert_eq!((normal.mean()?.item(), normal.variance()?.item()), (3.0, 4.0));
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are no samples, they are all equal, or one is not finite.
    pub fn fit(samples: &Tensor) -> Result<Self> {
        const OP: &str = "Normal::fit";
        let x = samples::numbers(OP, samples)?;
        let n = x.len() as f64;
        let mean = sum_of(&x, |&x| x) / n;
        let variance = sum_of(&x, |x| (x - mean) * (x - mean)) / n;
        if variance == 0.0 {
            return Err(samples::all_equal(OP, mean));
        }
        Self::new(samples::estimate(samples, mean)?, samples::estimate(samples, variance.sqrt())?)
    }

    /// z = (x − μ)/σ.
    fn standard(&self, x: &Tensor) -> Result<Tensor> {
        let [mean, std] = &self.parameters.tensors;
        x.sub(mean)?.div(std)
    }
}

impl Distribution for Normal {
    fn batch_shape(&self) -> &[usize] {
        self.parameters.shape()
    }

    fn log_prob(&self, x: &Tensor) -> Result<Tensor> {
        let [_, std] = &self.parameters.tensors;
        let level = std.log().add(0.5 * (2.0 * PI).ln())?;
        let y = self.standard(x)?.square().mul(-0.5)?.sub(level)?;
        Ok(self.parameters.at(x, &y))
    }

    fn pdf(&self, x: &Tensor) -> Result<Tensor> {
        let [_, std] = &self.parameters.tensors;
        let y = self.standard(x)?.square().mul(-0.5)?.exp().div(std.mul((2.0 * PI).sqrt())?)?;
        Ok(self.parameters.at(x, &y))
    }

    fn cdf(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.standard(x)?.mul(-FRAC_1_SQRT_2)?.erfc().mul(0.5)?;
        Ok(self.parameters.at(x, &y))
    }

    fn entropy(&self) -> Result<Tensor> {
        let [_, std] = &self.parameters.tensors;
        self.parameters.whole(&std.log().add(0.5 + 0.5 * (2.0 * PI).ln())?)
    }

    fn mean(&self) -> Result<Tensor> {
        self.parameters.whole(&self.parameters.tensors[0])
    }

    fn variance(&self) -> Result<Tensor> {
        self.parameters.whole(&self.parameters.tensors[1].square())
    }

    fn std(&self) -> Result<Tensor> {
        self.parameters.whole(&self.parameters.tensors[1])
    }

    fn sample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor> {
        no_grad(|| self.rsample_with(shape, generator))
    }
}

impl Continuous for Normal {
    fn icdf(&self, q: &Tensor) -> Result<Tensor> {
        let [mean, std] = &self.parameters.tensors;
        Ok(self.parameters.at(q, &normal_quantile(q).mul(std)?.add(mean)?))
    }

    fn rsample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor> {
        let ([mean, std], dtype) = (&self.parameters.tensors, self.parameters.dtype());
        let noise = generator.randn_of(self.parameters.drawn(shape), dtype)?;
        Ok(noise.mul(std)?.add(mean)?.to(dtype))
    }
}
