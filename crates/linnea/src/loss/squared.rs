//! The squared loss of linear regression: l = (ŷ − y)²/2, ∂l/∂ŷ = ŷ − y.

use pulp::{Simd, WithSimd};

use super::RowLoss;
use linnea_kernels::{Level, MOST_LANES, Packed, Real};

/// The squared loss against one number a row.
#[derive(Debug)]
pub(crate) struct Squared<A> {
    pub(crate) targets: Vec<A>,
}

impl<A: Real> RowLoss<A> for Squared<A> {
    fn residuals(
        &self,
        level: Level,
        rows: &[u32],
        logits: &mut Packed<A>,
        losses: &mut Packed<f64>,
    ) {
        let targets = &self.targets;
        let (logits, losses) = (logits.as_mut_slice(), losses.as_mut_slice());
        level.run(OfRows { targets, rows, logits, losses });
    }

    /// The second derivative is 1.
    fn bend(&self, _: Level, _: &[u32], _: &mut Packed<A>, _: &mut Packed<A>) {}

    fn steepness(&self, _: usize) -> f64 {
        1.0
    }

    fn is_bounded(&self) -> bool {
        false
    }

    fn at_start(&self) -> f64 {
        let squares: f64 = self.targets.iter().map(|y| y.to_f64().powi(2)).sum();
        squares / 2.0 / self.targets.len().max(1) as f64
    }
}

struct OfRows<'a, A> {
    targets: &'a [A],
    rows: &'a [u32],
    logits: &'a mut [A],
    losses: &'a mut [f64],
}

impl<A: Real> WithSimd for OfRows<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let lanes = A::lanes::<S>();
        // One output, so a column for each head in both.
        let size = self.logits.len() / self.rows.len().div_ceil(lanes).max(1);
        let vectors = self
            .logits
            .chunks_exact_mut(size.max(1))
            .zip(self.losses.chunks_exact_mut(size.max(1)));
        for (rows, (logits, losses)) in self.rows.chunks(lanes).zip(vectors) {
            let mut targets = [A::ZERO; MOST_LANES];
            targets.iter_mut().zip(rows).for_each(|(y, &row)| *y = self.targets[row as usize]);
            let heads = logits.chunks_exact_mut(lanes).zip(losses.chunks_exact_mut(lanes));
            for (logits, losses) in heads {
                for ((logit, loss), &target) in logits.iter_mut().zip(losses).zip(&targets) {
                    *logit = *logit - target;
                    let residual = logit.to_f64();
                    *loss = residual * residual / 2.0;
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
        let loss = Squared { targets: vec![1.0, 5.0] };
        let mut logits =
            Packed::from_fn(2, 1, Level::detect().lanes::<f64>(), |r, _| [3.0, 1.0][r]);
        let mut losses = Packed::zeros(2, 1, logits.lanes());
        loss.residuals(Level::detect(), &[1, 0], &mut logits, &mut losses);
        assert_eq!([logits.get(0, 0), logits.get(1, 0)], [-2.0, 0.0]);
        assert_eq!([losses.get(0, 0), losses.get(1, 0)], [2.0, 0.0]);
    }
}
