//! Softmax cross-entropy: l = log Σ exp oₖ − o_y, ∂l/∂o = softmax(o) − y.
//!
//! The row's own maximum is taken out before `exp`, so that nothing overflows and no row is judged
//! by another's scale. The division in softmax is kept (Blanchard, Higham & Higham, *Accurately
//! computing the log-sum-exp and softmax functions*, IMA J. Numer. Anal. 41 (2021) 2311–2330).

use pulp::{Simd, WithSimd};

use super::RowLoss;
use linnea_kernels::{Level, MOST_LANES, Packed, Real};

/// Softmax cross-entropy against one class a row.
#[derive(Debug)]
pub(crate) struct Softmax<'a> {
    pub(crate) classes: &'a [u32],
    pub(crate) count: usize,
}

impl<A: Real> RowLoss<A> for Softmax<'_> {
    fn residuals(
        &self,
        level: Level,
        rows: &[u32],
        logits: &mut Packed<A>,
        losses: &mut Packed<f64>,
    ) {
        let (loss, heads) = (self, losses.columns());
        let (logits, losses) = (logits.as_mut_slice(), losses.as_mut_slice());
        level.run(OfRows { loss, heads, rows, logits, losses });
    }

    /// (diag(p) − ppᵀ)·c = p∘(c − ⟨p, c⟩).
    fn bend(&self, level: Level, _: &[u32], logits: &mut Packed<A>, changes: &mut Packed<A>) {
        let (count, lanes) = (self.count, logits.lanes());
        let (logits, changes) = (logits.as_mut_slice(), changes.as_mut_slice());
        level.run(Bend { count, lanes, logits, changes });
    }

    /// The Hessian diag(p) − ppᵀ has no eigenvalue above 1/2 (Böhning 1992).
    fn steepness(&self, _: usize) -> f64 {
        0.5
    }

    fn is_bounded(&self) -> bool {
        true
    }

    fn at_start(&self) -> f64 {
        (self.count as f64).ln()
    }
}

/// A vector of rows at a time: each lane is a row, so that nothing is summed across lanes.
struct OfRows<'a, A> {
    loss: &'a Softmax<'a>,
    heads: usize,
    rows: &'a [u32],
    logits: &'a mut [A],
    losses: &'a mut [f64],
}

impl<A: Real> WithSimd for OfRows<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (lanes, count) = (A::lanes::<S>(), self.loss.count);
        let logits = self.logits.chunks_exact_mut(self.heads * count * lanes);
        let losses = self.losses.chunks_exact_mut(self.heads * lanes);
        for ((rows, logits), losses) in self.rows.chunks(lanes).zip(logits).zip(losses) {
            let mut classes = [0; MOST_LANES];
            let classes = &mut classes[..rows.len()];
            for (class, &row) in classes.iter_mut().zip(rows) {
                *class = self.loss.classes[row as usize] as usize;
            }
            let heads = logits.chunks_exact_mut(count * lanes).zip(losses.chunks_exact_mut(lanes));
            // A loop: a closure that is not inlined would be code without the instruction set.
            for (logits, losses) in heads {
                of_vector(simd, classes, logits, losses);
            }
        }
    }
}

/// The residuals and losses of one vector of rows of one head.
#[inline(always)]
fn of_vector<S: Simd, A: Real>(simd: S, classes: &[usize], logits: &mut [A], losses: &mut [f64]) {
    let lanes = A::lanes::<S>();
    let mut largest = [A::ZERO; MOST_LANES];
    largest[..lanes].copy_from_slice(&logits[..lanes]);
    for logits in logits.chunks_exact(lanes) {
        largest.iter_mut().zip(logits).for_each(|(largest, &logit)| *largest = largest.max(logit));
    }
    for logits in logits.chunks_exact_mut(lanes) {
        logits.iter_mut().zip(&largest).for_each(|(logit, &largest)| *logit = *logit - largest);
    }
    for (lane, (&class, loss)) in classes.iter().zip(&mut *losses).enumerate() {
        *loss = logits[class * lanes + lane].to_f64();
    }
    A::exp(simd, logits);
    let mut sums = [A::ZERO; MOST_LANES];
    for powers in logits.chunks_exact(lanes) {
        sums.iter_mut().zip(powers).for_each(|(sum, &power)| *sum += power);
    }
    for powers in logits.chunks_exact_mut(lanes) {
        powers.iter_mut().zip(&sums).for_each(|(power, &sum)| *power = *power / sum);
    }
    A::ln(simd, &mut sums[..lanes]);
    losses.iter_mut().zip(&sums).for_each(|(loss, sum)| *loss = sum.to_f64() - *loss);
    for (lane, &class) in classes.iter().enumerate() {
        let share = &mut logits[class * lanes + lane];
        *share = *share - A::from_f64(1.0);
    }
}

/// A vector of rows of one head at a time, as above.
struct Bend<'a, A> {
    count: usize,
    lanes: usize,
    logits: &'a mut [A],
    changes: &'a mut [A],
}

impl<A: Real> WithSimd for Bend<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let size = self.count * self.lanes;
        let vectors = self.logits.chunks_exact_mut(size).zip(self.changes.chunks_exact_mut(size));
        for (logits, changes) in vectors {
            bend_vector(simd, self.lanes, logits, changes);
        }
    }
}

#[inline(always)]
fn bend_vector<S: Simd, A: Real>(simd: S, lanes: usize, logits: &mut [A], changes: &mut [A]) {
    let mut largest = [A::ZERO; MOST_LANES];
    largest[..lanes].copy_from_slice(&logits[..lanes]);
    for logits in logits.chunks_exact(lanes) {
        largest.iter_mut().zip(logits).for_each(|(largest, &logit)| *largest = largest.max(logit));
    }
    for logits in logits.chunks_exact_mut(lanes) {
        logits.iter_mut().zip(&largest).for_each(|(logit, &largest)| *logit = *logit - largest);
    }
    A::exp(simd, logits);
    let [mut sums, mut products] = [[A::ZERO; MOST_LANES]; 2];
    for (powers, changes) in logits.chunks_exact(lanes).zip(changes.chunks_exact(lanes)) {
        for (lane, (&power, &change)) in powers.iter().zip(changes).enumerate() {
            sums[lane] += power;
            products[lane] += power * change;
        }
    }
    for (powers, changes) in logits.chunks_exact(lanes).zip(changes.chunks_exact_mut(lanes)) {
        for (lane, (&power, change)) in powers.iter().zip(changes).enumerate() {
            *change = power / sums[lane] * (*change - products[lane] / sums[lane]);
        }
    }
}

/// Replaces the logits of one row by their softmax, and returns log Σ exp of them.
pub(crate) fn softmax_in_place(level: Level, logits: &mut [f64]) -> f64 {
    let largest = logits.iter().copied().fold(logits[0], f64::max);
    logits.iter_mut().for_each(|logit| *logit -= largest);
    level.exp(logits);
    let sum: f64 = logits.iter().sum();
    logits.iter_mut().for_each(|power| *power /= sum);
    largest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss_and_residual(logits: [f64; 3], class: u32) -> (f64, [f64; 3]) {
        let level = Level::detect();
        let mut packed = Packed::from_fn(1, 3, level.lanes::<f64>(), |_, c| logits[c]);
        let mut losses = Packed::zeros(1, 1, packed.lanes());
        let loss = Softmax { classes: &[class], count: 3 };
        loss.residuals(level, &[0], &mut packed, &mut losses);
        (losses.get(0, 0), std::array::from_fn(|c| packed.get(0, c)))
    }

    #[test]
    fn the_residual_is_the_derivative() {
        let logits = [0.3, -1.2, 2.0];
        let (_, residual) = loss_and_residual(logits, 1);
        for c in 0..3 {
            let step = 1e-6;
            let at = |delta: f64| {
                let mut moved = logits;
                moved[c] += delta;
                loss_and_residual(moved, 1).0
            };
            let difference = (at(step) - at(-step)) / (2.0 * step);
            assert!((difference - residual[c]).abs() < 1e-9, "{difference} {}", residual[c]);
        }
    }

    #[test]
    fn huge_logits_do_not_overflow() {
        let (loss, residual) = loss_and_residual([1e300, 0.0, -1e300], 0);
        assert_eq!((loss, residual), (0.0, [0.0, 0.0, 0.0]));
        let (loss, _) = loss_and_residual([1000.0, 0.0, 0.0], 1);
        assert_eq!(loss, 1000.0);
    }
}
