//! A run of features with all that belongs to them: weights, momentum, gradient, centre and scale.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::heads::HeadStep;
use crate::parameters::Parameters;
use crate::scaling::Scaling;
use linnea_kernels::{Ahead, Element, Level, Packed, Real};

/// The parameters of a chunk of features. One thread owns it, and alone writes to it.
#[derive(Debug)]
pub(super) struct Chunk<A> {
    pub(super) features: Range<usize>,
    /// V: the weights of the standardised features, which are what is learned.
    pub(super) weights: Packed<A>,
    pub(super) velocity: Packed<A>,
    /// W = V/scale: the weights of the features as they are stored.
    folded: Packed<A>,
    pub(super) gradient: Packed<A>,
    mean: Vec<A>,
    inverse_scale: Vec<A>,
    /// mean·W for each output, which is to be taken from the logits.
    pub(super) offset: Vec<A>,
}

impl<A: Real> Chunk<A> {
    /// The chunk of `features` with the weights and velocities of all heads, in their order.
    pub(super) fn new(
        features: Range<usize>,
        lanes: usize,
        scaling: &Scaling,
        weights: &[&Parameters],
        velocities: &[&Parameters],
    ) -> Self {
        let padded = |number: &dyn Fn(usize) -> f64| {
            let mut numbers: Vec<A> = features.clone().map(|j| A::from_f64(number(j))).collect();
            numbers.resize(features.len().div_ceil(lanes) * lanes, A::ZERO);
            numbers
        };
        let columns: usize = weights.iter().map(|head| head.outputs).sum();
        let zeros = || Packed::zeros(features.len(), columns, lanes);
        let mut chunk = Self {
            weights: pack(&features, columns, lanes, weights),
            velocity: pack(&features, columns, lanes, velocities),
            folded: zeros(),
            gradient: zeros(),
            mean: padded(&|j| scaling.mean[j]),
            inverse_scale: padded(&|j| 1.0 / scaling.scale[j]),
            offset: vec![A::ZERO; columns],
            features,
        };
        chunk.fold();
        chunk
    }

    /// This chunk's part of the logits, before its offset is taken away.
    pub(super) fn forward<T>(
        &self,
        level: Level,
        rows: &[&[T]],
        logits: &mut Packed<A>,
        ahead: Ahead<'_, T>,
    ) where
        T: Element<Real = A>,
    {
        level.forward(rows, self.features.start, &self.folded, logits, ahead);
    }

    /// The gradient of the features as they are stored, summed over `rows`.
    pub(super) fn backward<T>(
        &mut self,
        level: Level,
        rows: &[&[T]],
        residuals: &[A],
        ahead: Ahead<'_, T>,
    ) where
        T: Element<Real = A>,
    {
        level.backward(rows, self.features.start, residuals, &mut self.gradient, ahead);
    }

    /// This chunk's columns of rows that will be wanted.
    pub(super) fn ahead<'a, T>(&self, rows: &'a [&'a [T]]) -> Ahead<'a, T> {
        Ahead { rows, start: self.features.start, features: self.features.len() }
    }

    /// One step of every head down the gradient; `sums` are the residuals' sums over the rows.
    pub(super) fn update(&mut self, level: Level, sums: &[A], steps: &[HeadStep]) {
        level.run(Update { chunk: self, sums, steps });
    }

    /// Makes W and the offset from V, as a step does.
    fn fold(&mut self) {
        let (lanes, q) = (self.weights.lanes(), self.weights.columns());
        let vectors = self.weights.as_slice().chunks_exact(lanes);
        let folded = self.folded.as_mut_slice().chunks_exact_mut(lanes);
        for (i, (weights, folded)) in vectors.zip(folded).enumerate() {
            let inverse_scale = &self.inverse_scale[i / q * lanes..][..lanes];
            for ((w, &weight), &inverse) in folded.iter_mut().zip(weights).zip(inverse_scale) {
                *w = weight * inverse;
            }
        }
        self.offset = (0..q).map(|column| self.offset_of(column)).collect();
    }

    /// mean·W of one output, summed lane by lane first.
    fn offset_of(&self, column: usize) -> A {
        let (lanes, q) = (self.weights.lanes(), self.weights.columns());
        let mut sums = vec![A::ZERO; lanes];
        for (k, mean) in self.mean.chunks_exact(lanes).enumerate() {
            let w = &self.folded.as_slice()[(k * q + column) * lanes..][..lanes];
            sums.iter_mut().zip(mean.iter().zip(w)).for_each(|(sum, (&m, &w))| *sum += m * w);
        }
        sums.iter().fold(A::ZERO, |sum, &x| sum + x)
    }
}

/// Some features of all heads as the kernels want them.
fn pack<A: Real>(
    features: &Range<usize>,
    columns: usize,
    lanes: usize,
    heads: &[&Parameters],
) -> Packed<A> {
    Packed::from_fn(features.len(), columns, lanes, |j, column| {
        let head = heads[column / heads[0].outputs];
        let output = column % head.outputs;
        A::from_f64(head.weight[output * head.features + features.start + j])
    })
}

/// Momentum and step, in PyTorch's order: v ← βv + g, V ← V − ηv. Then W and the offset follow.
struct Update<'a, A> {
    chunk: &'a mut Chunk<A>,
    sums: &'a [A],
    steps: &'a [HeadStep],
}

impl<A: Real> WithSimd for Update<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for step in self.steps {
            update_head(simd, self.chunk, self.sums, step);
        }
    }
}

#[inline(always)]
fn update_head<S: Simd, A: Real>(_: S, chunk: &mut Chunk<A>, sums: &[A], step: &HeadStep) {
    let lanes = A::lanes::<S>();
    let Chunk { weights, velocity, folded, gradient, mean, inverse_scale, offset, .. } = chunk;
    let q = weights.columns();
    let [rate, momentum, l2] = [step.learning_rate, step.momentum, step.l2].map(A::from_f64);
    let inverse_rows = A::from_f64(1.0 / step.rows);
    let mut offsets = vec![A::ZERO; step.columns.len() * lanes];
    let vectors = mean.chunks_exact(lanes).zip(inverse_scale.chunks_exact(lanes));
    for (k, (mean, inverse_scale)) in vectors.enumerate() {
        let here = (k * q + step.columns.start) * lanes;
        let width = step.columns.len() * lanes;
        let g = gradient.as_slice()[here..][..width].chunks_exact(lanes);
        let v = velocity.as_mut_slice()[here..][..width].chunks_exact_mut(lanes);
        let weight = weights.as_mut_slice()[here..][..width].chunks_exact_mut(lanes);
        let w = folded.as_mut_slice()[here..][..width].chunks_exact_mut(lanes);
        let sums = sums[step.columns.clone()].iter();
        let columns = g.zip(v).zip(weight.zip(w)).zip(sums.zip(offsets.chunks_exact_mut(lanes)));
        for (((g, v), (weight, w)), (&sum, offsets)) in columns {
            for l in 0..lanes {
                let slope = (g[l] - mean[l] * sum) * inverse_scale[l] * inverse_rows;
                v[l] = momentum * v[l] + (slope + l2 * weight[l]);
                weight[l] = weight[l] - rate * v[l];
                w[l] = weight[l] * inverse_scale[l];
                offsets[l] += mean[l] * w[l];
            }
        }
    }
    let offset = &mut offset[step.columns.clone()];
    for (offset, lanes) in offset.iter_mut().zip(offsets.chunks_exact(lanes)) {
        *offset = lanes.iter().fold(A::ZERO, |sum, &x| sum + x);
    }
}
