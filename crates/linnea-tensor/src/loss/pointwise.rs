//! Losses number by number: a function of prediction and target, then a reduction.

use super::Reduction;
use crate::array::{Array, zip};
use crate::{DType, Error, Result, Tensor};

/// Refuses shapes that differ, and says what to do about it.
pub(super) fn same_shape(op: &'static str, prediction: &Tensor, target: &Tensor) -> Result<()> {
    let (left, right) = (prediction.shape(), target.shape());
    if left == right {
        return Ok(());
    }
    let advice = if prediction.numel() == target.numel() {
        format!("reshape one of them, for example target.reshape({left:?})")
    } else {
        "they must be equal; broadcast_to makes a repetition explicit".into()
    };
    let problem = format!("the prediction has shape {left:?} and the target {right:?}: {advice}");
    Err(Error::shape(op, problem))
}

/// The type of a loss: the wider of both, and f32 for integers.
pub(super) fn loss_type(prediction: &Tensor, target: &Tensor) -> DType {
    prediction.dtype().max(target.dtype()).to_float()
}

/// `f` of prediction and target, number by number, in f64; a tensor without a graph.
pub(super) fn pointwise(
    op: &'static str,
    prediction: &Tensor,
    target: &Tensor,
    f: impl Fn(f64, f64) -> f64,
) -> Result<Tensor> {
    same_shape(op, prediction, target)?;
    let dtype = loss_type(prediction, target);
    let shape = prediction.shape();
    Ok(Tensor::new(match (prediction.array().cast(dtype), target.array().cast(dtype)) {
        (Array::F32(x), Array::F32(y)) => {
            Array::F32(zip(&x, &y, shape, |x, y| f(x.into(), y.into()) as f32))
        }
        (Array::F64(x), Array::F64(y)) => Array::F64(zip(&x, &y, shape, f)),
        _ => unreachable!("a loss is f32 or f64"),
    }))
}

impl Reduction {
    /// The losses, their mean, or their sum.
    pub(super) fn of(self, losses: Tensor) -> Tensor {
        match self {
            Self::None => losses,
            Self::Mean => losses.mean(),
            Self::Sum => losses.sum(),
        }
    }
}
