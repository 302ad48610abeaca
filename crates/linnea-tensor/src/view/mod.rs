//! Other shapes of the same numbers, and parts of them.
//!
//! A view shares the numbers of the tensor it was made from; none is copied. What a view shows never
//! changes: a later change in place gives the changed tensor numbers of its own ([`Tensor`] says
//! why). Views of an expanded tensor stay expanded.

mod expand;
mod gather;
mod index;
mod join;
mod masked;
mod permute;
mod reshape;
mod restride;
mod slice;
mod span;
mod split;
mod squeeze;

pub(crate) use restride::restride;
pub use span::Span;

use crate::array::Array;
use crate::shape::{Shape, axis_of};
use crate::{Error, Result, Tensor};

impl Tensor {
    /// The numbers with one axis for each of the tensor's, of size 1 where they are expanded.
    fn padded(&self) -> Array {
        let array = self.compact();
        let missing = self.rank() - array.shape().len();
        if missing == 0 {
            return array;
        }
        array.reshape(&[&vec![1; missing], array.shape()].concat())
    }

    /// A change along one axis, which an expanded axis does not need.
    fn along(&self, axis: usize, len: usize, change: impl FnOnce(&Array) -> Array) -> Self {
        let mut shape = Shape::from_slice(self.shape());
        let array = self.padded();
        let expanded = array.shape()[axis] != shape[axis];
        shape[axis] = len;
        Self::expanded(if expanded { array } else { change(&array) }, shape)
    }

    /// An axis counted from the front, of a tensor that has one.
    fn axis(&self, op: &'static str, axis: isize) -> Result<usize> {
        if self.rank() == 0 {
            return Err(Error::shape(op, "the tensor has no axes; unsqueeze(0) gives it one"));
        }
        axis_of(op, axis, self.rank())
    }
}

#[cfg(test)]
mod tests {
    use crate::array::with_array;
    use crate::{Result, Tensor, no_grad, tensor};

    fn address(x: &Tensor) -> usize {
        with_array!(x.compact(), data => data.as_ptr() as usize)
    }

    fn views(x: &Tensor) -> Result<Vec<(Tensor, usize)>> {
        Ok(vec![
            (x.view([4, 3])?, 0),
            (x.reshape([2, 2, 3])?, 0),
            (x.t()?, 0),
            (x.t()?.unsqueeze(1)?, 0),
            (x.t()?.squeeze(), 0),
            (x.permute([1, 0])?, 0),
            (x.flatten(), 0),
            (x.unsqueeze(-1)?.squeeze_dim(-1)?, 0),
            (x.expand([5, -1, -1])?, 0),
            (x.expand([5, -1, -1])?.transpose(0, 2)?, 0),
            (x.slice(0, 1..)?, 6),
            (x.slice_step(1, 2.., 3)?, 2),
            (x.narrow(1, 4, 2)?, 4),
            (x.select(0, 1)?, 6),
            (x.split(4, 1)?[1].clone(), 4),
            (x.chunk(2, 0)?[1].clone(), 6),
            (x.detach(), 0),
        ])
    }

    #[test]
    fn no_view_copies_a_number() -> Result<()> {
        let x = Tensor::arange(0, 12, 1)?.reshape([2, 6])?;
        for (which, (view, offset)) in views(&x)?.iter().enumerate() {
            assert_eq!(address(view), address(&x) + offset * size_of::<i64>(), "view {which}");
        }
        Ok(())
    }

    #[test]
    fn an_older_view_keeps_what_it_showed_and_a_clone_does_not() -> Result<()> {
        let w = Tensor::arange(0.0, 12.0, 1.0)?.reshape([2, 6])?.detach().requires_grad_()?;
        let (clone, views) = (w.clone(), views(&w)?);
        let shown: Vec<Vec<f64>> = views.iter().map(|(view, _)| view.to_f64_vec()).collect();
        no_grad(|| w.add_(100.0))?;
        assert_eq!(clone.to_f64_vec()[0], 100.0);
        for ((view, _), shown) in views.iter().zip(shown) {
            assert_eq!(view.to_f64_vec(), shown);
        }
        let view = w.detach().flatten();
        view.zero_()?;
        assert_eq!(w.to_f64_vec()[0], 100.0);
        Ok(())
    }

    #[test]
    fn an_axis_that_is_not_there_is_refused() {
        let (x, scalar) = (tensor![[1.0, 2.0]], Tensor::scalar(1.0));
        assert!(x.transpose(0, 2).is_err() && x.slice(2, ..).is_err() && x.select(-3, 0).is_err());
        assert!(x.squeeze_dim(2).is_err() && x.unsqueeze(3).is_err() && x.unsqueeze(-4).is_err());
        assert!(scalar.select(0, 0).is_err() && scalar.slice(0, ..).is_err());
        assert!(scalar.split(1, 0).unwrap_err().to_string().contains("no axes"));
    }
}
