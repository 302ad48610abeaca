//! How steep the quadratic model of a proximal step is: its factor a on C = ZᵀZ/n.

use super::metric::Metric;
use super::problem::Problem;
use crate::loss::Loss;

/// a to begin with. Softmax has p(1 − p), which is small where a classifier knows something; the Huber
/// loss has 1 up to its threshold; counts, in training's units, have the mean 1.
pub(super) fn first(problem: &Problem) -> f64 {
    match problem.loss {
        // C is over all rows, the loss perhaps over some.
        Loss::Squared => 1.0 / problem.share,
        Loss::Softmax => 0.1,
        Loss::Huber | Loss::Poisson => 1.0,
    }
}

/// The a for which the model bounds the loss wherever it is; with a diagonal metric none is known.
pub(super) fn most(problem: &Problem, metric: &Metric) -> f64 {
    if metric.matrix().is_none() {
        return f64::MAX;
    }
    match problem.loss {
        Loss::Squared | Loss::Huber => 1.0 / problem.share,
        Loss::Softmax => 0.5 / problem.share,
        Loss::Poisson => f64::MAX,
    }
}
