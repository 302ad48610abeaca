//! How a solver's run ended: whether at the optimum, and by which numbers.

use serde::{Deserialize, Serialize};

use crate::exact::Factorization;

/// How the run of a solver ended, with the numbers that say so. Norms and gap are computed in `f64`
/// from the rows as they are stored: by a pass of their own or, of a squared loss with an L1 penalty, from
/// the products of the features, where rounding in these is far below the tolerance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Convergence {
    /// Whether the point is as near to the optimum as was asked for.
    pub converged: bool,
    /// Why the run ended.
    pub reason: Reason,
    /// What was asked for: of the gradient's norm at the start, or of the objective's value there.
    pub tolerance: f64,
    /// Points that the solver went to.
    pub iterations: usize,
    /// Passes over the rows, the certificate's among them; not those of SGD before, nor of what looks
    /// whether rows are separable.
    pub passes: usize,
    /// The norm of the objective's gradient, with respect to the weights of the standardised features
    /// and the intercepts; a numeric target is standardised too, and a count divided by the mean of all. With an L1 penalty, of the
    /// subgradient that is least.
    pub gradient_norm: f64,
    /// The same where all weights are 0.
    pub start_gradient_norm: f64,
    /// An upper bound of how far the objective is above its minimum, by Fenchel duality; none
    /// without a penalty. In units of the loss.
    pub gap: Option<f64>,
    /// The classes that a plane separates from all others, where that is why there is no optimum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub separated: Vec<usize>,
    /// What an exact solution found the columns to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factorization: Option<Factorization>,
}

/// Why a solver's run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The gradient's norm is within the tolerance.
    Gradient,
    /// The duality gap is within the tolerance.
    Gap,
    /// As many iterations as were allowed.
    IterationLimit,
    /// No step makes the objective smaller in the arithmetic that there is.
    Stalled,
    /// Weights rounded to `f64` leave more of the gradient, because columns are nearly collinear; or
    /// they may, because columns are so far from 0, beside their spread, that their products lose the
    /// digits.
    Rounding,
    /// Classes, groups of them or rows within them can be separated, or counts of 0 from others, and
    /// nothing holds the weights: the loss falls for ever as they grow. There is no optimum.
    Separable,
    /// Somebody asked it to stop.
    Interrupted,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Gradient => "the gradient is within the tolerance",
            Self::Gap => "the duality gap is within the tolerance",
            Self::IterationLimit => "the iterations that were allowed are used up",
            Self::Stalled => "no step makes the objective smaller in this arithmetic",
            Self::Rounding => {
                "rounding hides the optimum: columns are nearly collinear, or far from 0 beside their spread"
            }
            Self::Separable => {
                "separable: without a penalty there is no optimum, and the weights grow for ever"
            }
            Self::Interrupted => "interrupted",
        })
    }
}
