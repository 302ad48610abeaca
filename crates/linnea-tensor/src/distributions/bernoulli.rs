//! The Bernoulli distribution: 1 with probability p = σ(l), 0 with probability 1 − p = σ(−l).
//!
//! From the logit l = log p/(1 − p) the log-probabilities are −log(1 + e^∓l), exact for every l, ±∞
//! too; from p they are log p and log1p(−p). The maximum-likelihood estimate is the mean.

use super::parameters::{Parameters, check};
use super::{Distribution, samples};
use crate::information::{Unit, entropy_terms};
use crate::shape::IntoShape;
use crate::tensor::Operand;
use crate::{DType, Error, Generator, Result, Tensor};

/// Beyond this the entropy of a logit is 0 in f64.
const CERTAIN: f64 = 800.0;

/// A Bernoulli distribution: a coin, by the probability of 1 or by its logit.
#[derive(Clone, Debug)]
pub struct Bernoulli {
    pub(super) parameters: Parameters<1>,
    form: Form,
}

/// What the parameter is.
#[derive(Clone, Copy, Debug)]
enum Form {
    Probability,
    Logit,
}

impl Bernoulli {
    /// The distribution in which 1 has this probability.
    ///
    /// # Errors
    /// If a probability is not between 0 and 1.
    pub fn new(probability: impl Into<Operand>) -> Result<Self> {
        let parameters = Parameters::new("Bernoulli", [probability.into()])?;
        check("Bernoulli", "the probability", &parameters.tensors[0], "between 0 and 1", |p| {
            (0.0..=1.0).contains(&p)
        })?;
        Ok(Self { parameters, form: Form::Probability })
    }

    /// The distribution in which 1 has the probability σ(l), by its logit l; ±∞ is certainty.
    ///
    /// ```
    /// use linnea_tensor::{distributions::{Bernoulli, Distribution}, tensor};
    /// let coin = Bernoulli::from_logits(&tensor![f64::INFINITY, 0.0, -1e4])?;
    /// let ones = coin.log_prob(&tensor![1.0])?.to_f64_vec();
    /// assert_eq!(ones, [0.0, f64::from(-std::f32::consts::LN_2), -1e4]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a logit is NaN.
    pub fn from_logits(logits: impl Into<Operand>) -> Result<Self> {
        let parameters = Parameters::new("Bernoulli", [logits.into()])?;
        check("Bernoulli", "a logit", &parameters.tensors[0], "a number", |l| !l.is_nan())?;
        Ok(Self { parameters, form: Form::Logit })
    }

    /// The distribution that makes the samples, zeros and ones, most likely: the share of ones.
    ///
    /// # Errors
    /// If there are no samples, or one is neither 0 nor 1.
    pub fn fit(samples: &Tensor) -> Result<Self> {
        const OP: &str = "Bernoulli::fit";
        let x = samples::numbers(OP, samples)?;
        if let Some(x) = x.iter().find(|&&x| x != 0.0 && x != 1.0) {
            return Err(Error::value(OP, format!("samples must be 0 or 1, not {x}")));
        }
        let ones = x.iter().filter(|&&x| x == 1.0).count();
        Self::new(samples::estimate(samples, ones as f64 / x.len() as f64)?)
    }

    /// The probability of 1.
    ///
    /// # Errors
    /// As for [`Distribution::entropy`].
    pub fn probs(&self) -> Result<Tensor> {
        self.parameters.whole(&self.success())
    }

    /// The logit log p/(1 − p).
    ///
    /// # Errors
    /// As for [`Distribution::entropy`].
    pub fn logits(&self) -> Result<Tensor> {
        let [parameter] = &self.parameters.tensors;
        match self.form {
            Form::Logit => self.parameters.whole(parameter),
            Form::Probability => {
                self.parameters.whole(&parameter.log().sub(parameter.neg()?.log1p())?)
            }
        }
    }

    pub(super) fn success(&self) -> Tensor {
        let [parameter] = &self.parameters.tensors;
        match self.form {
            Form::Logit => parameter.sigmoid(),
            Form::Probability => parameter.clone(),
        }
    }

    pub(super) fn failure(&self) -> Result<Tensor> {
        let [parameter] = &self.parameters.tensors;
        match self.form {
            Form::Logit => Ok(parameter.neg()?.sigmoid()),
            Form::Probability => Tensor::scalar(1.0).sub(parameter),
        }
    }
}

impl Distribution for Bernoulli {
    fn batch_shape(&self) -> &[usize] {
        self.parameters.shape()
    }

    fn log_prob(&self, x: &Tensor) -> Result<Tensor> {
        let [parameter] = &self.parameters.tensors;
        let (one, zero) = (x.eq(1)?, x.eq(0)?);
        let y = match self.form {
            Form::Logit => one.where_(parameter.neg()?, parameter)?.softplus().neg()?,
            // The argument is chosen before the logarithm, whose gradient at 0 is infinite.
            Form::Probability => {
                let of_one = one.where_(parameter, 1.0)?.log();
                of_one.add(zero.where_(parameter.neg()?, 0.0)?.log1p())?
            }
        };
        Ok(self.parameters.at(x, &samples::supported(x, &one.add(zero)?, &y)?))
    }

    fn cdf(&self, x: &Tensor) -> Result<Tensor> {
        let below_one = x.lt(0)?.where_(0.0, self.failure()?)?;
        let y = x.lt(1)?.where_(below_one, 1.0)?;
        Ok(self.parameters.at(x, &samples::keep_nan(x, &y)?))
    }

    fn entropy(&self) -> Result<Tensor> {
        let [parameter] = &self.parameters.tensors;
        let entropy = match self.form {
            Form::Probability => entropy_terms(parameter, Unit::Nats)?
                .add(entropy_terms(&self.failure()?, Unit::Nats)?)?,
            // It is even in l, and for l ≤ 0 both terms of log(1 + eˡ) − l·σ(l) are positive.
            Form::Logit => {
                let l = parameter.gt(0)?.where_(parameter.neg()?, parameter)?;
                let l = l.clamp(-CERTAIN, None)?;
                l.softplus().sub(l.mul(l.sigmoid())?)?
            }
        };
        self.parameters.whole(&entropy)
    }

    fn mean(&self) -> Result<Tensor> {
        self.probs()
    }

    fn variance(&self) -> Result<Tensor> {
        self.parameters.whole(&self.success().mul(self.failure()?)?)
    }

    fn sample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor> {
        let u = generator.rand_of(self.parameters.drawn(shape), DType::F64)?;
        Ok(u.lt(self.success().detach())?.to(self.parameters.dtype()))
    }
}
