//! The Kullback–Leibler divergence from log-probabilities.
//!
//! ```text
//! ℓ = y(log y − x)          by x  −y         by y  log y + 1 − x
//! ℓ = eᵗ(t − x), t = log y  by x  −eᵗ        by t  eᵗ(t − x + 1)
//! ```
//!
//! Where y = 0, ℓ = 0, even if x = −∞: lim y log y = 0, and what never happens is no surprise.

use super::Reduction;
use super::guarded::weigh;
use super::pointwise::pointwise;
use crate::{Error, Result, Tensor};

/// The Kullback–Leibler divergence Σ y(log y − x) of log-probabilities x from probabilities y, with
/// the mean over all numbers, as in PyTorch. The divergence of distributions, one for each row, is
/// [`KlReduction::BatchMean`]: a sum over the row's numbers and a mean over rows.
///
/// # Errors
/// If the shapes differ.
pub fn kl_div(log_probabilities: &Tensor, target: &Tensor) -> Result<Tensor> {
    KlDiv::new().loss(log_probabilities, target)
}

/// What becomes of the single terms of a divergence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KlReduction {
    /// They stay as they are.
    None,
    /// Their mean over all numbers.
    #[default]
    Mean,
    /// Their sum.
    Sum,
    /// Their sum divided by the size of the first axis: the mean divergence of the rows.
    BatchMean,
}

impl From<Reduction> for KlReduction {
    fn from(reduction: Reduction) -> Self {
        match reduction {
            Reduction::None => Self::None,
            Reduction::Mean => Self::Mean,
            Reduction::Sum => Self::Sum,
        }
    }
}

/// [`kl_div`] with a target that may be logarithms, and a choice of reduction.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct KlDiv {
    log_target: bool,
    reduction: KlReduction,
}

impl KlDiv {
    /// The target holds probabilities; the mean.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the target holds log-probabilities.
    pub fn log_target(self, logarithms: bool) -> Self {
        Self { log_target: logarithms, ..self }
    }

    /// What becomes of the terms: a [`Reduction`], or [`KlReduction::BatchMean`].
    pub fn reduction(self, reduction: impl Into<KlReduction>) -> Self {
        Self { reduction: reduction.into(), ..self }
    }

    /// The divergence.
    ///
    /// # Errors
    /// If the shapes differ, or the mean over rows is asked of a tensor without axes.
    pub fn loss(self, log_probabilities: &Tensor, target: &Tensor) -> Result<Tensor> {
        let terms = if self.log_target {
            from_logarithms(log_probabilities, target)?
        } else {
            from_probabilities(log_probabilities, target)?
        };
        Ok(match self.reduction {
            KlReduction::None => terms,
            KlReduction::Mean => Reduction::Mean.of(terms),
            KlReduction::Sum => Reduction::Sum.of(terms),
            KlReduction::BatchMean => match terms.shape().first() {
                Some(&rows) => Reduction::Sum.of(terms).div(rows)?,
                None => {
                    return Err(Error::shape("kl_div", "a mean over rows needs an axis of rows"));
                }
            },
        })
    }
}

fn from_probabilities(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let term = |x: f64, y: f64| if y == 0.0 { 0.0 } else { y * (y.ln() - x) };
    let terms = pointwise("kl_div", x, y, term)?;
    let by_x = x.edge(|| {
        let y = y.save();
        move |g: &Tensor| g.mul(y.get()?)?.neg()
    });
    let by_y = y.edge(|| {
        let (x, y) = (x.save(), y.save());
        move |g: &Tensor| g.mul(y.get()?.log().add(1.0)?.sub(x.get()?)?)
    });
    Ok(terms.record("kl_div", [by_x, by_y]))
}

fn from_logarithms(x: &Tensor, t: &Tensor) -> Result<Tensor> {
    let term = |x: f64, t: f64| if t == f64::NEG_INFINITY { 0.0 } else { t.exp() * (t - x) };
    let terms = pointwise("kl_div", x, t, term)?;
    let by_x = x.edge(|| {
        let t = t.save();
        move |g: &Tensor| g.mul(t.get()?.exp())?.neg()
    });
    let by_t = t.edge(|| {
        let (x, t) = (x.save(), t.save());
        move |g: &Tensor| {
            let t = t.get()?;
            g.mul(weigh(&t.exp(), &t.sub(x.get()?)?.add(1.0)?)?)
        }
    });
    Ok(terms.record("kl_div", [by_x, by_t]))
}

#[cfg(test)]
mod tests {
    use super::{KlDiv, KlReduction, kl_div};
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, tensor};

    const INF: f64 = f64::INFINITY;

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[-0.5, -1.5], [-2.0, -0.1]; f64].requires_grad_()?;
        let y = tensor![[0.25, 0.75], [0.5, 0.6]; f64].requires_grad_()?;
        for reduction in
            [KlReduction::None, KlReduction::Mean, KlReduction::Sum, KlReduction::BatchMean]
        {
            for log_target in [false, true] {
                let kl = KlDiv::new().log_target(log_target).reduction(reduction);
                let both = [x.clone(), y.clone()];
                gradcheck(|x| kl.loss(&x[0], &x[1]), &both)?;
                gradgradcheck(|x| kl.loss(&x[0], &x[1]), &both)?;
            }
        }
        Ok(())
    }

    #[test]
    fn what_never_happens_adds_nothing() -> Result<()> {
        // PyTorch: NaN in both.
        let sum = KlDiv::new().reduction(KlReduction::Sum);
        let x = tensor![-INF, 0.0];
        assert_eq!(sum.loss(&x, &tensor![0.0, 1.0])?.item(), 0.0);
        assert_eq!(sum.log_target(true).loss(&x, &x)?.item(), 0.0);
        assert_eq!(sum.loss(&x, &tensor![0.5, 0.5])?.item(), INF);
        Ok(())
    }

    #[test]
    fn of_distributions_it_is_not_negative_and_zero_of_equals() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64];
        let (log_p, q) = (x.log_softmax(1)?, x.mul(0.3)?.softmax(1)?);
        let rows = KlDiv::new().reduction(KlReduction::BatchMean);
        assert!(rows.loss(&log_p, &q)?.item() > 0.1);
        assert!(rows.loss(&log_p, &log_p.exp())?.item().abs() < 1e-15);
        let mean = kl_div(&log_p, &q)?.item();
        assert!((rows.loss(&log_p, &q)?.item() - 3.0 * mean).abs() < 1e-15);
        assert!(kl_div(&Tensor::zeros([2, 1]), &Tensor::zeros([2])).is_err());
        assert!(rows.loss(&Tensor::scalar(0.0), &Tensor::scalar(1.0)).is_err());
        Ok(())
    }
}
