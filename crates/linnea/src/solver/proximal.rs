//! Accelerated proximal steps for L1 penalties and elastic nets.
//!
//! *Objective*: mean loss + l2/2·‖V‖² + l1·‖V‖₁, convex. *Input*: the mean loss and its gradient at the
//! points that it asks for, and the [`Metric`] C. *Stopping*: the duality gap (`gap.rs`) is at most the
//! tolerance times the objective at 0, or the least subgradient's norm the tolerance times that at 0;
//! or the iterations are used up; or no step changes anything.
//! *Output*: a point, with weights that are exactly 0, and how it ended. *Source*: Beck & Teboulle, *A
//! fast iterative shrinkage-thresholding algorithm*, SIAM J. Imaging Sci. 2 (2009), in the metric a·C
//! instead of a multiple of the identity; restarts by O'Donoghue & Candès, *Adaptive restart for
//! accelerated gradient schemes*, Found. Comput. Math. 15 (2015), their gradient scheme.
//!
//! A step minimises the model ⟨g, V − U⟩ + a/2·‖V − U‖²_C with both penalties, by coordinate descent for
//! each output (`descent.rs`). For the squared loss over all rows and a = 1 the model is the objective, and
//! no step is needed (`products_alone.rs`) but for what rounding has left. For softmax
//! a·C bounds the Hessian for a = 1/2 (Böhning 1992) and for the Huber loss for a = 1; less is tried first
//! for softmax, and doubled when it turns out not to bound the loss between two points. Nothing bounds the
//! Hessian of counts: there such a step is taken back. C is not renewed; where features outnumber rows,
//! `working_set.rs` goes along columns instead.

use super::convergence::Reason;
use super::descent::{Model, product};
use super::gap::Dual;
use super::metric::Metric;
use super::problem::{Course, Problem};
use super::{Arithmetic, Method, Outcome, State, Step, curvature};
use crate::loss::Loss;
use crate::objective::Value;
use crate::parameters::Parameters;

/// The model is minimised to this share of the gap, but not below this share of the objective.
const INNER: f64 = 1e-3;
const INNER_LEAST: f64 = 1e-15;
/// Below this share of the objective at 0, the gap is computed in `f64`.
const FINE: f64 = 1e-4;
/// With a steeper model than this, steps drown in rounding.
const STEEPEST: f64 = 1e12;
/// The run has stalled when the subgradient has not become smaller for so many iterations.
const PATIENCE: usize = 200;

pub(super) struct Proximal<'a> {
    course: Course,
    problem: &'a Problem,
    metric: &'a Metric,
    mean: &'a [f64],
    curvature: f64,
    /// The point that is asked about, the last minimum of a model, and FISTA's t.
    at: Parameters,
    last: Parameters,
    momentum: f64,
    /// The point that the last model was made at.
    before: Option<(Parameters, Value)>,
    /// The mean loss and its gradient at the point, if they are known.
    known: Option<Value>,
    arithmetic: Arithmetic,
    /// The smallest subgradient, and the iteration in which it was found.
    best: (f64, usize),
}

impl<'a> Proximal<'a> {
    /// From the mean loss and its gradient at 0, the features' means, and a guess of the solution.
    pub(super) fn new(
        problem: &'a Problem,
        metric: &'a Metric,
        start: &Value,
        mean: &'a [f64],
        guess: &Parameters,
    ) -> Self {
        let zero = Parameters::zeros(problem.outputs, problem.features);
        let mut own = Self {
            course: Course::default(),
            problem,
            metric,
            mean,
            curvature: curvature::first(problem),
            at: guess.clone(),
            last: guess.clone(),
            momentum: 1.0,
            before: None,
            known: None,
            arithmetic: Arithmetic::Stored,
            best: (f64::INFINITY, 0),
        };
        own.course.note(start, problem.gradient_norm(&zero, start));
        // That at 0, and that of the metric.
        own.course.passes = 2;
        own
    }

    fn minimum(&self, from: &Parameters, loss: &Value, guess: &Parameters, gap: f64) -> Parameters {
        let floor = INNER_LEAST * self.start_loss();
        let model = Model {
            metric: self.metric,
            curvature: self.curvature,
            l1: self.problem.l1,
            l2: self.problem.l2,
            accuracy: (INNER * gap).min(self.summable()).max(floor),
        };
        let mut minimum = from.clone();
        for c in 0..from.outputs {
            let (from, gradient, guess) =
                (column(from, c), column(&loss.gradient, c), column(guess, c));
            let v = model.minimise(&from, &gradient, &guess);
            let d = minimum.features;
            minimum.weight[c * d..][..d].copy_from_slice(&v[..d]);
            minimum.bias[c] = v[d];
        }
        minimum
    }

    /// Errors of the inner minimum that an accelerated method can bear: their roots have a finite sum
    /// (Schmidt, Le Roux & Bach, *Convergence rates of inexact proximal-gradient methods*, NIPS 2011).
    fn summable(&self) -> f64 {
        let iteration = 1.0 + self.course.iterations as f64;
        INNER * self.start_loss() / iteration.powi(3)
    }

    fn start_loss(&self) -> f64 {
        self.course.start.as_ref().map_or(1.0, |(start, _)| start.loss)
    }

    fn arrive(&mut self, loss: Value) {
        if self.problem.loss == Loss::Poisson && self.is_beyond(&loss) {
            return self.turn_back();
        }
        let (gap, norm) = (self.gap(&loss), self.problem.gradient_norm(&self.at, &loss));
        self.course.note(&loss, norm);
        if norm < self.best.0 {
            self.best = (norm, self.course.iterations);
        }
        let share = gap / self.start_loss().max(f64::MIN_POSITIVE);
        let by_gap = gap == 0.0 || share <= self.problem.tolerance;
        let reached = by_gap || self.course.share() <= self.problem.tolerance;
        let share = share.min(self.course.share());
        let coarse = self.arithmetic == Arithmetic::Stored && !self.problem.stored_is_double;
        if coarse && (reached || share <= FINE) {
            // Losses of two arithmetics are not to be compared.
            (self.arithmetic, self.before) = (Arithmetic::Double, None);
        } else if reached {
            self.known = Some(loss);
            self.course.end(if by_gap { Reason::Gap } else { Reason::Gradient });
        } else if self.course.iterations >= self.problem.most_iterations {
            self.known = Some(loss);
            self.course.end(Reason::IterationLimit);
        } else if !gap.is_finite() || self.course.iterations > self.best.1 + PATIENCE {
            self.known = Some(loss);
            self.course.end(Reason::Stalled);
        } else {
            self.step(loss, gap);
        }
    }

    fn gap(&self, loss: &Value) -> f64 {
        let Some((start, _)) = &self.course.start else { return f64::INFINITY };
        Dual { problem: self.problem, start, mean: self.mean }.gap(&self.at, loss)
    }

    /// Back to where the last model was made, with a larger curvature: the loss has no bound, and what
    /// is beyond the model may be beyond all measure.
    fn turn_back(&mut self) {
        let Some((at, loss)) = self.before.take() else { return self.course.end(Reason::Stalled) };
        self.curvature *= 4.0;
        (self.momentum, self.last) = (1.0, at.clone());
        self.at = at;
        let spent = self.course.iterations >= self.problem.most_iterations;
        if spent || self.curvature > STEEPEST {
            self.known = Some(loss);
            return self.course.end(if spent { Reason::IterationLimit } else { Reason::Stalled });
        }
        let gap = self.gap(&loss);
        self.step(loss, gap);
    }

    /// To the model's minimum, and beyond it by what the steps before promise.
    fn step(&mut self, loss: Value, gap: f64) {
        if self.is_beyond(&loss) {
            self.curvature = (2.0 * self.curvature).min(curvature::most(self.problem, self.metric));
            self.momentum = 1.0;
        }
        let minimum = self.minimum(&self.at, &loss, &self.last, gap);
        let step = minimum.plus(-1.0, &self.last);
        if self.at.plus(-1.0, &minimum).dot(&step) > 0.0 {
            self.momentum = 1.0;
        }
        let next = f64::midpoint(1.0, (1.0 + 4.0 * self.momentum * self.momentum).sqrt());
        let at = minimum.plus((self.momentum - 1.0) / next, &step);
        self.before = Some((std::mem::replace(&mut self.at, at), loss));
        (self.last, self.momentum) = (minimum, next);
        self.course.iterations += 1;
    }

    /// Losses that differ by less than this share are equal, as far as they can be computed.
    fn rounding(&self) -> f64 {
        match self.arithmetic {
            Arithmetic::Stored if !self.problem.stored_is_double => 1e-6,
            _ => 1e-12,
        }
    }

    /// ‖step‖²_C.
    fn square(&self, step: &Parameters) -> f64 {
        let form = |c: usize| product(self.metric, &column(step, c), &column(step, c));
        (0..step.outputs).map(form).sum()
    }

    /// Whether the loss is above the last model's bound of it.
    fn is_beyond(&self, loss: &Value) -> bool {
        let Some((from, before)) = &self.before else { return false };
        let step = self.at.plus(-1.0, from);
        let bend = self.curvature / 2.0 * self.square(&step);
        let bound = before.loss + before.gradient.dot(&step) + bend;
        // The loss of counts is a difference of terms of about 1, and may itself be about 0.
        let least = if self.problem.loss == Loss::Poisson { 1.0 } else { 0.0 };
        let rounding = self.rounding() * before.loss.abs().max(least);
        loss.loss.is_nan() || loss.loss > bound + rounding
    }
}

/// The weights of one output with its intercept last.
fn column(parameters: &Parameters, c: usize) -> Vec<f64> {
    let d = parameters.features;
    let mut column = Vec::with_capacity(d + 1);
    column.extend_from_slice(&parameters.weight[c * d..][..d]);
    column.push(parameters.bias[c]);
    column
}

impl Method for Proximal<'_> {
    fn ask(&self) -> Step<'_> {
        match self.course.reason {
            None => Step::Point { at: &self.at, arithmetic: self.arithmetic },
            Some(_) => Step::Done,
        }
    }

    fn tell(&mut self, state: State) {
        if let State::Value(loss) = state {
            self.course.passes += 1;
            self.arrive(loss);
        }
    }

    /// Counts end where they were last seen: the next point may be beyond all measure.
    fn interrupt(&mut self) {
        let seen = self.before.take().filter(|_| self.problem.loss == Loss::Poisson);
        if let Some((at, loss)) = seen {
            (self.at, self.known) = (at, Some(loss));
        }
        self.course.end(Reason::Interrupted);
    }

    fn course(&self) -> &Course {
        &self.course
    }

    fn outcome(self: Box<Self>) -> Outcome {
        let fine = self.problem.stored_is_double || self.arithmetic == Arithmetic::Double;
        Outcome::new(self.at, self.known.filter(|_| fine), self.course)
    }
}
