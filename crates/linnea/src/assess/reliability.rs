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
    /// How many rows there are.
    pub rows: u64,
    /// The mean probability of their likeliest class.
    pub confidence: f64,
    /// The share of them that is right.
    pub accuracy: f64,
}

/// Sums over some rows.
#[derive(Debug, Default)]
pub(super) struct Reliability {
    bins: [(u64, u64, f64); BINS],
}

impl Reliability {
    pub(super) fn add(&mut self, confidence: f64, right: bool) {
        let bin = (confidence * BINS as f64).ceil() as usize;
        let (rows, rights, sum) = &mut self.bins[bin.clamp(1, BINS) - 1];
        *rows += 1;
        *rights += u64::from(right);
        *sum += confidence;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (bin, other) in self.bins.iter_mut().zip(&other.bins) {
            *bin = (bin.0 + other.0, bin.1 + other.1, bin.2 + other.2);
        }
    }

    /// The bins that have rows.
    pub(super) fn bins(&self) -> Vec<Bin> {
        let bin = |(index, &(rows, right, confidence)): (usize, &(u64, u64, f64))| Bin {
            above: index as f64 / BINS as f64,
            up_to: (index + 1) as f64 / BINS as f64,
            rows,
            confidence: confidence / rows as f64,
            accuracy: right as f64 / rows as f64,
        };
        self.bins.iter().enumerate().filter(|(_, bin)| bin.0 > 0).map(bin).collect()
    }

    /// The mean of |accuracy − confidence| over the rows.
    pub(super) fn error(&self) -> f64 {
        let rows: u64 = self.bins.iter().map(|bin| bin.0).sum();
        let distances = self.bins.iter().map(|&(_, right, sum)| (right as f64 - sum).abs());
        distances.sum::<f64>() / rows as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_open_to_the_left() {
        let mut all = Reliability::default();
        for (confidence, right) in [(1.0, true), (14.0 / 15.0, false), (0.95, true), (0.0, false)] {
            all.add(confidence, right);
        }
        let rows: Vec<u64> = all.bins().iter().map(|bin| bin.rows).collect();
        assert_eq!(rows, [1, 1, 2]);
        let expected = (0.0 + 14.0 / 15.0 + (2.0 - 1.95)) / 4.0;
        assert!((all.error() - expected).abs() < 1e-15);
    }
}
