//! The front door of training: data and settings in, a model out.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use linnea_data::{Dataset, Missing};
use serde::{Deserialize, Serialize};

use crate::check::{check_heads, check_training, check_valid, check_valid_counts};
use crate::error::{Error, Result};
use crate::folds::Fold;
use crate::loss::{Aim, Loss};
use crate::model::{Model, Provenance};
use crate::row_weights::row_weights;
use crate::rows::over_rows;
use crate::settings::{Schedule, Settings, Standardize};
use crate::solver::{Convergence, Solver, choose_all};
use crate::training::{Report, Run, outputs};
use linnea_kernels::check_level;

/// Nobody sets it.
static NEVER: AtomicBool = AtomicBool::new(false);

/// Trains linear and softmax regression.
///
/// ```
/// use linnea::prelude::*;
///
/// let (train, test) = Builtin::Digits.train_test()?;
/// let fit = Trainer::new().epochs(30).seed(1).fit(&train)?;
/// assert!(fit.model.evaluate(&test, None)?.accuracy() > Some(0.94));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trainer<'a> {
    pub(crate) settings: Settings,
    pub(crate) threads: Option<usize>,
    pub(crate) missing: Missing,
    pub(crate) interrupt: &'a AtomicBool,
    pub(crate) valid: Option<&'a Dataset>,
    pub(crate) provenance: Provenance,
    pub(crate) checkpoint: Option<PathBuf>,
    pub(crate) checkpoint_interval: Duration,
    pub(crate) resume: Option<PathBuf>,
}

/// How an epoch went: a pass of minibatch SGD over the rows, or an iteration of a full-batch solver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochReport {
    /// Its number, from 1.
    pub epoch: usize,
    /// How many there will be.
    pub epochs: usize,
    /// The mean loss over its minibatches, each before its step.
    pub loss: f64,
    /// The mean loss over the validation rows after it.
    pub valid_loss: Option<f64>,
    /// How long the pass over the rows took.
    pub seconds: f64,
    /// How many rows were visited.
    pub rows: usize,
    /// In a full-batch solver, the norm of the objective's gradient, as a share of that at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient_left: Option<f64>,
}

/// What training has come to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fit {
    /// The model.
    pub model: Model,
    /// Every finished epoch.
    pub epochs: Vec<EpochReport>,
    /// Whether training was interrupted; the model is then the best of the finished epochs, by
    /// validation loss where there is one, or what there was if none had finished. Otherwise it is
    /// that of the last epoch.
    pub interrupted: bool,
    /// Whether rows were found to be separable, so that without a penalty there is no optimum and the
    /// weights grow as long as training goes on; `None` where that was not found out: after SGD, and on
    /// large data, only single classes, and all of them, are looked for.
    pub separable: Option<bool>,
    /// The time that training took, all told.
    pub seconds: f64,
    /// Why the last checkpoint could not be written, if one was wanted and could not.
    pub checkpoint_failure: Option<String>,
    /// Whether a full-batch solver came to the optimum, or why not; none of SGD.
    pub convergence: Option<Convergence>,
}

impl Default for Trainer<'_> {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            threads: None,
            missing: Missing::default(),
            interrupt: &NEVER,
            valid: None,
            provenance: Provenance::default(),
            checkpoint: None,
            checkpoint_interval: Duration::from_secs(1),
            resume: None,
        }
    }
}

impl<'a> Trainer<'a> {
    /// A trainer whose settings come from the data.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All settings at once.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// What is made small: by default the squared loss for a number and softmax for a class.
    ///
    /// ```
    /// use linnea::prelude::*;
    ///
    /// // Counts that grow by the factor 1.5 from row to row, give or take.
    /// let counts = vec![2.0, 3.0, 5.0, 7.0, 10.0, 15.0];
    /// let rows = Values::F64((0..6).map(f64::from).collect());
    /// let data = Dataset::dense(1, rows, Targets::Values(counts))?;
    /// let model = Trainer::new().loss(Loss::Poisson).fit(&data)?.model;
    /// assert!((model.weight()[0].exp() - 1.5).abs() < 0.05);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn loss(mut self, loss: Loss) -> Self {
        self.settings.loss = Some(loss);
        self
    }

    /// The threshold of the Huber loss, in the target's units.
    ///
    /// ```
    /// use linnea::prelude::*;
    ///
    /// // On a line, but for one row.
    /// let y = vec![0.0, 1.0, 2.0, 300.0, 4.0, 5.0, 6.0];
    /// let rows = Values::F64((0..7).map(f64::from).collect());
    /// let data = Dataset::dense(1, rows, Targets::Values(y))?;
    /// let model = Trainer::new().loss(Loss::Huber).delta(0.1).fit(&data)?.model;
    /// assert!((model.weight()[0] - 1.0).abs() < 0.05);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn delta(mut self, delta: f64) -> Self {
        self.settings.delta = Some(delta);
        self
    }

    /// How the loss is made small.
    ///
    /// ```
    /// use linnea::prelude::*;
    ///
    /// let (train, _) = Builtin::Digits.train_test()?;
    /// let fit = Trainer::new().solver(Solver::Lbfgs).l2(1e-3).fit(&train)?;
    /// let end = fit.convergence.expect("a full-batch solver says how it ended");
    /// assert!(end.converged && end.gradient_norm <= 1e-6 * end.start_gradient_norm);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn solver(mut self, solver: Solver) -> Self {
        self.settings.solver = solver;
        self
    }

    /// The weight λ of the penalty λ·‖V‖₁ on the weights of the standardised features.
    #[must_use]
    pub fn l1(mut self, l1: f64) -> Self {
        self.settings.l1 = l1;
        self
    }

    /// What a full-batch solver may leave of the gradient's norm, as a share of that at the start; with
    /// an L1 penalty, of the duality gap as a share of the objective at the start.
    #[must_use]
    pub fn tol(mut self, tolerance: f64) -> Self {
        self.settings.tol = Some(tolerance);
        self
    }

    /// The most iterations of a full-batch solver.
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.settings.max_iterations = Some(iterations);
        self
    }

    /// Passes over the data.
    #[must_use]
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = Some(epochs);
        self
    }

    /// Rows in a minibatch.
    #[must_use]
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.settings.batch_size = Some(rows);
        self
    }

    /// The step's length at the start, in standardised features.
    #[must_use]
    pub fn learning_rate(mut self, rate: f64) -> Self {
        self.settings.learning_rate = Some(rate);
        self
    }

    /// How the learning rate changes over the run.
    #[must_use]
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.settings.schedule = Some(schedule);
        self
    }

    /// The share of the last step that is taken again.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.settings.momentum = Some(momentum);
        self
    }

    /// The weight λ of the penalty λ/2·‖V‖² on the weights of the standardised features.
    #[must_use]
    pub fn l2(mut self, l2: f64) -> Self {
        self.settings.l2 = l2;
        self
    }

    /// Whether features are centred and scaled.
    #[must_use]
    pub fn standardize(mut self, standardize: Standardize) -> Self {
        self.settings.standardize = standardize;
        self
    }

    /// The seed of the order in which rows are visited.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// The most threads that share the work: one a processor by default, less those that other calls of
    /// the process have at work. The result does not depend on it.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// A flag that stops the training when somebody sets it.
    #[must_use]
    pub fn interrupt(mut self, flag: &'a AtomicBool) -> Self {
        self.interrupt = flag;
        self
    }

    /// Rows by which the epochs are judged: their loss is reported, and the best epoch is kept when
    /// training ends before its time. They are not learned from.
    #[must_use]
    pub fn valid(mut self, valid: &'a Dataset) -> Self {
        self.valid = Some(valid);
        self
    }

    /// What the model is to say the data are called.
    #[must_use]
    pub fn data_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.provenance.data);
        self
    }

    /// The share of rows that was held out before, by which the model's user can find them again:
    /// `split(rows, fraction, seed).1`, with the seed of this trainer.
    #[must_use]
    pub fn held_out(mut self, fraction: Option<f64>) -> Self {
        self.provenance.valid = fraction;
        self
    }

    /// What was done about missing cells, and is to be done in prediction.
    #[must_use]
    pub fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// A file that is to hold, after the first epoch and then about every second
    /// ([`checkpoint_interval`](Self::checkpoint_interval)), all that is needed to go on; it is also a
    /// model. It is written as [`Model::save`] writes.
    #[must_use]
    pub fn checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.checkpoint = Some(path.into());
        self
    }

    /// How long a run goes on between two checkpoints, at least: a second by default. They are written
    /// at the ends of epochs.
    #[must_use]
    pub fn checkpoint_interval(mut self, interval: Duration) -> Self {
        self.checkpoint_interval = interval;
        self
    }

    /// Goes on from a checkpoint of a run with the same data and settings. The result has the same
    /// bits as if that run had not been interrupted, on the same instruction set.
    #[must_use]
    pub fn resume(mut self, path: impl Into<PathBuf>) -> Self {
        self.resume = Some(path.into());
        self
    }

    /// The seed of the weights at the start, which are 0 without one.
    #[must_use]
    pub fn init_seed(mut self, seed: u64) -> Self {
        self.settings.init_seed = Some(seed);
        self
    }

    /// A share of the rows that is not learned from.
    #[must_use]
    pub fn fold(mut self, fold: Fold) -> Self {
        self.settings.fold = Some(fold);
        self
    }

    /// Trains on `data`.
    ///
    /// # Errors
    /// If the data hold a number that is not finite or nothing to learn, a setting makes no sense,
    /// or the training diverges.
    pub fn fit(&self, data: &Dataset) -> Result<Fit> {
        self.fit_with(data, |_| {})
    }

    /// Trains on `data` and reports every epoch.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    pub fn fit_with(&self, data: &Dataset, report: impl FnMut(&EpochReport) + Send) -> Result<Fit> {
        let mut report = report;
        let heads = std::slice::from_ref(&self.settings);
        let fits = self.train(data, heads, 1, &mut |_, epoch| report(epoch))?;
        fits.into_iter().next().unwrap_or(Err(Error::Interrupted))
    }

    /// Trains several models in one pass over `data`: one for each of `heads`, whose settings take
    /// the place of this trainer's. Each has the same bits as if it were trained alone. A head that
    /// diverges has its own error and does the others no harm.
    ///
    /// ```
    /// use linnea::prelude::*;
    ///
    /// let (train, test) = Builtin::Digits.train_test()?;
    /// let heads = [0.0, 1e-3, 1e-1].map(|l2| Settings { l2, epochs: Some(20), ..Settings::default() });
    /// for fit in Trainer::new().fit_heads(&train, &heads)? {
    ///     assert!(fit?.model.evaluate(&test, None)?.accuracy() > Some(0.85));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Trainer::fit`] where it concerns all heads, and [`Error::Setting`] if there is no head,
    /// or if heads differ in batch size, seed, standardising, solver or loss, which one pass has in common.
    pub fn fit_heads(&self, data: &Dataset, heads: &[Settings]) -> Result<Vec<Result<Fit>>> {
        self.fit_legs(data, heads, heads.len())
    }

    /// The solver that [`Trainer::fit_heads`] would take for these data and heads, and nothing is trained.
    ///
    /// ```
    /// use linnea::prelude::*;
    ///
    /// let (train, _) = Builtin::Diabetes.train_test()?;
    /// let heads = [Settings::default()];
    /// assert_eq!(Trainer::new().solver_for(&train, &heads)?, Solver::Exact);
    /// // A checkpoint is of SGD.
    /// let kept = Trainer::new().checkpoint("run.safetensors");
    /// assert_eq!(kept.solver_for(&train, &heads)?, Solver::Sgd);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Trainer::fit_heads`], of data, heads, losses and solvers that do not go together.
    pub fn solver_for(&self, data: &Dataset, heads: &[Settings]) -> Result<Solver> {
        check_heads(heads)?;
        check_training(data)?;
        let weights = row_weights(data);
        let aim = Aim::new(&heads[0], data, weights.as_deref())?;
        let size = [data.rows(), data.features(), outputs(data)];
        Ok(choose_all(heads, self, aim.loss, size)?.solver)
    }

    /// Trains a path: one model for each L1 penalty, in the order given, each from where the one before
    /// it ended. From the largest to the smallest is fastest. Each has its own certificate; its last
    /// bits depend on where it began, unlike those of [`Trainer::fit_heads`].
    ///
    /// ```
    /// use linnea::prelude::*;
    ///
    /// let (train, _) = Builtin::Diabetes.train_test()?;
    /// let fits = Trainer::new().fit_path(&train, &[30.0, 10.0, 3.0, 1.0])?;
    /// let chosen = |fit: &Fit| fit.model.weight().iter().filter(|w| **w != 0.0).count();
    /// let mut last = 0;
    /// for fit in fits {
    ///     let fit = fit?;
    ///     assert!(fit.convergence.as_ref().is_some_and(|end| end.converged));
    ///     last = chosen(&fit).max(last);
    /// }
    /// assert!((5..=10).contains(&last));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Trainer::fit_heads`].
    pub fn fit_path(&self, data: &Dataset, l1: &[f64]) -> Result<Vec<Result<Fit>>> {
        let heads = l1.iter().map(|&l1| Settings { l1, ..self.settings.clone() });
        self.fit_legs(data, &heads.collect::<Vec<_>>(), 1)
    }

    /// As [`Trainer::fit_heads`], but a full-batch solver takes `leg` heads at once, and the next as many
    /// begin where these lead, each by the ones in its place.
    pub(crate) fn fit_legs(
        &self,
        data: &Dataset,
        heads: &[Settings],
        leg: usize,
    ) -> Result<Vec<Result<Fit>>> {
        self.train(data, heads, leg, &mut |_, _| {})
    }

    fn train(
        &self,
        data: &Dataset,
        heads: &[Settings],
        leg: usize,
        report: &mut Report<'_>,
    ) -> Result<Vec<Result<Fit>>> {
        check_heads(heads)?;
        check_level()?;
        check_training(data)?;
        if let Some(valid) = self.valid {
            check_valid(data, valid)?;
        }
        check_valid_counts(self.valid, heads)?;
        over_rows(data, Run { trainer: self, data, heads, leg, report })
    }
}
