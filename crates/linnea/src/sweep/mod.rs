//! Many settings at once: every pair, triple, … of a grid is a head of one pass over the data, and
//! with cross-validation so is every fold of it. Where they differ in one penalty alone, they are a path
//! (`path.rs`).
//!
//! *Ranking*: by the loss on validation rows where the trainer has some; else by the mean loss on the
//! rows that the folds held out; else by the loss on the training rows. Losses of different kinds are no
//! measure of one another: where there are several, it is the mean absolute error of the predicted mean
//! instead. It has the target's own units whatever was made small, and an outlier among the rows that
//! judge counts once; the squared error would find for the squared loss wherever there are outliers,
//! which are what the Huber loss is there for. Heads of one loss share their passes, and losses go one
//! after another. *One standard error* (Breiman
//! et al., *Classification and Regression Trees*, 1984; Hastie, Tibshirani & Friedman, *The Elements
//! of Statistical Learning*, 2nd ed., 7.10): of the settings whose mean held-out score is at most the
//! best one's plus its standard error, the most penalised.

mod cross_validation;
mod grid;
mod path;
mod ranking;
mod swept;

pub use cross_validation::CrossValidation;
pub use swept::{Candidate, SweepFit};

use std::time::Instant;

use linnea_data::Dataset;

use crate::error::{Error, Result};
use crate::folds::{Fold, Folding};
use crate::loss::Loss;
use crate::model::Metrics;
use crate::settings::Settings;
use crate::trainer::{Fit, Trainer};
use grid::Grid;
use ranking::Score;

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

    /// The losses to try, all of them for numbers or all for classes. Candidates are then ranked by their
    /// mean absolute error; the trainer's threshold of the Huber loss is that loss's alone.
    ///
    /// ```
    /// use linnea::prelude::*;
    ///
    /// let (train, _) = Builtin::Diabetes.train_test()?;
    /// let losses = [Loss::Squared, Loss::Huber, Loss::Poisson];
    /// let sweep = Sweep::new(&Trainer::new()).losses(&losses).l2(&[0.0, 0.1]).folds(5).fit(&train)?;
    /// assert_eq!(sweep.candidates.len(), 6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn losses(mut self, losses: &[Loss]) -> Self {
        self.grid.losses = losses.to_vec();
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
    /// and judges it by those. Centres and scales of the features, and a Huber threshold that
    /// nobody gave, are those of all training rows.
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
    /// harm. Each has the bits that it has alone, but where one penalty alone is tried by L-BFGS,
    /// Newton's method or proximal steps: that is a path, in which each fit begins where those of the next
    /// larger penalties lead it, and one with a fold held out where those with the same fold do. Each has its
    /// own certificate; its last bits depend on where it began.
    ///
    /// # Errors
    /// As [`Trainer::fit_heads`]; [`Error::Setting`] for fewer than two folds, or more than rows;
    /// [`Error::Mismatch`] for losses of numbers and of classes together, or several losses with a
    /// checkpoint; [`Error::Folds`] if the rows cannot be shared out so.
    pub fn fit(&self, data: &Dataset) -> Result<SweepFit> {
        let start = Instant::now();
        self.check_folds(data)?;
        self.check_losses()?;
        let settings = self.settings();
        let parts = self
            .folds
            .map(|of| cross_validation::parts(data, self.folding, of, &self.trainer.settings))
            .transpose()?;
        let fits = self.fits(data, &settings)?;
        let interrupted = fits.iter().any(was_interrupted);
        let mut fits = fits.into_iter();
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
        let by = if self.grid.losses.len() > 1 { Score::Error } else { Score::Loss };
        let ranking = ranking::ranking(&candidates, by);
        let one_standard_error = ranking::one_standard_error(&candidates, &ranking, by);
        let seconds = start.elapsed().as_secs_f64();
        Ok(SweepFit { candidates, ranking, one_standard_error, interrupted, seconds })
    }

    /// Every head's fit: those of one loss share their passes.
    fn fits(&self, data: &Dataset, settings: &[Settings]) -> Result<Vec<Result<Fit>>> {
        let mut fits = Vec::new();
        for settings in settings.chunk_by(|a, b| a.loss == b.loss) {
            fits.extend(match path::order(settings) {
                Some(order) => self.along(data, settings, &order)?,
                None => self.trainer.fit_heads(data, &self.heads(settings))?,
            });
        }
        Ok(fits)
    }

    /// The fits of a path that goes through the settings in some order.
    fn along(
        &self,
        data: &Dataset,
        settings: &[Settings],
        order: &[usize],
    ) -> Result<Vec<Result<Fit>>> {
        let leg = 1 + self.folds.unwrap_or(0);
        let heads: Vec<_> = order.iter().map(|&place| settings[place].clone()).collect();
        let fits = self.trainer.fit_legs(data, &self.heads(&heads), leg)?;
        let mut fits = fits.into_iter();
        // Back to the order of the settings, each with its folds.
        let mut legs: Vec<_> = order
            .iter()
            .map(|&place| (place, fits.by_ref().take(leg).collect::<Vec<_>>()))
            .collect();
        legs.sort_by_key(|(place, _)| *place);
        Ok(legs.into_iter().flat_map(|(_, leg)| leg).collect())
    }

    /// That the losses can be compared.
    fn check_losses(&self) -> Result<()> {
        let losses = &self.grid.losses;
        let Some(first) = losses.first() else { return Ok(()) };
        if let Some(other) = losses.iter().find(|l| l.is_of_classes() != first.is_of_classes()) {
            return Err(Error::Mismatch(format!(
                "the losses {first} and {other} do not go together: one is for numbers and one for \
                 classes; sweep those of one task"
            )));
        }
        if losses.len() > 1 && (self.trainer.checkpoint.is_some() || self.trainer.resume.is_some())
        {
            let reason = "a checkpoint is of heads of one loss; sweep one loss, or leave it out";
            return Err(Error::Mismatch(reason.into()));
        }
        Ok(())
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
            (Some(rows), Ok(fit)) => measured(fit.model.evaluate(rows, self.trainer.threads)),
            _ => Ok(None),
        };
        let (train, valid) = (on(Some(data))?, on(self.trainer.valid)?);
        Ok(Candidate { settings, fit, train, valid, cross_validation })
    }
}

/// Whether somebody stopped it.
fn was_interrupted(fit: &Result<Fit>) -> bool {
    match fit {
        Ok(fit) => fit.interrupted,
        Err(error) => matches!(error, Error::Interrupted),
    }
}

/// The metrics; none where a predicted mean is too large for a number, which is no other candidate's
/// concern.
fn measured(metrics: Result<Metrics>) -> Result<Option<Metrics>> {
    match metrics {
        Err(Error::Overflow { .. }) => Ok(None),
        other => other.map(Some),
    }
}
