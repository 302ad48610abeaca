//! Exact least squares as one solver among others.
//!
//! *Objective*, *method* and *sources* are those of `exact/mod.rs`; *input*: the targets in training's
//! units, a penalty and the rows that are not held out. *Stopping rule*: it computes the optimum; it has
//! converged if the gradient there, recomputed in `f64`, is within the tolerance of that at 0.

use linnea_kernels::Element;

use super::problem::{Course, Problem};
use super::run::Task;
use super::{Arithmetic, Outcome, Reason, Rounds};
use crate::exact::optimum;
use crate::folds::deal;
use crate::parameters::Parameters;
use crate::settings::Recipe;

impl<T: Element> Task<'_, T> {
    /// The optimum of every head.
    pub(super) fn exact(&self, rounds: &Rounds<'_, T>, problems: &[Problem]) -> Vec<Outcome> {
        let solutions = self.recipes.iter().map(|recipe| self.optimum(recipe));
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
            Outcome { at, loss: Some(value), course }
        };
        heads.zip(problems).map(outcome).collect()
    }

    /// A head's solution, and how many passes it took.
    fn optimum(&self, recipe: &Recipe) -> (Parameters, usize) {
        let rows = self.objective.rows;
        let held_in = recipe.fold.map(|fold| {
            let dealt = deal(rows.len(), None, fold.of, recipe.seed);
            let weight = |&own: &u32| if own as usize == fold.index { 0.0 } else { 1.0 };
            dealt.iter().map(weight).collect::<Vec<f64>>()
        });
        match optimum(self.objective, self.targets, held_in.as_deref(), recipe.l2) {
            Some((at, exact)) => (at, exact.passes),
            // The gradient where there is no solution says that this is none.
            None => (Parameters::zeros(self.outputs, rows.features()), 1),
        }
    }
}
