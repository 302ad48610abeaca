//! A function of every row along some axes, with the result in the tensor's own order of axes.

use super::terms::Exponential;
use crate::array::{Array, Data, contiguous, from_vec};
use crate::shape::Axes;
use crate::{Result, Tensor};
use ndarray::IxDyn;
use smallvec::SmallVec;

/// A function from a row to a row of the same length.
pub(crate) trait RowMap {
    /// Appends the result for `row` to `out`.
    fn apply<T: Exponential>(&mut self, row: &[T], out: &mut Vec<T>);
}

/// Applies a function to every row along `axes`; integers become f32.
pub(crate) fn along(
    op: &'static str,
    x: &Tensor,
    axes: &Axes,
    function: &mut impl RowMap,
) -> Result<Tensor> {
    let order = Order::new(op, x.rank(), axes)?;
    let map = |function: &mut _, array: &Array| match array {
        Array::F64(data) => Array::F64(order.map(data, function)),
        Array::F32(data) => Array::F32(order.map(data, function)),
        _ => unreachable!("to_float gives f32 or f64"),
    };
    Ok(Tensor::new(map(function, &x.array().to_float())))
}

/// An order of axes: those that stay, then those along which the rows run.
pub(crate) struct Order {
    order: SmallVec<[usize; 4]>,
    /// How many of the axes stay.
    staying: usize,
}

impl Order {
    pub(crate) fn new(op: &'static str, rank: usize, axes: &Axes) -> Result<Self> {
        let gone = axes.resolve(op, rank)?;
        let mut order: SmallVec<[usize; 4]> =
            (0..rank).filter(|axis| !gone.contains(axis)).collect();
        let staying = order.len();
        order.extend(gone);
        Ok(Self { order, staying })
    }

    /// The array with the rows' axes last.
    pub(crate) fn forward<T>(&self, data: &Data<T>) -> Data<T> {
        data.clone().permuted_axes(IxDyn(&self.order))
    }

    /// The array with its axes where they were, in row-major order.
    pub(crate) fn back<T: Clone>(&self, data: Data<T>) -> Data<T> {
        if self.order.is_sorted() {
            return data;
        }
        let mut inverse = self.order.clone();
        for (place, &axis) in self.order.iter().enumerate() {
            inverse[axis] = place;
        }
        let data = data.permuted_axes(IxDyn(&inverse));
        data.as_standard_layout().into_owned().into_shared()
    }

    /// The length of a row of an array that [`Order::forward`] made.
    pub(crate) fn width<T>(&self, rows: &Data<T>) -> usize {
        rows.shape()[self.staying..].iter().product()
    }

    fn map<T: Exponential>(&self, data: &Data<T>, function: &mut impl RowMap) -> Data<T> {
        let rows = self.forward(data);
        let mut out = Vec::with_capacity(rows.len());
        // Without numbers there are no chunks, of whatever size.
        for row in contiguous(&rows).chunks(self.width(&rows).max(1)) {
            function.apply(row, &mut out);
        }
        self.back(from_vec(rows.shape(), out))
    }
}

#[cfg(test)]
mod tests {
    use super::{Exponential, RowMap, along};
    use crate::{Result, tensor};

    struct Reverse;
    impl RowMap for Reverse {
        fn apply<T: Exponential>(&mut self, row: &[T], out: &mut Vec<T>) {
            out.extend(row.iter().rev());
        }
    }

    #[test]
    fn axes_come_back_where_they_were() -> Result<()> {
        let x = tensor![[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]];
        let reversed = along("reverse", &x, &[0, 2].into(), &mut Reverse)?;
        let expected = [9., 8., 7., 12., 11., 10., 3., 2., 1., 6., 5., 4.];
        assert_eq!(reversed.to_vec::<f32>()?, expected);
        assert_eq!(reversed.shape(), [2, 2, 3]);
        let reversed = along("reverse", &x, &[-2].into(), &mut Reverse)?;
        let expected = [4., 5., 6., 1., 2., 3., 10., 11., 12., 7., 8., 9.];
        assert_eq!(reversed.to_vec::<f32>()?, expected);
        Ok(())
    }
}
