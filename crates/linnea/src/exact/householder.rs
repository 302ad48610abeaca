//! QR by Householder reflections in double-double (Golub & Van Loan, §5.2.1 and §5.4.2): plain loops
//! over columns, compiled for the machine's vectors.

use linnea_kernels::Level;
use pulp::{Simd, WithSimd};

use crate::exact::matrix::Matrix;
use crate::exact::scalar::{Double, Scalar};

/// A = Q R, but for the order of A's columns: column k of R belongs to column `order[k]` of A.
#[derive(Debug, Clone)]
pub(crate) struct Factor<S> {
    /// `rows × min(rows, columns)`
    pub(crate) q: Matrix<S>,
    /// `min(rows, columns) × columns`
    pub(crate) r: Matrix<S>,
    pub(crate) order: Vec<usize>,
}

/// The triangle of A = QR.
pub(crate) fn triangle(mut a: Matrix<Double>) -> Matrix<Double> {
    Level::detect().run(Reflect { a: &mut a, pivot: None, reflections: None });
    upper(&a)
}

/// A = QR, with the longest column that is left first if `pivot`.
pub(crate) fn factor(mut a: Matrix<Double>, pivot: bool) -> Factor<Double> {
    let (m, n) = (a.nrows(), a.ncols());
    let mut order: Vec<usize> = (0..n).collect();
    let mut reflections = Vec::new();
    let pivots = pivot.then_some(&mut order);
    Level::detect().run(Reflect { a: &mut a, pivot: pivots, reflections: Some(&mut reflections) });
    let mut q =
        Matrix::from_fn(m, m.min(n), |i, j| if i == j { Double::ONE } else { Double::ZERO });
    Level::detect().run(Apply { reflections: &reflections, q: &mut q });
    Factor { q, r: upper(&a), order }
}

fn upper(a: &Matrix<Double>) -> Matrix<Double> {
    let number = |i: usize, j: usize| if i <= j { a[(i, j)] } else { Double::ZERO };
    Matrix::from_fn(a.nrows().min(a.ncols()), a.ncols(), number)
}

/// I − β v vᵀ, where v is 0 above the `row` at which its numbers begin.
struct Reflection {
    row: usize,
    v: Vec<Double>,
    beta: Double,
}

impl Reflection {
    /// The reflection that leaves of `column` its first number alone, and what that becomes.
    #[inline(always)]
    fn of(row: usize, column: &[Double]) -> Option<(Self, Double)> {
        let square = dot(column, column);
        let length = square.root();
        if length.round() == 0.0 {
            return None;
        }
        // Away from the column, so that nothing cancels.
        let head = if column[0].round() > 0.0 { -length } else { length };
        let mut v = column.to_vec();
        v[0] = column[0] - head;
        // ‖v‖² = 2(‖x‖² − x₀·head)
        let beta = Double::ONE / (square - column[0] * head);
        Some((Self { row, v, beta }, head))
    }

    #[inline(always)]
    fn apply(&self, column: &mut [Double]) {
        let column = &mut column[self.row..];
        let factor = self.beta * dot(&self.v, column);
        for (x, &v) in column.iter_mut().zip(&self.v) {
            *x = *x - factor * v;
        }
    }
}

/// In eight sums side by side, which do not wait for one another.
#[inline(always)]
fn dot(a: &[Double], b: &[Double]) -> Double {
    let mut sums = [Double::ZERO; 8];
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    for (a, b) in a_eights.iter().zip(b_eights) {
        for lane in 0..8 {
            sums[lane] = sums[lane] + a[lane] * b[lane];
        }
    }
    let rest = a_rest.iter().zip(b_rest).fold(Double::ZERO, |sum, (&a, &b)| sum + a * b);
    sums.iter().fold(rest, |sum, &part| sum + part)
}

/// Makes `a` a triangle, and keeps the reflections.
struct Reflect<'a> {
    a: &'a mut Matrix<Double>,
    pivot: Option<&'a mut Vec<usize>>,
    reflections: Option<&'a mut Vec<Reflection>>,
}

impl WithSimd for Reflect<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { a, mut pivot, mut reflections } = self;
        let (m, n) = (a.nrows(), a.ncols());
        for k in 0..m.min(n) {
            if let Some(order) = &mut pivot {
                // Loops, here and below: a closure that is not inlined is code without the instruction set.
                let (mut longest, mut most) = (k, f64::NEG_INFINITY);
                for j in k..n {
                    let column = &a.column(j)[k..];
                    let length = dot(column, column).round();
                    if length.total_cmp(&most).is_ge() {
                        (longest, most) = (j, length);
                    }
                }
                a.swap_columns(k, longest);
                order.swap(k, longest);
            }
            let (column, others) = a.split_after(k);
            let Some((reflection, head)) = Reflection::of(k, &column[k..]) else { continue };
            column[k] = head;
            for column in others.chunks_exact_mut(m) {
                reflection.apply(column);
            }
            if let Some(reflections) = &mut reflections {
                reflections.push(reflection);
            }
        }
    }
}

/// Makes of the identity's columns Q's.
struct Apply<'a> {
    reflections: &'a [Reflection],
    q: &'a mut Matrix<Double>,
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for j in 0..self.q.ncols() {
            let column = self.q.column_mut(j);
            for reflection in self.reflections.iter().rev() {
                reflection.apply(column);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::matrix::Algebra;

    #[test]
    fn the_factors_make_the_matrix_to_thirty_digits() {
        for (m, n) in [(1, 1), (7, 3), (3, 7), (40, 12)] {
            let number = |i: usize, j: usize| ((i * 31 + j * 17 + i * j) % 23) as f64 / 7.0 - 1.0;
            let a = Matrix::from_fn(m, n, |i, j| Double::of(number(i, j)));
            for pivot in [false, true] {
                let Factor { q, r, order } = factor(a.clone(), pivot);
                let product = Double::product(&q, &r);
                for (k, &j) in order.iter().enumerate() {
                    for i in 0..m {
                        let left = product[(i, k)] - a[(i, j)];
                        assert!(left.round().abs() < 1e-29, "{m}×{n}: {left:?}");
                    }
                }
                let own = Double::transposed_product(&q, &q);
                let identity = Matrix::<Double>::identity(m.min(n));
                let off = |(i, j)| (own[(i, j)] - identity[(i, j)]).round().abs();
                assert!((0..m.min(n)).all(|i| (0..=i).all(|j| off((i, j)) < 1e-30)));
            }
        }
    }
}
