//! Proximal Newton steps over a working set of features, for L1 penalties and elastic nets where
//! features outnumber rows, or are too many for their products.
//!
//! *Objective*: mean loss + l2/2·‖V‖² + l1·‖V‖₁, convex. *Input*: rows in memory; a pass over all of
//! them a round, and the columns of the working set. *Stopping*: that of `proximal.rs`: the duality gap, or
//! the least subgradient, over all features; or the iterations are used up; or the gap has not become
//! smaller for [`PATIENCE`] rounds. *Output*: a point, with weights that are exactly 0, and how it ended.
//! *Source*: Lee, Sun & Saunders, *Proximal Newton-type methods for minimizing composite functions*, SIAM
//! J. Optim. 24 (2014); working sets as in Johnson & Guestrin, *Blitz* (2015).
//!
//! A round is one pass, which says by the gradient how near the point is and which features want to move,
//! and some Newton steps over the set: each minimises a quadratic model (`row_model.rs`) and searches along
//! the line to it, with all logits in memory. The set is what is not 0 and at most as much again.

use std::sync::atomic::{AtomicBool, Ordering};

use super::columns::Columns;
use super::gap::Dual;
use super::logits::LogitLoss;
use super::problem::{Course, Problem};
use super::row_model::{RowModel, RowStep};
use super::run::Task;
use super::{Arithmetic, Outcome, Reason, Rounds};
use crate::objective::Value;
use crate::parameters::Parameters;
use linnea_kernels::Element;

/// Newton steps of a round, which end when one promises less than this share of the gap.
const STEPS: usize = 5;
const PROMISE: f64 = 1e-2;
/// The set may grow by so many features at least.
const GROWTH: usize = 32;
/// The run has stalled when the gap has not become smaller for so many rounds.
const PATIENCE: usize = 20;
/// The share of the promised decrease that is enough, and the halvings of a step that are tried.
const ENOUGH: f64 = 1e-2;
const HALVINGS: i32 = 40;
/// Objectives that differ by less than this share are equal, as far as they can be computed.
const ROUNDING: f64 = 1e-13;
/// The model's damping where the gap is the objective at 0; it falls with the gap.
const DAMPING: f64 = 0.1;

/// The problem of one head, and where it is.
struct Head<'a> {
    problem: &'a Problem,
    start: &'a Value,
    mean: &'a [f64],
    loss: LogitLoss<'a>,
    at: Parameters,
    logits: Vec<f64>,
    course: Course,
    /// The smallest gap, and the round in which it was found.
    best: (f64, usize),
    rounds: usize,
}

impl<T: Element> Task<'_, T> {
    /// Every head's end, one after the other.
    pub(super) fn by_columns(
        &self,
        rounds: &Rounds<'_, T>,
        problems: &[Problem],
        starts: &[Value],
        means: &[Vec<f64>],
        interrupt: &AtomicBool,
        report: &mut dyn FnMut(usize, &Course),
    ) -> Vec<Outcome> {
        let mut columns = Columns::new(self.objective.rows.len());
        let mut outcomes: Vec<Outcome> = Vec::new();
        for (number, problem) in problems.iter().enumerate() {
            let begun = self.beginning(problems, &mut outcomes, number);
            let at = begun.map_or_else(|| self.zero(), |begun| begun.end().clone());
            let loss = LogitLoss::of(self, number);
            let head = Head::new(problem, &starts[number], &means[number], loss, at);
            let mut report = |course: &Course| report(number, course);
            outcomes.push(self.by_columns_of(
                head,
                number,
                rounds,
                &mut columns,
                interrupt,
                &mut report,
            ));
        }
        outcomes
    }

    /// Rounds of one head, to its end.
    fn by_columns_of(
        &self,
        mut head: Head<'_>,
        number: usize,
        rounds: &Rounds<'_, T>,
        columns: &mut Columns,
        interrupt: &AtomicBool,
        report: &mut dyn FnMut(&Course),
    ) -> Outcome {
        loop {
            let value = rounds.evaluate(&[(number, &head.at)], Arithmetic::Double).pop();
            let value = value.unwrap_or_else(|| head.start.clone());
            let gap = head.judge(&value, interrupt.load(Ordering::Relaxed));
            if head.course.reason.is_some() {
                return Outcome::new(head.at, Some(value), head.course);
            }
            let set = head.choose(&value, columns.most());
            columns.fetch(self.objective.rows, self.objective.scaling, &set);
            head.improve(self, columns, &set, gap);
            report(&head.course);
        }
    }
}

impl<'a> Head<'a> {
    fn new(
        problem: &'a Problem,
        start: &'a Value,
        mean: &'a [f64],
        loss: LogitLoss<'a>,
        at: Parameters,
    ) -> Self {
        let zero = Parameters::zeros(at.outputs, at.features);
        let mut course = Course { passes: 1, ..Course::default() };
        course.note(start, problem.gradient_norm(&zero, start));
        let best = (f64::INFINITY, 0);
        Self { problem, start, mean, loss, at, logits: Vec::new(), course, best, rounds: 0 }
    }

    /// Ends the course if the point is near enough, or nothing helps; the gap.
    fn judge(&mut self, value: &Value, interrupted: bool) -> f64 {
        let Self { problem, start, mean, .. } = *self;
        let gap = Dual { problem, start, mean }.gap(&self.at, value);
        self.course.passes += 1;
        self.course.note(value, problem.gradient_norm(&self.at, value));
        self.rounds += 1;
        if gap < self.best.0 {
            self.best = (gap, self.rounds);
        }
        if gap == 0.0 || gap <= problem.tolerance * start.loss {
            self.course.end(Reason::Gap);
        } else if self.course.share() <= problem.tolerance {
            self.course.end(Reason::Gradient);
        } else if self.course.iterations >= problem.most_iterations {
            self.course.end(Reason::IterationLimit);
        } else if !value.loss.is_finite() || self.rounds > self.best.1 + PATIENCE {
            self.course.end(Reason::Stalled);
        } else if interrupted {
            self.course.end(Reason::Interrupted);
        }
        gap
    }

    /// The working set, in order: what is not 0, and what wants to move most.
    fn choose(&self, value: &Value, most: usize) -> Vec<usize> {
        let least = self.problem.subgradient(&self.at, value);
        let (d, q) = (self.at.features, self.at.outputs);
        let of = |numbers: &[f64], j: usize| {
            (0..q).fold(0.0, |most: f64, c| most.max(numbers[c * d + j].abs()))
        };
        let (mut own, mut others): (Vec<_>, Vec<_>) = (0..d)
            .map(|j| (of(&least.weight, j), j))
            .filter(|&(want, j)| want > 0.0 || of(&self.at.weight, j) > 0.0)
            .partition(|&(_, j)| of(&self.at.weight, j) > 0.0);
        let most_first = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0);
        others.sort_by(most_first);
        others.truncate(own.len().max(GROWTH));
        own.append(&mut others);
        own.sort_by(most_first);
        own.truncate(most);
        let mut set: Vec<usize> = own.into_iter().map(|(_, j)| j).collect();
        set.sort_unstable();
        set
    }

    /// Newton steps over the set.
    fn improve<T: Element>(
        &mut self,
        task: &Task<'_, T>,
        columns: &Columns,
        set: &[usize],
        gap: f64,
    ) {
        if self.logits.is_empty() {
            self.logits = logits(task, &self.at);
        }
        let damping = DAMPING * (gap / self.start.loss.max(f64::MIN_POSITIVE)).min(1.0);
        for _ in 0..STEPS {
            let (loss, residuals) = self.loss.residuals(&self.logits);
            let Self { problem, loss: of_logits, logits, .. } = self;
            let model = RowModel { problem, columns, set, loss: of_logits, logits, damping };
            let step = model.minimise(&self.at, residuals.clone());
            let promise = self.promise(&step, &residuals);
            self.course.iterations += 1;
            if !self.search(&step, loss, promise) || -promise <= PROMISE * gap {
                return;
            }
        }
    }

    fn penalty(&self, at: &Parameters) -> f64 {
        let Problem { l1, l2, .. } = *self.problem;
        l2 / 2.0 * at.weight_squares() + l1 * at.weight_magnitudes()
    }

    /// What a step would change if the loss were its tangent: less than 0.
    fn promise(&self, step: &RowStep, residuals: &[f64]) -> f64 {
        let along = residuals.iter().zip(&step.logits).map(|(g, change)| g * change).sum::<f64>();
        along + self.penalty(&step.at) - self.penalty(&self.at)
    }

    /// Goes to the end of a step, or not so far; whether it went.
    fn search(&mut self, step: &RowStep, loss: f64, promise: f64) -> bool {
        let before = loss + self.penalty(&self.at);
        let rounding = ROUNDING * before.abs().max(1.0);
        let way = step.at.plus(-1.0, &self.at);
        for length in (0..HALVINGS).map(|times| 0.5_f64.powi(times)) {
            let at = if length == 1.0 { step.at.clone() } else { self.at.plus(length, &way) };
            let both = self.logits.iter().zip(&step.logits);
            let logits: Vec<f64> = both.map(|(o, change)| o + length * change).collect();
            let after = self.loss.residuals(&logits).0 + self.penalty(&at);
            if after <= before + ENOUGH * length * promise + rounding {
                (self.at, self.logits) = (at, logits);
                return true;
            }
        }
        false
    }
}

/// The logits of all rows at a point, output by output.
fn logits<T: Element>(task: &Task<'_, T>, at: &Parameters) -> Vec<f64> {
    let folded = at.clone().unscale(task.objective.scaling);
    let rows = task.objective.rows;
    let output = |(weights, &bias): (&[f64], &f64)| {
        let logit = |row: usize| {
            let weights = rows.row(row).iter().zip(weights).filter(|(_, weight)| **weight != 0.0);
            bias + weights
                .map(|(x, weight)| linnea_kernels::Real::to_f64(x.to_real()) * weight)
                .sum::<f64>()
        };
        (0..rows.len()).map(logit).collect::<Vec<f64>>()
    };
    folded.weight.chunks_exact(at.features).zip(&folded.bias).flat_map(output).collect()
}
