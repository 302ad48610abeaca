//! How fits on parts of the rows do on the rows that they have not seen.

use linnea_data::Dataset;
use serde::Serialize;

use super::measured;
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
    /// The mean of the folds' mean absolute errors, of a regression.
    pub mae: Option<f64>,
    /// The standard error of that mean.
    pub mae_standard_error: Option<f64>,
    /// The mean of the folds' R², of a regression.
    pub r2: Option<f64>,
    /// How many of the folds' fits a full-batch solver did not bring to the optimum.
    pub unconverged: usize,
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
                "fold {fold} of {folds} would be judged by rows that all have the weight 0; take fewer \
                 folds"
            ))
        })?;
        Ok(part)
    };
    split.iter().enumerate().map(part).collect()
}

impl CrossValidation {
    /// The scores of fits, each on its part; `None` if one of them failed or was interrupted.
    pub(super) fn of(
        parts: &[Dataset],
        fits: Vec<Result<Fit>>,
        threads: Option<usize>,
    ) -> Result<Option<Self>> {
        let Ok(fits) = fits.into_iter().collect::<Result<Vec<_>>>() else { return Ok(None) };
        if fits.iter().any(|fit| fit.interrupted) {
            return Ok(None);
        }
        let on = |(fit, part): (&Fit, &Dataset)| measured(fit.model.evaluate(part, threads));
        let metrics = fits.iter().zip(parts).map(on).collect::<Result<Option<_>>>()?;
        let is_unconverged =
            |fit: &&Fit| fit.convergence.as_ref().is_some_and(|end| !end.converged);
        let unconverged = fits.iter().filter(is_unconverged).count();
        Ok(metrics.map(|folds| Self::new(folds, unconverged)))
    }

    fn new(folds: Vec<Metrics>, unconverged: usize) -> Self {
        let losses: Vec<f64> = folds.iter().map(Metrics::loss).collect();
        let [loss, standard_error] = mean_and_error(&losses);
        let all = |score: fn(&Metrics) -> Option<f64>| {
            folds.iter().map(score).collect::<Option<Vec<_>>>().map(|scores| mean(&scores))
        };
        let errors: Option<Vec<f64>> = folds.iter().map(Metrics::mae).collect();
        let errors = errors.map(|errors| mean_and_error(&errors));
        let (accuracy, r2) = (all(Metrics::accuracy), all(Metrics::r2));
        let [mae, mae_standard_error] = [0, 1].map(|i| errors.map(|errors| errors[i]));
        Self { folds, loss, standard_error, accuracy, mae, mae_standard_error, r2, unconverged }
    }
}

/// The mean of the folds' scores and its standard error.
fn mean_and_error(scores: &[f64]) -> [f64; 2] {
    let (mean, count) = (mean(scores), scores.len() as f64);
    let squares: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
    [mean, (squares / (count - 1.0).max(1.0) / count).sqrt()]
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}
