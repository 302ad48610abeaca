//! The Cholesky factor of a positive semidefinite matrix, in the order of its columns: those of which
//! nothing is left once the columns before them are taken away get a row of zeros.
//!
//! Blocks of columns are eliminated one by one within themselves and all at once from what comes after
//! them, by a matrix product (Golub & Van Loan, §4.2.6), so that most of k³/3 operations are fast.

use faer::linalg::matmul::matmul;
use faer::{Accum, Par};

use crate::exact::matrix::Matrix;

/// Columns of a block.
const BLOCK: usize = 64;

/// R with RᵀR = A up to rounding, of the lower triangle of `a`; `a`'s columns have length 1 or 0. A
/// pivot of A of at most `nothing` is none, its row of R is 0.
pub(crate) fn factor(mut a: Matrix<f64>, nothing: f64) -> Matrix<f64> {
    let size = a.ncols();
    for first in (0..size).step_by(BLOCK) {
        let end = (first + BLOCK).min(size);
        (first..end).for_each(|column| eliminate(&mut a, column, end, nothing));
        let (block, mut rest) = a.view_mut().split_at_col_mut(end);
        let below = block.as_ref().get(end.., first..);
        matmul(
            rest.as_mut().get_mut(end.., ..),
            Accum::Add,
            below,
            below.transpose(),
            -1.0,
            Par::Seq,
        );
    }
    Matrix::from_fn(size, size, |i, j| if i <= j { a[(j, i)] } else { 0.0 })
}

/// Makes `column` one of the factor and takes it from the columns after it, up to `end`.
fn eliminate(a: &mut Matrix<f64>, column: usize, end: usize, nothing: f64) {
    let (size, pivot) = (a.ncols(), a[(column, column)]);
    // What is no number goes on, to be found in the factor.
    let inverse = if pivot <= nothing { 0.0 } else { 1.0 / pivot.sqrt() };
    let (own, others) = a.split_after(column);
    own[column..].iter_mut().for_each(|x| *x *= inverse);
    for (j, other) in (column + 1..end).zip(others.chunks_exact_mut(size)) {
        let factor = own[j];
        other[j..].iter_mut().zip(&own[j..]).for_each(|(x, own)| *x -= factor * own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::matrix::Algebra;

    #[test]
    fn the_factor_makes_the_matrix_and_sums_of_columns_have_no_row() {
        for size in [1, 7, 64, 65, 150] {
            let aliased = |j: usize| j % 5 == 4;
            let own = |i: usize, j: usize| {
                let number = ((i * 31 + j * j * 17) % 101) as f64 / 50.0 - 1.0;
                number + 30.0 * f64::from(u8::from(i == j))
            };
            let column = |i: usize, j: usize| match aliased(j) {
                true => own(i, j - 1) + own(i, j - 3),
                false => own(i, j),
            };
            let rows = Matrix::from_fn(size + 3, size, column);
            let length = |j: usize| rows.column(j).iter().map(|x| x * x).sum::<f64>().sqrt();
            let unit = Matrix::from_fn(size + 3, size, |i, j| rows[(i, j)] / length(j));
            let gram = f64::transposed_product(&unit, &unit);
            let r = factor(gram.clone(), 1e-10);
            let product = f64::transposed_product(&r, &r);
            for (i, j) in (0..size).flat_map(|i| (0..size).map(move |j| (i, j))) {
                assert!((product[(i, j)] - gram[(i, j)]).abs() < 1e-12);
            }
            assert!((0..size).all(|j| (r[(j, j)] == 0.0) == aliased(j)));
        }
    }
}
