//! How fits on parts of the rows do on the rows that they have not seen.

use linnea_data::Dataset;
use serde::Serialize;

use crate::check::check_weights;
use crate::error::{Error, Result};
use crate::folds::Folding;
use crate::model::Metrics;
use crate::settings::Settings;
use crate::trainer::Fit;

/// The scores of one setting on the shares of the rows that its fits did not see.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CrossValidation {
    /// The metrics of each fold's fit on the rows that it held out.
    pub folds: Vec<Metrics>,
    /// The mean of the folds' losses.
    pub loss: f64,
    /// The standard error of that mean: the folds' standard deviation over the root of their number.
    pub standard_error: f64,
    /// The mean of the folds' accuracies, of a classification.
    pub accuracy: Option<f64>,
    /// The mean of the folds' R², of a regression.
    pub r2: Option<f64>,
}

/// The rows by which every fold is judged.
pub(super) fn parts(
    data: &Dataset,
    by: Folding,
    folds: usize,
    settings: &Settings,
) -> Result<Vec<Dataset>> {
    let split = by.split(data, folds, settings.seed)?;
    let part = |(fold, (_, judged)): (usize, &(Vec<usize>, Vec<usize>))| {
        let part = data.select(judged);
        check_weights(&part).map_err(|_| {
            Error::Folds(format!(
                "fold {fold} of {folds} would be judged by rows that all have the weight 0; take fewer folds"
            ))
        })?;
        Ok(part)
    };
    split.iter().enumerate().map(part).collect()
}

impl CrossValidation {
    /// The scores of fits, each on its part; `None` if one of them failed.
    pub(super) fn of(
        parts: &[Dataset],
        fits: Vec<Result<Fit>>,
        threads: Option<usize>,
    ) -> Result<Option<Self>> {
        let Ok(fits) = fits.into_iter().collect::<Result<Vec<_>>>() else { return Ok(None) };
        let metrics = fits.iter().zip(parts).map(|(fit, part)| fit.model.evaluate(part, threads));
        Ok(Some(Self::new(metrics.collect::<Result<_>>()?)))
    }

    fn new(folds: Vec<Metrics>) -> Self {
        let losses: Vec<f64> = folds.iter().map(Metrics::loss).collect();
        let (loss, count) = (mean(&losses), losses.len() as f64);
        let squares: f64 = losses.iter().map(|l| (l - loss).powi(2)).sum();
        let standard_error = (squares / (count - 1.0).max(1.0) / count).sqrt();
        let all = |score: fn(&Metrics) -> Option<f64>| {
            folds.iter().map(score).collect::<Option<Vec<_>>>().map(|scores| mean(&scores))
        };
        let (accuracy, r2) = (all(Metrics::accuracy), all(Metrics::r2));
        Self { folds, loss, standard_error, accuracy, r2 }
    }
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}
