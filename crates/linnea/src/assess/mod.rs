//! All that there is to say about how a model does on some rows: beside its [`Metrics`], what each
//! class gets, how well classes are ranked, how far probabilities can be believed, how residuals lie.
//!
//! [`Metrics`]: crate::Metrics

mod auc;
mod classes;
mod quantiles;
mod reliability;

use linnea_data::{Dataset, Targets};
use serde::Serialize;

pub use classes::{ClassScores, Classes};
pub use quantiles::Quantiles;
pub use reliability::Bin;

use crate::error::Result;
use crate::model::{Metrics, Model, Regression};

/// How a model does on some rows, at length.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Assessment {
    /// Of classes.
    Classification(Classes),
    /// Of numbers.
    Regression(Residuals),
}

/// How a regression does, in the target's units.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Residuals {
    /// What [`Model::evaluate`] says.
    #[serde(flatten)]
    pub metrics: Regression,
    /// Of target less prediction. Unlike the metrics, they do not follow the rows' weights: they say how
    /// the residuals of the rows lie that have one.
    pub residuals: Quantiles,
}

impl Model {
    /// How the model does on `data`, at length: three passes over the rows, or more where they have
    /// very many classes. Rows count by their weights, if they have some, in all but numbers of rows and
    /// the quantiles of residuals. `threads` is one a processor if `None`; it does not change the result.
    ///
    /// ```
    /// use linnea::{Assessment, prelude::*};
    ///
    /// let (train, test) = Builtin::Digits.train_test()?;
    /// let model = Trainer::new().l2(1e-3).fit(&train)?.model;
    /// let Assessment::Classification(digits) = model.assess(&test, None)? else { unreachable!() };
    /// assert!(digits.auc > Some(0.99) && digits.top_k[1] > digits.metrics.accuracy);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    pub fn assess(&self, data: &Dataset, threads: Option<usize>) -> Result<Assessment> {
        match (self.evaluate(data, threads)?, data.targets()) {
            (Metrics::Classification(metrics), Targets::Classes(classes)) => {
                let mut scores = self.class_scores(data, classes, threads, metrics)?;
                scores.rank(self.areas(data, classes, threads)?);
                Ok(Assessment::Classification(scores))
            }
            (Metrics::Regression(metrics), Targets::Values(values)) => {
                let residuals = self.residual_quantiles(data, values, threads)?;
                Ok(Assessment::Regression(Residuals { metrics, residuals }))
            }
            _ => unreachable!("evaluate refuses other targets"),
        }
    }
}

impl Assessment {
    /// What [`Model::evaluate`] says.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        match self {
            Self::Classification(classes) => Metrics::Classification(classes.metrics.clone()),
            Self::Regression(residuals) => Metrics::Regression(residuals.metrics.clone()),
        }
    }
}
