//! Targets that are classes: their shape, their range, the weights of classes, and what becomes of
//! one loss for each row.

use super::Reduction;
use crate::array::{Array, contiguous, from_vec};
use crate::reduce::sum_of;
use crate::shape::Shape;
use crate::{DType, Error, Result, Tensor};

/// The index that PyTorch ignores unless told otherwise.
pub(super) const IGNORED: i64 = -100;

/// The axis of the classes: the only one, or the second.
pub(super) fn class_axis(op: &'static str, scores: &Tensor) -> Result<usize> {
    match scores.rank() {
        0 => Err(Error::shape(
            op,
            "scores need an axis of classes: give shape [classes], [rows, classes], or \
             [rows, classes, …]",
        )),
        rank => Ok(rank.min(2) - 1),
    }
}

/// The class of each row, `None` where it is to be ignored.
pub(super) fn classes(
    op: &'static str,
    scores: &Tensor,
    target: &Tensor,
    ignored: i64,
) -> Result<Vec<Option<usize>>> {
    let axis = class_axis(op, scores)?;
    check_shape(op, scores, target, axis)?;
    let count = scores.shape()[axis];
    indices(op, target)?
        .into_iter()
        .enumerate()
        .map(|(row, class)| match usize::try_from(class) {
            _ if class == ignored => Ok(None),
            Ok(at) if at < count => Ok(Some(at)),
            _ => Err(Error::value(
                op,
                format!("row {row} has class {class}, but the scores have {count} classes"),
            )),
        })
        .collect()
}

fn check_shape(op: &'static str, scores: &Tensor, target: &Tensor, axis: usize) -> Result<()> {
    let mut expected = Shape::from_slice(scores.shape());
    expected.remove(axis);
    if target.shape() == expected.as_slice() {
        return Ok(());
    }
    let advice = if target.numel() == crate::shape::count(&expected) {
        format!("; reshape it to {:?}", expected.as_slice())
    } else {
        String::new()
    };
    Err(Error::shape(
        op,
        format!(
            "for scores of shape {:?}, classes have shape {:?}, not {:?}{advice}",
            scores.shape(),
            expected.as_slice(),
            target.shape(),
        ),
    ))
}

fn indices(op: &'static str, target: &Tensor) -> Result<Vec<i64>> {
    match &target.array() {
        array @ (Array::I64(_) | Array::U8(_)) => {
            let Array::I64(data) = array.cast(DType::I64) else { unreachable!("cast to i64") };
            Ok(contiguous(&data).into_owned())
        }
        other => Err(Error::dtype(
            op,
            format!(
                "classes are i64 or u8, not {}; convert with .to(DType::I64), or give \
                 probabilities in the scores' shape",
                other.dtype()
            ),
        )),
    }
}

/// The weight of each class, if there are weights.
pub(super) fn class_weights(
    op: &'static str,
    weight: Option<&Tensor>,
    count: usize,
) -> Result<Option<Vec<f64>>> {
    match weight {
        Some(weight) if weight.shape() != [count] => Err(Error::shape(
            op,
            format!("{count} classes need weights of shape [{count}], not {:?}", weight.shape()),
        )),
        weight => Ok(weight.map(Tensor::to_f64_vec)),
    }
}

/// How the losses of rows become one, and how its gradient comes back to each row.
#[derive(Clone)]
pub(super) struct Spread {
    reduction: Reduction,
    /// What the mean divides by.
    count: f64,
    /// The scores' shape with the axis of classes of size 1.
    kept: Shape,
    axis: usize,
}

impl Spread {
    pub(super) fn new(reduction: Reduction, count: f64, scores: &Tensor, axis: usize) -> Self {
        let mut kept = Shape::from_slice(scores.shape());
        kept[axis] = 1;
        Self { reduction, count, kept, axis }
    }

    /// The losses, their sum, or their mean, rounded once.
    pub(super) fn value(&self, losses: Vec<f64>, dtype: DType) -> Tensor {
        let scalar = |x: f64| Array::scalar(x.into(), DType::F64);
        let value = match self.reduction {
            Reduction::None => {
                let mut shape = self.kept.clone();
                shape.remove(self.axis);
                Array::F64(from_vec(&shape, losses))
            }
            Reduction::Sum => scalar(sum_of(&losses, |&x| x)),
            Reduction::Mean => scalar(sum_of(&losses, |&x| x) / self.count),
        };
        Tensor::new(value.cast(dtype))
    }

    /// The gradient of each row's loss, in a shape that broadcasts to the scores'.
    pub(super) fn of(&self, g: &Tensor) -> Result<Tensor> {
        match self.reduction {
            Reduction::None => g.reshape(self.kept.as_slice()),
            Reduction::Sum => Ok(g.clone()),
            Reduction::Mean => g.div(self.count),
        }
    }
}
