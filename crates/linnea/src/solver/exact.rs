//! Exact least squares as one solver among others.
//!
//! *Objective*, *method* and *sources* are those of `exact/mod.rs`; *input*: the targets in training's
//! units, a penalty, and the rows' weights, which are 0 where they are held out. *Stopping rule*: it
//! computes the optimum; it has converged if the gradient there, recomputed in `f64`, is within the
//! tolerance of that at 0.

use linnea_kernels::Element;

use super::problem::{Course, Problem};
use super::run::Task;
use super::{Arithmetic, Outcome, Reason, Rounds};
use crate::exact::optimum;
use crate::parameters::Parameters;

impl<T: Element> Task<'_, T> {
    /// The optimum of every head.
    pub(super) fn exact(&self, rounds: &Rounds<'_, T>, problems: &[Problem]) -> Vec<Outcome> {
        let solutions = (0..self.recipes.len()).map(|head| self.optimum(head));
        let (points, passes): (Vec<_>, Vec<_>) = solutions.unzip();
        let numbered: Vec<_> = points.iter().enumerate().collect();
        let values = rounds.evaluate(&numbered, Arithmetic::Double);
        let zero = Parameters::zeros(self.outputs, self.objective.rows.features());
        let starts = self.starts(rounds);
        let heads = points.into_iter().zip(passes).zip(values.into_iter().zip(starts));
        let outcome = |(((at, passes), (value, start)), problem): (_, &Problem)| {
            let mut course = Course { iterations: 1, passes: passes + 2, ..Course::default() };
            course.note(&start, problem.gradient_norm(&zero, &start));
            course.note(&value, problem.gradient_norm(&at, &value));
            let near = course.gradient_norm <= problem.tolerance * course.start_norm();
            course.end(if near { Reason::Gradient } else { Reason::Stalled });
            Outcome::new(at, Some(value), course)
        };
        heads.zip(problems).map(outcome).collect()
    }

    /// A head's solution, and how many passes it took.
    fn optimum(&self, head: usize) -> (Parameters, usize) {
        let (rows, weights) = (self.objective.rows, self.objective.loss.weights());
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let held_in = self.folds.of(head).map(|share| {
            let learned = |row| if share.learns_from(row) { weight(row) } else { 0.0 };
            (0..rows.len()).map(learned).collect::<Vec<f64>>()
        });
        let weights = held_in.as_deref().or(weights);
        match optimum(self.objective, self.targets, weights, self.recipes[head].l2) {
            Some((at, exact)) => (at, exact.passes),
            // The gradient where there is no solution says that this is none.
            None => (Parameters::zeros(self.outputs, rows.features()), 1),
        }
    }
}
