//! Parameters: tensors or numbers that broadcast together, and the type of what is computed.
//!
//! A number is kept as an f64 tensor without axes, which takes the type of any array around it; what
//! is computed from it is put in the type that PyTorch gives, where a number counts as a scalar.

use crate::array::{Array, contiguous};
use crate::dtype::{Weight, private::Sealed, promote};
use crate::shape::{IntoShape, Shape, broadcast_shapes};
use crate::tensor::Operand;
use crate::{DType, Error, Result, Tensor};

/// The parameters of a distribution.
#[derive(Clone, Debug)]
pub(super) struct Parameters<const N: usize> {
    pub(super) tensors: [Tensor; N],
    types: [(DType, Weight); N],
    shape: Shape,
}

impl<const N: usize> Parameters<N> {
    pub(super) fn new(op: &'static str, operands: [Operand; N]) -> Result<Self> {
        let types = operands.each_ref().map(typed);
        let tensors = operands.map(into_tensor);
        let shape = tensors
            .iter()
            .try_fold(Shape::new(), |shape, tensor| broadcast_shapes(op, &shape, tensor.shape()))?;
        Ok(Self { tensors, types, shape })
    }

    /// The shape of the parameters together.
    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The type of a draw.
    pub(super) fn dtype(&self) -> DType {
        promote(&self.types).to_float()
    }

    /// What was computed from the parameters and x, in its type.
    pub(super) fn at(&self, x: &Tensor, y: &Tensor) -> Tensor {
        y.to(promote(&[&self.types[..], &[typed(&x.into())]].concat()).to_float())
    }

    /// What was computed from these parameters and others, in its type.
    pub(super) fn beside<const M: usize>(&self, other: &Parameters<M>, y: &Tensor) -> Tensor {
        y.to(promote(&[&self.types[..], &other.types[..]].concat()).to_float())
    }

    /// What was computed from some of the parameters, in the type and shape of all.
    pub(super) fn whole(&self, y: &Tensor) -> Result<Tensor> {
        y.to(self.dtype()).broadcast_to(self.shape.as_slice())
    }

    /// The shape of draws: `shape`, then that of the parameters.
    pub(super) fn drawn(&self, shape: impl IntoShape) -> Vec<usize> {
        [shape.into_shape().as_slice(), self.shape()].concat()
    }
}

fn typed(operand: &Operand) -> (DType, Weight) {
    match operand {
        Operand::Tensor(tensor) if tensor.rank() == 0 => {
            (tensor.dtype().to_float(), Weight::ZeroDim)
        }
        Operand::Tensor(tensor) => (tensor.dtype().to_float(), Weight::Array),
        Operand::Scalar(_) => (DType::F32, Weight::Scalar),
    }
}

fn into_tensor(operand: Operand) -> Tensor {
    match operand {
        Operand::Tensor(tensor) => tensor.to(tensor.dtype().to_float()),
        Operand::Scalar(number) => Tensor::new(Array::scalar(number, DType::F64)),
    }
}

/// Holds every number of a parameter to a condition.
pub(super) fn check(
    op: &'static str,
    name: &str,
    tensor: &Tensor,
    must: &str,
    holds: impl Fn(f64) -> bool,
) -> Result<()> {
    let numbers = f64::cast_from(&tensor.compact());
    match contiguous(&numbers).iter().find(|&&x| !holds(x)) {
        Some(x) => Err(Error::value(op, format!("{name} must be {must}, not {x}"))),
        None => Ok(()),
    }
}
