//! Aliased features as functions of those that stand for themselves.
//!
//! For an aliased feature xⱼ = c + Σ vᵢxᵢ, the parameters z = (v, −1 at j, c) predict 0 for every row.
//! They are refined like a solution, of targets that are 0 (`correct.rs`). What they predict in the end,
//! computed from the rows, proves by the criterion of `rank.rs` that the feature is aliased; and along
//! them every solution moves to that of least norm.

use crate::exact::estimate::Estimate;
use crate::exact::matrix::{Algebra, Matrix};
use crate::exact::rank::margin;
use crate::exact::triangle::Triangle;

/// The parameters that predict 0, for each aliased feature that varies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases {
    /// `[z₁ … z_p, c]` in the frame's coordinates.
    pub(crate) framed: Vec<Vec<f64>>,
}

impl Aliases {
    /// To the digits that the triangle has.
    pub(crate) fn of(triangle: &Triangle<f64>, estimate: &Estimate) -> Self {
        let aliased = estimate.aliased().filter(|&j| estimate.lengths[j] > 0.0);
        let combination = |j: usize| {
            let mut z = estimate.solve(&products(triangle, j));
            z[j] = -1.0;
            z
        };
        Self { framed: aliased.map(combination).collect() }
    }

    /// The most that is left of an aliased feature beside what its rounding could hide: up to 1 all are
    /// proven. `squares` are the sums of what the parameters predict, `sizes` the features' lengths
    /// about 0, in the frame's coordinates.
    pub(crate) fn doubt(&self, squares: &[f64], penalty: &[f64], sizes: &[f64]) -> f64 {
        let doubt = |(z, squares): (&Vec<f64>, &f64)| {
            let below: f64 = z.iter().zip(penalty).map(|(z, length)| (z * length).powi(2)).sum();
            let known: f64 = z.iter().zip(sizes).map(|(z, size)| z.abs() * size).sum();
            let doubt = (squares + below).sqrt() / (margin(sizes.len()) * known);
            if doubt.is_nan() { f64::INFINITY } else { doubt }
        };
        self.framed.iter().zip(squares).map(doubt).fold(0.0, f64::max)
    }

    /// Moves solutions to those with the least Σ(mⱼwⱼ)²: w ← w − Zα for the α that makes ‖M(w − Zα)‖
    /// least.
    pub(crate) fn shorten(&self, solutions: &mut [Vec<f64>], norm: &[f64]) {
        if self.framed.is_empty() {
            return;
        }
        let unit = |j: usize| if norm[j] > 0.0 { norm[j] } else { 1.0 };
        let columns =
            |of: &[Vec<f64>]| Matrix::from_fn(norm.len(), of.len(), |j, t| of[t][j] * unit(j));
        let factor = f64::factor(columns(&self.framed));
        let mut along = f64::transposed_product(&factor.q, &columns(solutions));
        f64::solve_upper(&factor.r, &mut along);
        for (t, solution) in solutions.iter_mut().enumerate() {
            for (z, &alpha) in self.framed.iter().zip(along.column(t)) {
                solution.iter_mut().zip(z).for_each(|(w, z)| *w -= alpha * z);
            }
        }
    }
}

/// The products of a feature with all features and with the intercept, RᵀReⱼ.
fn products(triangle: &Triangle<f64>, j: usize) -> Vec<f64> {
    let (r, c) = (&triangle.r, triangle.first());
    let product = |i: usize| r.column(i).iter().zip(r.column(c + j)).map(|(a, b)| a * b).sum();
    let intercept = if triangle.intercept { product(0) } else { 0.0 };
    (c..c + triangle.features).map(product).chain([intercept]).collect()
}
