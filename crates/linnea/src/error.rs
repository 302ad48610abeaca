//! What can go wrong in training, predicting and keeping a model.

use std::path::PathBuf;

use linnea_data::DataError;

use crate::trainer::Fit;

/// Why the work failed: one sentence that says what, where and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data could not be read or do not fit together.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A number that is NaN, infinite, or too large to be squared.
    #[error(
        "row {row} (from 0), feature {feature:?}: the number is {value:e}; every number must be finite, within ±1e100"
    )]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The feature's name.
        feature: String,
        /// Its value.
        value: f64,
    },
    /// A target that is NaN, infinite, or too large to be squared.
    #[error(
        "row {row} (from 0): the target is {value:e}; every target must be finite, within ±1e100"
    )]
    TargetNotFinite {
        /// The row, from 0.
        row: usize,
        /// Its value.
        value: f64,
    },
    /// A count that is below 0.
    #[error(
        "row {row} (from 0): the target is {value}; the Poisson loss counts, so that every target must be at \
         least 0"
    )]
    NegativeCount {
        /// The row, from 0.
        row: usize,
        /// Its value.
        value: f64,
    },
    /// A predicted mean that is too large for a number.
    #[error(
        "row {row} (from 0): the predicted mean is exp({logit}), which no number can hold; its features are far \
         outside of what the model was trained on"
    )]
    Overflow {
        /// The row, from 0.
        row: usize,
        /// The logarithm of the mean.
        logit: f64,
    },
    /// Data that nothing can be learned from.
    #[error("{0}")]
    Unlearnable(String),
    /// A setting out of its range.
    #[error("{name} is {value}; it must be {range}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        range: &'static str,
    },
    /// Rows that cannot be shared out to folds as was asked.
    #[error("{0}")]
    Folds(String),
    /// Settings that do not go together.
    #[error("{what} does not go with the solver {solver}; {advice}")]
    Combination {
        /// What was asked for besides the solver.
        what: String,
        /// The solver's name.
        solver: &'static str,
        /// What is possible.
        advice: &'static str,
    },
    /// The environment asks for an instruction set that there is not.
    #[error(transparent)]
    Level(#[from] linnea_kernels::UnknownLevel),
    /// The loss grew instead of falling.
    #[error(
        "the training diverged in epoch {epoch}: the loss went from {start:.3e} to {loss:.3e}, so \
         the learning rate {learning_rate} is too large for these data; try {suggestion}"
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The mean loss at the start, before any step.
        start: f64,
        /// The mean loss in that epoch.
        loss: f64,
        /// The learning rate used.
        learning_rate: f64,
        /// A learning rate that suits the data.
        suggestion: f64,
        /// The best model of the epochs before; `None` if it was the first.
        best: Option<Box<Fit>>,
    },
    /// The training was interrupted before its first step.
    #[error("interrupted before the first step, so there is no model")]
    Interrupted,
    /// The system has not so many threads.
    #[error("cannot start {threads} threads; choose fewer (--threads)")]
    Threads {
        /// How many were wanted.
        threads: usize,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The machine has not so much memory to give.
    #[error(
        "{what} needs {} MB of memory where the system gives {} MB; free some, or do less (--quick)",
        needed.div_ceil(1_000_000), available / 1_000_000
    )]
    Memory {
        /// What was to be done.
        what: String,
        /// How many bytes it takes.
        needed: usize,
        /// How many bytes the system gives.
        available: usize,
    },
    /// A robust covariance divides by what a row's leverage leaves of 1, which is 0.
    #[error(
        "row {row} (from 0) has leverage 1: its residual is 0 whatever its target, so {covariance} does not \
         exist; take hc1"
    )]
    Leverage {
        /// The row, from 0.
        row: usize,
        /// The covariance's name.
        covariance: &'static str,
    },
    /// A model at whose parameters the likelihood is not at its largest, so that it has no standard errors.
    #[error(
        "the model is {distance:.3} standard errors from the maximum of the likelihood, and standard errors \
         are only known within {most}; train it further (more --max-iterations or a smaller --tol, not \
         --solver sgd), or do without (leave --statistics out)"
    )]
    NotAtMaximum {
        /// How far it is from there, in standard errors.
        distance: f64,
        /// How far it may be.
        most: f64,
    },
    /// No temperature makes the probabilities fit better than every other.
    #[error("cannot calibrate: {0}")]
    Uncalibratable(&'static str),
    /// The data are not of the kind that the model was trained on.
    #[error("{0}")]
    Mismatch(String),
    /// A file that is no model, or is damaged.
    #[error("{}: {reason}", path.display())]
    ModelFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// The operating system refused to read a file.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The operating system refused to write a file.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// A `Result` with an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
