//! The tensor itself: a handle to numbers, and to the node that says where they came from.
//!
//! A [`Tensor`] is two counted pointers. The **value** (shape, type, numbers, and a count of how
//! often they were changed in place) is shared by all clones, so a change in place is seen through
//! every clone. The **node** is there if a gradient flows to the tensor: a leaf, or the operation
//! that made it.
//!
//! A lock guards the numbers. It is held only to take a snapshot (two words and a count) or while
//! they are changed, and never two at a time, so it cannot deadlock.
//! Rejected: `RefCell` (a tensor could not be sent to a thread) and `&mut self` for changes (an
//! optimiser and a layer hold the same parameter).

use crate::array::{self, Array};
use crate::autograd::{Node, is_grad_enabled};
use crate::shape::{Shape, count};
use crate::{DType, Element, Error, Result, Scalar};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Numbers in a grid of any rank, which remember how they were made if a gradient is wanted.
///
/// A clone is cheap and *is the same tensor*: a change in place through one is seen through the
/// other. A view (a slice, a transpose, a reshape, `detach`) shares the numbers at no cost **until
/// either is changed in place**: then the changed one has its own, and an older view keeps what it
/// showed. (In PyTorch an older view changes too.) So what was computed from a view stays true.
///
/// Methods that can be refused give a [`Result`]; operators (`&a + &b`) panic with the same message,
/// as indexing does.
///
/// ```
/// use linnea_tensor::tensor;
/// let u = tensor![3.0, -4.0];
/// assert_eq!(u.norm(2.0).item(), 5.0);
/// ```
#[derive(Clone)]
pub struct Tensor {
    pub(crate) value: Arc<Value>,
    pub(crate) node: Option<Arc<Node>>,
}

/// Numbers that clones share.
pub(crate) struct Value {
    shape: Shape,
    dtype: DType,
    /// As many changes in place as there have been.
    version: AtomicU64,
    /// The numbers; their own shape may be smaller and broadcast to `shape` (an expanded tensor).
    array: RwLock<Array>,
}

impl Value {
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn compact(&self) -> Array {
        self.array.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Tensor {
    /// A tensor of these numbers, which no gradient flows to.
    pub(crate) fn new(array: impl Into<Array>) -> Self {
        let array = array.into();
        let shape = Shape::from_slice(array.shape());
        Self::expanded(array, shape)
    }

    /// A tensor of these numbers seen in a larger shape, without a copy.
    pub(crate) fn expanded(array: Array, shape: Shape) -> Self {
        let dtype = array.dtype();
        let value = Value { shape, dtype, version: AtomicU64::new(0), array: RwLock::new(array) };
        Self { value: Arc::new(value), node: None }
    }

    /// The numbers as they are now, in this tensor's shape.
    pub(crate) fn array(&self) -> Array {
        let array = self.value.compact();
        if array.shape() == self.shape() { array } else { array.broadcast_to(self.shape()) }
    }

    /// The numbers as they are now, in a shape that may be smaller and broadcasts to the tensor's:
    /// for operations that broadcast anyway.
    pub(crate) fn compact(&self) -> Array {
        self.value.compact()
    }

    /// The size of each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.value.shape
    }

    /// The size of one axis; a negative one counts from the end.
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn size(&self, axis: isize) -> Result<usize> {
        if self.rank() == 0 {
            return Err(Error::Axis { op: "size", axis, rank: 0 });
        }
        Ok(self.shape()[crate::shape::axis_of("size", axis, self.rank())?])
    }

    /// The number of axes.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.shape().len()
    }

    /// The number of elements.
    #[must_use]
    pub fn numel(&self) -> usize {
        count(self.shape())
    }

    /// The number type.
    #[must_use]
    pub fn dtype(&self) -> DType {
        self.value.dtype
    }

    /// The one number of a tensor that has one, as an f64.
    ///
    /// # Panics
    /// If there is not exactly one; [`Tensor::try_item`] gives an error instead.
    #[must_use]
    #[track_caller]
    pub fn item(&self) -> f64 {
        match self.try_item() {
            Ok(number) => number,
            // Not in a closure, which would hide the caller's line.
            Err(error) => panic!("{error}"),
        }
    }

    /// The one number of a tensor that has one, as an f64.
    ///
    /// # Errors
    /// If there is not exactly one.
    pub fn try_item(&self) -> Result<f64> {
        match self.numel() {
            1 => Ok(self.to_f64_vec()[0]),
            n => Err(Error::shape(
                "item",
                format!("a tensor of shape {:?} holds {n} numbers, not one", self.shape()),
            )),
        }
    }

    /// The numbers in row-major order.
    ///
    /// # Errors
    /// If the tensor holds another type; [`Tensor::to`] converts.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        let array = self.array();
        match T::unwrap(&array) {
            Some(data) => Ok(array::contiguous(data).into_owned()),
            None => Err(Error::dtype(
                "to_vec",
                format!(
                    "the tensor holds {}, not {}; convert with .to(DType::…)",
                    self.dtype(),
                    T::DTYPE
                ),
            )),
        }
    }

    /// The numbers in row-major order, each as an f64.
    #[must_use]
    pub fn to_f64_vec(&self) -> Vec<f64> {
        array::contiguous(&<f64 as crate::dtype::private::Sealed>::cast_from(&self.array()))
            .into_owned()
    }

    /// Whether a gradient flows to this tensor.
    #[must_use]
    pub fn requires_grad(&self) -> bool {
        self.node.is_some()
    }

    /// Whether no operation made this tensor, as far as gradients are concerned.
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        self.node.as_ref().is_none_or(|node| node.is_leaf())
    }

    /// The same numbers, as a leaf that gathers a gradient.
    ///
    /// # Errors
    /// If the numbers are integers or booleans, which have no gradient.
    pub fn requires_grad_(self) -> Result<Self> {
        match &self.node {
            Some(_) => Ok(self),
            None if self.dtype().is_float() => {
                let node = Node::leaf(self.shape(), self.dtype());
                Ok(Self { value: self.value, node: Some(node) })
            }
            None => Err(Error::needs_float("requires_grad_", self.dtype())),
        }
    }

    /// The same numbers, cut from the graph: no gradient flows through the result.
    #[must_use]
    pub fn detach(&self) -> Self {
        Self::expanded(self.compact(), self.value.shape.clone())
    }

    /// Changes the numbers in place.
    pub(crate) fn modify(
        &self,
        op: &'static str,
        change: impl FnOnce(&mut Array) -> Result<()>,
    ) -> Result<()> {
        self.check_may_change(op)?;
        let mut array = self.value.array.write().unwrap_or_else(PoisonError::into_inner);
        if array.shape() != self.shape() {
            *array = array.broadcast_to(self.shape());
        }
        change(&mut array)?;
        self.value.version.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    fn check_may_change(&self, op: &'static str) -> Result<()> {
        if self.node.is_none() || !is_grad_enabled() {
            return Ok(());
        }
        Err(Error::autograd(
            op,
            if self.is_leaf() {
                "a leaf that requires a gradient cannot be changed in place while gradients are \
             recorded; change it inside no_grad(|| …)"
            } else {
                "the result of a recorded operation cannot be changed in place; use the operation \
             that gives a new tensor, or no_grad(|| …)"
            },
        ))
    }
}

/// What an operation can take beside a tensor: another tensor, or a number.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A tensor.
    Tensor(Tensor),
    /// A number, which takes the tensor's type where it can.
    Scalar(Scalar),
}

impl From<&Self> for Operand {
    fn from(operand: &Self) -> Self {
        operand.clone()
    }
}

impl From<&Tensor> for Operand {
    fn from(tensor: &Tensor) -> Self {
        Self::Tensor(tensor.clone())
    }
}

impl From<Tensor> for Operand {
    fn from(tensor: Tensor) -> Self {
        Self::Tensor(tensor)
    }
}

impl<S: Into<Scalar>> From<S> for Operand {
    fn from(number: S) -> Self {
        Self::Scalar(number.into())
    }
}
