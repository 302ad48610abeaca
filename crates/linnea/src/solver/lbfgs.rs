//! L-BFGS: quasi-Newton steps from the last few changes of the gradient.
//!
//! *Objective*: f(V, c) = mean loss + l2/2·‖V‖², smooth and convex. *Input*: f and its gradient at the
//! points that it asks for, and an approximate inverse of the Hessian to start from
//! ([`Preconditioner`]). *Stopping*: the gradient's norm is at most the tolerance times that at 0, and
//! so is its norm in the preconditioner's coordinates as far as rounding lets it; no step makes f smaller; the classes are separated and nothing holds the weights; the iterations are
//! used up. *Output*: a point, and how it ended. *Source*: Nocedal & Wright, *Numerical Optimization*
//! (2006), algorithms 7.4 (two loops) and 7.5, with the step lengths of `line_search.rs`.
//!
//! - **A step of length 1 is tried by going there**: one pass gives value and gradient of the new
//!   point, and most steps end with it. Only where that is no good, the logits XV and XD are kept, and
//!   every other length costs no pass over X.
//! - **Arithmetic.** Rows stored in less than `f64` are multiplied in `f32` until the gradient has
//!   become small ([`FINE`]) or no step helps any more, and in `f64` from there. So the rounding of the
//!   logits never decides about convergence, and what is said at the end is a number in `f64`.

use super::convergence::Reason;
use super::line_search::{LineSearch, Verdict};
use super::preconditioner::Preconditioner;
use super::problem::{Course, Problem};
use super::{Arithmetic, Line, Method, Outcome, State, Step};
use crate::objective::Value;
use crate::parameters::Parameters;

/// How many changes of the gradient are remembered, where they do not take more than so much.
const MEMORY: usize = 50;
const MEMORY_BYTES: usize = 256 << 20;
/// At least so many, whatever they take.
const LEAST_MEMORY: usize = 5;
/// Below this share of the gradient at the start, `f32` is not trusted any more.
const FINE: f64 = 1e-5;

/// A change of point, the gradient's change, and 1/⟨step, change⟩, in the preconditioner's coordinates.
struct Pair {
    step: Parameters,
    change: Parameters,
    inverse: f64,
}

/// Where the solver is, with value and gradient of the whole objective.
struct Place {
    at: Parameters,
    value: f64,
    gradient: Parameters,
    /// The gradient in the preconditioner's coordinates.
    whitened: Parameters,
}

/// What was asked last.
enum Asked {
    /// The point that the solver is at, anew: at the start, or in other arithmetic.
    Here,
    /// The point a step away, the step's length, and whether it was found by a search.
    There(Parameters, f64, bool),
    /// Value and slope at a length.
    Along(LineSearch),
    Nothing,
}

pub(super) struct Lbfgs<'a> {
    course: Course,
    problem: &'a Problem,
    preconditioner: &'a Preconditioner,
    pairs: Vec<Pair>,
    place: Place,
    /// The mean loss and its gradient, at the place.
    loss: Value,
    direction: Parameters,
    /// The direction in the preconditioner's coordinates.
    whitened: Parameters,
    /// The length of the step that has just been taken.
    taken: Option<f64>,
    /// The gradient's norm at 0 in the preconditioner's coordinates.
    whitened_start: Option<f64>,
    /// Every direction is a line of its own.
    lines: usize,
    asked: Asked,
    arithmetic: Arithmetic,
}

impl<'a> Lbfgs<'a> {
    pub(super) fn new(problem: &'a Problem, preconditioner: &'a Preconditioner) -> Self {
        let zero = Parameters::zeros(problem.outputs, problem.features);
        let place = Place {
            at: zero.clone(),
            value: f64::INFINITY,
            gradient: zero.clone(),
            whitened: zero.clone(),
        };
        Self {
            course: Course::default(),
            problem,
            preconditioner,
            pairs: Vec::new(),
            place,
            loss: Value { loss: f64::INFINITY, gradient: zero.clone() },
            direction: zero.clone(),
            whitened: zero,
            taken: None,
            whitened_start: None,
            lines: 0,
            asked: Asked::Here,
            arithmetic: Arithmetic::Stored,
        }
    }

    /// The solver has come to a point: says so, or sets out again.
    fn arrive(&mut self, at: Parameters, loss: Value) {
        let (value, gradient) = self.problem.penalised(&at, &loss);
        let whitened = self.preconditioner.whiten(gradient.clone());
        self.remember(&whitened);
        self.course.note(&loss, gradient.norm());
        self.whitened_start.get_or_insert(whitened.norm());
        self.place = Place { at, value, gradient, whitened };
        self.loss = loss;
        let share = self.course.share();
        let reached = share <= self.problem.tolerance && self.is_near();
        let coarse = self.is_coarse();
        if coarse && (reached || share <= FINE) {
            self.refine();
        } else if reached || self.problem.is_separated(&self.loss) {
            self.end(self.problem.reason(&self.loss));
        } else if self.course.iterations >= self.problem.most_iterations {
            self.end(Reason::IterationLimit);
        } else {
            self.set_out();
        }
    }

    /// Whether the gradient has become as small in the preconditioner's coordinates, in which features
    /// of every scale count alike.
    fn is_near(&self) -> bool {
        let norm = self.place.whitened.norm();
        let start = self.whitened_start.unwrap_or(norm);
        norm <= self.problem.tolerance * start
    }

    /// Whether there is finer arithmetic.
    fn is_coarse(&self) -> bool {
        self.arithmetic == Arithmetic::Stored && !self.problem.stored_is_double
    }

    fn refine(&mut self) {
        self.arithmetic = Arithmetic::Double;
        self.asked = Asked::Here;
    }

    fn end(&mut self, reason: Reason) {
        self.course.end(reason);
        self.asked = Asked::Nothing;
    }

    /// Tries a step of length 1.
    fn set_out(&mut self) {
        self.lines += 1;
        self.whitened = self.descent();
        self.direction = self.preconditioner.unwhiten(self.whitened.clone());
        if self.slope(&self.place.gradient) >= 0.0 {
            return self.give_up();
        }
        self.asked = Asked::There(self.place.at.plus(1.0, &self.direction), 1.0, false);
    }

    /// No step helps: forgets what is remembered, then tries finer arithmetic, then ends.
    fn give_up(&mut self) {
        if !self.pairs.is_empty() {
            self.pairs.clear();
            self.set_out();
        } else if self.is_coarse() {
            self.refine();
        } else if self.course.share() <= self.problem.tolerance {
            self.end(self.problem.reason(&self.loss));
        } else {
            self.end(Reason::Stalled);
        }
    }

    fn slope(&self, gradient: &Parameters) -> f64 {
        gradient.dot(&self.direction)
    }

    /// −H·gradient, by two loops over the remembered pairs; both in the preconditioner's coordinates.
    fn descent(&self) -> Parameters {
        let mut rest = self.place.whitened.clone().scaled(-1.0);
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = pair.inverse * pair.step.dot(&rest);
            rest.add_scaled(-share, &pair.change);
            shares.push(share);
        }
        // The last pair's scale (their (7.20)).
        let scale = |last: &Pair| 1.0 / (last.inverse * last.change.dot(&last.change));
        let mut direction = rest.scaled(self.pairs.last().map_or(1.0, scale));
        for (pair, share) in self.pairs.iter().zip(shares.iter().rev()) {
            let own = pair.inverse * pair.change.dot(&direction);
            direction.add_scaled(share - own, &pair.step);
        }
        direction
    }

    /// The pass at a point a step away has come back.
    fn judge(&mut self, at: Parameters, loss: Value, length: f64, searched: bool) {
        let (value, gradient) = self.problem.penalised(&at, &loss);
        if searched {
            let usable = value.is_finite() && gradient.is_finite();
            return if usable { self.move_to(at, loss, length) } else { self.give_up() };
        }
        let mut search = LineSearch::new(self.place.value, self.slope(&self.place.gradient));
        match search.tell(value, self.slope(&gradient)) {
            Verdict::Accept => self.move_to(at, loss, length),
            Verdict::Try(_) => self.asked = Asked::Along(search),
            Verdict::Give => self.give_up(),
        }
    }

    fn move_to(&mut self, at: Parameters, loss: Value, length: f64) {
        self.taken = Some(length);
        self.course.iterations += 1;
        self.arrive(at, loss);
    }

    /// Keeps the step that was taken and what it changed in the gradient.
    fn remember(&mut self, whitened: &Parameters) {
        let Some(length) = self.taken.take() else { return };
        let step = self.whitened.clone().scaled(length);
        let change = whitened.plus(-1.0, &self.place.whitened);
        let product = step.dot(&change);
        // A pair without curvature says nothing; its inverse would say too much.
        if product > f64::EPSILON * step.norm() * change.norm() {
            if self.pairs.len() == self.memory() {
                self.pairs.remove(0);
            }
            self.pairs.push(Pair { step, change, inverse: 1.0 / product });
        }
    }

    /// How many pairs are remembered.
    fn memory(&self) -> usize {
        let pair = 2 * size_of::<f64>() * self.problem.outputs * (self.problem.features + 1);
        (MEMORY_BYTES / pair).clamp(LEAST_MEMORY, MEMORY)
    }

    fn along(&mut self, mut search: LineSearch, line: Line) {
        self.course.passes += usize::from(line.passed);
        let (place, length) = (&self.place.at, search.length());
        let (value, slope) = self.problem.penalised_line(place, &self.direction, length, &line);
        match search.tell(value, slope) {
            Verdict::Accept => {
                let at = place.plus(length, &self.direction);
                self.asked = Asked::There(at, length, true);
            }
            Verdict::Try(_) => self.asked = Asked::Along(search),
            Verdict::Give => self.give_up(),
        }
    }
}

impl Method for Lbfgs<'_> {
    fn ask(&self) -> Step<'_> {
        let arithmetic = self.arithmetic;
        match &self.asked {
            Asked::Here => Step::Point { at: &self.place.at, arithmetic },
            Asked::There(at, ..) => Step::Point { at, arithmetic },
            Asked::Along(search) => Step::Line {
                line: self.lines,
                from: &self.place.at,
                direction: &self.direction,
                length: search.length(),
            },
            Asked::Nothing => Step::Done,
        }
    }

    fn tell(&mut self, state: State) {
        match (std::mem::replace(&mut self.asked, Asked::Nothing), state) {
            (Asked::Here, State::Value(loss)) => {
                self.course.passes += 1;
                self.arrive(self.place.at.clone(), loss);
            }
            (Asked::There(at, length, searched), State::Value(loss)) => {
                self.course.passes += 1;
                self.judge(at, loss, length, searched);
            }
            (Asked::Along(search), State::Line(line)) => self.along(search, line),
            (asked, _) => self.asked = asked,
        }
    }

    fn interrupt(&mut self) {
        self.end(Reason::Interrupted);
    }

    fn course(&self) -> &Course {
        &self.course
    }

    fn outcome(self: Box<Self>) -> Outcome {
        let fine = !self.is_coarse() && self.course.start.is_some();
        Outcome { at: self.place.at, loss: fine.then_some(self.loss), course: self.course }
    }
}
