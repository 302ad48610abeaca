//! A run of a full-batch solver over heads, from their settings to certified points.

use std::sync::atomic::AtomicBool;

use super::gap::Dual;
use super::lbfgs::Lbfgs;
use super::preconditioner::{Preconditioner, Sample};
use super::solve;
use super::{Arithmetic, Convergence, Course, Folds, Method, Outcome, Problem, Reason, Rounds};
use crate::loss::{Loss, RowLoss};
use crate::objective::{Objective, Value};
use crate::parameters::Parameters;
use crate::settings::Recipe;
use linnea_kernels::Element;

/// Iterations, where nobody says how many.
const ITERATIONS: usize = 1000;
/// The gradient that may be left, as a share of that at the start, where nobody says how much.
const TOLERANCE: f64 = 1e-8;
const TOLERANCE_OF_F32: f64 = 1e-6;

/// A head's end.
pub(crate) struct Finished {
    pub(crate) at: Parameters,
    /// The mean loss, without penalties.
    pub(crate) loss: f64,
    pub(crate) convergence: Convergence,
}

/// The tolerance for rows of a storage, and the most iterations.
pub(crate) fn defaults<T: Element>() -> (f64, usize) {
    (if is_double::<T>() { TOLERANCE } else { TOLERANCE_OF_F32 }, ITERATIONS)
}

/// What heads are to be solved for.
pub(crate) struct Task<'a, T: Element> {
    pub(crate) objective: &'a Objective<'a, T>,
    /// The objective's loss, for passes in `f64`.
    pub(crate) double: &'a dyn RowLoss<f64>,
    pub(crate) loss: Loss,
    pub(crate) outputs: usize,
    /// They leave nothing open.
    pub(crate) recipes: &'a [Recipe],
    /// By what a recipe's L1 penalty is multiplied in training's units.
    pub(crate) l1_unit: f64,
    /// Whether the standardised features of all rows have mean 0.
    pub(crate) is_centred: bool,
}

impl<T: Element> Task<'_, T> {
    /// Solves for all heads; `report` is told each head's iterations.
    pub(crate) fn run(
        &self,
        interrupt: &AtomicBool,
        report: impl FnMut(usize, &Course),
    ) -> Vec<Finished> {
        let Self { objective, recipes, loss, .. } = *self;
        let folds: Vec<_> = recipes.iter().map(|recipe| (recipe.fold, recipe.seed)).collect();
        let folds = Folds::new(&folds, objective.rows.len());
        let mut rounds = Rounds::new(objective, self.double, folds);
        let heads = recipes.iter().enumerate();
        let problems: Vec<_> =
            heads.map(|(h, recipe)| self.problem(recipe, rounds.rows(h))).collect();
        let sample = Sample::of(objective.rows, objective.scaling, objective.threads, loss);
        let coordinates = Coordinates::new(&sample, &problems);
        let method = |problem| -> Box<dyn Method + '_> {
            Box::new(Lbfgs::new(problem, coordinates.of(problem)))
        };
        let mut methods: Vec<_> = problems.iter().map(method).collect();
        solve(&mut rounds, &mut methods, interrupt, report);
        let outcomes = methods.into_iter().map(|method| method.outcome()).collect();
        self.certify(&rounds, &problems, outcomes)
    }

    fn problem(&self, recipe: &Recipe, rows: usize) -> Problem {
        let (tolerance, most_iterations) = defaults::<T>();
        Problem {
            loss: self.loss,
            outputs: self.outputs,
            features: self.objective.rows.features(),
            rows,
            l1: recipe.l1 * self.l1_unit,
            l2: recipe.l2,
            tolerance: recipe.tol.unwrap_or(tolerance),
            most_iterations: recipe.max_iterations.unwrap_or(most_iterations),
            stored_is_double: is_double::<T>(),
        }
    }

    /// The numbers that say how near each head is, computed in `f64`: in one pass for all that have
    /// not been there in that arithmetic.
    fn certify(
        &self,
        rounds: &Rounds<'_, T>,
        problems: &[Problem],
        mut outcomes: Vec<Outcome>,
    ) -> Vec<Finished> {
        let open = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.loss.is_none());
        let open: Vec<_> = open.map(|(head, outcome)| (head, outcome.at.clone())).collect();
        let points: Vec<_> = open.iter().map(|(head, at)| (*head, at)).collect();
        let values = rounds.evaluate(&points, Arithmetic::Double);
        for ((head, _), value) in open.iter().zip(values) {
            outcomes[*head].loss = Some(value);
            outcomes[*head].course.passes += 1;
        }
        let means = self.means(rounds, problems, &mut outcomes);
        let all = outcomes.into_iter().zip(problems).zip(means);
        all.map(|((outcome, problem), mean)| finish(outcome, problem, &mean)).collect()
    }

    /// The means of the standardised features over the rows of each head that has a penalty: they are
    /// known, or seen in how the gradient changes with an intercept where all weights are 0.
    fn means(
        &self,
        rounds: &Rounds<'_, T>,
        problems: &[Problem],
        outcomes: &mut [Outcome],
    ) -> Vec<Vec<f64>> {
        let (q, d) = (self.outputs, self.objective.rows.features());
        let mut means = vec![vec![0.0; d]; problems.len()];
        let unknown = |head: usize| {
            let centred = self.is_centred && self.recipes[head].fold.is_none();
            problems[head].has_penalty() && !centred && outcomes[head].course.start.is_some()
        };
        let unknown: Vec<usize> = (0..problems.len()).filter(|&head| unknown(head)).collect();
        let mut moved = Parameters::zeros(q, d);
        moved.bias[0] = 1.0;
        let points: Vec<_> = unknown.iter().map(|&head| (head, &moved)).collect();
        let values = rounds.evaluate(&points, Arithmetic::Stored);
        let even = 1.0 / q as f64;
        let likelier = 1.0_f64.exp() / (1.0_f64.exp() + q as f64 - 1.0);
        let change = if self.loss == Loss::Squared { 1.0 } else { likelier - even };
        for (&head, value) in unknown.iter().zip(values) {
            let course = &mut outcomes[head].course;
            course.passes += 1;
            let Some((start, _)) = &course.start else { continue };
            let slopes = value.gradient.weight.iter().zip(&start.gradient.weight);
            let mean = means[head].iter_mut().zip(slopes);
            mean.for_each(|(mean, (there, here))| *mean = (there - here) / change);
        }
        means
    }
}

fn is_double<T: Element>() -> bool {
    size_of::<T::Real>() == size_of::<f64>()
}

/// The coordinates of every penalty that some head has.
struct Coordinates {
    of: Vec<(u64, Preconditioner)>,
    none: Preconditioner,
}

impl Coordinates {
    fn new(sample: &Sample, problems: &[Problem]) -> Self {
        let mut of: Vec<(u64, Preconditioner)> = Vec::new();
        for problem in problems {
            let key = problem.l2.to_bits();
            if of.iter().all(|(known, _)| *known != key) {
                of.push((key, sample.with(problem.loss, problem.l2)));
            }
        }
        Self { of, none: Preconditioner::none() }
    }

    fn of(&self, problem: &Problem) -> &Preconditioner {
        let own = self.of.iter().find(|(key, _)| *key == problem.l2.to_bits());
        own.map_or(&self.none, |(_, preconditioner)| preconditioner)
    }
}

fn finish(outcome: Outcome, problem: &Problem, mean: &[f64]) -> Finished {
    let Outcome { at, loss, course } = outcome;
    let nothing =
        || Value { loss: f64::NAN, gradient: Parameters::zeros(problem.outputs, problem.features) };
    let value = loss.unwrap_or_else(nothing);
    let (start, start_norm) = course.start.unwrap_or_else(|| (nothing(), f64::NAN));
    let dual = Dual { loss: problem.loss, l1: problem.l1, l2: problem.l2, start: &start, mean };
    let reason = course.reason.unwrap_or(Reason::Interrupted);
    let convergence = Convergence {
        converged: matches!(reason, Reason::Gradient | Reason::Gap),
        reason,
        tolerance: problem.tolerance,
        iterations: course.iterations,
        passes: course.passes,
        gradient_norm: problem.gradient_norm(&at, &value),
        start_gradient_norm: start_norm,
        gap: problem.has_penalty().then(|| dual.gap(&at, &value)),
    };
    Finished { at, loss: value.loss, convergence }
}
