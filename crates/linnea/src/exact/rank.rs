//! Which columns are linear functions of the others, as far as their numbers can tell.
//!
//! A number in `f64` is known to half a unit in its last place, so a column is known to ν·ε of its
//! length about the mean, where ν is its length about 0 over that about the mean (large for a year),
//! and what is left of it after a combination Σ vᵢ xᵢ of others is taken away to (ν + Σ|vᵢ|νᵢ)·ε. A
//! column of which no more is left is aliased. That decides by what the data say, not by how they are
//! scaled: a polynomial of degree 10 passes, the sum of two columns does not.

use crate::exact::matrix::Matrix;
use crate::exact::scalar::{Scalar, squares};

/// More than this is left of any column of a matrix that is clearly not deficient.
const CLEAR: f64 = 1e-6;
/// What is left counts if it is this many times what is known, and with many columns more.
const SAFETY: f64 = 8.0;

/// What is left of one of so many columns is at least this many times its ν + Σ|vᵢ|νᵢ, or counts as
/// nothing.
pub(crate) fn margin(columns: usize) -> f64 {
    f64::EPSILON * (SAFETY + 2.0 * (columns as f64).sqrt())
}

/// The columns, taken in `order`, that are no linear function of those before them.
///
/// `columns` have length 1 or 0; `noise` is each one's ν.
pub(crate) fn independent<S: Scalar>(
    columns: &Matrix<S>,
    order: &[usize],
    noise: &[f64],
    most: usize,
) -> Vec<usize> {
    let mut basis = Basis { vectors: Vec::new(), kept: Vec::new(), coefficients: Vec::new() };
    let margin = margin(columns.ncols());
    for &j in order {
        if basis.kept.len() == most {
            break;
        }
        let column: Vec<S> = columns.column(j).to_vec();
        let (left, along) = basis.remove(column);
        let length = squares(left.iter().copied()).root();
        let known = || margin * (noise[j] + basis.combination_noise(&along, noise));
        if length.round() > CLEAR || length.round() > known() {
            basis.add(j, &left, length, along);
        }
    }
    basis.kept
}

/// Gram–Schmidt with a second round, which is enough (Giraud, Langou & Rozložník 2005).
struct Basis<S> {
    vectors: Vec<Vec<S>>,
    kept: Vec<usize>,
    /// The kept columns in terms of the vectors: the columns of a triangle.
    coefficients: Vec<Vec<S>>,
}

impl<S: Scalar> Basis<S> {
    /// What is left of `column` without the vectors, and how much of each was in it.
    fn remove(&self, mut column: Vec<S>) -> (Vec<S>, Vec<S>) {
        let mut along = vec![S::ZERO; self.vectors.len()];
        for _ in 0..2 {
            for (vector, sum) in self.vectors.iter().zip(&mut along) {
                let dot = vector.iter().zip(&column).fold(S::ZERO, |dot, (&a, &b)| dot + a * b);
                column.iter_mut().zip(vector).for_each(|(x, &v)| *x = *x - dot * v);
                *sum = *sum + dot;
            }
        }
        (column, along)
    }

    fn add(&mut self, j: usize, left: &[S], length: S, mut along: Vec<S>) {
        self.vectors.push(left.iter().map(|&x| x / length).collect());
        along.push(length);
        self.coefficients.push(along);
        self.kept.push(j);
    }

    /// Σ|vᵢ|νᵢ for the combination of kept columns that is `along` the vectors.
    fn combination_noise(&self, along: &[S], noise: &[f64]) -> f64 {
        let mut rest = along.to_vec();
        let mut sum = 0.0;
        for k in (0..rest.len()).rev() {
            let column = &self.coefficients[k];
            let coefficient = rest[k] / column[k];
            rest.iter_mut().zip(column).take(k).for_each(|(x, &c)| *x = *x - coefficient * c);
            sum += coefficient.round().abs() * noise[self.kept[k]];
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_aliased_and_a_near_sum_is_not() {
        let n = 20;
        let unit = |mut column: Vec<f64>| {
            let length = squares(column.iter().copied()).sqrt();
            column.iter_mut().for_each(|x| *x /= length);
            column
        };
        let a: Vec<f64> = (0..n).map(|i| f64::from(i) * 0.7).collect();
        let b: Vec<f64> = (0..n).map(|i| f64::from(i * i % 7) + 0.1).collect();
        let with = |eps: f64| {
            let c = a
                .iter()
                .zip(&b)
                .enumerate()
                .map(|(i, (a, b))| a + b + eps * (i % 3) as f64)
                .collect();
            let columns = [a.clone(), b.clone(), c].map(unit);
            Matrix::from_fn(n as usize, 3, |i, j| columns[j][i])
        };
        let noise = [1.0; 3];
        assert_eq!(independent(&with(0.0), &[0, 1, 2], &noise, 3), [0, 1]);
        assert_eq!(independent(&with(0.0), &[2, 1, 0], &noise, 3), [2, 1]);
        assert_eq!(independent(&with(1e-10), &[0, 1, 2], &noise, 3), [0, 1, 2]);
        assert_eq!(independent(&with(1.0), &[0, 1, 2], &noise, 2), [0, 1]);
    }
}
