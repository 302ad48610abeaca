//! A run of features with all that belongs to them: weights, momentum, gradient, centre and scale.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::kernel::{Element, Level, Packed, Real};
use crate::scaling::Scaling;

/// The most chunks that features are cut into, and so the most threads that can share a step.
const MOST: usize = 64;
/// Chunks are about this wide: enough work between two barriers, narrow enough for few features.
const WIDTH: usize = 192;
/// Chunks begin at multiples of this, which every instruction set's vectors divide.
const GRAIN: usize = 16;

/// Cuts `features` into chunks: a function of their number alone, never of the threads.
pub(super) fn cut(features: usize) -> Vec<Range<usize>> {
    let chunks = (features / WIDTH).clamp(1, MOST);
    let grains = features.div_ceil(GRAIN);
    let edge = |i: usize| (i * grains / chunks * GRAIN).min(features);
    (0..chunks).map(|i| edge(i)..edge(i + 1)).collect()
}

/// The settings of one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) learning_rate: f64,
    pub(super) momentum: f64,
    pub(super) l2: f64,
    /// The rows of the minibatch.
    pub(super) rows: usize,
}

/// The parameters of a chunk of features. One thread owns it, and alone writes to it.
#[derive(Debug)]
pub(super) struct Chunk<A> {
    pub(super) features: Range<usize>,
    /// V: the weights of the standardised features, which are what is learned.
    pub(super) weights: Packed<A>,
    velocity: Packed<A>,
    /// W = V/scale: the weights of the features as they are stored.
    folded: Packed<A>,
    gradient: Packed<A>,
    mean: Vec<A>,
    inverse_scale: Vec<A>,
    /// mean·W for each output, which is to be taken from the logits.
    pub(super) offset: Vec<A>,
}

impl<A: Real> Chunk<A> {
    /// A chunk with weights 0.
    pub(super) fn new(features: Range<usize>, q: usize, lanes: usize, scaling: &Scaling) -> Self {
        let zeros = || Packed::zeros(features.len(), q, lanes);
        let padded = |number: &dyn Fn(usize) -> f64| {
            let mut numbers: Vec<A> = features.clone().map(|j| A::from_f64(number(j))).collect();
            numbers.resize(features.len().div_ceil(lanes) * lanes, A::ZERO);
            numbers
        };
        Self {
            weights: zeros(),
            velocity: zeros(),
            folded: zeros(),
            gradient: zeros(),
            mean: padded(&|j| scaling.mean[j]),
            inverse_scale: padded(&|j| 1.0 / scaling.scale[j]),
            offset: vec![A::ZERO; q],
            features,
        }
    }

    /// This chunk's part of the logits, before its offset is taken away.
    pub(super) fn forward<T>(&self, level: Level, rows: &[&[T]], logits: &mut [A])
    where
        T: Element<Real = A>,
    {
        level.forward(rows, self.features.start, &self.folded, logits);
    }

    /// One step down the gradient: `residuals` for each row, and their `sums` over the rows.
    pub(super) fn step<T>(
        &mut self,
        level: Level,
        rows: &[&[T]],
        residuals: &[A],
        sums: &[A],
        step: Step,
    ) where
        T: Element<Real = A>,
    {
        level.backward(rows, self.features.start, residuals, &mut self.gradient);
        level.run(Update { chunk: self, sums, step });
    }
}

/// Momentum and step, in PyTorch's order: v ← βv + g, V ← V − ηv. Then W and the offset follow.
struct Update<'a, A> {
    chunk: &'a mut Chunk<A>,
    sums: &'a [A],
    step: Step,
}

impl<A: Real> WithSimd for Update<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let lanes = A::lanes::<S>();
        let Chunk { weights, velocity, folded, gradient, mean, inverse_scale, offset, .. } =
            self.chunk;
        let q = weights.classes();
        let [rate, momentum, l2] =
            [self.step.learning_rate, self.step.momentum, self.step.l2].map(A::from_f64);
        let inverse_rows = A::from_f64(1.0 / self.step.rows as f64);
        let mut offsets = vec![A::ZERO; q * lanes];
        let vectors = mean.chunks_exact(lanes).zip(inverse_scale.chunks_exact(lanes));
        for (k, (mean, inverse_scale)) in vectors.enumerate() {
            for (c, &sum) in self.sums.iter().enumerate() {
                let here = (k * q + c) * lanes;
                let g = &gradient.as_slice()[here..][..lanes];
                let v = &mut velocity.as_mut_slice()[here..][..lanes];
                let weight = &mut weights.as_mut_slice()[here..][..lanes];
                let w = &mut folded.as_mut_slice()[here..][..lanes];
                let offsets = &mut offsets[c * lanes..][..lanes];
                for l in 0..lanes {
                    let slope = (g[l] - mean[l] * sum) * inverse_scale[l] * inverse_rows;
                    v[l] = momentum * v[l] + (slope + l2 * weight[l]);
                    weight[l] = weight[l] - rate * v[l];
                    w[l] = weight[l] * inverse_scale[l];
                    offsets[l] += mean[l] * w[l];
                }
            }
        }
        for (offset, lanes) in offset.iter_mut().zip(offsets.chunks_exact(lanes)) {
            *offset = lanes.iter().fold(A::ZERO, |sum, &x| sum + x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_all_features() {
        for features in [1, 15, 16, 17, 64, 100, 383, 384, 784, 1000, 100_000] {
            let chunks = cut(features);
            assert!(chunks.iter().cloned().flatten().eq(0..features));
            assert!(chunks.iter().all(|chunk| !chunk.is_empty() && chunk.start % GRAIN == 0));
        }
        assert_eq!(cut(784).len(), 4);
    }
}
