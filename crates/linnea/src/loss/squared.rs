//! The squared loss of linear regression: l = (ŷ − y)²/2, ∂l/∂ŷ = ŷ − y.

use super::RowLoss;
use crate::kernel::{Level, Real};

/// The squared loss against one number a row.
#[derive(Debug)]
pub(crate) struct Squared<A> {
    pub(crate) targets: Vec<A>,
}

impl<A: Real> RowLoss<A> for Squared<A> {
    fn residuals(&self, _: Level, rows: &[u32], logits: &mut [A], losses: &mut [f64]) {
        for ((&row, logit), loss) in rows.iter().zip(logits).zip(losses) {
            *logit = *logit - self.targets[row as usize];
            let residual = logit.to_f64();
            *loss = residual * residual / 2.0;
        }
    }

    fn curvature(&self) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residual_and_value() {
        let loss = Squared { targets: vec![1.0, 5.0] };
        let (mut logits, mut losses) = ([3.0, 1.0], [0.0; 2]);
        loss.residuals(Level::detect(), &[1, 0], &mut logits, &mut losses);
        assert_eq!((logits, losses), ([-2.0, 0.0], [2.0, 0.0]));
    }
}
