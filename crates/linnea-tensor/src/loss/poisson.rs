//! The negative log-likelihood of counts under Poisson distributions.
//!
//! ```text
//! of log rates x    ℓ = eˣ − y·x                   by x  eˣ − y           by y  −x
//! of rates x        ℓ = x − y·log(x + ε)           by x  1 − y/(x + ε)    by y  −log(x + ε)
//! full              + y log y − y + ½ log 2πy  where y > 1  (Stirling's formula for log y!)
//! ```
//!
//! A count of 0 adds no second term, even if its rate is 0 (x = −∞).

use super::Reduction;
use super::guarded::weigh;
use super::pointwise::pointwise;
use crate::{Error, Result, Tensor};

const OP: &str = "poisson_nll";

/// The mean negative log-likelihood of counts under Poisson distributions, given the logarithms of
/// their rates, without the term log y!, which no rate changes.
///
/// # Errors
/// If the shapes differ.
pub fn poisson_nll(log_rate: &Tensor, target: &Tensor) -> Result<Tensor> {
    PoissonNll::new().loss(log_rate, target)
}

/// [`poisson_nll`] from rates or their logarithms, with Stirling's term and a choice of reduction.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct PoissonNll {
    log_input: bool,
    full: bool,
    eps: f64,
    reduction: Reduction,
}

impl Default for PoissonNll {
    fn default() -> Self {
        Self { log_input: true, full: false, eps: 1e-8, reduction: Reduction::Mean }
    }
}

impl PoissonNll {
    /// From logarithms of rates, without Stirling's term, ε = 10⁻⁸, the mean.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the input holds logarithms of rates, or rates.
    pub fn log_input(self, logarithms: bool) -> Self {
        Self { log_input: logarithms, ..self }
    }

    /// Whether Stirling's approximation of log y! is added for counts above 1.
    pub fn full(self, full: bool) -> Self {
        Self { full, ..self }
    }

    /// What is added to a rate before its logarithm is taken.
    pub fn eps(self, eps: f64) -> Self {
        Self { eps, ..self }
    }

    /// What becomes of the losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of rates.
    ///
    /// # Errors
    /// If the shapes differ, or ε is negative or not finite.
    pub fn loss(self, rate: &Tensor, target: &Tensor) -> Result<Tensor> {
        if !(self.eps >= 0.0 && self.eps.is_finite()) {
            let problem = format!("eps must be a finite number from 0, not {}", self.eps);
            return Err(Error::value(OP, problem));
        }
        let losses =
            if self.log_input { of_log_rates(rate, target)? } else { self.of_rates(rate, target)? };
        let losses = if self.full { losses.add(stirling(target)?)? } else { losses };
        Ok(self.reduction.of(losses))
    }

    fn of_rates(self, x: &Tensor, y: &Tensor) -> Result<Tensor> {
        let eps = self.eps;
        let losses = pointwise(OP, x, y, |x, y| if y == 0.0 { x } else { x - y * (x + eps).ln() })?;
        let by_x = x.edge(|| {
            let (x, y) = (x.save(), y.save());
            move |g: &Tensor| {
                let inverse = x.get()?.add(eps)?.reciprocal();
                g.mul(weigh(y.get()?, &inverse)?.neg()?.add(1.0)?)
            }
        });
        let by_y = y.edge(|| {
            let x = x.save();
            move |g: &Tensor| g.mul(x.get()?.add(eps)?.log())?.neg()
        });
        Ok(losses.record(OP, [by_x, by_y]))
    }
}

fn of_log_rates(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let losses = pointwise(OP, x, y, |x, y| if y == 0.0 { x.exp() } else { x.exp() - y * x })?;
    let by_x = x.edge(|| {
        let (x, y) = (x.save(), y.save());
        move |g: &Tensor| g.mul(x.get()?.exp().sub(y.get()?)?)
    });
    let by_y = y.edge(|| {
        let x = x.save();
        move |g: &Tensor| g.mul(x.get()?)?.neg()
    });
    Ok(losses.record(OP, [by_x, by_y]))
}

/// y log y − y + ½ log 2πy where y > 1, and 0 elsewhere.
fn stirling(y: &Tensor) -> Result<Tensor> {
    // Where the formula is not used it is computed at 1, so that no NaN comes back from there.
    let many = y.gt(1.0)?;
    let count = many.where_(y, 1.0)?;
    let half_log = count.mul(std::f64::consts::TAU)?.log().mul(0.5)?;
    let log_factorial = count.log().mul(&count)?.sub(&count)?.add(half_log)?;
    many.where_(log_factorial, 0.0)
}

#[cfg(test)]
mod tests {
    use super::{PoissonNll, poisson_nll};
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::loss::Reduction;
    use crate::{Result, Tensor, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, 1.5], [2.0, 0.1]; f64].requires_grad_()?;
        let y = tensor![[0.5, 3.0], [2.5, 0.75]; f64].requires_grad_()?;
        for log_input in [true, false] {
            let nll = PoissonNll::new().log_input(log_input).full(true).eps(1e-3);
            let both = [x.clone(), y.clone()];
            gradcheck(|x| nll.loss(&x[0], &x[1]), &both)?;
            gradgradcheck(|x| nll.reduction(Reduction::None).loss(&x[0], &x[1]), &both)?;
        }
        Ok(())
    }

    #[test]
    fn known_values() -> Result<()> {
        let (x, y) = (tensor![1.0; f64], tensor![3.0; f64]);
        assert_eq!(poisson_nll(&x, &y)?.item(), 1.0_f64.exp() - 3.0);
        let rates = PoissonNll::new().log_input(false).eps(0.0);
        assert_eq!(rates.loss(&tensor![2.0; f64], &y)?.item(), 2.0 - 3.0 * 2.0_f64.ln());
        let term = PoissonNll::new().full(true).loss(&x, &y)?.item() - poisson_nll(&x, &y)?.item();
        assert!((term - 6.0_f64.ln()).abs() < 0.03, "Stirling's formula for log 3!");
        Ok(())
    }

    #[test]
    fn no_count_of_no_rate_costs_nothing() -> Result<()> {
        // PyTorch: NaN, of 0·∞.
        let x = tensor![f64::NEG_INFINITY].requires_grad_()?;
        let loss = poisson_nll(&x, &tensor![0.0])?;
        loss.backward()?;
        assert_eq!((loss.item(), x.grad().unwrap().item()), (0.0, 0.0));
        assert_eq!(poisson_nll(&x, &tensor![1.0])?.item(), f64::INFINITY);
        let rates = PoissonNll::new().log_input(false).eps(0.0);
        assert_eq!(rates.loss(&tensor![0.0], &tensor![0.0])?.item(), 0.0);
        assert!(poisson_nll(&Tensor::zeros([2, 1]), &Tensor::zeros([2])).is_err());
        assert!(PoissonNll::new().eps(f64::NAN).loss(&x, &x).is_err());
        Ok(())
    }
}
