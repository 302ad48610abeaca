//! Coordinate descent on a quadratic model with an L1 penalty.
//!
//! *Objective*, for each output alone: ⟨g, v − u⟩ + a/2·(v − u)ᵀC(v − u) + l2/2·‖v‖² + l1·‖v‖₁, with
//! the intercept as a last coordinate that is not penalised. *Input*: u, the gradient g there, and a
//! guess for v. *Stopping*: a sweep moves nothing by more than the accuracy, and no coordinate outside
//! of the working set wants to move. *Output*: v. *Source*: Friedman, Hastie & Tibshirani,
//! *Regularization paths for generalized linear models via coordinate descent*, J. Stat. Softw. 33
//! (2010), section 2.2 (covariance updates); working sets as in Johnson & Guestrin, *Blitz* (2015).
//!
//! - Only the **working set** is swept: what is not 0 and what wants to move. Its part of C is copied
//!   out, so that an update is one contiguous sum; if it is most of C, all of C is swept as it stands.
//! - When sweeps become many, the equations of what is not 0, with the signs that it has, are **solved**
//!   by Cholesky: if no sign changes, that is the minimum over them.

use std::borrow::Cow;

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};

use super::metric::Metric;
use super::vector::sum;

/// Rounds of growing the working set, and sweeps of one round.
const ROUNDS: usize = 100;
const SWEEPS: usize = 10_000;
/// So many sweeps at least come before the equations are solved.
const BEFORE_SOLVING: usize = 10;
/// A coordinate wants to move when its slope is beyond l1 by this share.
const BEYOND: f64 = 1e-10;

/// The model of one output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model<'a> {
    pub(super) metric: &'a Metric,
    pub(super) curvature: f64,
    pub(super) l1: f64,
    pub(super) l2: f64,
    /// What a sweep may lower the model by, at its end.
    pub(super) accuracy: f64,
}

/// A point, and the slopes of the model's quadratic part there, but those of its l2.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) v: Vec<f64>,
    pub(super) slopes: Vec<f64>,
}

impl Model<'_> {
    /// The minimum, from the gradient at `from` and a guess.
    pub(super) fn minimise(&self, from: &[f64], gradient: &[f64], guess: &[f64]) -> Vec<f64> {
        let Some(matrix) = self.metric.matrix() else { return self.minimise_apart(from, gradient) };
        let slopes = self.slopes(matrix, from, gradient, guess);
        self.descend(matrix, from, gradient, Place { v: guess.to_vec(), slopes }).v
    }

    /// The minimum, from a guess at which the slopes are known.
    pub(super) fn descend(
        &self,
        matrix: &[f64],
        from: &[f64],
        gradient: &[f64],
        Place { mut v, mut slopes }: Place,
    ) -> Place {
        let mut in_set: Vec<bool> = v.iter().map(|&v| v != 0.0).collect();
        for _ in 0..ROUNDS {
            let grown = self.grow(&mut in_set, &slopes);
            let mut work = Work::new(self, matrix, &in_set, &v, &slopes);
            work.descend();
            let settled = !work.moved;
            work.write(&mut v);
            slopes = self.slopes(matrix, from, gradient, &v);
            if settled && !grown || self.wanting(&in_set, &slopes).next().is_none() {
                break;
            }
        }
        Place { v, slopes }
    }

    /// Where C is diagonal.
    fn minimise_apart(&self, from: &[f64], gradient: &[f64]) -> Vec<f64> {
        let coordinates = from.iter().zip(gradient).enumerate();
        coordinates.map(|(j, (&u, &g))| self.moved(j, u, g, self.metric.diagonal(j))).collect()
    }

    /// The coordinate j that is best, when its slope at `v` is `slope` and all others stay.
    fn moved(&self, j: usize, v: f64, slope: f64, diagonal: f64) -> f64 {
        let own = self.curvature * diagonal;
        let (l1, l2) = if self.metric.is_intercept(j) { (0.0, 0.0) } else { (self.l1, self.l2) };
        let pull = own * v - slope;
        match pull.abs() - l1 {
            _ if own + l2 <= 0.0 => v,
            // What rounding leaves, where collinear features share one slope, is no weight.
            beyond if beyond <= BEYOND * l1 => 0.0,
            beyond => beyond.copysign(pull) / (own + l2),
        }
    }

    /// The slopes of the quadratic part but its l2: g + a·C(v − u).
    fn slopes(&self, matrix: &[f64], from: &[f64], gradient: &[f64], v: &[f64]) -> Vec<f64> {
        let mut slopes = gradient.to_vec();
        for (column, (v, u)) in matrix.chunks_exact(v.len()).zip(v.iter().zip(from)) {
            if v != u {
                let factor = self.curvature * (v - u);
                slopes.iter_mut().zip(column).for_each(|(slope, c)| *slope += factor * c);
            }
        }
        slopes
    }

    /// The coordinates outside of the working set that are 0 and want to move.
    fn wanting<'w>(
        &'w self,
        in_set: &'w [bool],
        slopes: &'w [f64],
    ) -> impl Iterator<Item = usize> + 'w {
        let wants = |j: &usize| {
            let l1 = if self.metric.is_intercept(*j) { 0.0 } else { self.l1 };
            !in_set[*j] && slopes[*j].abs() > l1 * (1.0 + BEYOND) && self.metric.diagonal(*j) > 0.0
        };
        (0..slopes.len()).filter(wants)
    }

    fn grow(&self, in_set: &mut [bool], slopes: &[f64]) -> bool {
        let wanting: Vec<usize> = self.wanting(in_set, slopes).collect();
        wanting.iter().for_each(|&j| in_set[j] = true);
        !wanting.is_empty()
    }
}

/// The working set's part of everything.
struct Work<'a> {
    model: &'a Model<'a>,
    set: Vec<usize>,
    matrix: Cow<'a, [f64]>,
    v: Vec<f64>,
    slopes: Vec<f64>,
    /// Whether any sweep moved anything by more than the accuracy.
    moved: bool,
}

impl<'a> Work<'a> {
    fn new(
        model: &'a Model<'a>,
        matrix: &'a [f64],
        in_set: &[bool],
        v: &[f64],
        slopes: &[f64],
    ) -> Self {
        let own: Vec<usize> = (0..v.len()).filter(|&j| in_set[j]).collect();
        let (set, matrix) = if 2 * own.len() > v.len() {
            ((0..v.len()).collect(), Cow::Borrowed(matrix))
        } else {
            let columns = own.iter().map(|&j| &matrix[j * v.len()..][..v.len()]);
            let part = columns.flat_map(|column| own.iter().map(|&i| column[i])).collect();
            (own, Cow::Owned(part))
        };
        let (v, slopes) = (pick(v, &set), pick(slopes, &set));
        Self { model, set, matrix, v, slopes, moved: false }
    }

    /// Sweeps until nothing moves.
    fn descend(&mut self) {
        let patience = BEFORE_SOLVING.max(self.set.len() / 4);
        for sweep in 1..=SWEEPS {
            let decrease = self.sweep();
            if decrease <= self.model.accuracy {
                return;
            }
            self.moved = true;
            if sweep % patience == 0 {
                self.solve();
            }
        }
    }

    /// Moves every coordinate once; about how much that lowers the model.
    fn sweep(&mut self) -> f64 {
        let mut decrease = 0.0;
        for i in 0..self.set.len() {
            let size = self.set.len();
            let column = &self.matrix[i * size..][..size];
            let (j, diagonal) = (self.set[i], column[i]);
            let step = self.model.moved(j, self.v[i], self.slopes[i], diagonal) - self.v[i];
            if step != 0.0 {
                self.v[i] += step;
                let factor = self.model.curvature * step;
                self.slopes.iter_mut().zip(column).for_each(|(slope, c)| *slope += factor * c);
                decrease += (self.model.curvature * diagonal + self.model.l2) * step * step / 2.0;
            }
        }
        decrease
    }

    /// Solves for what is not 0, with the signs that it has; does nothing if a sign would change.
    fn solve(&mut self) {
        let Model { curvature, l1, l2, metric, .. } = *self.model;
        let size = self.set.len();
        let free = |i: &usize| self.v[*i] != 0.0 || metric.is_intercept(self.set[*i]);
        let active: Vec<usize> = (0..size).filter(free).collect();
        let penalty =
            |i: usize| if metric.is_intercept(self.set[i]) { (0.0, 0.0) } else { (l1, l2) };
        let matrix = Mat::from_fn(active.len(), active.len(), |r, c| {
            let own = if r == c { penalty(active[r]).1 } else { 0.0 };
            curvature * self.matrix[active[c] * size + active[r]] + own
        });
        let Ok(factor) = Llt::new(matrix.as_ref(), Side::Lower) else { return };
        let mut steps = Mat::from_fn(active.len(), 1, |r, _| {
            let (i, (l1, l2)) = (active[r], penalty(active[r]));
            let sign = if l1 > 0.0 { self.v[i].signum() } else { 0.0 };
            -(self.slopes[i] + l2 * self.v[i] + l1 * sign)
        });
        factor.solve_in_place(steps.as_mut());
        let keeps = |(r, &i): (usize, &usize)| {
            let (old, new) = (self.v[i], self.v[i] + steps[(r, 0)]);
            new.is_finite() && (penalty(i).0 == 0.0 || old.signum() == new.signum() && new != 0.0)
        };
        if active.iter().enumerate().all(keeps) {
            for (r, &i) in active.iter().enumerate() {
                self.v[i] += steps[(r, 0)];
                let factor = curvature * steps[(r, 0)];
                let column = &self.matrix[i * size..][..size];
                self.slopes.iter_mut().zip(column).for_each(|(slope, c)| *slope += factor * c);
            }
        }
    }

    fn write(&self, v: &mut [f64]) {
        self.set.iter().zip(&self.v).for_each(|(&j, &own)| v[j] = own);
    }
}

fn pick(numbers: &[f64], set: &[usize]) -> Vec<f64> {
    set.iter().map(|&j| numbers[j]).collect()
}

/// ⟨a, C b⟩ for a step of one output.
pub(super) fn product(metric: &Metric, a: &[f64], b: &[f64]) -> f64 {
    match metric.matrix() {
        None => (0..a.len()).map(|j| a[j] * metric.diagonal(j) * b[j]).sum(),
        Some(matrix) => {
            let columns = matrix.chunks_exact(a.len()).zip(b).filter(|(_, b)| **b != 0.0);
            columns.map(|(column, b)| b * sum(column, a)).sum()
        }
    }
}
