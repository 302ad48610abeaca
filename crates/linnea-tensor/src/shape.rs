//! Shapes, axes and broadcasting, by PyTorch's rules.

use crate::{Error, Result};
use smallvec::SmallVec;

/// The sizes of a tensor's axes.
pub(crate) type Shape = SmallVec<[usize; 4]>;

/// What can be given as a shape: `[2, 3]`, a slice, a `Vec`, one size, or `()` for no axes.
pub trait IntoShape {
    /// The sizes, outermost first.
    fn into_shape(self) -> Vec<usize>;
}

impl<const N: usize> IntoShape for [usize; N] {
    fn into_shape(self) -> Vec<usize> {
        self.into()
    }
}

impl<const N: usize> IntoShape for &[usize; N] {
    fn into_shape(self) -> Vec<usize> {
        self.to_vec()
    }
}

impl IntoShape for &[usize] {
    fn into_shape(self) -> Vec<usize> {
        self.to_vec()
    }
}

impl IntoShape for Vec<usize> {
    fn into_shape(self) -> Vec<usize> {
        self
    }
}

impl IntoShape for &Vec<usize> {
    fn into_shape(self) -> Vec<usize> {
        self.clone()
    }
}

impl IntoShape for usize {
    fn into_shape(self) -> Vec<usize> {
        vec![self]
    }
}

impl IntoShape for () {
    fn into_shape(self) -> Vec<usize> {
        Vec::new()
    }
}

/// What can be given as sizes of which one may be −1, *whatever is left*: `[-1, 3]`, or a shape.
pub trait IntoSizes {
    /// The sizes, outermost first.
    fn into_sizes(self) -> Vec<isize>;
}

macro_rules! into_sizes {
    ($($type:ty),+) => {$(
        impl<const N: usize> IntoSizes for [$type; N] {
            fn into_sizes(self) -> Vec<isize> {
                self.iter().map(|&size| saturate(size)).collect()
            }
        }
        impl IntoSizes for &[$type] {
            fn into_sizes(self) -> Vec<isize> {
                self.iter().map(|&size| saturate(size)).collect()
            }
        }
        impl IntoSizes for Vec<$type> {
            fn into_sizes(self) -> Vec<isize> {
                self.as_slice().into_sizes()
            }
        }
        impl IntoSizes for &Vec<$type> {
            fn into_sizes(self) -> Vec<isize> {
                self.as_slice().into_sizes()
            }
        }
        impl IntoSizes for $type {
            fn into_sizes(self) -> Vec<isize> {
                vec![saturate(self)]
            }
        }
    )+};
}
into_sizes!(i32, i64, isize, usize);

impl IntoSizes for () {
    fn into_sizes(self) -> Vec<isize> {
        Vec::new()
    }
}

/// Axes of a reduction: one (`1`), several (`[0, 1]`), counted from the end (`-1`), or all (`..`).
/// [`keepdim`] keeps them in the result with size 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axes {
    axes: Option<SmallVec<[isize; 4]>>,
    keep: bool,
}

/// The same axes, kept in the result with size 1, so that it broadcasts with what it came from.
///
/// ```
/// use linnea_tensor::{keepdim, tensor};
/// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
/// assert_eq!(x.sum_dim(keepdim(1))?.shape(), [2, 1]);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
pub fn keepdim(axes: impl Into<Axes>) -> Axes {
    Axes { keep: true, ..axes.into() }
}

impl Axes {
    /// Every axis, gone from the result.
    pub(crate) const ALL: Self = Self { axes: None, keep: false };

    /// Whether the axes stay in the result with size 1.
    pub(crate) fn keeps(&self) -> bool {
        self.keep
    }

    /// The axes of a tensor of `rank` axes, ascending, each once.
    pub(crate) fn resolve(&self, op: &'static str, rank: usize) -> Result<SmallVec<[usize; 4]>> {
        let Some(axes) = &self.axes else { return Ok((0..rank).collect()) };
        let mut resolved = axes
            .iter()
            .map(|&axis| axis_of(op, axis, rank))
            .collect::<Result<SmallVec<[usize; 4]>>>()?;
        // The one axis that a tensor without axes may be asked for.
        resolved.retain(|axis| *axis < rank);
        resolved.sort_unstable();
        match resolved.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Error::shape(op, format!("axis {} is given twice", pair[0]))),
            None => Ok(resolved),
        }
    }
}

impl From<std::ops::RangeFull> for Axes {
    fn from(_: std::ops::RangeFull) -> Self {
        Self::ALL
    }
}

macro_rules! into_axes {
    ($($type:ty),+) => {$(
        impl From<$type> for Axes {
            fn from(axis: $type) -> Self {
                Self::from([axis])
            }
        }
        impl<const N: usize> From<[$type; N]> for Axes {
            fn from(axes: [$type; N]) -> Self {
                Self::from(&axes[..])
            }
        }
        impl From<&[$type]> for Axes {
            fn from(axes: &[$type]) -> Self {
                let axes = axes.iter().map(|&axis| saturate(axis)).collect();
                Self { axes: Some(axes), keep: false }
            }
        }
    )+};
}
into_axes!(i32, i64, isize, usize);

/// An axis counted from the front. A tensor without axes has axis 0 and −1, as in PyTorch.
pub(crate) fn axis_of(op: &'static str, axis: isize, rank: usize) -> Result<usize> {
    let size = rank.max(1) as isize;
    match axis {
        _ if (0..size).contains(&axis) => Ok(axis as usize),
        _ if (-size..0).contains(&axis) => Ok((axis + size) as usize),
        _ => Err(Error::Axis { op, axis, rank }),
    }
}

/// The shape of two operands together: counted from the last axis, sizes are equal or 1.
pub(crate) fn broadcast_shapes(op: &'static str, left: &[usize], right: &[usize]) -> Result<Shape> {
    let (long, short) = if left.len() >= right.len() { (left, right) } else { (right, left) };
    let mut shape = Shape::from_slice(long);
    let shift = long.len() - short.len();
    for (size, &other) in shape[shift..].iter_mut().zip(short) {
        match (*size, other) {
            (a, b) if a == b || b == 1 => {}
            (1, b) => *size = b,
            _ => return Err(Error::Broadcast { op, left: left.to_vec(), right: right.to_vec() }),
        }
    }
    check(op, &shape)?;
    Ok(shape)
}

/// A number that no size or axis reaches, for one that is out of range.
fn saturate(number: impl TryInto<isize>) -> isize {
    number.try_into().unwrap_or(isize::MAX)
}

/// The number of places in a shape.
///
/// # Panics
/// If a tensor of this shape would not fit into the address space: [`check`] says so as an error.
pub(crate) fn count(shape: &[usize]) -> usize {
    match places(shape) {
        Some(places) => places,
        None => panic!("a tensor of shape {shape:?} does not fit into memory"),
    }
}

/// The number of places in a shape, if a tensor of this shape fits into the address space.
pub(crate) fn places(shape: &[usize]) -> Option<usize> {
    const LARGEST: usize = isize::MAX as usize / size_of::<f64>();
    // An array of no numbers has strides too, so that sizes beside a 0 count.
    let extent = |sizes: &[usize]| sizes.iter().try_fold(1_usize, |n, &size| n.checked_mul(size));
    let nonzero: Shape = shape.iter().copied().filter(|&size| size > 0).collect();
    extent(&nonzero).filter(|&n| n <= LARGEST)?;
    extent(shape)
}

/// Refuses a shape of which no tensor fits into the address space.
pub(crate) fn check(op: &'static str, shape: &[usize]) -> Result<()> {
    match places(shape) {
        Some(_) => Ok(()),
        None => {
            Err(Error::shape(op, format!("a tensor of shape {shape:?} does not fit into memory")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Axes, axis_of, broadcast_shapes, places};

    #[test]
    fn sizes_are_equal_or_one() {
        let together = |a: &[usize], b: &[usize]| broadcast_shapes("add", a, b).map(|s| s.to_vec());
        assert_eq!(together(&[2, 1, 3], &[4, 1]), Ok(vec![2, 4, 3]));
        assert_eq!(together(&[], &[3]), Ok(vec![3]));
        assert_eq!(together(&[0, 1], &[1, 5]), Ok(vec![0, 5]));
        assert!(together(&[2, 3], &[2]).is_err());
        assert!(together(&[0], &[2]).is_err());
    }

    #[test]
    fn what_memory_cannot_hold_is_refused() {
        assert_eq!(places(&[3, 0, 5]), Some(0));
        assert_eq!(places(&[1 << 33, 1 << 33]), None);
        assert_eq!(places(&[1 << 40, 1 << 40, 0]), None);
        assert!(broadcast_shapes("add", &[1 << 33, 1], &[1, 1 << 33]).is_err());
    }

    #[test]
    fn axes_count_from_either_end() {
        assert_eq!(axis_of("sum", -1, 3), Ok(2));
        assert_eq!(axis_of("sum", 0, 0), Ok(0));
        assert!(axis_of("sum", 3, 3).is_err());
        assert_eq!(Axes::from([2, -3]).resolve("sum", 3).unwrap().to_vec(), [0, 2]);
        assert!(Axes::from([0, -3]).resolve("sum", 3).is_err());
    }
}
