//! How far a point can be from the optimum: the duality gap.
//!
//! The primal is P(V, c) = mean ℓᵢ(oᵢ) + l2/2·‖V‖² + l1·‖V‖₁ with logits O = ZV + c. Its Fenchel dual
//! is D(Θ) = −mean ℓᵢ*(θᵢ) − h*(ZᵀΘ/n) for every Θ (n×q) whose columns sum to 0, because nothing
//! penalises the intercept. Here h*(u) = Σ(|u| − l1)₊²/(2·l2), or for l2 = 0 the condition |u| ≤ l1.
//! P − min P ≤ P − D for every such Θ (Rockafellar, *Convex Analysis* 1970, theorem 31.3).
//!
//! Θ comes from the residuals G, which are the dual optimum at the primal one, in two corrections that
//! vanish there:
//! - *columns that sum to 0*. Squared loss: G less its mean. Softmax: probabilities (1−t)P + t·r, with
//!   the one r that makes their mean the classes' shares and the least t for which r has no negative
//!   number.
//!   Huber: (1−t)G + t·r, with r = ±δ against the sign of G's mean. Counts: means M = G + Y times the one
//!   number that gives them the sum of the counts.
//! - *for l2 = 0, |ZᵀΘ/n| ≤ l1*: Θ times an s ≤ 1. Softmax: probabilities sP + (1−s)Y; counts likewise.
//!
//! ℓ* is convex, so that its mean over a mixture is at most the mixture of its means; and at G it is
//! G·o − ℓ(o). So the bound needs nothing but sums that a pass has anyway (the loss, the gradient, and
//! the gradient where all weights are 0) and two sums of the targets. In θ, ℓ* is θ²/2 + θy for the
//! squared and the Huber loss, the latter for |θ| ≤ δ alone, and m·log m − m with m = θ + y for counts.

use super::problem::Problem;
use super::run::Task;
use crate::loss::Loss;
use crate::objective::Value;
use crate::parameters::Parameters;
use linnea_kernels::Element;

/// What the dual needs to know of a head's targets, in training's units; all 0 for classes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetSums {
    /// The threshold of the Huber loss.
    delta: f64,
    /// The mean target.
    mean: f64,
    /// The mean of ℓ*(0): for counts of y·log y − y, otherwise 0.
    conjugate: f64,
}

impl TargetSums {
    pub(super) fn of<T: Element>(task: &Task<'_, T>, head: usize) -> Self {
        let weights = task.objective.loss.weights();
        let mean = |values: &[f64]| task.folds.mean(head, weights, values);
        let conjugate = match task.loss {
            Loss::Poisson => {
                let each = |&y: &f64| if y > 0.0 { y * y.ln() - y } else { 0.0 };
                mean(&task.targets.iter().map(each).collect::<Vec<_>>())
            }
            _ => 0.0,
        };
        Self { delta: task.delta, mean: mean(task.targets), conjugate }
    }
}

#[cfg(test)]
impl TargetSums {
    /// Of classes.
    pub(super) fn none() -> Self {
        Self { delta: 0.0, mean: 0.0, conjugate: 0.0 }
    }
}

/// What the dual needs to know of the rows and the penalty.
pub(crate) struct Dual<'a> {
    pub(crate) problem: &'a Problem,
    /// The mean loss and its gradient where weights and intercepts are 0.
    pub(crate) start: &'a Value,
    /// The mean of each standardised feature.
    pub(crate) mean: &'a [f64],
}

impl Dual<'_> {
    /// A bound of P − min P at a point whose mean loss and gradient, without the penalty, are `value`.
    pub(crate) fn gap(&self, at: &Parameters, value: &Value) -> f64 {
        let Problem { l1, l2, .. } = *self.problem;
        let primal = value.loss + l2 / 2.0 * at.weight_squares() + l1 * at.weight_magnitudes();
        let dual = match self.problem.loss {
            Loss::Squared => self.squared(at, value),
            Loss::Softmax => self.softmax(at, value),
            Loss::Huber => self.huber(at, value),
            Loss::Poisson => self.counts(at, value),
        };
        // What is no number proves nothing; `max` would make it 0.
        if primal.is_nan() || dual.is_nan() { f64::INFINITY } else { (primal - dual).max(0.0) }
    }

    fn squared(&self, at: &Parameters, value: &Value) -> f64 {
        // Of the target: the residuals at the start are its negative.
        let (shift, target) = (value.gradient.bias[0], -self.start.gradient.bias[0]);
        let slopes = value.gradient.weight.iter().zip(self.mean);
        let slopes: Vec<f64> = slopes.map(|(g, mean)| g - shift * mean).collect();
        let along = value.gradient.dot(at) - 2.0 * value.loss - shift * target;
        let squares = value.loss - shift * shift / 2.0;
        // −s²·squares − s·along is largest at s = −along / (2·squares).
        let best = if squares > 0.0 { (-along / (2.0 * squares)).max(0.0) } else { 1.0 };
        let s = if self.problem.l2 > 0.0 { 1.0 } else { best.min(self.most(&slopes)) };
        -s * s * squares - s * along - self.conjugate(&slopes, s)
    }

    fn softmax(&self, at: &Parameters, value: &Value) -> f64 {
        let q = at.outputs;
        let even = 1.0 / q as f64;
        let shares: Vec<f64> = self.start.gradient.bias.iter().map(|g| even - g).collect();
        let shifts = &value.gradient.bias;
        let likely = |c: usize| (shares[c] + shifts[c]).max(f64::MIN_POSITIVE);
        let t = (0..q).map(|c| shifts[c] / likely(c)).fold(0.0, f64::max).min(1.0);
        let other =
            |c: usize| if t > 0.0 { (likely(c) - shifts[c] / t).max(0.0) } else { shares[c] };
        let other: Vec<f64> = (0..q).map(other).collect();
        let mut slopes = value.gradient.weight.clone();
        let columns = slopes.chunks_exact_mut(at.features);
        let starts = self.start.gradient.weight.chunks_exact(at.features);
        for ((slopes, starts), &share) in columns.zip(starts).zip(&other) {
            for ((slope, start), mean) in slopes.iter_mut().zip(starts).zip(self.mean) {
                *slope = (1.0 - t) * *slope + t * (start + mean * (share - even));
            }
        }
        let entropy = |p: f64| if p > 0.0 { p * p.ln() } else { 0.0 };
        let conjugate = value.gradient.dot(at) - value.loss;
        let conjugate = (1.0 - t) * conjugate + t * other.iter().map(|&p| entropy(p)).sum::<f64>();
        self.mixed(conjugate, &slopes)
    }

    fn huber(&self, at: &Parameters, value: &Value) -> f64 {
        let TargetSums { delta, mean, .. } = self.problem.targets;
        let shift = value.gradient.bias[0];
        let other = -delta.copysign(shift);
        let t = shift.abs() / (shift.abs() + delta);
        let slopes = value.gradient.weight.iter().zip(self.mean);
        let slopes: Vec<f64> = slopes.map(|(g, mean)| (1.0 - t) * g + t * other * mean).collect();
        let conjugate = value.gradient.dot(at) - value.loss;
        let conjugate = (1.0 - t) * conjugate + t * (delta * delta / 2.0 + other * mean);
        self.mixed(conjugate, &slopes)
    }

    fn counts(&self, at: &Parameters, value: &Value) -> f64 {
        let count = self.problem.targets.mean;
        let predicted = value.gradient.bias[0] + count;
        if !(predicted > 0.0 && count > 0.0) {
            return f64::NEG_INFINITY;
        }
        let factor = count / predicted;
        // At the start every mean is 1.
        let each = value.gradient.weight.iter().zip(&self.start.gradient.weight).zip(self.mean);
        let slope = |((g, start), mean): ((&f64, &f64), &f64)| {
            let target = mean - start;
            factor * (g + target) - target
        };
        let slopes: Vec<f64> = each.map(slope).collect();
        let conjugate = value.gradient.dot(at) - value.loss;
        self.mixed(factor * conjugate + count * factor.ln(), &slopes)
    }

    /// The dual where mean ℓ* is at most `conjugate` and ZᵀΘ/n is `slopes`, drawn towards Θ = 0 where
    /// that must be.
    fn mixed(&self, conjugate: f64, slopes: &[f64]) -> f64 {
        let s = if self.problem.l2 > 0.0 { 1.0 } else { self.most(slopes).min(1.0) };
        -s * conjugate - (1.0 - s) * self.problem.targets.conjugate - self.conjugate(slopes, s)
    }

    /// The largest s for which s·|slopes| ≤ l1.
    fn most(&self, slopes: &[f64]) -> f64 {
        let largest = slopes.iter().fold(0.0_f64, |largest, slope| largest.max(slope.abs()));
        if largest > 0.0 { self.problem.l1 / largest } else { f64::INFINITY }
    }

    /// h*(s·slopes), where s is small enough if l2 = 0.
    fn conjugate(&self, slopes: &[f64], s: f64) -> f64 {
        let Problem { l1, l2, .. } = *self.problem;
        if l2 == 0.0 {
            return 0.0;
        }
        let beyond = slopes.iter().map(|slope| (s * slope.abs() - l1).max(0.0).powi(2));
        beyond.sum::<f64>() / (2.0 * l2)
    }
}
