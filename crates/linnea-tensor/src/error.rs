//! What can be wrong with a call, said so that the caller knows what to change.

use crate::DType;

/// The result of an operation on tensors.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A call that cannot be carried out. Every message names the operation, what it was given, and
/// what would do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two shapes that do not broadcast together.
    #[error(
        "{op}: shapes {left:?} and {right:?} do not broadcast: \
             counted from the last axis, sizes must be equal or 1"
    )]
    Broadcast {
        /// The operation.
        op: &'static str,
        /// The first operand's shape.
        left: Vec<usize>,
        /// The second operand's shape.
        right: Vec<usize>,
    },
    /// A shape that the operation cannot take.
    #[error("{op}: {problem}")]
    Shape {
        /// The operation.
        op: &'static str,
        /// What was given, and what would do.
        problem: String,
    },
    /// An axis that the tensor does not have.
    #[error("{op}: axis {axis} is out of range for a tensor with {rank} axes \
             (allowed: {}..={})", -(*.rank.max(&1) as isize), *.rank.max(&1) as isize - 1)]
    Axis {
        /// The operation.
        op: &'static str,
        /// The axis asked for.
        axis: isize,
        /// How many axes there are.
        rank: usize,
    },
    /// An index outside its axis.
    #[error("{op}: index {index} is out of range for an axis of size {size}")]
    Index {
        /// The operation.
        op: &'static str,
        /// The index asked for.
        index: i64,
        /// The size of the axis.
        size: usize,
    },
    /// A number type that the operation cannot take.
    #[error("{op}: {problem}")]
    DType {
        /// The operation.
        op: &'static str,
        /// What was given, and what would do.
        problem: String,
    },
    /// A value that the operation cannot take.
    #[error("{op}: {problem}")]
    Value {
        /// The operation.
        op: &'static str,
        /// What was given, and what would do.
        problem: String,
    },
    /// A gradient that cannot be computed.
    #[error("{op}: {problem}")]
    Autograd {
        /// The operation.
        op: &'static str,
        /// What stands in the way, and what would do.
        problem: String,
    },
}

impl Error {
    pub(crate) fn shape(op: &'static str, problem: impl Into<String>) -> Self {
        Self::Shape { op, problem: problem.into() }
    }

    pub(crate) fn dtype(op: &'static str, problem: impl Into<String>) -> Self {
        Self::DType { op, problem: problem.into() }
    }

    pub(crate) fn value(op: &'static str, problem: impl Into<String>) -> Self {
        Self::Value { op, problem: problem.into() }
    }

    pub(crate) fn autograd(op: &'static str, problem: impl Into<String>) -> Self {
        Self::Autograd { op, problem: problem.into() }
    }

    /// An operation that takes floating-point numbers only.
    pub(crate) fn needs_float(op: &'static str, dtype: DType) -> Self {
        Self::dtype(op, format!("takes f32 or f64, not {dtype}; convert with .to(DType::F32)"))
    }
}
