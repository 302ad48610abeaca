//! Linnea trains linear neural networks: linear regression and softmax regression.
//!
//! A [`Trainer`] takes a data set and gives a [`Model`] that predicts, evaluates and is kept in one
//! safetensors file. Data, settings and seed decide the result to the bit; the number of threads
//! does not.
//!
//! ```
//! use linnea::prelude::*;
//!
//! let loaded = Source::find("digits")?.read(&ReadOptions::default())?;
//! let Parts { train, test, .. } = loaded.prepare(None)?;
//! let fit = Trainer::new().l2(1e-4).fit(&train)?;
//! if let Some(test) = &test {
//!     println!("{:?}", fit.model.evaluate(test, None)?);
//! }
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("digits.safetensors");
//! fit.model.save(&path)?;
//! assert!(Model::load(&path)? == fit.model);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How it is built, and why so, is in the repository's `ARCHITECTURE.md`.

mod assess;
mod by_sgd;
mod calibrate;
mod check;
mod checkpoint;
mod error;
mod exact;
mod fingerprint;
mod folds;
mod full_batch;
mod loss;
mod model;
mod objective;
mod parameters;
mod pass;
pub mod roofline;
mod row_weights;
mod rows;
mod scaling;
mod separation;
mod settings;
mod sgd;
mod solver;
pub mod statistics;
mod sweep;
mod target;
mod team;
mod trainer;
mod training;
#[cfg(test)]
mod twin;
mod vanishing;

/// Reading data: the crate `linnea-data`.
pub use linnea_data as data;
/// Tensors, autograd and the mathematics of one layer: the crate `linnea-tensor`.
pub use linnea_tensor as tensor;

pub use assess::{Assessment, Bin, ClassScores, Classes, Quantiles, Residuals};
pub use calibrate::Calibrated;
pub use error::{Error, Result};
pub use exact::{Factorization, LeastSquares, LinearFit, Method};
pub use folds::{Fold, Folding, fold_rows};
pub use linnea_kernels::{UnknownLevel, check_level};
pub use loss::Loss;
pub use model::{
    Card, Classification, Coefficient, Gradient, Metrics, Model, Predictions, Provenance,
    Regression,
};
pub use settings::{Recipe, Schedule, Settings, Standardize};
pub use solver::{Convergence, Reason, Solver};
pub use sweep::{Candidate, CrossValidation, Sweep, SweepFit};
pub use team::thread_count;
pub use trainer::{EpochReport, Fit, Trainer};

/// The README's program is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// What most programs need.
pub mod prelude {
    pub use crate::{
        Error, Fit, Loss, Metrics, Model, Predictions, Schedule, Settings, Solver, Standardize,
        Sweep, Trainer,
    };
    pub use linnea_data::{
        Builtin, Dataset, Missing, Parts, ReadOptions, Source, Targets, Task, Values, bf16, f16,
    };
}
