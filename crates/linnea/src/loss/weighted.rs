//! A loss whose rows count for more or less than one: wᵢlᵢ, ∂(wᵢlᵢ)/∂o = wᵢ·∂lᵢ/∂o.

use linnea_kernels::{Level, MOST_LANES, Packed, Real};

use super::RowLoss;

/// So many rows are looked at together to find the loss at the start.
const RUN: usize = 256;

/// A loss, times each row's weight if rows have weights, for `outputs` logits to a row.
pub(crate) fn weighted<'a, A: Real>(
    loss: Box<dyn RowLoss<A> + 'a>,
    weights: Option<&'a [f64]>,
    outputs: usize,
) -> Box<dyn RowLoss<A> + 'a> {
    match weights {
        Some(weights) => Box::new(Weighted::new(loss, weights, outputs, Level::detect())),
        None => loss,
    }
}

/// Another loss, times each row's weight. Weights have the mean 1, so that the mean of weighted losses
/// over the number of rows is Σ wl / Σ w. A row of weight 0 does not count, whatever its loss: not even
/// one that is no number.
struct Weighted<'a, A> {
    loss: Box<dyn RowLoss<A> + 'a>,
    weights: &'a [f64],
    at_start: f64,
}

impl<'a, A: Real> Weighted<'a, A> {
    fn new(
        loss: Box<dyn RowLoss<A> + 'a>,
        weights: &'a [f64],
        outputs: usize,
        level: Level,
    ) -> Self {
        let mut weighted = Self { loss, weights, at_start: 0.0 };
        let rows: Vec<u32> = (0..weights.len() as u32).collect();
        let sums = rows.chunks(RUN).map(|rows| weighted.sum_at_start(rows, outputs, level));
        let sum: f64 = sums.sum();
        weighted.at_start = sum / weights.len().max(1) as f64;
        weighted
    }

    fn sum_at_start(&self, rows: &[u32], outputs: usize, level: Level) -> f64 {
        let mut logits = Packed::zeros(rows.len(), outputs, level.lanes::<A>());
        let mut losses = Packed::zeros(rows.len(), 1, logits.lanes());
        self.residuals(level, rows, &mut logits, &mut losses);
        losses.clear_padding();
        losses.as_slice().iter().sum()
    }
}

impl<A: Real> RowLoss<A> for Weighted<'_, A> {
    fn residuals(
        &self,
        level: Level,
        rows: &[u32],
        logits: &mut Packed<A>,
        losses: &mut Packed<f64>,
    ) {
        self.loss.residuals(level, rows, logits, losses);
        weigh(logits, rows, self.weights);
        weigh(losses, rows, self.weights);
    }

    fn bend(&self, level: Level, rows: &[u32], logits: &mut Packed<A>, changes: &mut Packed<A>) {
        self.loss.bend(level, rows, logits, changes);
        weigh(changes, rows, self.weights);
    }

    fn steepness(&self, row: usize) -> f64 {
        self.weights[row] * self.loss.steepness(row)
    }

    fn is_bounded(&self) -> bool {
        self.loss.is_bounded()
    }

    fn at_start(&self) -> f64 {
        self.at_start
    }

    fn weights(&self) -> Option<&[f64]> {
        Some(self.weights)
    }
}

/// Multiplies every row of `numbers` by its weight.
fn weigh<A: Real>(numbers: &mut Packed<A>, rows: &[u32], weights: &[f64]) {
    let (lanes, columns) = (numbers.lanes(), numbers.columns());
    let vectors = numbers.as_mut_slice().chunks_exact_mut((columns * lanes).max(1));
    for (vectors, rows) in vectors.zip(rows.chunks(lanes)) {
        let mut own = [A::ZERO; MOST_LANES];
        own.iter_mut().zip(rows).for_each(|(w, &row)| *w = A::from_f64(weights[row as usize]));
        for vector in vectors.chunks_exact_mut(lanes) {
            let pairs = vector.iter_mut().zip(&own);
            pairs.for_each(|(x, &w)| *x = if w == A::ZERO { A::ZERO } else { *x * w });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::{Poisson, Softmax, Squared};

    #[test]
    fn residuals_and_values_are_times_the_weights() {
        let level = Level::detect();
        let (weights, classes) = ([0.5, 2.0, 0.0, 1.5], [0, 2, 1, 1]);
        let plain = || Box::new(Softmax { classes: &classes, count: 3 });
        let weighted = Weighted::new(plain(), &weights, 3, level);
        let both = [plain().as_ref() as &dyn RowLoss<f64>, &weighted].map(|loss| {
            let at = |r: usize, c: usize| (r + 2 * c) as f64 / 3.0;
            let mut logits = Packed::from_fn(4, 6, level.lanes::<f64>(), at);
            let mut losses = Packed::zeros(4, 2, logits.lanes());
            loss.residuals(level, &[3, 0, 1, 2], &mut logits, &mut losses);
            let mut places = Packed::from_fn(4, 6, level.lanes::<f64>(), at);
            let change = |r: usize, c: usize| (r * c) as f64 - 4.0;
            let mut changes = Packed::from_fn(4, 6, level.lanes::<f64>(), change);
            loss.bend(level, &[3, 0, 1, 2], &mut places, &mut changes);
            (logits, losses, changes)
        });
        let [(logits, losses, bent), (by_weight, losses_by_weight, bent_by_weight)] = both;
        for (r, weight) in [1.5, 0.5, 2.0, 0.0].into_iter().enumerate() {
            (0..6).for_each(|c| assert_eq!(by_weight.get(r, c), weight * logits.get(r, c)));
            (0..6).for_each(|c| assert_eq!(bent_by_weight.get(r, c), weight * bent.get(r, c)));
            (0..2).for_each(|h| assert_eq!(losses_by_weight.get(r, h), weight * losses.get(r, h)));
        }
    }

    #[test]
    fn the_start_is_weighted_too() {
        let plain = Box::new(Squared { targets: vec![1.0, 3.0] });
        let weighted: Box<dyn RowLoss<f64>> = weighted(plain, Some(&[1.5, 0.5]), 1);
        assert_eq!(weighted.at_start(), (1.5 * 0.5 + 0.5 * 4.5) / 2.0);
        assert_eq!(weighted.steepness(0), 1.5);
    }

    #[test]
    fn a_row_that_does_not_count_may_overflow() {
        let level = Level::detect();
        let plain = Box::new(Poisson { targets: vec![1.0, 0.0] });
        let loss = weighted(plain, Some(&[2.0, 0.0]), 1);
        let mut logits = Packed::from_fn(2, 1, level.lanes::<f64>(), |r, _| 800.0 * r as f64);
        let mut losses = Packed::zeros(2, 1, logits.lanes());
        loss.residuals(level, &[0, 1], &mut logits, &mut losses);
        assert_eq!([logits.get(1, 0), losses.get(0, 0), losses.get(1, 0)], [0.0, 2.0, 0.0]);
    }
}
