//! Metrics of models that predict numbers.

use linnea_data::Dataset;

use super::Model;
use super::metrics::{Metrics, Regression};
use crate::error::Result;
use crate::loss::{Loss, check_counts, huber};

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
        let add = |sums: &mut Sums, row: usize, logits: &mut [f64]| {
            sums.add(loss, delta, values[row], logits[0], row);
        };
        let states = self.fold_logits(data, threads, 1, Sums::default, add)?;
        let sums = states.iter().fold(Sums::default(), Sums::merged);
        sums.overflow.map_or(Ok(()), |(row, logit)| Err(super::overflow(row, logit)))?;
        Ok(Metrics::Regression(sums.metrics(loss, values)))
    }
}

/// Sums over some rows.
#[derive(Default)]
struct Sums {
    losses: f64,
    squares: f64,
    magnitudes: f64,
    /// The first row whose mean is no number, and its logit.
    overflow: Option<(usize, f64)>,
}

impl Sums {
    fn add(&mut self, loss: Loss, delta: f64, target: f64, logit: f64, row: usize) {
        let mean = loss.mean(logit);
        let residual = mean - target;
        self.squares += residual * residual;
        self.magnitudes += residual.abs();
        self.losses += match loss {
            Loss::Poisson => mean - target * logit,
            Loss::Huber => huber(residual, delta),
            Loss::Squared | Loss::Softmax => residual * residual / 2.0,
        };
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

    fn metrics(&self, loss: Loss, values: &[f64]) -> Regression {
        let rows = values.len() as f64;
        let mean = values.iter().sum::<f64>() / rows;
        let variation: f64 = values.iter().map(|y| (y - mean).powi(2)).sum();
        let d2 = if loss == Loss::Poisson { self.deviance(values, mean) } else { None };
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
    fn deviance(&self, values: &[f64], mean: f64) -> Option<f64> {
        let least: f64 = values.iter().map(|&y| best(y)).sum();
        let null = values.len() as f64 * best(mean) - least;
        let varies = values.iter().any(|&y| y != values[0]);
        (varies && null > 0.0).then(|| 1.0 - (self.losses - least) / null)
    }
}

/// The loss of a count, or of counts with this mean, at its own mean: y − y·log y.
fn best(count: f64) -> f64 {
    if count > 0.0 { count - count * count.ln() } else { 0.0 }
}
