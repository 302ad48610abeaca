//! The largest and the smallest number, and where it is. NaN is both, as in PyTorch.
//!
//! The gradient of `max()` and `amax` is shared evenly among the places that hold the extreme
//! number; that of `max_dim`'s values goes to the chosen index, the first.

use super::Rows;
use crate::array::{Array, map_array, with_array};
use crate::shape::Axes;
use crate::{DType, Error, Result, Tensor, keepdim};

/// Which end of the order.
#[derive(Clone, Copy)]
enum End {
    Largest,
    Smallest,
}

macro_rules! extremes {
    ($end:ident, $word:literal: $whole:ident $over:ident $pair:ident $place:ident $place_dim:ident) => {
        impl Tensor {
            #[doc = concat!("The ", $word, " of all numbers; NaN if one is.")]
            ///
            /// # Errors
            /// If there are no numbers.
            pub fn $whole(&self) -> Result<Self> {
                extreme(stringify!($whole), self, &Axes::ALL, End::$end)
            }

            #[doc = concat!("The ", $word, " number over some axes; NaN if one is.")]
            /// The gradient is shared evenly among equal numbers.
            ///
            /// # Errors
            /// If the tensor has no such axis, one is given twice, or there are no numbers over them.
            pub fn $over(&self, axes: impl Into<Axes>) -> Result<Self> {
                extreme(stringify!($over), self, &axes.into(), End::$end)
            }

            #[doc = concat!("The ", $word, " number along an axis and its index, the first of equals.")]
            /// The gradient goes to that index alone.
            ///
            /// # Errors
            /// If there is not exactly one such axis, or no number along it.
            pub fn $pair(&self, axis: impl Into<Axes>) -> Result<(Self, Self)> {
                extreme_and_place(stringify!($pair), self, &axis.into(), End::$end)
            }

            #[doc = concat!("The index of the ", $word, " of all numbers in row-major order.")]
            ///
            /// # Errors
            /// If there are no numbers, or they are booleans.
            pub fn $place(&self) -> Result<Self> {
                place(stringify!($place), self, &Axes::ALL, End::$end)
            }

            #[doc = concat!("The index of the ", $word, " number along an axis, the first of equals.")]
            ///
            /// # Errors
            /// If there is not exactly one such axis, no number along it, or the numbers are booleans.
            pub fn $place_dim(&self, axis: impl Into<Axes>) -> Result<Self> {
                let axis = axis.into();
                one_axis(stringify!($place_dim), self, &axis)?;
                place(stringify!($place_dim), self, &axis, End::$end)
            }
        }
    };
}
extremes!(Largest, "largest": max amax max_dim argmax argmax_dim);
extremes!(Smallest, "smallest": min amin min_dim argmin argmin_dim);

fn extreme(op: &'static str, x: &Tensor, axes: &Axes, end: End) -> Result<Tensor> {
    let rows = nonempty(op, x, axes)?;
    let y = Tensor::new(map_array!(&x.array(), data => {
        rows.map(data, |row| row[first(row, end)])
    }));
    let edge = x.edge_from(&y, || {
        let (x, kept, axes) = (x.save(), rows.kept.to_vec(), rows.axes.to_vec());
        move |g: &Tensor, y: &Tensor| {
            let (x, y) = (x.get()?, y.reshape(&kept)?);
            let holds = x.eq(&y)?.add(x.isnan().mul(y.isnan())?)?;
            let share = g.reshape(&kept)?.div(holds.sum_dim(keepdim(axes.as_slice()))?)?;
            holds.where_(share, 0.0)
        }
    });
    Ok(y.record(op, [edge]))
}

fn extreme_and_place(
    op: &'static str,
    x: &Tensor,
    axis: &Axes,
    end: End,
) -> Result<(Tensor, Tensor)> {
    one_axis(op, x, axis)?;
    let rows = nonempty(op, x, axis)?;
    let array = x.array();
    let places = Tensor::new(Array::I64(with_array!(&array, data => {
        rows.map(data, |row| first(row, end) as i64)
    })));
    let values = map_array!(&array, data => rows.map(data, |row| row[first(row, end)]));
    let edge = x.edge(|| {
        let (places, kept, width) = (places.save(), rows.kept.to_vec(), rows.width);
        let axis = rows.axes.first().copied();
        move |g: &Tensor| {
            let mut along = vec![1; kept.len()];
            if let Some(axis) = axis {
                along[axis] = width;
            }
            let index = Tensor::from_vec((0..width as i64).collect(), along)?;
            let chosen = index.eq(places.get()?.reshape(&kept)?)?;
            chosen.where_(g.reshape(&kept)?, 0.0)
        }
    });
    Ok((Tensor::new(values).record(op, [edge]), places))
}

fn place(op: &'static str, x: &Tensor, axes: &Axes, end: End) -> Result<Tensor> {
    if x.dtype() == DType::Bool {
        return Err(Error::dtype(op, "booleans are not ordered; convert with .to(DType::U8)"));
    }
    let rows = nonempty(op, x, axes)?;
    Ok(Tensor::new(Array::I64(with_array!(&x.array(), data => {
        rows.map(data, |row| first(row, end) as i64)
    }))))
}

fn one_axis(op: &'static str, x: &Tensor, axis: &Axes) -> Result<()> {
    match axis.resolve(op, x.rank())?.len() {
        1 => Ok(()),
        _ if x.rank() == 0 => Ok(()),
        n => Err(Error::shape(op, format!("takes one axis, not {n}"))),
    }
}

fn nonempty(op: &'static str, x: &Tensor, axes: &Axes) -> Result<Rows> {
    let rows = Rows::new(op, x, axes)?;
    if rows.width == 0 {
        let problem = format!("no numbers over these axes of shape {:?} to choose from", x.shape());
        return Err(Error::value(op, problem));
    }
    Ok(rows)
}

/// The first place of the extreme number.
fn first<T: Ordered>(row: &[T], end: End) -> usize {
    let beats = |a: T, b: T| match end {
        End::Largest => a.above(b),
        End::Smallest => a.below(b),
    };
    (1..row.len()).fold(0, |best, at| if beats(row[at], row[best]) { at } else { best })
}

/// Numbers in order; NaN is above and below every number.
trait Ordered: Copy {
    fn above(self, other: Self) -> bool;
    fn below(self, other: Self) -> bool;
}

macro_rules! ordered {
    ($($type:ty, |$x:ident| $is_nan:expr;)+) => {$(
        impl Ordered for $type {
            fn above(self, other: Self) -> bool {
                let is_nan = |$x: Self| $is_nan;
                self > other || is_nan(self) && !is_nan(other)
            }
            fn below(self, other: Self) -> bool {
                let is_nan = |$x: Self| $is_nan;
                self < other || is_nan(self) && !is_nan(other)
            }
        }
    )+};
}
ordered! { bool, |_x| false; u8, |_x| false; i64, |_x| false; f32, |x| x.is_nan(); f64, |x| x.is_nan(); }

#[cfg(test)]
mod tests {
    use crate::autograd::gradcheck;
    use crate::{Result, Tensor, keepdim, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        gradcheck(|x| x[0].max(), std::slice::from_ref(&x))?;
        for axis in [0, 1] {
            gradcheck(|x| x[0].amax(axis), std::slice::from_ref(&x))?;
            gradcheck(|x| x[0].amin(keepdim(axis)), std::slice::from_ref(&x))?;
            gradcheck(|x| Ok(x[0].max_dim(axis)?.0), std::slice::from_ref(&x))?;
            gradcheck(|x| Ok(x[0].min_dim(keepdim(axis))?.0), std::slice::from_ref(&x))?;
        }
        Ok(())
    }

    #[test]
    fn equal_numbers_share_or_the_first_takes_all() -> Result<()> {
        let gradient = |f: fn(&Tensor) -> Result<Tensor>| -> Result<Vec<f64>> {
            let x = tensor![1.0, 3.0, 3.0].requires_grad_()?;
            f(&x)?.backward()?;
            Ok(x.grad().unwrap().to_f64_vec())
        };
        assert_eq!(gradient(Tensor::max)?, [0.0, 0.5, 0.5]);
        assert_eq!(gradient(|x| x.amax(0))?, [0.0, 0.5, 0.5]);
        assert_eq!(gradient(|x| Ok(x.max_dim(0)?.0))?, [0.0, 1.0, 0.0]);
        let nan = tensor![1.0, f64::NAN, f64::NAN].requires_grad_()?;
        nan.max()?.backward()?;
        assert_eq!(nan.grad().unwrap().to_f64_vec(), [0.0, 0.5, 0.5]);
        Ok(())
    }

    #[test]
    fn nan_types_and_refusals_are_pytorchs() -> Result<()> {
        let x = tensor![[1.0, f64::NAN, 3.0], [2.0, 5.0, 5.0]];
        let (values, places) = x.max_dim(1)?;
        assert!(values.to_f64_vec()[0].is_nan());
        assert_eq!(places.to_vec::<i64>()?, [1, 1]);
        assert_eq!(x.argmin_dim(-1)?.to_vec::<i64>()?, [1, 0]);
        assert_eq!((x.argmax()?.item(), tensor![3, 1].min()?.item()), (1.0, 1.0));
        assert_eq!(x.argmax_dim(keepdim(1))?.shape(), [2, 1]);
        assert_eq!(tensor![true, false].amax(0)?.to_vec::<bool>()?, [true]);
        assert_eq!(Tensor::scalar(2.0).max_dim(0)?.1.item(), 0.0);
        assert!(tensor![true].argmax().is_err());
        assert!(Tensor::zeros([0]).max().is_err() && Tensor::zeros([2, 0]).amax(1).is_err());
        assert_eq!(Tensor::zeros([0, 2]).max_dim(1)?.0.shape(), [0]);
        assert!(x.max_dim([0, 1]).is_err() && x.amax(2).is_err());
        Ok(())
    }
}
