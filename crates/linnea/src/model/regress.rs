//! Metrics of models that predict numbers.

use linnea_data::Dataset;

use super::Model;
use super::metrics::{Metrics, Regression};
use crate::error::Result;
use crate::loss::{Loss, check_counts, huber};
use crate::row_weights::{row_weights, weight_of};

impl Model {
    /// The metrics on rows with these targets.
    pub(super) fn regress(
        &self,
        data: &Dataset,
        values: &[f64],
        threads: Option<usize>,
    ) -> Result<Metrics> {
        let (loss, delta) = (self.card.loss, self.card.recipe.delta.unwrap_or(f64::INFINITY));
        if loss == Loss::Poisson {
            check_counts(values)?;
        }
        let weights = row_weights(data);
        let weights = weights.as_deref();
        let add = |sums: &mut Sums, row: usize, logits: &mut [f64]| {
            let weight = weight_of(weights, row);
            // The mean of a row that does not count may be no number.
            if weight > 0.0 {
                sums.add(loss, delta, values[row], logits[0], row, weight);
            }
        };
        let states = self.fold_logits(data, threads, 1, Sums::default, add)?;
        let sums = states.iter().fold(Sums::default(), Sums::merged);
        sums.overflow.map_or(Ok(()), |(row, logit)| Err(super::overflow(row, logit)))?;
        Ok(Metrics::Regression(sums.metrics(loss, values, weights)))
    }
}

/// Sums over some rows, each times the row's weight.
#[derive(Default)]
struct Sums {
    losses: f64,
    squares: f64,
    magnitudes: f64,
    /// The first row whose mean is no number, and its logit.
    overflow: Option<(usize, f64)>,
}

impl Sums {
    fn add(&mut self, loss: Loss, delta: f64, target: f64, logit: f64, row: usize, weight: f64) {
        let mean = loss.mean(logit);
        let residual = mean - target;
        self.squares += weight * (residual * residual);
        self.magnitudes += weight * residual.abs();
        let value = match loss {
            Loss::Poisson => mean - target * logit,
            Loss::Huber => huber(residual, delta),
            Loss::Squared | Loss::Softmax => residual * residual / 2.0,
        };
        self.losses += weight * value;
        if mean.is_infinite() && logit.is_finite() {
            self.overflow.get_or_insert((row, logit));
        }
    }

    fn merged(self, other: &Self) -> Self {
        Self {
            losses: self.losses + other.losses,
            squares: self.squares + other.squares,
            magnitudes: self.magnitudes + other.magnitudes,
            overflow: self.overflow.or(other.overflow),
        }
    }

    /// The weights have the mean 1, so that their sum is the number of rows.
    fn metrics(&self, loss: Loss, values: &[f64], weights: Option<&[f64]>) -> Regression {
        let rows = values.len() as f64;
        let weighted = values.iter().enumerate().map(|(row, &y)| (weight_of(weights, row), y));
        let mean = weighted.clone().map(|(weight, y)| weight * y).sum::<f64>() / rows;
        let variation: f64 = weighted.clone().map(|(weight, y)| weight * (y - mean).powi(2)).sum();
        let d2 = if loss == Loss::Poisson { self.deviance(weighted, mean, rows) } else { None };
        Regression {
            loss: self.losses / rows,
            rmse: (self.squares / rows).sqrt(),
            mae: self.magnitudes / rows,
            r2: (variation > 0.0).then(|| 1.0 - self.squares / variation),
            d2,
        }
    }

    /// The share of the deviance that is explained. Half a deviance is a sum of losses above the least
    /// that there can be, at μ = y.
    fn deviance(
        &self,
        counts: impl Iterator<Item = (f64, f64)> + Clone,
        mean: f64,
        rows: f64,
    ) -> Option<f64> {
        let least: f64 = counts.clone().map(|(weight, y)| weight * best(y)).sum();
        let null = rows * best(mean) - least;
        let mut counting = counts.filter(|(weight, _)| *weight > 0.0).map(|(_, y)| y);
        let first = counting.next();
        let varies = counting.any(|y| Some(y) != first);
        (varies && null > 0.0).then(|| 1.0 - (self.losses - least) / null)
    }
}

/// The loss of a count, or of counts with this mean, at its own mean: y − y·log y.
fn best(count: f64) -> f64 {
    if count > 0.0 { count - count * count.ln() } else { 0.0 }
}
