//! The quadratic form that proximal steps are measured by: C = ZᵀZ/n with the intercept's ones, or its
//! diagonal where there are too many features.

use faer::Mat;

use super::gram::Gram;
use crate::objective::Objective;
use crate::scaling::Moments;
use linnea_kernels::Element;

/// With more features, the matrix would take more than 200 MB.
pub(super) const MOST_FEATURES: usize = 5000;
/// Rows and columns of a tile.
const TILE: usize = 32;

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
        let Gram { products } = Gram::of::<T, f64>(rows, weights, scaling, threads);
        let size = products.nrows();
        let matrix = mirrored(&products);
        let diagonal = (0..size).map(|j| matrix[j * size + j]).collect();
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

/// All of a symmetric matrix from its lower triangle, in tiles that stay in cache.
fn mirrored(lower: &Mat<f64>) -> Vec<f64> {
    let size = lower.nrows();
    let mut all = vec![0.0; size * size];
    for (first_i, first_j) in tiles(size) {
        for j in first_j..(first_j + TILE).min(size) {
            for i in first_i.max(j)..(first_i + TILE).min(size) {
                all[j * size + i] = lower[(i, j)];
                all[i * size + j] = lower[(i, j)];
            }
        }
    }
    all
}

/// Where the tiles of a lower triangle begin.
fn tiles(size: usize) -> impl Iterator<Item = (usize, usize)> {
    let below = move |j: usize| (j..size).step_by(TILE).map(move |i| (i, j));
    (0..size).step_by(TILE).flat_map(below)
}
