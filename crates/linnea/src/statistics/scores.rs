//! Rows in coordinates in which the estimate's covariance is the identity.
//!
//! For a row x, z = xᵀS, where S is the estimate's spread (SSᵀ = (XᵀX)⁻¹): the leverage is ‖z‖², and
//! an estimate's variance is made of sums over z without inverting anything.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use linnea_kernels::Element;

use crate::error::Result;
use crate::exact::{LANES, Matrix, Panel, System, dot};

/// What rows are turned into.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scores {
    /// Rows of `width` numbers, 0 beyond the parameters.
    pub(crate) z: Vec<f64>,
    pub(crate) width: usize,
    /// Each row's residual, times the root of its weight.
    pub(crate) residuals: Vec<f64>,
}

impl Scores {
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&[f64], f64)> {
        self.z.chunks_exact(self.width).zip(self.residuals.iter().copied())
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
        let width = spread.ncols().next_multiple_of(LANES);
        let rows = panel.rows().count();
        self.width = width;
        self.z.clear();
        self.z.resize(rows * width, 0.0);
        let (values, stride) = (panel.as_slice(), panel.width());
        let x = MatRef::from_row_major_slice_with_stride(values, rows, unknowns, stride);
        let columns = spread.ncols();
        // faer 0.24 takes a row-major slice with a stride for a column-major one.
        let z = MatMut::from_column_major_slice_with_stride_mut(&mut self.z, columns, rows, width);
        matmul(
            z.transpose_mut(),
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
