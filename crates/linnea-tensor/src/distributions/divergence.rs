//! Divergences KL(p‖q) = E_p[log p(x) − log q(x)] between distributions, in closed form.
//!
//! They are sums of terms that cannot be negative, so that they are 0 for equal parameters and keep
//! their digits for close ones. With φ(w) = w − log(1 + w) and ψ(δ) = eᵟ − 1 − δ, which are both ≥ 0:
//!
//! | p ‖ q | KL(p‖q) | |
//! | --- | --- | --- |
//! | normal ‖ normal | ½(d² + φ(r² − 1)) | d = (μₚ − μ_q)/σ_q, r = σₚ/σ_q |
//! | Laplace ‖ Laplace | r·ψ(−t) + φ(r − 1) | t = \|μₚ − μ_q\|/bₚ, r = bₚ/b_q |
//! | uniform ‖ uniform | log (width_q/widthₚ) | +∞ unless q's support holds p's |
//! | Bernoulli, categorical | Σ (p log(p/q) − p + q) | |
//!
//! Source: M. Gil, F. Alajaji and T. Linder, *Rényi divergence measures for commonly used univariate
//! continuous distributions*, Information Sciences 249 (2013), table 3, rearranged.

use super::{Bernoulli, Laplace, Normal, Uniform};
use crate::information::{divergence_terms, exp_gap, log_gap};
use crate::{Result, Tensor};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI, LN_2, PI};

/// A distribution whose divergence from another of type `Q` has a closed form.
pub trait Divergence<Q> {
    /// KL(self‖q) in nats, in the shape that the parameters have together.
    ///
    /// # Errors
    /// If the parameters of both do not broadcast.
    fn kl(&self, q: &Q) -> Result<Tensor>;
}

/// The divergence KL(p‖q) in nats: how many more nats an observer who believes q needs on average
/// for what p generates.
///
/// ```
/// use linnea_tensor::{distributions::{kl, Normal}, tensor};
/// let (p, q) = (Normal::new(0.0, 1.0)?, Normal::new(&tensor![0.0, 2.0], 1.0)?);
/// assert_eq!(kl(&p, &q)?.to_f64_vec(), [0.0, 2.0]);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If the parameters of both do not broadcast.
pub fn kl<P: Divergence<Q>, Q>(p: &P, q: &Q) -> Result<Tensor> {
    p.kl(q)
}

/// r − 1 for r = a/b, with its digits also near 0.
fn excess(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.sub(b)?.div(b)
}

/// |d|, whose second derivative is right where d = 0 if the first vanishes there.
fn magnitude(d: &Tensor) -> Result<Tensor> {
    d.lt(0)?.where_(d.neg()?, d)
}

impl Divergence<Self> for Normal {
    fn kl(&self, q: &Self) -> Result<Tensor> {
        let ([mean_p, std_p], [mean_q, std_q]) = (&self.parameters.tensors, &q.parameters.tensors);
        let r = excess(std_p, std_q)?;
        let spread = log_gap(&r.mul(r.add(2.0)?)?);
        let shift = mean_p.sub(mean_q)?.div(std_q)?.square();
        Ok(self.parameters.beside(&q.parameters, &shift.add(spread)?.mul(0.5)?))
    }
}

impl Divergence<Self> for Laplace {
    fn kl(&self, q: &Self) -> Result<Tensor> {
        let ([at_p, scale_p], [at_q, scale_q]) = (&self.parameters.tensors, &q.parameters.tensors);
        let t = magnitude(&at_p.sub(at_q)?)?.div(scale_p)?;
        let shift = exp_gap(&t.neg()?).mul(scale_p.div(scale_q)?)?;
        let y = shift.add(log_gap(&excess(scale_p, scale_q)?))?;
        Ok(self.parameters.beside(&q.parameters, &y))
    }
}

impl Divergence<Self> for Uniform {
    fn kl(&self, q: &Self) -> Result<Tensor> {
        let ([low_p, high_p], [low_q, high_q]) = (&self.parameters.tensors, &q.parameters.tensors);
        let holds = low_q.le(low_p)?.mul(high_q.ge(high_p)?)?;
        let y = holds.where_(excess(&q.width()?, &self.width()?)?.log1p(), f64::INFINITY)?;
        Ok(self.parameters.beside(&q.parameters, &y))
    }
}

impl Divergence<Self> for Bernoulli {
    fn kl(&self, q: &Self) -> Result<Tensor> {
        let one = divergence_terms(&self.success(), &q.success())?;
        let y = one.add(divergence_terms(&self.failure()?, &q.failure()?)?)?;
        Ok(self.parameters.beside(&q.parameters, &y))
    }
}

impl Divergence<Laplace> for Normal {
    /// log 2b − ½ log 2πeσ² + E|x − m|/b, with E|x − m| = σ√(2/π) exp(−d²/2σ²) + d·erf(d/σ√2) and
    /// d = μ − m.
    fn kl(&self, q: &Laplace) -> Result<Tensor> {
        let ([mean, std], [at, scale]) = (&self.parameters.tensors, &q.parameters.tensors);
        let d = mean.sub(at)?;
        let z = d.div(std)?;
        let near = z.square().mul(-0.5)?.exp().mul(std)?.mul(FRAC_2_PI.sqrt())?;
        let distance = near.add(d.mul(z.mul(FRAC_1_SQRT_2)?.erf())?)?;
        let level = scale.div(std)?.log().add(LN_2 - 0.5 - 0.5 * (2.0 * PI).ln())?;
        Ok(self.parameters.beside(&q.parameters, &distance.div(scale)?.add(level)?))
    }
}

impl Divergence<Normal> for Laplace {
    /// log (σ√2π) − log 2be + (2b² + (m − μ)²)/2σ².
    fn kl(&self, q: &Normal) -> Result<Tensor> {
        let ([at, scale], [mean, std]) = (&self.parameters.tensors, &q.parameters.tensors);
        let r = scale.div(std)?;
        let shift = at.sub(mean)?.div(std)?.square().mul(0.5)?;
        let level = r.log().neg()?.add(0.5 * (2.0 * PI).ln() - LN_2 - 1.0)?;
        let y = r.square().add(shift)?.add(level)?;
        Ok(self.parameters.beside(&q.parameters, &y))
    }
}

impl Divergence<Normal> for Uniform {
    /// log (σ√2π) − log w + (w²/12 + (c − μ)²)/2σ², for the width w and the centre c.
    fn kl(&self, q: &Normal) -> Result<Tensor> {
        let ([low, _], [mean, std]) = (&self.parameters.tensors, &q.parameters.tensors);
        let width = self.width()?;
        let r = width.div(std)?;
        let shift = width.mul(0.5)?.add(low)?.sub(mean)?.div(std)?.square().mul(0.5)?;
        let level = r.log().neg()?.add(0.5 * (2.0 * PI).ln())?;
        let y = r.square().div(24.0)?.add(shift)?.add(level)?;
        Ok(self.parameters.beside(&q.parameters, &y))
    }
}
