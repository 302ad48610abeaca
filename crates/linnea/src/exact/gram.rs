//! The triangle by a Gram matrix and its Cholesky factor, for many rows of few, well-conditioned
//! columns.
//!
//! AᵀA is summed in `f64` a panel at a time (np² operations, half of what reflections cost, at nearly
//! the rate of a matrix product), scaled to a diagonal of ones and factored. The square costs digits:
//! the factor's error grows with the square of the condition number κ, so it is taken only where κ is
//! small. Groups of rows are summed in order, whatever the number of threads.

use faer::Side;
use linnea_kernels::Element;

use crate::exact::matrix::{Algebra, Matrix};
use crate::exact::panel::System;
use crate::exact::scalar::squares;
use crate::exact::syrk::Syrk;
use crate::exact::triangle::Triangle;
use crate::pass::groups_for;

/// What must be left of a column's sum of squares when its mean is taken from it.
const LEFT: f64 = 1e-3;

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
        let (width, level) = (system.width(), system.level);
        let size = width * width;
        let groups = system.fold(
            groups_for(size * size_of::<f64>()),
            || vec![0.0; size],
            || (),
            |sum, (), _, panel| level.run(Syrk { panel: panel.as_slice(), width, sum }),
        );
        let mut sum = vec![0.0; size];
        for group in groups {
            sum.iter_mut().zip(group).for_each(|(sum, part)| *sum += part);
        }
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
        let number = |i: usize, j: usize| {
            let (i, j) = (place(i), place(j));
            sum[i.min(j) * width + i.max(j)]
        };
        let sums = Matrix::from_fn(system.columns(), system.columns(), number);
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

    /// The triangle, unless the sums are not positive definite or have cancelled.
    pub(crate) fn triangle(&self) -> Option<Triangle<f64>> {
        let (sums, unknowns) = (&self.sums, usize::from(self.intercept) + self.features);
        let lengths: Vec<f64> = (0..unknowns).map(|j| sums[(j, j)].sqrt()).collect();
        let sound = |length: &f64| *length > 0.0 && length.is_finite();
        let first = usize::from(self.intercept);
        let mut left = self.centred_squares().into_iter().zip(first..);
        let cancelled = left.any(|(squares, j)| squares < LEFT * sums[(j, j)]);
        if cancelled || !lengths.iter().all(sound) {
            return None;
        }
        let scaled =
            Matrix::from_fn(unknowns, unknowns, |i, j| sums[(i, j)] / lengths[i] / lengths[j]);
        let factor = scaled.view().llt(Side::Lower).ok()?;
        let mut targets =
            Matrix::from_fn(unknowns, self.targets, |i, y| sums[(i, unknowns + y)] / lengths[i]);
        let lower = factor.L();
        let upper =
            Matrix::from_fn(unknowns, unknowns, |i, j| if i <= j { lower[(j, i)] } else { 0.0 });
        f64::solve_upper_transposed(&upper, &mut targets);
        let number = |i: usize, j: usize| match (i < unknowns, j < unknowns) {
            (true, true) => upper[(i, j)] * lengths[j],
            (true, false) => targets[(i, j - unknowns)],
            (false, false) if i == j => {
                let explained = squares(targets.column(j - unknowns).iter().copied());
                (sums[(j, j)] - explained).max(0.0).sqrt()
            }
            _ => 0.0,
        };
        let r = Matrix::from_fn(sums.nrows(), sums.ncols(), number);
        Some(Triangle {
            r,
            intercept: self.intercept,
            features: self.features,
            targets: self.targets,
        })
    }
}
