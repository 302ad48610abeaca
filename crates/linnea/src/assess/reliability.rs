//! How often predictions of some confidence are right (DeGroot & Fienberg 1983; Guo et al. 2017).

use serde::Serialize;

/// The bins of confidence, equally wide, each open to the left.
const BINS: usize = 15;

/// Rows whose likeliest class has a probability in one range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Bin {
    /// The range: above this …
    pub above: f64,
    /// … and up to this.
    pub up_to: f64,
    /// How many rows there are, each counted once whatever its weight.
    pub rows: u64,
    /// The mean probability of their likeliest class, by the rows' weights.
    pub confidence: f64,
    /// The share of them that is right, by the rows' weights.
    pub accuracy: f64,
}

/// Sums over some rows.
#[derive(Debug, Default)]
pub(super) struct Reliability {
    bins: [Sums; BINS],
}

/// Those of one bin.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    rows: u64,
    weight: f64,
    /// Of the weights of rows that are right, and of weights times confidences.
    right: f64,
    confidence: f64,
}

impl Reliability {
    pub(super) fn add(&mut self, confidence: f64, right: bool, weight: f64) {
        let bin = (confidence * BINS as f64).ceil() as usize;
        let sums = &mut self.bins[bin.clamp(1, BINS) - 1];
        sums.rows += 1;
        sums.weight += weight;
        sums.right += if right { weight } else { 0.0 };
        sums.confidence += weight * confidence;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (sums, other) in self.bins.iter_mut().zip(&other.bins) {
            sums.rows += other.rows;
            sums.weight += other.weight;
            sums.right += other.right;
            sums.confidence += other.confidence;
        }
    }

    /// The bins that have rows with a weight.
    pub(super) fn bins(&self) -> Vec<Bin> {
        let bin = |(index, sums): (usize, &Sums)| Bin {
            above: index as f64 / BINS as f64,
            up_to: (index + 1) as f64 / BINS as f64,
            rows: sums.rows,
            confidence: sums.confidence / sums.weight,
            accuracy: sums.right / sums.weight,
        };
        self.bins.iter().enumerate().filter(|(_, sums)| sums.weight > 0.0).map(bin).collect()
    }

    /// The mean of |accuracy − confidence| over the rows.
    pub(super) fn error(&self) -> f64 {
        let weight: f64 = self.bins.iter().map(|sums| sums.weight).sum();
        let distances = self.bins.iter().map(|sums| (sums.right - sums.confidence).abs());
        distances.sum::<f64>() / weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_open_to_the_left() {
        let mut all = Reliability::default();
        for (confidence, right) in [(1.0, true), (14.0 / 15.0, false), (0.95, true), (0.0, false)] {
            all.add(confidence, right, 1.0);
        }
        let rows: Vec<u64> = all.bins().iter().map(|bin| bin.rows).collect();
        assert_eq!(rows, [1, 1, 2]);
        let expected = (0.0 + 14.0 / 15.0 + (2.0 - 1.95)) / 4.0;
        assert!((all.error() - expected).abs() < 1e-15);
    }
}
