//! A quadratic model of the loss with an L1 penalty, minimised along the features' columns.
//!
//! *Objective*: ⟨g, R⟩ + ½·Σᵢ rᵢᵀ(Wᵢ + μI)rᵢ + l2/2·‖V‖² + l1·‖V‖₁ for the change R = ZD + e of the logits,
//! with the loss's gradient g and second derivatives W in the logits where the step begins; μ keeps steps
//! bounded where a loss has no curvature. *Input*: a working set of features and their columns. *Stopping*:
//! a sweep lowers the model by a small share of what all have. *Output*: D, e and R. *Source*: Friedman,
//! Hastie & Tibshirani, *Regularization paths for generalized linear models via coordinate descent*,
//! J. Stat. Softw. 33 (2010), sections 2.1 (naive updates) and 4; the outputs are coupled by all of W.
//!
//! A coordinate costs n multiply-adds to look at and 2n to move, whatever the number of features: the
//! way to go where they outnumber the rows, or are too many for their products.

use super::columns::Columns;
use super::logits::LogitLoss;
use super::problem::Problem;
use super::vector::sum;
use crate::parameters::Parameters;

/// The share of what all sweeps have won that the last one wins.
const INNER: f64 = 1e-4;
const SWEEPS: usize = 200;

/// The model at a point.
pub(super) struct RowModel<'a> {
    pub(super) problem: &'a Problem,
    pub(super) columns: &'a Columns,
    pub(super) set: &'a [usize],
    pub(super) loss: &'a LogitLoss<'a>,
    pub(super) logits: &'a [f64],
    /// μ, as a share of the second derivative that the loss begins with.
    pub(super) damping: f64,
}

/// A step: of the parameters and of the logits.
pub(super) struct RowStep {
    pub(super) at: Parameters,
    pub(super) logits: Vec<f64>,
}

/// What is swept.
struct Sweep<'m> {
    model: &'m RowModel<'m>,
    at: Parameters,
    /// The model's gradient in the logits, the change of the logits, and the own second derivatives,
    /// output by output.
    slopes: Vec<f64>,
    change: Vec<f64>,
    bends: Vec<f64>,
    /// The second derivative along each coordinate: output by output, the intercept last.
    curvatures: Vec<f64>,
}

impl RowModel<'_> {
    /// The minimum, from `at`, where the loss has these residuals.
    pub(super) fn minimise(&self, at: &Parameters, residuals: Vec<f64>) -> RowStep {
        let bends = self.bends();
        let mut sweep = Sweep {
            model: self,
            at: at.clone(),
            change: vec![0.0; residuals.len()],
            slopes: residuals,
            curvatures: self.curvatures(&bends),
            bends,
        };
        let mut won = 0.0;
        for _ in 0..SWEEPS {
            let own = (0..self.loss.outputs).map(|c| sweep.output(c)).sum::<f64>();
            won += own;
            if own <= INNER * won {
                break;
            }
        }
        RowStep { at: sweep.at, logits: sweep.change }
    }

    /// Every logit's own second derivative, with the damping.
    fn bends(&self) -> Vec<f64> {
        let ones = vec![1.0; self.loss.rows];
        let own = |c: usize| {
            let bent = self.loss.bend(self.logits, c, &ones);
            let own = bent[c * self.loss.rows..][..self.loss.rows].to_vec();
            own.into_iter().zip(&self.loss.shares).map(|(bend, share)| bend + self.damping * share)
        };
        (0..self.loss.outputs).flat_map(own).collect()
    }

    fn curvatures(&self, bends: &[f64]) -> Vec<f64> {
        let along = |bends: &[f64], j: usize| {
            let column = self.columns.of(j).iter().zip(bends);
            column.map(|(z, bend)| z * z * bend).sum::<f64>()
        };
        let of_output = |bends: &[f64]| {
            let features = self.set.iter().map(|&j| along(bends, j));
            features.chain([bends.iter().sum()]).collect::<Vec<f64>>()
        };
        bends.chunks_exact(self.loss.rows).flat_map(of_output).collect()
    }
}

impl Sweep<'_> {
    /// Moves every coordinate of an output once; about how much that lowers the model.
    fn output(&mut self, c: usize) -> f64 {
        let mut change = vec![0.0; self.model.loss.rows];
        let won = self.features(c, &mut change) + self.intercept(c, &mut change);
        self.couple(c, &change);
        won
    }

    fn features(&mut self, c: usize, change: &mut [f64]) -> f64 {
        let RowModel { columns, set, loss, .. } = *self.model;
        let Problem { l1, l2, .. } = *self.model.problem;
        let (own, d) = (c * loss.rows..(c + 1) * loss.rows, self.at.features);
        let (slopes, bends) = (&mut self.slopes[own.clone()], &self.bends[own]);
        let mut won = 0.0;
        for (&j, curvature) in set.iter().zip(&self.curvatures[c * (set.len() + 1)..]) {
            let (column, v) = (columns.of(j), &mut self.at.weight[c * d + j]);
            let (pull, steep) = (curvature * *v - sum(column, slopes), curvature + l2);
            if steep > 0.0 {
                let to = pull.signum() * (pull.abs() - l1).max(0.0) / steep;
                let step = to - std::mem::replace(v, to);
                won += steep * step * step / 2.0;
                go(step, column, bends, slopes, change);
                // The column is less its mean, which the intercept makes up for.
                self.at.bias[c] -= step * columns.mean(j);
            }
        }
        won
    }

    fn intercept(&mut self, c: usize, change: &mut [f64]) -> f64 {
        let (n, size) = (self.model.loss.rows, self.model.set.len() + 1);
        let curvature = self.curvatures[c * size + size - 1];
        if curvature <= 0.0 {
            return 0.0;
        }
        let (slopes, bends) = (&mut self.slopes[c * n..][..n], &self.bends[c * n..]);
        let step = -slopes.iter().sum::<f64>() / curvature;
        slopes.iter_mut().zip(bends).for_each(|(slope, bend)| *slope += step * bend);
        change.iter_mut().for_each(|change| *change += step);
        self.at.bias[c] += step;
        curvature * step * step / 2.0
    }

    /// What a change of one output's logits does to the slopes of the others.
    fn couple(&mut self, c: usize, change: &[f64]) {
        let n = self.model.loss.rows;
        self.change[c * n..].iter_mut().zip(change).for_each(|(all, own)| *all += own);
        if self.model.loss.outputs == 1 || change.iter().all(|own| *own == 0.0) {
            return;
        }
        let bent = self.model.loss.bend(self.model.logits, c, change);
        let others = self.slopes.chunks_exact_mut(n).zip(bent.chunks_exact(n)).enumerate();
        for (_, (slopes, bent)) in others.filter(|(other, _)| *other != c) {
            slopes.iter_mut().zip(bent).for_each(|(slope, bent)| *slope += bent);
        }
    }
}

/// A step along a column.
fn go(step: f64, column: &[f64], bends: &[f64], slopes: &mut [f64], change: &mut [f64]) {
    if step == 0.0 {
        return;
    }
    let both = slopes.iter_mut().zip(change);
    for ((slope, change), (z, bend)) in both.zip(column.iter().zip(bends)) {
        let moved = step * z;
        *change += moved;
        *slope += bend * moved;
    }
}
