//! A run of a full-batch solver over heads, from their settings to certified points.

use std::sync::atomic::{AtomicBool, Ordering};

use super::descent::Place;
use super::gap::{Dual, TargetSums};
use super::lbfgs::{Lbfgs, Memory};
use super::metric::{MOST_FEATURES, Metric};
use super::newton::Newton;
use super::path::Beginning;
use super::preconditioner::{Coordinates, Sample};
use super::products_alone::{ProductsAlone, Solved};
use super::proximal::Proximal;
use super::walk::Walk;
use super::{Arithmetic, Convergence, Course, Ended, Method, Outcome, Problem, Reason, Rounds};
use super::{Solver, solve};
use crate::folds::Folds;
use crate::loss::{Loss, RowLoss, Squared, weighted};
use crate::objective::{Objective, Value};
use crate::parameters::Parameters;
use crate::settings::Recipe;
use crate::target::TargetUnits;
use linnea_kernels::{Element, Real};

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
    /// The threshold of the Huber loss, in training's units.
    pub(crate) delta: f64,
    /// The targets in training's units, if they are numbers.
    pub(crate) targets: &'a [f64],
    pub(crate) outputs: usize,
    /// They leave nothing open.
    pub(crate) recipes: &'a [Recipe],
    /// What each learns from.
    pub(crate) folds: &'a Folds,
    /// The target's units in training, which the penalties follow.
    pub(crate) units: TargetUnits,
    /// Whether the standardised features of all rows have mean 0.
    pub(crate) is_centred: bool,
    /// Where the first of them begin; at 0, if there is nothing.
    pub(crate) begin: &'a [Parameters],
    /// How many heads go at once. The next as many begin where these lead, each by the ones in its place:
    /// then its bits depend on theirs.
    pub(crate) leg: usize,
}

impl<T: Element> Task<'_, T> {
    /// Solves for all heads; `report` is told each head's iterations.
    pub(crate) fn run(
        &self,
        interrupt: &AtomicBool,
        mut report: impl FnMut(usize, &Course),
    ) -> Vec<Finished> {
        let Self { objective, recipes, .. } = *self;
        let mut rounds = Rounds::new(objective, self.double, self.folds);
        let heads = recipes.iter().enumerate();
        let mut problems: Vec<_> = heads.map(|(h, recipe)| self.problem(h, recipe)).collect();
        let outcomes = match recipes.first().map(|recipe| recipe.solver) {
            Some(Solver::Proximal) => {
                return self.proximal(&mut rounds, &problems, interrupt, &mut report);
            }
            Some(Solver::Exact) => self.exact(&rounds, &mut problems, interrupt),
            solver => self.descend(solver, &mut rounds, &problems, interrupt, &mut report),
        };
        self.certify(&rounds, &problems, &self.means(&problems, None), outcomes)
    }

    /// By L-BFGS or Newton's method.
    fn descend(
        &self,
        solver: Option<Solver>,
        rounds: &mut Rounds<'_, T>,
        problems: &[Problem],
        interrupt: &AtomicBool,
        report: &mut dyn FnMut(usize, &Course),
    ) -> Vec<Outcome> {
        let mut coordinates = Coordinates::new(Sample::of(self.objective, self.loss));
        let method = |head: usize, mut begun: Option<Beginning>| -> Box<dyn Method + '_> {
            let problem = &problems[head];
            if interrupt.load(Ordering::Relaxed) {
                return Box::new(Ended(Outcome::new(self.zero(), None, Course::default())));
            }
            let own = coordinates.of(problem);
            if solver == Some(Solver::Newton) {
                return Box::new(Walk::new(Newton::new(own.clone()), problem, own, begun));
            }
            let memory = begun.as_mut().map(|begun| std::mem::take(&mut begun.memory));
            let guide = Lbfgs::new(own.clone(), memory.unwrap_or_default());
            Box::new(Walk::new(guide, problem, own, begun))
        };
        self.in_legs(method, rounds, problems, interrupt, report)
    }

    /// Solves for heads that go so many at once, by methods that may begin where the one before ended.
    fn in_legs<'m>(
        &self,
        mut method: impl FnMut(usize, Option<Beginning>) -> Box<dyn Method + 'm>,
        rounds: &mut Rounds<'_, T>,
        problems: &[Problem],
        interrupt: &AtomicBool,
        report: &mut dyn FnMut(usize, &Course),
    ) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        while outcomes.len() < self.recipes.len() {
            let first = outcomes.len();
            let heads = first..self.recipes.len().min(first + self.leg);
            let begun = |head| self.beginning(problems, &mut outcomes, head);
            let begun: Vec<_> = match first {
                0 if !self.begin.is_empty() => self.beginnings(problems, rounds),
                _ => heads.clone().map(begun).collect(),
            };
            let methods = heads.zip(begun).map(|(head, begun)| method(head, begun)).collect();
            outcomes.extend(solve(rounds, methods, first, interrupt, report));
            rounds.kept.clear();
        }
        outcomes
    }

    /// Where the first heads are told to begin, which is left alone if 0 is no worse.
    fn beginnings(&self, problems: &[Problem], rounds: &Rounds<'_, T>) -> Vec<Option<Beginning>> {
        let zero = self.zero();
        let heads = problems.iter().zip(self.starts(rounds)).zip(self.begin);
        let begin = |((problem, start), at): ((&Problem, Value), &Parameters)| {
            let (loss, norm) = (start.loss, problem.gradient_norm(&zero, &start));
            let behind = Some((zero.clone(), loss));
            let start = (start, norm);
            Some(Beginning { at: at.clone(), behind, start, memory: Memory::default() })
        };
        heads.map(begin).collect()
    }

    /// Where a head begins that follows one that ended.
    pub(super) fn beginning(
        &self,
        problems: &[Problem],
        outcomes: &mut [Outcome],
        head: usize,
    ) -> Option<Beginning> {
        let last = head.checked_sub(self.leg)?;
        let (earlier, ends) = outcomes.split_at_mut(last);
        let before = last.checked_sub(self.leg).map(|before| (&problems[before], &earlier[before]));
        Beginning::after(&problems[head], (&problems[last], ends.first_mut()?), before)
    }

    /// With an L1 penalty: by proximal steps, of which a squared loss needs none as a rule; along columns,
    /// where features are many.
    fn proximal(
        &self,
        rounds: &mut Rounds<'_, T>,
        problems: &[Problem],
        interrupt: &AtomicBool,
        report: &mut dyn FnMut(usize, &Course),
    ) -> Vec<Finished> {
        let starts = self.starts(rounds);
        if self.is_wide() {
            let means = self.means(problems, None);
            let outcomes = self.by_columns(rounds, problems, &starts, &means, interrupt, report);
            return self.certify(rounds, problems, &means, outcomes);
        }
        let metric = Metric::of(self.objective);
        let means = self.means(problems, metric.mean());
        let solved = self.by_products(problems, &metric, &starts, &means, interrupt, report);
        let method = |head: usize, guess: &Parameters| -> Box<dyn Method + '_> {
            Box::new(Proximal::new(&problems[head], &metric, &starts[head], &means[head], guess))
        };
        let mut solved = solved;
        let go_on = |head: usize, begun: Option<Beginning>| match (solved[head].take(), begun) {
            (Some(Ok(outcome)), _) => Box::new(Ended(outcome)) as Box<dyn Method + '_>,
            (Some(Err(guess)), _) => method(head, &guess),
            (None, Some(begun)) => method(head, begun.end()),
            (None, None) => method(head, &self.zero()),
        };
        let outcomes = self.in_legs(go_on, rounds, problems, interrupt, report);
        self.certify(rounds, problems, &means, outcomes)
    }

    /// What the features' products alone solve, or a guess from them; none, where they do not say all.
    fn by_products(
        &self,
        problems: &[Problem],
        metric: &Metric,
        starts: &[Value],
        means: &[Vec<f64>],
        interrupt: &AtomicBool,
        report: &mut dyn FnMut(usize, &Course),
    ) -> Vec<Option<Solved>> {
        let mut places: Vec<Option<Place>> = Vec::new();
        let solve = |(head, problem): (usize, &Problem)| {
            let own = ProductsAlone::of(problem, metric, &starts[head], &means[head]);
            let Some(own) = own else {
                places.push(None);
                return None;
            };
            let before = head.checked_sub(self.leg).and_then(|before| places[before].take());
            let (solved, place) = own.solve(before.unwrap_or_else(|| own.zero()), interrupt);
            if let Ok(outcome) = &solved {
                report(head, &outcome.course);
            }
            places.push(Some(place));
            Some(solved)
        };
        problems.iter().enumerate().map(solve).collect()
    }

    /// Whether features are as many as rows, or too many for their products; these say all of a squared
    /// loss.
    fn is_wide(&self) -> bool {
        let (n, d) = (self.objective.rows.len(), self.objective.rows.features());
        d > MOST_FEATURES || d >= n && self.loss != Loss::Squared
    }

    pub(super) fn zero(&self) -> Parameters {
        Parameters::zeros(self.outputs, self.objective.rows.features())
    }

    /// The mean loss of each head and its gradient where all is 0.
    pub(super) fn starts(&self, rounds: &Rounds<'_, T>) -> Vec<Value> {
        let firsts: Vec<usize> = (0..self.recipes.len()).map(|head| self.alike(head)).collect();
        let distinct = distinct(&firsts);
        let zero = self.zero();
        let points: Vec<_> = distinct.iter().map(|&head| (head, &zero)).collect();
        let values = rounds.evaluate(&points, Arithmetic::Double);
        let of = |first: &usize| values[distinct.binary_search(first).unwrap_or(0)].clone();
        firsts.iter().map(of).collect()
    }

    /// The first head that learns from the same rows.
    fn alike(&self, head: usize) -> usize {
        let key = |head: usize| {
            let recipe = &self.recipes[head];
            recipe.fold.map(|fold| (fold, recipe.seed))
        };
        (0..head).find(|&other| key(other) == key(head)).unwrap_or(head)
    }

    fn problem(&self, head: usize, recipe: &Recipe) -> Problem {
        let weight = self.folds.weight(head);
        let (tolerance, most_iterations) = defaults::<T>();
        let weights = self.objective.loss.weights().into_iter().flatten().copied();
        let least_weight = weights.filter(|weight| *weight > 0.0).reduce(f64::min);
        Problem {
            loss: self.loss,
            targets: TargetSums::of(self, head),
            outputs: self.outputs,
            features: self.objective.rows.features(),
            weight,
            least_weight: least_weight.unwrap_or(1.0),
            share: weight / self.objective.rows.len().max(1) as f64,
            l1: self.units.l1(recipe.l1),
            l2: self.units.l2(recipe.l2),
            tolerance: recipe.tol.unwrap_or(tolerance),
            most_iterations: recipe.max_iterations.unwrap_or(most_iterations),
            stored_is_double: is_double::<T>(),
        }
    }

    /// The numbers that say how near each head is, computed in `f64`: in one pass for all that have come
    /// somewhere and have not been there in that arithmetic.
    fn certify(
        &self,
        rounds: &Rounds<'_, T>,
        problems: &[Problem],
        means: &[Vec<f64>],
        mut outcomes: Vec<Outcome>,
    ) -> Vec<Finished> {
        let open = |outcome: &Outcome| outcome.loss.is_none() && outcome.course.has_begun();
        let open = outcomes.iter().enumerate().filter(|(_, outcome)| open(outcome));
        let open: Vec<_> = open.map(|(head, outcome)| (head, outcome.at.clone())).collect();
        let points: Vec<_> = open.iter().map(|(head, at)| (*head, at)).collect();
        let values = rounds.evaluate(&points, Arithmetic::Double);
        for ((head, _), value) in open.iter().zip(values) {
            outcomes[*head].loss = Some(value);
            outcomes[*head].course.passes += 1;
        }
        let all = outcomes.into_iter().zip(problems).zip(means);
        all.map(|((outcome, problem), mean)| finish(outcome, problem, mean)).collect()
    }

    /// The means of the standardised features over the rows of each head that has a penalty: they are
    /// known to be 0, or `of_all` rows, or else the gradient of a squared loss whose residuals are all 1.
    fn means(&self, problems: &[Problem], of_all: Option<&[f64]>) -> Vec<Vec<f64>> {
        let Objective { rows, .. } = *self.objective;
        let mut means = vec![vec![0.0; rows.features()]; problems.len()];
        let unknown = |&head: &usize| {
            let centred = self.is_centred && self.recipes[head].fold.is_none();
            problems[head].has_penalty() && !centred
        };
        let unknown: Vec<usize> = (0..problems.len()).filter(unknown).collect();
        let firsts: Vec<usize> = unknown.iter().map(|&head| self.alike(head)).collect();
        let known = |head: usize| of_all.filter(|_| self.recipes[head].fold.is_none());
        let mut asked = distinct(&firsts);
        asked.retain(|&head| known(head).is_none());
        let found = self.means_by_rows(&asked);
        for (&head, first) in unknown.iter().zip(&firsts) {
            let place = asked.binary_search(first).ok();
            let found = known(head).or(place.map(|place| found[place].as_slice()));
            means[head] = found.map(<[f64]>::to_vec).unwrap_or_default();
        }
        means
    }

    fn means_by_rows(&self, heads: &[usize]) -> Vec<Vec<f64>> {
        let Objective { rows, .. } = *self.objective;
        let ones = Box::new(Squared { targets: vec![T::Real::from_f64(-1.0); rows.len()] });
        let ones = weighted(ones, self.objective.loss.weights(), 1);
        let objective = Objective { loss: ones.as_ref(), ..*self.objective };
        let rounds = Rounds::new(&objective, self.double, self.folds);
        let zero = Parameters::zeros(1, rows.features());
        let points: Vec<_> = heads.iter().map(|&head| (head, &zero)).collect();
        let values = rounds.evaluate(&points, Arithmetic::Stored);
        values.into_iter().map(|value| value.gradient.weight).collect()
    }
}

/// Every number once, in order.
fn distinct(numbers: &[usize]) -> Vec<usize> {
    let mut distinct = numbers.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}

fn is_double<T: Element>() -> bool {
    size_of::<T::Real>() == size_of::<f64>()
}

/// What is known where no pass was made.
fn nothing(problem: &Problem) -> Value {
    let gradient = Parameters::zeros(problem.outputs, problem.features);
    Value { loss: f64::NAN, gradient }
}

fn finish(outcome: Outcome, problem: &Problem, mean: &[f64]) -> Finished {
    let Outcome { at, loss, course, factorization, .. } = outcome;
    let value = loss.unwrap_or_else(|| nothing(problem));
    let (start, start_norm) = course.start.unwrap_or_else(|| (nothing(problem), f64::NAN));
    let dual = Dual { problem, start: &start, mean };
    let gradient_norm = problem.gradient_norm(&at, &value);
    let reason = match course.reason.unwrap_or(Reason::Interrupted) {
        // What the last pass in `f64` says counts, whatever ended the run.
        Reason::IterationLimit | Reason::Stalled
            if gradient_norm <= problem.tolerance * start_norm =>
        {
            Reason::Gradient
        }
        reason => reason,
    };
    let convergence = Convergence {
        converged: matches!(reason, Reason::Gradient | Reason::Gap),
        reason,
        tolerance: problem.tolerance,
        iterations: course.iterations,
        passes: course.passes,
        gradient_norm,
        start_gradient_norm: start_norm,
        gap: problem.has_penalty().then(|| dual.gap(&at, &value)),
        separated: Vec::new(),
        factorization,
    };
    Finished { at, loss: value.loss, convergence }
}
