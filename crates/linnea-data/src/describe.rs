//! Numbers about the columns of a data set.

use crate::dataset::Dataset;

/// What the present numbers of a feature are like; all are NaN where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureSummary {
    /// In how many rows it is present.
    pub present: usize,
    /// The smallest number.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation, of the rows as the population.
    pub deviation: f64,
    /// The largest number.
    pub max: f64,
}

impl FeatureSummary {
    const NONE: Self = Self {
        present: 0,
        min: f64::INFINITY,
        mean: 0.0,
        // The sum of squared deviations, until the end.
        deviation: 0.0,
        max: f64::NEG_INFINITY,
    };

    /// Welford, *Note on a method for calculating corrected sums of squares and products* (1962).
    fn add(&mut self, number: f64) {
        self.present += 1;
        let delta = number - self.mean;
        self.mean += delta / self.present as f64;
        self.deviation += delta * (number - self.mean);
        self.min = self.min.min(number);
        self.max = self.max.max(number);
    }

    fn finish(self) -> Self {
        if self.present == 0 {
            let nan = f64::NAN;
            return Self { present: 0, min: nan, mean: nan, deviation: nan, max: nan };
        }
        Self { deviation: (self.deviation / self.present as f64).sqrt(), ..self }
    }
}

impl Dataset {
    /// A summary of every feature, in order.
    #[must_use]
    pub fn describe(&self) -> Vec<FeatureSummary> {
        let mut summaries = vec![FeatureSummary::NONE; self.features()];
        for block in self.blocks() {
            for index in 0..block.values().len() {
                let number = block.values().get(index);
                if !number.is_nan() {
                    summaries[index % block.features()].add(number);
                }
            }
        }
        summaries.into_iter().map(FeatureSummary::finish).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Targets, Values};

    #[test]
    fn missing_numbers_do_not_count() {
        let x = Values::F64(vec![1.0, f64::NAN, 3.0, f64::NAN]);
        let summaries = Dataset::dense(2, x, Targets::Absent).unwrap().describe();
        let FeatureSummary { present, min, mean, deviation, max } = summaries[0];
        assert_eq!((present, min, mean, deviation, max), (2, 1.0, 2.0, 1.0, 3.0));
        assert!(summaries[1].present == 0 && summaries[1].mean.is_nan());
    }
}
