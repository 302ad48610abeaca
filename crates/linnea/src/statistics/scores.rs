//! Rows in coordinates in which the estimate's covariance is the identity.
//!
//! For a row x, z = xᵀS, where S is the estimate's spread (SSᵀ = (XᵀX)⁻¹): the leverage is ‖z‖², and
//! an estimate's variance is made of sums over z without inverting anything.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use linnea_kernels::{Element, Strips};

use crate::error::Result;
use crate::exact::{Matrix, Panel, System, dot};

/// What rows are turned into.
#[derive(Debug, Default)]
pub(crate) struct Scores {
    /// A number for each column of the spread.
    pub(crate) z: Vec<f64>,
    columns: usize,
    /// For sums of products of the scores.
    pub(crate) strips: Strips<f64>,
    /// Each row's residual, times the root of its weight.
    pub(crate) residuals: Vec<f64>,
}

impl Scores {
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.z.chunks_exact(self.columns).zip(self.residuals.iter().copied())
    }

    /// The scores of a panel's rows, for the estimate of a target.
    pub(crate) fn of_panel(
        &mut self,
        panel: &Panel,
        unknowns: usize,
        target: usize,
        framed: &[f64],
        spread: &Matrix<f64>,
    ) {
        let (rows, columns) = (panel.rows().count(), spread.ncols());
        self.columns = columns;
        self.z.clear();
        self.z.resize(rows * columns, 0.0);
        let (values, stride) = (panel.as_slice(), panel.width());
        let x = MatRef::from_row_major_slice_with_stride(values, rows, unknowns, stride);
        matmul(
            MatMut::from_row_major_slice_mut(&mut self.z, rows, columns),
            Accum::Replace,
            x,
            spread.view().get(..unknowns, ..),
            1.0,
            Par::Seq,
        );
        let residual =
            |row: &[f64]| row[unknowns + target] - dot(&row[..unknowns], &framed[..unknowns]);
        self.residuals.clear();
        self.residuals.extend(panel.rows().map(residual));
    }
}

/// Folds the scores of every row into the state of its group, in order.
pub(crate) fn fold_scores<T: Element, S: Send>(
    system: &System<'_, T>,
    target: usize,
    framed: &[f64],
    spread: &Matrix<f64>,
    groups: usize,
    start: impl Fn() -> S + Sync,
    fold: impl Fn(&mut S, usize, &mut Scores) -> Result<()> + Sync,
) -> Result<Vec<S>> {
    let unknowns = system.unknowns();
    let states = system.fold(
        groups,
        unknowns * spread.ncols(),
        || Ok(start()),
        Scores::default,
        |state: &mut Result<S>, scores, first, panel| {
            scores.of_panel(panel, unknowns, target, framed, spread);
            if let Ok(inner) = state
                && let Err(error) = fold(inner, first, scores)
            {
                *state = Err(error);
            }
        },
    );
    states.into_iter().collect()
}
