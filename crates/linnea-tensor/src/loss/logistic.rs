//! Binary cross-entropy of scores (logits).
//!
//! ```text
//! ℓ = w·(p·y·softplus(−x) + (1 − y)·softplus(x))        softplus(x) = log(1 + eˣ)
//! ∂ℓ/∂x = w·((1 − y)·σ(x) − p·y·σ(−x))
//! ```
//!
//! with weights w of numbers and p of positive targets. It never takes the logarithm of a rounded
//! sigmoid, and a term of weight 0 adds nothing: a certain and right score of ±∞ costs 0, a certain
//! and wrong one +∞ (PyTorch: NaN, its issue 135359, as it computes x − x·y + …).

use super::Reduction;
use super::guarded::weigh;
use super::pointwise::{loss_type, same_shape};
use crate::{Result, Tensor};

/// The mean binary cross-entropy of scores (logits) and targets from 0 to 1, of equal shapes.
///
/// ```
/// use linnea_tensor::{loss::bce_with_logits, tensor};
/// let (sure, right) = (tensor![f64::INFINITY, f64::NEG_INFINITY], tensor![1.0, 0.0]);
/// assert_eq!(bce_with_logits(&sure, &right)?.item(), 0.0);   // PyTorch: NaN
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If the shapes differ.
pub fn bce_with_logits(logits: &Tensor, target: &Tensor) -> Result<Tensor> {
    BceWithLogits::new().loss(logits, target)
}

/// [`bce_with_logits`] with weights and a choice of reduction.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct BceWithLogits {
    weight: Option<Tensor>,
    pos_weight: Option<Tensor>,
    reduction: Reduction,
}

impl BceWithLogits {
    /// No weights, the mean.
    pub fn new() -> Self {
        Self::default()
    }

    /// A weight for each loss, of a shape that broadcasts to the scores'.
    pub fn weight(self, weight: &Tensor) -> Self {
        Self { weight: Some(weight.clone()), ..self }
    }

    /// A weight for positive targets, of a shape that broadcasts to the scores': above 1 it trades
    /// precision for recall.
    pub fn pos_weight(self, weight: &Tensor) -> Self {
        Self { pos_weight: Some(weight.clone()), ..self }
    }

    /// What becomes of the losses. The mean is over their number, whatever the weights.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of scores.
    ///
    /// # Errors
    /// If the shapes differ, or a weight does not broadcast to them.
    pub fn loss(&self, logits: &Tensor, target: &Tensor) -> Result<Tensor> {
        same_shape("bce_with_logits", logits, target)?;
        let dtype = loss_type(logits, target);
        let (x, y) = (logits.to(dtype), target.to(dtype));
        let positive = match &self.pos_weight {
            Some(p) => y.mul(p.broadcast_to(x.shape())?)?,
            None => y.clone(),
        };
        let negative = y.neg()?.add(1.0)?;
        let missed = weigh(&positive, &x.neg()?.softplus())?;
        let losses = missed.add(weigh(&negative, &x.softplus())?)?;
        let losses = match &self.weight {
            Some(w) => weigh(&w.broadcast_to(x.shape())?, &losses)?,
            None => losses,
        };
        Ok(self.reduction.of(losses))
    }
}

#[cfg(test)]
mod tests {
    use super::{BceWithLogits, bce_with_logits};
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::loss::Reduction;
    use crate::{Result, Tensor, tensor};

    const INF: f64 = f64::INFINITY;

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5], [2.0, 7.0]; f64].requires_grad_()?;
        let y = tensor![[0.25, 1.0], [0.75, 0.0]; f64].requires_grad_()?;
        let p = tensor![2.0, 0.5; f64].requires_grad_()?;
        let all = [x, y, p];
        let loss = |x: &[Tensor]| {
            let options = BceWithLogits::new().weight(&tensor![[1.5], [0.5]; f64]);
            options.pos_weight(&x[2]).reduction(Reduction::None).loss(&x[0], &x[1])
        };
        gradcheck(loss, &all)?;
        gradgradcheck(loss, &all)?;
        gradcheck(|x| bce_with_logits(&x[0], &x[1]), &all[..2])?;
        gradgradcheck(|x| bce_with_logits(&x[0], &x[1]), &all[..2])
    }

    #[test]
    fn certain_scores_cost_nothing_or_everything() -> Result<()> {
        // PyTorch: NaN, NaN, NaN, inf.
        let x = tensor![INF, -INF, -INF, INF].requires_grad_()?;
        let y = tensor![1.0, 0.0, 1.0, 0.0];
        let each = BceWithLogits::new().reduction(Reduction::None).loss(&x, &y)?;
        assert_eq!(each.to_f64_vec(), [0.0, 0.0, INF, INF]);
        each.backward_with(&Tensor::ones([4]))?;
        assert_eq!(x.grad().unwrap().to_f64_vec(), [0.0, 0.0, -1.0, 1.0]);
        Ok(())
    }

    #[test]
    fn small_losses_keep_their_digits() -> Result<()> {
        let x = tensor![50.0, -50.0; f64];
        let loss = bce_with_logits(&x, &tensor![1.0, 0.0; f64])?.item();
        assert_eq!(loss, (-50.0_f64).exp());
        assert!(bce_with_logits(&Tensor::zeros([2, 1]), &Tensor::zeros([2])).is_err());
        assert!(bce_with_logits(&tensor![], &tensor![])?.item().is_nan());
        assert!(bce_with_logits(&tensor![f64::NAN], &tensor![1.0])?.item().is_nan());
        Ok(())
    }
}
