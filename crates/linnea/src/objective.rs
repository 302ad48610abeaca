//! The objective over all rows, and its gradient: what a solver's certificate is made of.

use linnea_kernels::{Ahead, Element, Level, Packed, Real};
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
    logits: Packed<A>,
    losses: Packed<f64>,
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
        scratch.rows.clear();
        scratch.rows.extend((first..first + rows.len()).map(|row| row as u32));
        scratch.losses.set_rows(rows.len());
        self.level.forward(rows, 0, weights, &mut scratch.logits, Ahead::nothing());
        scratch.logits.add_to_columns(bias);
        let (level, logits) = (self.level, &mut scratch.logits);
        self.loss.residuals(level, &scratch.rows, logits, &mut scratch.losses);
        logits.clear_padding();
        level.backward(rows, 0, logits.as_slice(), &mut scratch.gradient, Ahead::nothing());
        *loss += (0..rows.len()).map(|row| scratch.losses.get(row, 0)).sum::<f64>();
        let sums = logits.column_sums();
        residual_sums.iter_mut().zip(sums).for_each(|(sum, g)| *sum += g.to_f64());
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
        let (logits, losses) = (Packed::zeros(0, outputs, lanes), Packed::zeros(0, 1, lanes));
        Self { rows: Vec::new(), logits, losses, gradient }
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
