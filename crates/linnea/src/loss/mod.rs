//! Losses: each turns a row's logits and its target into a value and a residual ∂l/∂o.

mod softmax;
mod squared;
mod weighted;

pub(crate) use softmax::{Softmax, softmax_in_place};
pub(crate) use squared::Squared;
pub(crate) use weighted::Weighted;

use linnea_kernels::{Level, Packed};

use serde::{Deserialize, Serialize};

/// The loss that training makes small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Loss {
    /// Half the squared residual, (ŷ − y)²/2: linear regression.
    Squared,
    /// Cross-entropy of a softmax over the logits, log Σ exp o − o_y: softmax regression.
    Softmax,
}

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

    /// An upper bound of the loss's second derivative along any direction of the logits.
    fn curvature(&self) -> f64;

    /// Whether residuals stay bounded however wrong the logits are.
    fn is_bounded(&self) -> bool;

    /// The weights of the rows, by which losses and residuals are multiplied, if they are not all 1.
    fn weights(&self) -> Option<&[f64]> {
        None
    }

    /// The mean loss when all logits are 0.
    fn at_start(&self) -> f64;
}
