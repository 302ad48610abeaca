//! Exact least squares as one solver among others.
//!
//! *Objective*, *method* and *sources* are those of `exact/mod.rs`; *input*: the targets in training's
//! units, a penalty, and the rows' weights, which are 0 where they are held out. *Stopping rule*: it
//! computes the optimum; it has converged if the gradient there, recomputed in `f64`, is within the
//! tolerance of that at 0.

use std::sync::atomic::{AtomicBool, Ordering};

use linnea_kernels::Element;

use super::problem::{Course, Problem};
use super::run::Task;
use super::{Arithmetic, Outcome, Reason, Rounds};
use crate::exact::{Exact, Factorization, NOTHING, allowed, optimum};
use crate::objective::Value;
use crate::parameters::Parameters;

impl<T: Element> Task<'_, T> {
    /// The optimum of every head, until somebody interrupts. Each problem's tolerance becomes what rounding
    /// allows.
    pub(super) fn exact(
        &self,
        rounds: &Rounds<'_, T>,
        problems: &mut [Problem],
        interrupt: &AtomicBool,
    ) -> Vec<Outcome> {
        let goes_on = |_: &usize| !interrupt.load(Ordering::Relaxed);
        let heads = (0..self.recipes.len()).take_while(goes_on);
        let (points, found): (Vec<_>, Vec<_>) = heads.map(|head| self.optimum(head)).unzip();
        let numbered: Vec<_> = points.iter().enumerate().collect();
        let values = rounds.evaluate(&numbered, Arithmetic::Double);
        let starts = self.starts(rounds);
        let heads = points.into_iter().zip(found).zip(values.into_iter().zip(&starts));
        let mut outcomes: Vec<_> = (heads.zip(problems))
            .map(|(((at, found), (value, start)), problem)| end(at, found, value, start, problem))
            .collect();
        let nothing = || Outcome::new(self.zero(), None, Course::default());
        outcomes.resize_with(self.recipes.len(), nothing);
        outcomes
    }

    /// A head's solution, and how it was found.
    fn optimum(&self, head: usize) -> (Parameters, Option<Exact>) {
        let (rows, weights) = (self.objective.rows, self.objective.loss.weights());
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let held_in = self.folds.of(head).map(|share| {
            let learned = |row| if share.learns_from(row) { weight(row) } else { 0.0 };
            (0..rows.len()).map(learned).collect::<Vec<f64>>()
        });
        let weights = held_in.as_deref().or(weights);
        match optimum(self.objective, self.targets, weights, self.recipes[head].l2) {
            Some((at, exact)) => (at, Some(exact)),
            // The gradient where there is no solution says that this is none.
            None => (Parameters::zeros(self.outputs, rows.features()), None),
        }
    }
}

/// What a head's solution is worth: the loss and its gradient there, beside those at `start`, where all is 0.
fn end(
    at: Parameters,
    found: Option<Exact>,
    value: Value,
    start: &Value,
    problem: &mut Problem,
) -> Outcome {
    let passes = 2 + found.as_ref().map_or(1, |exact| exact.passes);
    let mut course = Course { iterations: 1, passes, ..Course::default() };
    let zero = Parameters::zeros(at.outputs, at.features);
    course.note(start, problem.gradient_norm(&zero, start));
    course.note(&value, problem.gradient_norm(&at, &value));
    let rounding = found.as_ref().map_or(0.0, |exact| exact.roundings[0]);
    problem.tolerance = allowed(problem.tolerance, course.start_norm(), rounding);
    let near = course.gradient_norm <= NOTHING.max(problem.tolerance * course.start_norm());
    course.end(if near { Reason::Gradient } else { Reason::Rounding });
    let factorization = found.map(|exact| Factorization::of(&exact, true));
    Outcome { factorization, ..Outcome::new(at, Some(value), course) }
}
