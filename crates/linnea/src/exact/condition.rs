//! The condition number of a triangle: its largest singular value over its smallest.

use crate::exact::matrix::{Algebra, Matrix};
use crate::exact::scalar::Scalar;

/// Up to so many columns the singular values are computed; for more the two are found by iteration.
const MOST: usize = 300;
const ITERATIONS: usize = 30;

/// ‖R‖₂·‖R⁻¹‖₂ of an upper triangle; infinite if it is singular.
///
/// Beyond 300 columns it comes from 30 power iterations with RᵀR and with its inverse, which are
/// below the true value and near it.
pub(crate) fn condition<S: Scalar>(r: &Matrix<S>) -> f64 {
    let r = r.map(S::round);
    if r.ncols() == 0 {
        return 1.0;
    }
    if (0..r.ncols()).any(|k| r[(k, k)] == 0.0 || !r[(k, k)].is_finite()) {
        return f64::INFINITY;
    }
    if r.ncols() <= MOST
        && let Ok(values) = r.view().singular_values()
    {
        return values[0] / values[values.len() - 1];
    }
    let largest = grow(&r, |x| f64::transposed_product(&r, &f64::product(&r, &x)));
    let smallest = grow(&r, |mut x| {
        f64::solve_upper_transposed(&r, &mut x);
        f64::solve_upper(&r, &mut x);
        x
    });
    (largest * smallest).sqrt()
}

/// By how much `times` makes a vector grow in the end.
fn grow(r: &Matrix<f64>, times: impl Fn(Matrix<f64>) -> Matrix<f64>) -> f64 {
    // No direction is left out, and no two entries are alike.
    let mut x = Matrix::from_fn(r.ncols(), 1, |i, _| 1.0 + (i as f64 * 0.618).fract());
    let mut growth = 0.0;
    for _ in 0..ITERATIONS {
        let length = x.view().norm_l2();
        x = times(x.map(|x| x / length));
        growth = x.view().norm_l2();
    }
    growth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_see_the_spread_of_a_diagonal() {
        for n in [5, 400] {
            let diagonal = |i: usize| 1.0 + 999.0 * f64::from(u8::from(i == 0));
            let r = Matrix::from_fn(n, n, |i, j| if i == j { diagonal(i) } else { 0.0 });
            let found: f64 = condition(&r);
            assert!((found - 1000.0).abs() < 1e-6, "{found}");
        }
        let singular = Matrix::from_fn(2, 2, |i, j| if i == 0 && j == 0 { 1.0 } else { 0.0 });
        assert_eq!(condition::<f64>(&singular), f64::INFINITY);
    }
}
