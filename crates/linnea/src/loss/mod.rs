//! Losses: each turns a row's logits and its target into a value and a residual ∂l/∂o.

mod aim;
mod huber;
mod kind;
mod poisson;
mod softmax;
mod squared;
mod weighted;

pub(crate) use aim::{Aim, check_counts};
pub(crate) use huber::{Huber, value as huber};
pub use kind::Loss;
pub(crate) use poisson::Poisson;
pub(crate) use softmax::{Softmax, softmax_in_place};
pub(crate) use squared::Squared;
pub(crate) use weighted::weighted;

use linnea_kernels::{Level, Packed};

/// A loss with the targets of all rows.
pub(crate) trait RowLoss<A>: Sync {
    /// For each of `rows`, replaces its logits by the residuals and writes its loss.
    ///
    /// Both are laid out as [`Packed`] does. The losses have a column for each head; the logits have
    /// as many for each head as there are outputs. What stands in their padding is open.
    ///
    /// [`Packed`]: linnea_kernels::Packed
    fn residuals(
        &self,
        level: Level,
        rows: &[u32],
        logits: &mut Packed<A>,
        losses: &mut Packed<f64>,
    );

    /// For each of `rows`, replaces a change of its logits by how the residuals change with it: the
    /// second derivative of its loss at the logits, times the change. Both are laid out as the logits
    /// of [`RowLoss::residuals`]; what becomes of the logits is open.
    fn bend(&self, level: Level, rows: &[u32], logits: &mut Packed<A>, changes: &mut Packed<A>);

    /// An upper bound of a row's second derivative along any direction of the logits; of a loss that
    /// has none, what the row's target says of it.
    fn steepness(&self, row: usize) -> f64;

    /// Whether a row's step stays small however far off its logits are.
    fn is_bounded(&self) -> bool;

    /// The weights of the rows, by which losses and residuals are multiplied, if they are not all 1.
    fn weights(&self) -> Option<&[f64]> {
        None
    }

    /// The mean loss when all logits are 0.
    fn at_start(&self) -> f64;
}
