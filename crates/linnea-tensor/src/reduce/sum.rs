//! Sums.
//!
//! f32 is summed in f64: the result is the nearest f32 but for one rounding. f64 is summed pairwise,
//! whose error grows with log n (Higham, *Accuracy and Stability of Numerical Algorithms*, §4.2):
//! blocks of 128 in eight running sums, which the compiler makes vectors, then halves.
//! The gradient of a sum is 1 for each number: g, broadcast.

use super::{Real, Rows};
use crate::array::{Array, Data, from_vec};
use crate::shape::Axes;
use crate::{Result, Tensor};

const BLOCK: usize = 128;
const LANES: usize = 8;

impl Tensor {
    /// The sum of all numbers; integers and booleans sum to i64.
    #[must_use]
    pub fn sum(&self) -> Self {
        self.sum_dim(..).expect("all axes are axes")
    }

    /// The sum over some axes; [`keepdim`](crate::keepdim) keeps them with size 1.
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn sum_dim(&self, axes: impl Into<Axes>) -> Result<Self> {
        let rows = Rows::new("sum", self, &axes.into())?;
        let sum = Self::new(match &self.array() {
            Array::F32(data) => Array::F32(sums(&rows, data)),
            Array::F64(data) => Array::F64(sums(&rows, data)),
            other => Array::I64(rows.map(integers(other).as_ref(), |row| {
                row.iter().fold(0, |sum: i64, &x| sum.wrapping_add(x))
            })),
        });
        let edge = self.edge(|| spread(self, &rows));
        Ok(sum.record("sum", [edge]))
    }
}

/// The sums of all rows. Over the leading axes (the gradient of a bias) whole rows of the tensor are
/// added, so that it is read as it lies.
fn sums<T: Real + Clone>(rows: &Rows, data: &Data<T>) -> Data<T> {
    match data.as_slice() {
        Some(numbers) if rows.lead() && !numbers.is_empty() => {
            let sums = add_rows(numbers, numbers.len() / rows.width);
            from_vec(&rows.shape, sums.into_iter().map(T::narrow).collect())
        }
        _ => rows.map(data, |row| T::narrow(sum_of(row, |x| x.wide()))),
    }
}

/// The sum of the rows of a matrix with so many columns, pairwise.
fn add_rows<T: Real>(numbers: &[T], columns: usize) -> Vec<f64> {
    let rows = numbers.len() / columns;
    let (mut sums, rest) = if rows <= BLOCK {
        (vec![0.0; columns], numbers)
    } else {
        let (left, right) = numbers.split_at((rows / 2).next_multiple_of(BLOCK) * columns);
        let mut sums = add_rows(left, columns);
        sums.iter_mut().zip(add_rows(right, columns)).for_each(|(sum, x)| *sum += x);
        (sums, &[][..])
    };
    for row in rest.chunks_exact(columns) {
        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x.wide());
    }
    sums
}

/// The rule that gives every number of a row the row's gradient.
pub(super) fn spread(from: &Tensor, rows: &Rows) -> impl Fn(&Tensor) -> Result<Tensor> + use<> {
    let (kept, shape) = (rows.kept.to_vec(), from.shape().to_vec());
    move |g: &Tensor| g.reshape(&kept)?.broadcast_to(&shape)
}

fn integers(array: &Array) -> std::borrow::Cow<'_, Data<i64>> {
    use crate::dtype::private::Sealed;
    match array {
        Array::I64(data) => std::borrow::Cow::Borrowed(data),
        other => std::borrow::Cow::Owned(i64::cast_from(other)),
    }
}

/// The pairwise sum of a function of numbers, in f64.
pub(crate) fn sum_of<T>(row: &[T], f: impl Fn(&T) -> f64 + Copy) -> f64 {
    if row.len() <= BLOCK {
        return block_sum(row, f);
    }
    // Halves of whole blocks, so that the shape of the sum depends on the length alone.
    let (left, right) = row.split_at(row.len().div_ceil(2).next_multiple_of(BLOCK).min(row.len()));
    sum_of(left, f) + sum_of(right, f)
}

fn block_sum<T>(row: &[T], f: impl Fn(&T) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let (whole, rest) = row.as_chunks::<LANES>();
    for chunk in whole {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += f(x);
        }
    }
    let rest: f64 = rest.iter().map(&f).sum();
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::sum_of;
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, keepdim, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        for axes in [&[0][..], &[1], &[0, 1], &[]] {
            gradcheck(|x| x[0].sum_dim(axes), std::slice::from_ref(&x))?;
            gradcheck(|x| x[0].sum_dim(keepdim(axes)), std::slice::from_ref(&x))?;
        }
        gradgradcheck(|x| x[0].square().sum_dim(0), &[x])
    }

    #[test]
    fn a_million_tenths_lose_no_digit() {
        let x = Tensor::full([1 << 20], 0.1);
        assert_eq!(x.sum().item() as f32, (f64::from(0.1_f32) * f64::from(1 << 20)) as f32);
        let n = 1_000_003;
        let exact = 0.1 * f64::from(n);
        assert!(
            (sum_of(&vec![0.1; n as usize], |&x| x) - exact).abs() < 4.0 * f64::EPSILON * exact
        );
    }

    #[test]
    fn over_leading_axes_the_sums_are_the_same() -> Result<()> {
        let x =
            Tensor::from_vec((0..900 * 4).map(|i| f64::from(i % 37) * 0.5).collect(), [300, 3, 4])?;
        for (axes, shape) in [(&[0][..], &[3, 4][..]), (&[0, 1], &[4]), (&[0, 2], &[3])] {
            let sum = x.sum_dim(axes)?;
            assert_eq!(sum.shape(), shape);
            assert_eq!(sum.sum().item(), x.sum().item());
        }
        let first: f64 = x.to_f64_vec().iter().step_by(12).sum();
        assert_eq!(x.sum_dim(0)?.to_f64_vec()[0], first);
        Ok(())
    }

    #[test]
    fn empty_sums_are_zero() -> Result<()> {
        assert_eq!(Tensor::zeros([0]).sum().item(), 0.0);
        assert_eq!(Tensor::zeros([2, 0]).sum_dim(1)?.to_f64_vec(), [0.0, 0.0]);
        assert_eq!(Tensor::zeros([0, 2]).sum_dim(1)?.shape(), [0]);
        assert_eq!(tensor![true, true].sum().to_vec::<i64>()?, [2]);
        Ok(())
    }
}
