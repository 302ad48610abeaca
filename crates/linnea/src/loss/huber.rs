//! The Huber loss of robust regression: with the residual r = ŷ − y, l = r²/2 up to |r| = δ and
//! δ(|r| − δ/2) beyond; ∂l/∂ŷ = r, but at most δ and at least −δ (P. J. Huber, *Robust estimation of a
//! location parameter*, Ann. Math. Statist. 35 (1964) 73–101; PyTorch's `HuberLoss`).

use pulp::{Simd, WithSimd};

use super::RowLoss;
use linnea_kernels::{Level, MOST_LANES, Packed, Real};

/// The Huber loss against one number a row.
#[derive(Debug)]
pub(crate) struct Huber<A> {
    pub(crate) targets: Vec<A>,
    /// δ, in the targets' units.
    pub(crate) delta: A,
}

impl<A: Real> RowLoss<A> for Huber<A> {
    fn residuals(
        &self,
        level: Level,
        rows: &[u32],
        logits: &mut Packed<A>,
        losses: &mut Packed<f64>,
    ) {
        let (logits, losses) = (logits.as_mut_slice(), losses.as_mut_slice());
        level.run(OfRows { loss: self, rows, logits, losses });
    }

    /// The second derivative is 1 up to δ and 0 beyond.
    fn bend(&self, _: Level, rows: &[u32], logits: &mut Packed<A>, changes: &mut Packed<A>) {
        for (r, &row) in rows.iter().enumerate() {
            for column in 0..logits.columns() {
                let residual = logits.get(r, column) - self.targets[row as usize];
                if residual.to_f64().abs() > self.delta.to_f64() {
                    let index = changes.index(r, column);
                    changes.as_mut_slice()[index] = A::ZERO;
                }
            }
        }
    }

    fn steepness(&self, _: usize) -> f64 {
        1.0
    }

    /// Up to δ it is the squared loss, of which one long row is enough to swing for ever.
    fn is_bounded(&self) -> bool {
        false
    }

    fn at_start(&self) -> f64 {
        let losses = self.targets.iter().map(|y| value(y.to_f64(), self.delta.to_f64()));
        losses.sum::<f64>() / self.targets.len().max(1) as f64
    }
}

/// The loss of a residual.
#[inline(always)]
pub(crate) fn value(residual: f64, delta: f64) -> f64 {
    let size = residual.abs();
    let within = size.min(delta);
    // min(|r|, δ)·(|r| − min(|r|, δ)/2): both cases without a branch.
    within * (size - within / 2.0)
}

struct OfRows<'a, A> {
    loss: &'a Huber<A>,
    rows: &'a [u32],
    logits: &'a mut [A],
    losses: &'a mut [f64],
}

impl<A: Real> WithSimd for OfRows<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (lanes, delta) = (A::lanes::<S>(), self.loss.delta);
        let (least, wide) = (A::ZERO - delta, delta.to_f64());
        // One output, so a column for each head in both.
        let size = self.logits.len() / self.rows.len().div_ceil(lanes).max(1);
        let vectors = self.logits.chunks_exact_mut(size.max(1));
        let vectors = vectors.zip(self.losses.chunks_exact_mut(size.max(1)));
        for (rows, (logits, losses)) in self.rows.chunks(lanes).zip(vectors) {
            let mut targets = [A::ZERO; MOST_LANES];
            targets.iter_mut().zip(rows).for_each(|(y, &row)| *y = self.loss.targets[row as usize]);
            let heads = logits.chunks_exact_mut(lanes).zip(losses.chunks_exact_mut(lanes));
            for (logits, losses) in heads {
                for ((logit, loss), &target) in logits.iter_mut().zip(losses).zip(&targets) {
                    let residual = *logit - target;
                    *loss = value(residual.to_f64(), wide);
                    // A residual that is no number stays none: the loss is none too.
                    let below = if residual > delta { delta } else { residual };
                    *logit = if below < least { least } else { below };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residual_and_value() {
        let level = Level::detect();
        let loss = Huber { targets: vec![0.0; 4], delta: 1.5 };
        let mut logits =
            Packed::from_fn(4, 1, level.lanes::<f64>(), |r, _| [1.0, -1.5, 4.0, -1e300][r]);
        let mut losses = Packed::zeros(4, 1, logits.lanes());
        loss.residuals(level, &[0, 1, 2, 3], &mut logits, &mut losses);
        assert_eq!([0, 1, 2, 3].map(|r| logits.get(r, 0)), [1.0, -1.5, 1.5, -1.5]);
        assert_eq!([0, 1, 2, 3].map(|r| losses.get(r, 0)), [0.5, 1.125, 4.875, 1.5e300]);
        assert_eq!(Huber { targets: vec![1.0, -4.0], delta: 1.5 }.at_start(), (0.5 + 4.875) / 2.0);
    }

    #[test]
    fn no_number_stays_none() {
        let level = Level::detect();
        let mut logits = Packed::from_fn(1, 1, level.lanes::<f32>(), |_, _| f32::NAN);
        let mut losses = Packed::zeros(1, 1, logits.lanes());
        let loss = Huber { targets: vec![0.0_f32], delta: 1.0 };
        loss.residuals(level, &[0], &mut logits, &mut losses);
        assert!(logits.get(0, 0).is_nan() && losses.get(0, 0).is_nan());
    }
}
