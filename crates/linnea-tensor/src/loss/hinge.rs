//! Hinge losses: nothing to pay once the right side is reached with a margin.
//!
//! ```text
//! hinge             max(0, 1 − y·ŷ),  y = ±1                   slope −y where 1 − y·ŷ > 0
//! hinge_embedding   ŷ if y = 1,  max(0, margin − ŷ) if y = −1  slope 1, or −1 where margin − ŷ > 0
//! ```
//!
//! The first is the support vector machine's (Cortes & Vapnik 1995), which PyTorch lacks; the second is
//! PyTorch's, for distances. At the kink the slope is 0.

use super::Reduction;
use super::pointwise::pointwise;
use crate::array::{Array, contiguous};
use crate::{Error, Result, Tensor};

/// The mean of max(0, 1 − y·ŷ), for scores ŷ and targets y that are −1 or 1.
///
/// ```
/// use linnea_tensor::{loss::hinge, tensor};
/// let loss = hinge(&tensor![2.0, 0.5, 0.5], &tensor![1.0, 1.0, -1.0])?;
/// assert_eq!(loss.item() as f32, (0.0 + 0.5 + 1.5) / 3.0);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If the shapes differ, or a target is neither −1 nor 1.
pub fn hinge(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    Hinge::new().loss(prediction, target)
}

/// The mean of PyTorch's hinge embedding loss with margin 1, for distances ŷ and targets y that are −1
/// or 1.
///
/// # Errors
/// If the shapes differ, or a target is neither −1 nor 1.
pub fn hinge_embedding(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    HingeEmbedding::new().loss(prediction, target)
}

/// Refuses targets that are neither −1 nor 1.
fn check_signs(op: &'static str, target: &Tensor) -> Result<()> {
    let Array::F64(signs) = target.array().cast(crate::DType::F64) else {
        unreachable!("cast to f64")
    };
    match contiguous(&signs).iter().find(|y| y.abs() != 1.0) {
        None => Ok(()),
        Some(y) => {
            let problem = format!("targets are -1 or 1, not {y}; from 0 and 1 they are 2·y − 1");
            Err(Error::value(op, problem))
        }
    }
}

/// A loss of prediction and target, with its slope by the prediction, which is constant but for jumps.
fn piecewise_linear(
    op: &'static str,
    prediction: &Tensor,
    target: &Tensor,
    loss: impl Fn(f64, f64) -> f64,
    slope: impl Fn(f64, f64) -> f64,
) -> Result<Tensor> {
    let losses = pointwise(op, prediction, target, loss)?;
    check_signs(op, target)?;
    let slopes = pointwise(op, prediction, target, slope)?;
    Ok(losses.record(op, [prediction.edge(|| move |g: &Tensor| g.mul(&slopes))]))
}

/// max(0, x), which keeps a NaN.
fn positive_part(x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { x }
}

/// [`hinge`] with a choice of reduction. No gradient flows to the targets.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Hinge {
    reduction: Reduction,
}

impl Hinge {
    /// The mean of max(0, 1 − y·ŷ).
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction }
    }

    /// The loss of scores.
    ///
    /// # Errors
    /// If the shapes differ, or a target is neither −1 nor 1.
    pub fn loss(self, prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
        let loss = |x: f64, y: f64| positive_part(1.0 - y * x);
        let slope = |x: f64, y: f64| if 1.0 - y * x > 0.0 { -y } else { 0.0 };
        Ok(self.reduction.of(piecewise_linear("hinge", prediction, target, loss, slope)?))
    }
}

/// [`hinge_embedding`] with a choice of margin and reduction. No gradient flows to the targets.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct HingeEmbedding {
    margin: f64,
    reduction: Reduction,
}

impl Default for HingeEmbedding {
    fn default() -> Self {
        Self { margin: 1.0, reduction: Reduction::Mean }
    }
}

impl HingeEmbedding {
    /// Margin 1, the mean.
    pub fn new() -> Self {
        Self::default()
    }

    /// The distance beyond which what is to be apart costs nothing.
    pub fn margin(self, margin: f64) -> Self {
        Self { margin, ..self }
    }

    /// What becomes of the losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of distances.
    ///
    /// # Errors
    /// If the shapes differ, or a target is neither −1 nor 1.
    pub fn loss(self, prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
        let margin = self.margin;
        let loss = |x: f64, y: f64| if y > 0.0 { x } else { positive_part(margin - x) };
        let slope = |x: f64, y: f64| match y > 0.0 {
            true => 1.0,
            false => -f64::from(u8::from(margin > x)),
        };
        let losses = piecewise_linear("hinge_embedding", prediction, target, loss, slope)?;
        Ok(self.reduction.of(losses))
    }
}

#[cfg(test)]
mod tests {
    use super::{Hinge, HingeEmbedding, hinge, hinge_embedding};
    use crate::autograd::gradcheck;
    use crate::loss::Reduction;
    use crate::{Result, Tensor, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5], [2.0, 0.1]; f64].requires_grad_()?;
        let y = tensor![[1, 1], [1, -1]];
        let each = Hinge::new().reduction(Reduction::None);
        gradcheck(|x| each.loss(&x[0], &y), std::slice::from_ref(&x))?;
        gradcheck(|x| hinge(&x[0], &y), std::slice::from_ref(&x))?;
        gradcheck(|x| HingeEmbedding::new().margin(1.7).loss(&x[0], &y), &[x])
    }

    #[test]
    fn known_values_and_the_kink() -> Result<()> {
        let x = tensor![1.0, 0.5, -2.0].requires_grad_()?;
        let y = tensor![1.0, -1.0, -1.0];
        let each = Hinge::new().reduction(Reduction::None).loss(&x, &y)?;
        assert_eq!(each.to_f64_vec(), [0.0, 1.5, 0.0]);
        each.backward_with(&Tensor::ones([3]))?;
        assert_eq!(x.grad().unwrap().to_f64_vec(), [0.0, 1.0, 0.0]);
        let each = HingeEmbedding::new().reduction(Reduction::None).loss(&x, &y)?;
        assert_eq!(each.to_f64_vec(), [1.0, 0.5, 3.0]);
        Ok(())
    }

    #[test]
    fn edges_and_refusals() -> Result<()> {
        let x = Tensor::zeros([2]);
        for loss in [hinge, hinge_embedding] {
            let message = loss(&x, &tensor![0, 1]).unwrap_err().to_string();
            assert!(message.contains("not 0; from 0 and 1"), "{message}");
            assert!(loss(&Tensor::zeros([2, 1]), &tensor![1, 1]).is_err());
            assert!(loss(&tensor![], &tensor![])?.item().is_nan());
            assert!(loss(&tensor![f64::NAN], &tensor![-1])?.item().is_nan());
        }
        Ok(())
    }
}
