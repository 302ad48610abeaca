//! Coordinates that spare the arithmetic: every feature and target less a number near its mean, over
//! a power of two near its spread.

use linnea_kernels::{Element, Real};

use crate::rows::Rows;

/// About so many rows are looked at to find an origin near the mean.
const SAMPLE: usize = 256;

/// The coordinates ξ = (x − origin)/unit of features and (y − origin)/unit of targets.
///
/// Units are powers of two, so that dividing is exact; the origin is the same `f64` for all rows, so
/// that in double-double the difference is exact too. The problem is the same in any coordinates
/// with an intercept; the origin is what keeps sums of squares from cancelling.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub(crate) features: Vec<Axis>,
    pub(crate) targets: Vec<Axis>,
}

/// One number's origin and unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Axis {
    pub(crate) origin: f64,
    pub(crate) unit: f64,
}

impl Frame {
    /// Without an intercept nothing can be taken from the numbers: the origins are 0. Rows of weight 0
    /// are not looked at, so that what is constant elsewhere is 0 there.
    pub(crate) fn fit<T: Element>(
        rows: &Rows<'_, T>,
        targets: &[&[f64]],
        weights: Option<&[f64]>,
        intercept: bool,
    ) -> Self {
        let counts = |row: &usize| weights.is_none_or(|weights| weights[*row] > 0.0);
        let counting = || (0..rows.len()).filter(counts);
        let step = counting().count().div_ceil(SAMPLE).max(1);
        let sample: Vec<usize> = counting().step_by(step).collect();
        let feature =
            |j: usize| sample.iter().map(move |&row: &usize| rows.row(row)[j].to_real().to_f64());
        let target = |y: &[f64]| sample.iter().map(|&row| y[row]).collect::<Vec<f64>>();
        Self {
            features: (0..rows.features()).map(|j| Axis::of(feature(j), intercept)).collect(),
            targets: targets.iter().map(|y| Axis::of(target(y).into_iter(), intercept)).collect(),
        }
    }
}

impl Axis {
    fn of(numbers: impl Iterator<Item = f64> + Clone, centre: bool) -> Self {
        let Some(first) = numbers.clone().next().filter(|_| centre) else {
            return Self { origin: 0.0, unit: unit(numbers) };
        };
        // Relative to the first, equal numbers have the mean 0 and no other.
        let count = numbers.clone().count() as f64;
        let origin = first + numbers.clone().map(|x| x - first).sum::<f64>() / count;
        let origin = if origin.is_finite() { origin } else { 0.0 };
        Self { origin, unit: unit(numbers.map(|x| x - origin)) }
    }
}

/// The power of two near the largest of `numbers`.
fn unit(numbers: impl Iterator<Item = f64>) -> f64 {
    let largest = numbers.fold(0.0_f64, |m, x| m.max(x.abs()));
    if largest > 0.0 && largest.is_finite() { power_of_two(largest) } else { 1.0 }
}

/// The largest power of two that is not above `x`, for a normal `x`; else the smallest normal one.
fn power_of_two(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff << 52;
    f64::from_bits(x.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_its_own_origin() {
        let axis = Axis::of([0.1; 7].into_iter(), true);
        assert_eq!(axis, Axis { origin: 0.1, unit: 1.0 });
        let axis = Axis::of([1e9, 1e9 + 12.0].into_iter(), true);
        assert_eq!(axis, Axis { origin: 1e9 + 6.0, unit: 4.0 });
        assert_eq!(Axis::of([3.0, -5.0].into_iter(), false), Axis { origin: 0.0, unit: 4.0 });
        assert_eq!(Axis::of([].into_iter(), true), Axis { origin: 0.0, unit: 1.0 });
    }
}
