//! The squared loss with an L1 penalty or elastic net, from the products of the features alone.
//!
//! *Objective*: ½·mean (o − y)² + l2/2·‖v‖² + l1·‖v‖₁, over all rows. *Input*: loss and gradient at 0,
//! and C = ZᵀZ/n with the intercept's ones: the gradient at v is that at 0 plus Cv, the loss that at 0
//! plus half of both gradients' sum times v. *Stopping*: as `proximal.rs`. *Output*: a point with its loss
//! and gradient, if these are as good as from the rows; else a guess for who looks at the rows again.
//! *Source*: Friedman, Hastie & Tibshirani, *Regularization paths for generalized linear models via
//! coordinate descent*, J. Stat. Softw. 33 (2010), 2.2 and 2.5.
//!
//! So any number of penalties takes no pass over the rows but those for C and the start: for d features
//! another penalty is some sweeps of up to d² multiply-adds, where a pass has 2·n·d.

use std::sync::atomic::{AtomicBool, Ordering};

use super::descent::{Model, Place};
use super::gap::Dual;
use super::metric::Metric;
use super::problem::{Course, Problem};
use super::{Outcome, Reason};
use crate::loss::Loss;
use crate::objective::Value;
use crate::parameters::Parameters;

/// The share of what the gap may be that the last sweep lowers the objective by; it is made smaller so
/// many times, by this, while the gap is too large.
const INNER: f64 = 1e-2;
const TIMES: usize = 5;
const SMALLER: f64 = 1e-2;
/// But not below this share of the objective at 0.
const INNER_LEAST: f64 = 1e-15;
/// What rounding may have done to an entry of C whose diagonal is 1.
const ROUNDING: f64 = 1e-14;
/// Rounding must be below this share of the tolerance.
const SURE: f64 = 1e-2;

/// A problem of one head.
pub(super) struct ProductsAlone<'a> {
    pub(super) problem: &'a Problem,
    pub(super) metric: &'a Metric,
    pub(super) matrix: &'a [f64],
    /// The mean loss and its gradient at 0.
    pub(super) start: &'a Value,
    pub(super) mean: &'a [f64],
}

/// Where a head has come to: at its end, or at a guess.
pub(super) type Solved = Result<Outcome, Parameters>;

impl<'a> ProductsAlone<'a> {
    /// The problem, if products say all of it.
    pub(super) fn of(
        problem: &'a Problem,
        metric: &'a Metric,
        start: &'a Value,
        mean: &'a [f64],
    ) -> Option<Self> {
        let is_whole = problem.loss == Loss::Squared && problem.share == 1.0;
        let matrix = metric.matrix().filter(|_| is_whole)?;
        Some(Self { problem, metric, matrix, start, mean })
    }

    /// Where all is 0.
    pub(super) fn zero(&self) -> Place {
        let gradient = &self.start.gradient;
        let slopes = [gradient.weight.as_slice(), &gradient.bias].concat();
        Place { v: vec![0.0; slopes.len()], slopes }
    }

    /// From a guess to the end, and what to begin the next penalty with.
    pub(super) fn solve(&self, guess: Place, interrupt: &AtomicBool) -> (Solved, Place) {
        let zero = self.zero();
        // A pass for the start, and one for the products.
        let mut course = Course { passes: 2, ..Course::default() };
        course.note(self.start, self.problem.gradient_norm(&parameters(&zero.v), self.start));
        let mut place = guess;
        let mut accuracy = INNER * self.problem.tolerance * self.start.loss;
        for _ in 0..TIMES {
            let (at, value) = (parameters(&place.v), self.value(&place));
            course.note(&value, self.problem.gradient_norm(&at, &value));
            self.judge(&at, &value, &mut course, interrupt.load(Ordering::Relaxed));
            if course.reason.is_some() {
                let sure = self.is_sure(&at, course.start_norm());
                let end = if sure { Ok(Outcome::new(at, Some(value), course)) } else { Err(at) };
                return (end, place);
            }
            let least = INNER_LEAST * self.start.loss;
            let model = self.model(accuracy.max(least));
            place = model.descend(self.matrix, &zero.v, &zero.slopes, place);
            course.iterations += 1;
            accuracy *= SMALLER;
        }
        (Err(parameters(&place.v)), place)
    }

    fn model(&self, accuracy: f64) -> Model<'a> {
        let Problem { l1, l2, .. } = *self.problem;
        Model { metric: self.metric, curvature: 1.0, l1, l2, accuracy }
    }

    /// The mean loss and its gradient, from the slopes.
    fn value(&self, place: &Place) -> Value {
        let (at, gradient) = (parameters(&place.v), parameters(&place.slopes));
        let both = self.start.gradient.plus(1.0, &gradient);
        Value { loss: self.start.loss + both.dot(&at) / 2.0, gradient }
    }

    /// Ends the course if the point is near enough, or somebody interrupts.
    fn judge(&self, at: &Parameters, value: &Value, course: &mut Course, interrupted: bool) {
        let Self { problem, start, mean, .. } = *self;
        let gap = Dual { problem, start, mean }.gap(at, value);
        if gap == 0.0 || gap <= problem.tolerance * start.loss {
            course.end(Reason::Gap);
        } else if course.share() <= problem.tolerance {
            course.end(Reason::Gradient);
        } else if course.iterations >= problem.most_iterations {
            course.end(Reason::IterationLimit);
        } else if interrupted {
            course.end(Reason::Interrupted);
        }
    }

    /// Whether rounding in C matters to neither the loss nor the gradient.
    fn is_sure(&self, at: &Parameters, start_norm: f64) -> bool {
        let root = |j: usize| self.metric.diagonal(j).sqrt();
        let weights = at.weight.iter().chain(&at.bias).enumerate();
        let size: f64 = weights.map(|(j, v)| v.abs() * root(j)).sum();
        let residual = size + (2.0 * self.start.loss).sqrt();
        let trace: f64 = (0..=at.features).map(|j| self.metric.diagonal(j)).sum();
        let allowed = SURE * self.problem.tolerance;
        ROUNDING * size * residual <= allowed * self.start.loss
            && ROUNDING * trace.sqrt() * residual <= allowed * start_norm
    }
}

/// One output's weights and, last, its intercept.
fn parameters(column: &[f64]) -> Parameters {
    let (&bias, weight) = column.split_last().unwrap_or((&0.0, &[]));
    Parameters { outputs: 1, features: weight.len(), weight: weight.to_vec(), bias: vec![bias] }
}
