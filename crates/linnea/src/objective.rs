//! The objective over all rows, and its gradient: what a solver's certificate is made of.

use crate::kernel::{Element, Level, Packed, Real};
use crate::loss::RowLoss;
use crate::parameters::Parameters;
use crate::pass::{fold_blocks, groups_for};
use crate::rows::Rows;
use crate::scaling::Scaling;

/// The mean loss of some rows plus the penalty λ/2·‖V‖², as a function of the weights V of the
/// standardised features and of the intercepts.
pub(crate) struct Objective<'a, T: Element> {
    pub(crate) rows: &'a Rows<'a, T>,
    pub(crate) loss: &'a dyn RowLoss<T::Real>,
    pub(crate) scaling: &'a Scaling,
    pub(crate) l2: f64,
    pub(crate) level: Level,
    pub(crate) threads: usize,
}

/// The objective at a point.
#[derive(Debug)]
pub(crate) struct Value {
    /// The mean loss, without the penalty.
    pub(crate) loss: f64,
    /// The gradient of loss and penalty with respect to weights and intercepts.
    pub(crate) gradient: Parameters,
}

struct State {
    loss: f64,
    gradient: Vec<f64>,
    residual_sums: Vec<f64>,
}

/// Room for the work on one scratch.
struct Scratch<A> {
    rows: Vec<u32>,
    logits: Vec<A>,
    losses: Vec<f64>,
    gradient: Packed<A>,
}

impl<T: Element> Objective<'_, T> {
    /// The objective and its gradient at `at`, weights and intercepts of standardised features.
    pub(crate) fn evaluate(&self, at: &Parameters) -> Value {
        let (d, q) = (at.features, at.outputs);
        let lanes = self.level.lanes::<T::Real>();
        let folded = at.clone().unscale(self.scaling);
        let (weights, bias) = (folded.pack::<T::Real>(lanes), folded.bias_as::<T::Real>());
        let packed_length = weights.as_slice().len();
        let states = fold_blocks(
            self.rows,
            self.threads,
            groups_for(d * q * size_of::<f64>()),
            || State::new(packed_length, q),
            || Scratch::new(d, q, lanes),
            |state, scratch, first, rows| {
                self.add_block(state, scratch, first, rows, &weights, &bias);
            },
        );
        let mut states = states.into_iter();
        let Some(mut sum) = states.next() else {
            return Value { loss: 0.0, gradient: Parameters::zeros(q, d) };
        };
        states.for_each(|state| sum.merge(&state));
        self.finish(&sum, &weights, at)
    }

    fn add_block(
        &self,
        state: &mut State,
        scratch: &mut Scratch<T::Real>,
        first: usize,
        rows: &[&[T]],
        weights: &Packed<T::Real>,
        bias: &[T::Real],
    ) {
        let State { loss, gradient, residual_sums } = state;
        let q = bias.len();
        scratch.rows.clear();
        scratch.rows.extend((first..first + rows.len()).map(|row| row as u32));
        scratch.logits.resize(rows.len() * q, T::Real::ZERO);
        scratch.losses.resize(rows.len(), 0.0);
        self.level.forward(rows, 0, weights, &mut scratch.logits);
        for logits in scratch.logits.chunks_exact_mut(q) {
            logits.iter_mut().zip(bias).for_each(|(logit, &b)| *logit += b);
        }
        self.loss.residuals(self.level, &scratch.rows, &mut scratch.logits, &mut scratch.losses);
        self.level.backward(rows, 0, &scratch.logits, &mut scratch.gradient);
        *loss += scratch.losses.iter().sum::<f64>();
        for residuals in scratch.logits.chunks_exact(q) {
            residual_sums.iter_mut().zip(residuals).for_each(|(sum, g)| *sum += g.to_f64());
        }
        for (sum, g) in gradient.iter_mut().zip(scratch.gradient.as_slice()) {
            *sum += g.to_f64();
        }
    }

    /// From sums over raw features to the gradient over standardised ones.
    fn finish(&self, sum: &State, layout: &Packed<T::Real>, at: &Parameters) -> Value {
        let (d, count) = (at.features, self.rows.len() as f64);
        let Scaling { mean, scale } = self.scaling;
        let mut gradient = Parameters::zeros(at.outputs, d);
        for (c, residual_sum) in sum.residual_sums.iter().enumerate() {
            for j in 0..d {
                let raw = sum.gradient[layout.index(j, c)];
                let weight = at.weight[c * d + j];
                gradient.weight[c * d + j] =
                    (raw - mean[j] * residual_sum) / scale[j] / count + self.l2 * weight;
            }
            gradient.bias[c] = residual_sum / count;
        }
        Value { loss: sum.loss / count, gradient }
    }
}

impl<A: Real> Scratch<A> {
    fn new(features: usize, outputs: usize, lanes: usize) -> Self {
        let gradient = Packed::zeros(features, outputs, lanes);
        Self { rows: Vec::new(), logits: Vec::new(), losses: Vec::new(), gradient }
    }
}

impl State {
    fn new(packed_length: usize, outputs: usize) -> Self {
        let zeros = |length| vec![0.0; length];
        Self { loss: 0.0, gradient: zeros(packed_length), residual_sums: zeros(outputs) }
    }

    fn merge(&mut self, other: &Self) {
        self.loss += other.loss;
        let add = |into: &mut [f64], from: &[f64]| {
            into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
        };
        add(&mut self.gradient, &other.gradient);
        add(&mut self.residual_sums, &other.residual_sums);
    }
}

impl Parameters {
    /// The Euclidean norm of all parameters together.
    pub(crate) fn norm(&self) -> f64 {
        let largest = self.weight.iter().chain(&self.bias).fold(0.0_f64, |m, x| m.max(x.abs()));
        if largest == 0.0 || !largest.is_finite() {
            return largest;
        }
        let scaled = self.weight.iter().chain(&self.bias).map(|x| (x / largest).powi(2));
        largest * scaled.sum::<f64>().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::{Softmax, Squared};

    fn number(seed: usize) -> f64 {
        ((seed * 7919 + 13) % 101) as f64 / 50.0 - 1.0
    }

    fn point(outputs: usize, features: usize) -> Parameters {
        let mut at = Parameters::zeros(outputs, features);
        at.weight.iter_mut().enumerate().for_each(|(i, w)| *w = number(i + 3) / 4.0);
        at.bias.iter_mut().enumerate().for_each(|(i, b)| *b = number(i + 31) / 4.0);
        at
    }

    /// Central differences of loss + penalty, in `f64`, against the gradient.
    fn check(outputs: usize, loss: &dyn RowLoss<f64>, l2: f64) {
        let (n, d) = (37, 11);
        let numbers: Vec<f64> = (0..n * d).map(|i| 3.0 + 2.0 * number(i)).collect();
        let rows = Rows::new(vec![numbers.as_slice()], n, d);
        let mut scaling = Scaling::none(d);
        scaling.mean.iter_mut().enumerate().for_each(|(j, m)| *m = 3.0 + number(j));
        scaling.scale.iter_mut().enumerate().for_each(|(j, s)| *s = 1.5 + number(j + 9));
        let level = Level::detect();
        let objective = Objective { rows: &rows, loss, scaling: &scaling, l2, level, threads: 2 };
        let value = |at: &Parameters| {
            let penalty: f64 = at.weight.iter().map(|w| l2 / 2.0 * w * w).sum();
            objective.evaluate(at).loss + penalty
        };
        let at = point(outputs, d);
        let gradient = objective.evaluate(&at).gradient;
        let step = 1e-5;
        let difference = |change: &dyn Fn(&mut Parameters, f64)| {
            let (mut up, mut down) = (at.clone(), at.clone());
            change(&mut up, step);
            change(&mut down, -step);
            (value(&up) - value(&down)) / (2.0 * step)
        };
        for i in 0..at.weight.len() {
            let slope = difference(&|p, by| p.weight[i] += by);
            assert!((slope - gradient.weight[i]).abs() < 1e-8, "{slope} {}", gradient.weight[i]);
        }
        for c in 0..outputs {
            let slope = difference(&|p, by| p.bias[c] += by);
            assert!((slope - gradient.bias[c]).abs() < 1e-8, "{slope} {}", gradient.bias[c]);
        }
    }

    #[test]
    fn the_gradient_is_the_derivative() {
        let classes: Vec<u32> = (0..37).map(|i| i * 5 % 4).collect();
        check(4, &Softmax { classes: &classes, count: 4 }, 0.0);
        check(4, &Softmax { classes: &classes, count: 4 }, 0.3);
        let targets: Vec<f64> = (0..37).map(number).collect();
        check(1, &Squared { targets }, 0.1);
    }
}
