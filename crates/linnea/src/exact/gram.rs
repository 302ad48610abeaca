//! The triangle by a Gram matrix and its Cholesky factor, for many rows of few columns, of which those
//! that are no functions of others are well-conditioned.
//!
//! AᵀA is summed in `f64` a panel at a time (np² operations, half of what reflections cost, at nearly
//! the rate of a matrix product), scaled to a diagonal of ones and factored. The square costs digits:
//! the factor's error grows with the square of the condition number κ, so it is taken only where κ is
//! small. Of a column that is a function of others the sums show that at most 10⁻⁵ of its length is left;
//! whether that is nothing the rows must say (`aliases.rs`). Groups of rows are summed in order, whatever
//! the number of threads.

use linnea_kernels::{Element, GramSum, Strips};

use crate::exact::matrix::Matrix;
use crate::exact::panel::System;
use crate::exact::semidefinite::factor;
use crate::exact::triangle::Triangle;
use crate::pass::{gram_bytes, groups_for};

/// What must be left of a column's sum of squares when its mean is taken from it.
const LEFT: f64 = 1e-3;
/// Of a sum of squares that is the others' so much may be left by rounding, for condition numbers up
/// to about 10³.
const NOTHING: f64 = 1e-10;

/// AᵀA for A = [1 ξ υ].
#[derive(Debug, Clone)]
pub(crate) struct Gram {
    /// Symmetric, `columns × columns`.
    sums: Matrix<f64>,
    intercept: bool,
    features: usize,
    targets: usize,
}

impl Gram {
    /// Sums up all rows.
    pub(crate) fn of<T: Element>(system: &System<'_, T>) -> Self {
        let zero = || GramSum::new(system.level, system.columns());
        let groups = system.fold(
            groups_for(gram_bytes(system.columns())),
            system.columns() * system.columns() / 2,
            zero,
            Strips::default,
            |sum, strips, _, panel| sum.add(panel.as_slice(), panel.width(), strips),
        );
        let mut sum = zero();
        groups.iter().for_each(|group| sum.merge(group));
        let (d, c) = (system.features(), usize::from(system.intercept));
        // In a panel the intercept stands behind the features.
        let place = |j: usize| {
            if j < c {
                d
            } else if j < c + d {
                j - c
            } else {
                j
            }
        };
        let (columns, all) = (system.columns(), sum.to_vec());
        let number = |i: usize, j: usize| all[place(i) * columns + place(j)];
        let sums = Matrix::from_fn(columns, columns, number);
        Self { sums, intercept: system.intercept, features: d, targets: system.targets.len() }
    }

    /// The features' sums of squares about their means, or about 0 without an intercept.
    pub(crate) fn centred_squares(&self) -> Vec<f64> {
        let c = usize::from(self.intercept);
        let centred = |j: usize| {
            let mean =
                if self.intercept { self.sums[(0, j)].powi(2) / self.sums[(0, 0)] } else { 0.0 };
            self.sums[(j, j)] - mean
        };
        (c..c + self.features).map(centred).collect()
    }

    /// Adds a penalty on the features: `lengths` are the roots of what stands on its diagonal.
    pub(crate) fn penalise(&mut self, lengths: &[f64]) {
        let c = usize::from(self.intercept);
        for (j, length) in lengths.iter().enumerate() {
            self.sums[(c + j, c + j)] += length * length;
        }
    }

    /// The triangle, unless the features' sums have cancelled. Columns of which nothing is left, as far
    /// as the sums can tell, have rows of zeros.
    pub(crate) fn triangle(&self) -> Option<Triangle<f64>> {
        let (sums, first) = (&self.sums, usize::from(self.intercept));
        let mut left = self.centred_squares().into_iter().zip(first..);
        if left.any(|(squares, j)| squares < LEFT * sums[(j, j)]) {
            return None;
        }
        let length = |j: usize| if sums[(j, j)] == 0.0 { 1.0 } else { sums[(j, j)].sqrt() };
        let lengths: Vec<f64> = (0..sums.ncols()).map(length).collect();
        let scale = |i: usize, j: usize| sums[(i, j)] / lengths[i] / lengths[j];
        let factor = factor(Matrix::from_fn(sums.nrows(), sums.ncols(), scale), NOTHING);
        Some(Triangle {
            r: Matrix::from_fn(sums.nrows(), sums.ncols(), |i, j| factor[(i, j)] * lengths[j]),
            intercept: self.intercept,
            features: self.features,
            targets: self.targets,
        })
    }
}
