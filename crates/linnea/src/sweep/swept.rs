//! What a sweep has come to.

use super::CrossValidation;
use crate::error::{Error, Result};
use crate::model::Metrics;
use crate::settings::Settings;
use crate::trainer::Fit;

/// What a sweep has come to.
#[derive(Debug)]
#[non_exhaustive]
pub struct SweepFit {
    /// Every setting of the grid, in its order.
    pub candidates: Vec<Candidate>,
    /// The candidates by their score, the best first: by loss, or where there are several losses by mean
    /// absolute error. Who has none stands last.
    pub ranking: Vec<usize>,
    /// The most penalised candidate within one standard error of the best, with cross-validation.
    pub one_standard_error: Option<usize>,
    /// Whether somebody interrupted the sweep before every fit was done, those of folds included.
    pub interrupted: bool,
    /// How long everything took.
    pub seconds: f64,
}

/// One setting of the grid, and how it did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The settings.
    pub settings: Settings,
    /// The fit on all training rows, or why there is none.
    pub fit: Result<Fit>,
    /// The fit's metrics on the training rows.
    pub train: Option<Metrics>,
    /// The fit's metrics on the validation rows.
    pub valid: Option<Metrics>,
    /// How fits on parts of the training rows did on the others.
    pub cross_validation: Option<CrossValidation>,
}

impl SweepFit {
    /// The fit of the best candidate.
    ///
    /// # Errors
    /// What went wrong with the first candidate, if every one failed.
    pub fn best(self) -> Result<Fit> {
        let best = self.ranking.first().copied();
        self.take(best)
    }

    /// The fit of the most penalised candidate within one standard error of the best; that of the best
    /// where there was no cross-validation.
    ///
    /// # Errors
    /// As [`SweepFit::best`].
    pub fn simplest(self) -> Result<Fit> {
        let simplest = self.one_standard_error.or(self.ranking.first().copied());
        self.take(simplest)
    }

    fn take(mut self, index: Option<usize>) -> Result<Fit> {
        match index {
            Some(index) if index < self.candidates.len() => self.candidates.swap_remove(index).fit,
            _ => Err(Error::Interrupted),
        }
    }
}
