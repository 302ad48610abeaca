//! A tensor's numbers as rows to be reduced.

use crate::array::{Data, contiguous};
use crate::shape::{Axes, Shape};
use crate::{Result, Tensor};
use smallvec::SmallVec;
use std::borrow::Cow;

/// The places of a reduction: what stays, what goes, and the result's shape.
pub(crate) struct Rows {
    /// The axes that stay, then those that go.
    order: SmallVec<[usize; 4]>,
    /// How many numbers go into one.
    pub(crate) width: usize,
    /// The result's shape.
    pub(crate) shape: Shape,
    /// The result's shape with the reduced axes kept, of size 1.
    pub(crate) kept: Shape,
    /// The axes that go, ascending.
    pub(crate) axes: SmallVec<[usize; 4]>,
}

impl Rows {
    pub(crate) fn new(op: &'static str, tensor: &Tensor, axes: &Axes) -> Result<Self> {
        let shape = tensor.shape();
        let gone = axes.resolve(op, shape.len())?;
        let stays = (0..shape.len()).filter(|axis| !gone.contains(axis));
        let kept: Shape = shape
            .iter()
            .enumerate()
            .map(|(axis, &n)| if gone.contains(&axis) { 1 } else { n })
            .collect();
        let result = if axes.keeps() {
            kept.clone()
        } else {
            stays.clone().map(|axis| shape[axis]).collect()
        };
        let width = gone.iter().map(|&axis| shape[axis]).product();
        Ok(Self {
            order: stays.chain(gone.iter().copied()).collect(),
            width,
            shape: result,
            kept,
            axes: gone,
        })
    }

    /// Whether the axes that go are the first ones.
    pub(crate) fn lead(&self) -> bool {
        self.axes.iter().copied().eq(0..self.axes.len())
    }

    /// The numbers row after row, borrowed where they lie so already.
    pub(crate) fn of<'a, T: Clone>(&self, data: &'a Data<T>) -> Cow<'a, [T]> {
        if self.order.is_sorted() {
            return contiguous(data);
        }
        Cow::Owned(data.view().permuted_axes(self.order.as_slice()).iter().cloned().collect())
    }

    /// A function of every row.
    pub(crate) fn map<T: Clone, R>(&self, data: &Data<T>, f: impl Fn(&[T]) -> R) -> Data<R> {
        let numbers = self.of(data);
        let values = match self.width {
            0 => crate::shape::count(&self.shape),
            width => numbers.len() / width,
        };
        let row = |at: usize| &numbers[at * self.width..(at + 1) * self.width];
        crate::array::from_vec(&self.shape, (0..values).map(|at| f(row(at))).collect())
    }
}
