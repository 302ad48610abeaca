//! Softmax cross-entropy: l = log Σ exp oₖ − o_y, ∂l/∂o = softmax(o) − y.
//!
//! The row's own maximum is taken out before `exp`, so that nothing overflows and no row is judged
//! by another's scale. The division in softmax is kept (Blanchard, Higham & Higham, *Accurately
//! computing the log-sum-exp and softmax functions*, IMA J. Numer. Anal. 41 (2021) 2311–2330).

use super::RowLoss;
use crate::kernel::{Level, Real};

/// Softmax cross-entropy against one class a row.
#[derive(Debug)]
pub(crate) struct Softmax<'a> {
    pub(crate) classes: &'a [u32],
    pub(crate) count: usize,
}

impl<A: Real> RowLoss<A> for Softmax<'_> {
    fn residuals(&self, level: Level, rows: &[u32], logits: &mut [A], losses: &mut [f64]) {
        let class = |row: u32| self.classes[row as usize] as usize;
        let each = rows.iter().zip(logits.chunks_exact_mut(self.count));
        for ((&row, logits), loss) in each.zip(&mut *losses) {
            shift_by_largest(logits);
            *loss = -logits[class(row)].to_f64();
        }
        level.exp(logits);
        let each = rows.iter().zip(logits.chunks_exact_mut(self.count));
        for ((&row, powers), loss) in each.zip(losses) {
            *loss += normalize(powers).ln().to_f64();
            powers[class(row)] = powers[class(row)] - A::from_f64(1.0);
        }
    }

    /// The Hessian diag(p) − ppᵀ has no eigenvalue above 1/2 (Böhning 1992).
    fn curvature(&self) -> f64 {
        0.5
    }

    fn is_bounded(&self) -> bool {
        true
    }

    fn at_start(&self) -> f64 {
        (self.count as f64).ln()
    }
}

/// Replaces logits by their softmax, and returns log Σ exp of them.
pub(crate) fn softmax_in_place(level: Level, logits: &mut [f64]) -> f64 {
    let largest = shift_by_largest(logits);
    level.exp(logits);
    largest + normalize(logits).ln()
}

/// Takes the largest logit from all, so that none is above 0, and returns it.
fn shift_by_largest<A: Real>(logits: &mut [A]) -> A {
    let largest = logits.iter().fold(logits[0], |largest, &logit| largest.max(logit));
    logits.iter_mut().for_each(|logit| *logit = *logit - largest);
    largest
}

/// Divides by the sum, and returns it.
fn normalize<A: Real>(powers: &mut [A]) -> A {
    let sum = powers.iter().fold(A::ZERO, |sum, &power| sum + power);
    powers.iter_mut().for_each(|power| *power = *power / sum);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss_and_residual(logits: [f64; 3], class: u32) -> (f64, [f64; 3]) {
        let (mut logits, mut loss) = (logits, [0.0]);
        Softmax { classes: &[class], count: 3 }.residuals(
            Level::detect(),
            &[0],
            &mut logits,
            &mut loss,
        );
        (loss[0], logits)
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
