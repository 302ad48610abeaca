//! The walk of a descent method, from place to place, along directions that a [`Guide`] finds.
//!
//! *Objective*: f(V, c) = mean loss + l2/2·‖V‖², smooth and convex. *Input*: f and its gradient at the
//! points that it asks for, the guide's directions, and coordinates in which f is nearly round
//! ([`Preconditioner`]). *Stopping*: the gradient's norm is at most the tolerance times that at 0, and so
//! is its norm in the preconditioner's coordinates as far as rounding lets it; no step makes f smaller;
//! the classes are separated and nothing holds the weights; the iterations are used up. *Output*: a
//! point, and how it ended. *Source*: Nocedal & Wright, *Numerical Optimization* (2006), section 3.1, with
//! the step lengths of `line_search.rs`.
//!
//! - **A step of length 1 is tried by going there**: one pass gives value and gradient of the new
//!   point, and most steps end with it. Only where that is no good, the logits XV and XD are kept, and
//!   every other length costs no pass over X.
//! - **Arithmetic.** Rows stored in less than `f64` are multiplied in `f32` until the gradient has
//!   become small ([`FINE`]) or no step helps any more, and in `f64` from there. So the rounding of the
//!   logits never decides about convergence, and what is said at the end is a number in `f64`.

use std::sync::Arc;

use super::convergence::Reason;
use super::guide::{Guide, Heading};
use super::line_search::{LineSearch, Verdict};
use super::path::Beginning;
use super::preconditioner::Preconditioner;
use super::problem::{Course, Problem};
use super::{Arithmetic, Line, Method, Outcome, State, Step};
use crate::objective::Value;
use crate::parameters::Parameters;

/// Below this share of the gradient at the start, `f32` is not trusted any more.
const FINE: f64 = 1e-5;

/// Where the solver is, with value and gradient of the whole objective.
struct Place {
    at: Parameters,
    value: f64,
    gradient: Parameters,
}

/// What was asked last.
enum Asked {
    /// The point that the solver is at, anew: at the start, or in other arithmetic.
    Here,
    /// The Hessian times a vector.
    Product(Parameters),
    /// The point a step away, the step's length, and whether it was found by a search.
    There(Parameters, f64, bool),
    /// Value and slope at a length.
    Along(LineSearch),
    Nothing,
}

pub(super) struct Walk<'a, G> {
    guide: G,
    course: Course,
    problem: &'a Problem,
    preconditioner: Arc<Preconditioner>,
    place: Place,
    /// The mean loss and its gradient, at the place.
    loss: Value,
    direction: Parameters,
    /// The length of the step that has just been taken.
    taken: Option<f64>,
    /// Every direction is a line of its own.
    lines: usize,
    asked: Asked,
    arithmetic: Arithmetic,
    /// Where to begin instead, if the objective is not smaller where it begins than this.
    behind: Option<(Parameters, f64)>,
}

impl<'a, G: Guide> Walk<'a, G> {
    /// A walk from 0, or from where a path leads it.
    pub(super) fn new(
        guide: G,
        problem: &'a Problem,
        preconditioner: Arc<Preconditioner>,
        beginning: Option<Beginning>,
    ) -> Self {
        let zero = Parameters::zeros(problem.outputs, problem.features);
        let begun = beginning.map(|begun| (begun.at, begun.behind, Some(begun.start)));
        let (at, behind, start) = begun.unwrap_or_else(|| (zero.clone(), None, None));
        Self {
            guide,
            course: Course { start, ..Course::default() },
            problem,
            preconditioner,
            place: Place { at, value: f64::INFINITY, gradient: zero.clone() },
            loss: Value { loss: f64::INFINITY, gradient: zero.clone() },
            direction: zero,
            taken: None,
            lines: 0,
            asked: Asked::Here,
            arithmetic: Arithmetic::Stored,
            behind,
        }
    }

    /// The solver has come to a point: says so, or sets out again.
    fn arrive(&mut self, at: Parameters, loss: Value) {
        let (value, gradient) = self.problem.penalised(&at, &loss);
        if let Some((behind, _)) = self.behind.take_if(|(_, than)| value.is_nan() || value >= *than)
        {
            self.place.at = behind;
            self.asked = Asked::Here;
            return;
        }
        self.behind = None;
        if let Some(length) = self.taken.take() {
            let step = self.direction.clone().scaled(length);
            self.guide.moved(step, gradient.plus(-1.0, &self.place.gradient));
        }
        self.course.note(&loss, gradient.norm());
        self.place = Place { at, value, gradient };
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
        let share = |start| self.preconditioner.share(&self.place.gradient, start);
        self.course.gradient_at_0().map_or(0.0, share) <= self.problem.tolerance
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

    fn set_out(&mut self) {
        let gradient = &self.place.gradient;
        let start = self.course.gradient_at_0().unwrap_or(gradient);
        let heading = self.guide.set_out(gradient, start);
        self.follow(heading);
    }

    fn follow(&mut self, heading: Heading) {
        match heading {
            Heading::Go(direction) => self.go(direction),
            Heading::Product(vector) => self.asked = Asked::Product(vector),
        }
    }

    /// Tries a step of length 1.
    fn go(&mut self, direction: Parameters) {
        self.lines += 1;
        self.direction = direction;
        if self.slope(&self.place.gradient) >= 0.0 {
            return self.give_up();
        }
        self.asked = Asked::There(self.place.at.plus(1.0, &self.direction), 1.0, false);
    }

    /// No step helps: forgets what is remembered, then tries finer arithmetic, then ends.
    fn give_up(&mut self) {
        if self.guide.forget() {
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

    /// The mean loss's Hessian times a vector has come back.
    fn multiplied(&mut self, vector: &Parameters, product: Parameters) {
        let product = self.problem.penalised_product(vector, product);
        match self.guide.take(&product) {
            Some(heading) => self.follow(heading),
            None => self.give_up(),
        }
    }
}

impl<G: Guide> Method for Walk<'_, G> {
    fn ask(&self) -> Step<'_> {
        let arithmetic = self.arithmetic;
        match &self.asked {
            Asked::Here => Step::Point { at: &self.place.at, arithmetic },
            Asked::Product(vector) => Step::Product { at: &self.place.at, vector, arithmetic },
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
            (Asked::Product(vector), State::Product(product)) => {
                self.course.passes += 1;
                self.multiplied(&vector, product);
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
        let fine = !self.is_coarse() && self.course.passes > 0;
        let loss = fine.then_some(self.loss);
        let memory = self.guide.memory();
        Outcome { memory, ..Outcome::new(self.place.at, loss, self.course) }
    }
}
