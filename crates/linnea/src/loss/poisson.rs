//! The loss of Poisson regression, whose mean is exp o: l = exp o − y·o for a count y ≥ 0,
//! ∂l/∂o = exp o − y (McCullagh & Nelder, *Generalized Linear Models* (1989), 6.2; PyTorch's
//! `PoissonNLLLoss` with its defaults).
//!
//! The second derivative, exp o, has no bound. Where exp o overflows, loss and residual are infinite,
//! and whoever made the step is told so: a line search turns back, SGD has diverged.

use pulp::{Simd, WithSimd};

use super::RowLoss;
use linnea_kernels::{Level, MOST_LANES, Packed, Real};

/// The Poisson loss against one count a row.
#[derive(Debug)]
pub(crate) struct Poisson<A> {
    pub(crate) targets: Vec<A>,
}

impl<A: Real> RowLoss<A> for Poisson<A> {
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

    /// The second derivative is exp o.
    fn bend(&self, level: Level, _: &[u32], logits: &mut Packed<A>, changes: &mut Packed<A>) {
        level.exp(logits.as_mut_slice());
        let pairs = changes.as_mut_slice().iter_mut().zip(logits.as_slice());
        pairs.for_each(|(change, &mean)| *change = *change * mean);
    }

    /// At the optimum exp o is about y, and at the start 1: so the larger of them.
    fn steepness(&self, row: usize) -> f64 {
        self.targets[row].to_f64().max(1.0)
    }

    fn is_bounded(&self) -> bool {
        false
    }

    fn at_start(&self) -> f64 {
        1.0
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
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = A::lanes::<S>();
        // One output, so a column for each head in both.
        let size = self.logits.len() / self.rows.len().div_ceil(lanes).max(1);
        let vectors = self.logits.chunks_exact_mut(size.max(1));
        let vectors = vectors.zip(self.losses.chunks_exact_mut(size.max(1)));
        for (rows, (logits, losses)) in self.rows.chunks(lanes).zip(vectors) {
            let mut targets = [A::ZERO; MOST_LANES];
            targets.iter_mut().zip(rows).for_each(|(y, &row)| *y = self.targets[row as usize]);
            for (logit, loss) in logits.iter().zip(&mut *losses) {
                *loss = logit.to_f64();
            }
            A::exp(simd, logits);
            let heads = logits.chunks_exact_mut(lanes).zip(losses.chunks_exact_mut(lanes));
            for (means, losses) in heads {
                for ((mean, loss), &target) in means.iter_mut().zip(losses).zip(&targets) {
                    *loss = mean.to_f64() - target.to_f64() * *loss;
                    *mean = *mean - target;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(logits: [f64; 3], targets: Vec<f64>) -> [[f64; 3]; 2] {
        let level = Level::detect();
        let loss = Poisson { targets };
        let mut packed = Packed::from_fn(3, 1, level.lanes::<f64>(), |r, _| logits[r]);
        let mut losses = Packed::zeros(3, 1, packed.lanes());
        loss.residuals(level, &[0, 1, 2], &mut packed, &mut losses);
        [[0, 1, 2].map(|r| packed.get(r, 0)), [0, 1, 2].map(|r| losses.get(r, 0))]
    }

    #[test]
    fn residual_and_value() {
        let [residuals, losses] = of([0.0, 1.0, -2.0], vec![3.0, 0.0, 0.5]);
        let [e, e2] = [1.0_f64.exp(), (-2.0_f64).exp()];
        // exp is right to a unit in the last place.
        let close = |got: [f64; 3], want: [f64; 3]| {
            got.iter().zip(want).all(|(got, want)| (got - want).abs() <= 4.0 * f64::EPSILON)
        };
        assert!(close(residuals, [-2.0, e, e2 - 0.5]), "{residuals:?}");
        assert!(close(losses, [1.0, e, e2 + 1.0]), "{losses:?}");
    }

    #[test]
    fn an_overflow_is_seen() {
        let [residuals, losses] = of([800.0, -800.0, f64::NAN], vec![1.0, 0.0, 0.0]);
        assert!(residuals[0] == f64::INFINITY && losses[0] == f64::INFINITY);
        assert_eq!([residuals[1], losses[1]], [0.0, 0.0]);
        assert!(residuals[2].is_nan() && losses[2].is_nan());
    }
}
