//! Many settings at once: every pair, triple, … of a grid is a head of one pass over the data, and
//! with cross-validation so is every fold of it.
//!
//! *Ranking*: by the loss on validation rows where the trainer has some; else by the mean loss on the
//! rows that the folds held out; else by the loss on the training rows. *One standard error* (Breiman
//! et al., *Classification and Regression Trees*, 1984; Hastie, Tibshirani & Friedman, *The Elements
//! of Statistical Learning*, 2nd ed., 7.10): of the settings whose mean held-out loss is at most the
//! best one's plus its standard error, the most penalised.

mod cross_validation;
mod grid;
mod ranking;

pub use cross_validation::CrossValidation;

use std::time::Instant;

use linnea_data::Dataset;

use crate::error::{Error, Result};
use crate::folds::{Fold, Folding};
use crate::model::Metrics;
use crate::settings::Settings;
use crate::trainer::{Fit, Trainer};
use grid::Grid;

/// A trainer and the grid of settings that it is to try.
///
/// ```
/// use linnea::prelude::*;
///
/// let (train, test) = Builtin::Diabetes.train_test()?;
/// let trainer = Trainer::new().epochs(100);
/// let sweep = Sweep::new(&trainer).l2(&[0.0, 0.01, 0.1]).folds(5).fit(&train)?;
/// let best = &sweep.best()?.model;
/// assert!(best.evaluate(&test, None)?.r2() > Some(0.4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sweep<'a> {
    trainer: &'a Trainer<'a>,
    grid: Grid,
    folds: Option<usize>,
    folding: Folding,
}

/// What a sweep has come to.
#[derive(Debug)]
#[non_exhaustive]
pub struct SweepFit {
    /// Every setting of the grid, in its order.
    pub candidates: Vec<Candidate>,
    /// The candidates by their score, the best first. Who has none stands last.
    pub ranking: Vec<usize>,
    /// The most penalised candidate within one standard error of the best, with cross-validation.
    pub one_standard_error: Option<usize>,
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

impl<'a> Sweep<'a> {
    /// A sweep of the trainer's own settings alone, until it is told what else to try.
    #[must_use]
    pub fn new(trainer: &'a Trainer<'a>) -> Self {
        Self { trainer, grid: Grid::default(), folds: None, folding: Folding::default() }
    }

    /// The learning rates to try.
    #[must_use]
    pub fn learning_rates(mut self, rates: &[f64]) -> Self {
        self.grid.learning_rates = rates.to_vec();
        self
    }

    /// The weights of the L2 penalty to try.
    #[must_use]
    pub fn l2(mut self, penalties: &[f64]) -> Self {
        self.grid.l2 = penalties.to_vec();
        self
    }

    /// The weights of the L1 penalty to try.
    #[must_use]
    pub fn l1(mut self, penalties: &[f64]) -> Self {
        self.grid.l1 = penalties.to_vec();
        self
    }

    /// The momenta to try.
    #[must_use]
    pub fn momenta(mut self, momenta: &[f64]) -> Self {
        self.grid.momenta = momenta.to_vec();
        self
    }

    /// The numbers of epochs to try.
    #[must_use]
    pub fn epochs(mut self, epochs: &[usize]) -> Self {
        self.grid.epochs = epochs.to_vec();
        self
    }

    /// The seeds of the weights at the start to try.
    #[must_use]
    pub fn init_seeds(mut self, seeds: &[u64]) -> Self {
        self.grid.init_seeds = seeds.to_vec();
        self
    }

    /// Trains every setting `folds` times more, each time without one of so many shares of the rows,
    /// and judges it by those. Centres and scales of the features are those of all training rows.
    #[must_use]
    pub fn folds(mut self, folds: usize) -> Self {
        self.folds = Some(folds);
        self
    }

    /// By what rows are shared out to the folds: stratified, if nothing else is said.
    ///
    /// ```
    /// use linnea::Folding;
    /// use linnea::prelude::*;
    ///
    /// let (train, _) = Builtin::Diabetes.train_test()?;
    /// let patients = (0..train.rows() as u32).map(|row| row / 3).collect();
    /// let train = train.with_groups(patients)?;
    /// let trainer = Trainer::new();
    /// let sweep = Sweep::new(&trainer).l2(&[0.0, 0.1]).folds(5).folding(Folding::Grouped);
    /// assert!(sweep.fit(&train)?.candidates[1].cross_validation.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn folding(mut self, folding: Folding) -> Self {
        self.folding = folding;
        self
    }

    /// The settings that will be tried, in order.
    #[must_use]
    pub fn settings(&self) -> Vec<Settings> {
        self.grid.settings(&self.trainer.settings)
    }

    /// Trains and judges all settings. One that diverges has its own error and does the others no
    /// harm.
    ///
    /// # Errors
    /// As [`Trainer::fit_heads`]; [`Error::Setting`] for fewer than two folds, or more than rows;
    /// [`Error::Folds`] if the rows cannot be shared out so.
    pub fn fit(&self, data: &Dataset) -> Result<SweepFit> {
        let start = Instant::now();
        self.check_folds(data)?;
        let settings = self.settings();
        let parts = self
            .folds
            .map(|of| cross_validation::parts(data, self.folding, of, &self.trainer.settings))
            .transpose()?;
        let mut fits = self.trainer.fit_heads(data, &self.heads(&settings))?.into_iter();
        let mut candidates = Vec::new();
        for settings in settings {
            let fit = fits.next().unwrap_or(Err(Error::Interrupted));
            let held_out: Vec<_> = fits.by_ref().take(self.folds.unwrap_or(0)).collect();
            let threads = self.trainer.threads;
            let cross_validation = match &parts {
                Some(parts) => CrossValidation::of(parts, held_out, threads)?,
                None => None,
            };
            candidates.push(self.candidate(data, settings, fit, cross_validation)?);
        }
        let ranking = ranking::ranking(&candidates);
        let one_standard_error = ranking::one_standard_error(&candidates, &ranking);
        let seconds = start.elapsed().as_secs_f64();
        Ok(SweepFit { candidates, ranking, one_standard_error, seconds })
    }

    fn check_folds(&self, data: &Dataset) -> Result<()> {
        let bad = self.folds.filter(|folds| !(2..=data.rows().max(2)).contains(folds));
        let range = "at least 2, and at most the number of rows";
        bad.map_or(Ok(()), |folds| {
            Err(Error::Setting { name: "the number of folds", value: folds.to_string(), range })
        })
    }

    /// For each setting, a head for all rows and one for each fold.
    fn heads(&self, settings: &[Settings]) -> Vec<Settings> {
        let folds = |settings: &Settings| {
            let by = self.folding;
            let fold =
                |index, of| Settings { fold: Some(Fold { index, of, by }), ..settings.clone() };
            let of = self.folds.unwrap_or(0);
            (0..of).map(|index| fold(index, of)).collect::<Vec<_>>()
        };
        settings.iter().flat_map(|one| [vec![one.clone()], folds(one)].concat()).collect()
    }

    fn candidate(
        &self,
        data: &Dataset,
        settings: Settings,
        fit: Result<Fit>,
        cross_validation: Option<CrossValidation>,
    ) -> Result<Candidate> {
        let on = |rows: Option<&Dataset>| match (rows, &fit) {
            (Some(rows), Ok(fit)) => fit.model.evaluate(rows, self.trainer.threads).map(Some),
            _ => Ok(None),
        };
        let (train, valid) = (on(Some(data))?, on(self.trainer.valid)?);
        Ok(Candidate { settings, fit, train, valid, cross_validation })
    }
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
