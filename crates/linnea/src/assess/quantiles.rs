//! How residuals lie: what R's `summary` shows of them, and the tails.

use linnea_data::Dataset;
use serde::Serialize;

use crate::error::Result;
use crate::model::Model;
use crate::row_weights::weight_of;

/// Quantiles of some numbers, between neighbours in proportion (Hyndman & Fan's type 7, the default of
/// R and NumPy).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Quantiles {
    /// The least.
    pub min: f64,
    /// Twentieth: 5 % are smaller.
    pub q05: f64,
    /// First quartile.
    pub q25: f64,
    /// The middle.
    pub median: f64,
    /// Third quartile.
    pub q75: f64,
    /// 95 % are smaller.
    pub q95: f64,
    /// The greatest.
    pub max: f64,
}

impl Quantiles {
    /// Of at least one number.
    fn of(mut numbers: Vec<f64>) -> Self {
        numbers.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (numbers.len() - 1) as f64;
            let (low, high) = (numbers[place.floor() as usize], numbers[place.ceil() as usize]);
            low + (high - low) * place.fract()
        };
        Self {
            min: at(0.0),
            q05: at(0.05),
            q25: at(0.25),
            median: at(0.5),
            q75: at(0.75),
            q95: at(0.95),
            max: at(1.0),
        }
    }
}

impl Model {
    /// Quantiles of target less prediction, of the rows that count: each once, whatever its weight.
    pub(super) fn residual_quantiles(
        &self,
        data: &Dataset,
        values: &[f64],
        threads: Option<usize>,
    ) -> Result<Quantiles> {
        let weights = data.weights();
        let push = |found: &mut Vec<f64>, row: usize, logits: &mut [f64]| {
            if weight_of(weights, row) > 0.0 {
                found.push(values[row] - self.card.loss.mean(logits[0]));
            }
        };
        Ok(Quantiles::of(self.fold_logits(data, threads, 1, Vec::new, push)?.concat()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_neighbours_in_proportion() {
        let found = Quantiles::of(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!([found.min, found.q25, found.median, found.max], [1.0, 1.75, 2.5, 4.0]);
        assert!((found.q05 - 1.15).abs() < 1e-15 && (found.q95 - 3.85).abs() < 1e-15);
        assert_eq!(Quantiles::of(vec![7.0]).q95, 7.0);
    }
}
