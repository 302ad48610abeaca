//! The quadratic form that proximal steps are measured by: C = ZᵀZ/n with the intercept's ones, or its
//! diagonal where there are too many features.

use super::gram::Gram;
use crate::objective::Objective;
use crate::scaling::Moments;
use linnea_kernels::Element;

/// With more features, the matrix would take more than 200 MB.
pub(super) const MOST_FEATURES: usize = 5000;

/// C.
#[derive(Debug)]
pub(super) struct Metric {
    diagonal: Vec<f64>,
    /// All of it, column by column.
    matrix: Option<Vec<f64>>,
}

impl Metric {
    pub(super) fn of<T: Element>(objective: &Objective<'_, T>) -> Self {
        let Objective { rows, scaling, threads, level, loss } = *objective;
        let weights = loss.weights();
        if rows.features() > MOST_FEATURES {
            let Moments { count, mean, squares } = Moments::of(rows, weights, level, threads);
            let count = if count > 0.0 { count } else { 1.0 };
            let moments = mean.iter().zip(&squares).zip(scaling.mean.iter().zip(&scaling.scale));
            let second = |((mean, squares), (centre, scale)): ((&f64, &f64), (&f64, &f64))| {
                (squares / count + (mean - centre).powi(2)) / (scale * scale)
            };
            let diagonal = moments.map(second).chain([1.0]).collect();
            return Self { diagonal, matrix: None };
        }
        let Gram { products: matrix, .. } = Gram::of::<T, f64>(rows, weights, objective);
        let diagonal = matrix.iter().step_by(rows.features() + 2).copied().collect();
        Self { diagonal, matrix: Some(matrix) }
    }

    pub(super) fn matrix(&self) -> Option<&[f64]> {
        self.matrix.as_deref()
    }

    /// The mean of each standardised feature, if all of C is known.
    pub(super) fn mean(&self) -> Option<&[f64]> {
        let size = self.diagonal.len();
        self.matrix().map(|matrix| &matrix[(size - 1) * size..][..size - 1])
    }

    pub(super) fn diagonal(&self, j: usize) -> f64 {
        self.diagonal[j]
    }

    /// Whether a coordinate is the intercept, which is the last.
    pub(super) fn is_intercept(&self, j: usize) -> bool {
        j + 1 == self.diagonal.len()
    }
}
