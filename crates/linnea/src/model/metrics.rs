//! How well a model does on some rows, each of which counts by its weight, if it has one.

use serde::Serialize;

/// The metrics of a model on some rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Metrics {
    /// Of classes.
    Classification(Classification),
    /// Of numbers.
    Regression(Regression),
}

/// Metrics of classification.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Classification {
    /// The mean cross-entropy, in nats, without the penalty.
    pub loss: f64,
    /// The share of rows whose likeliest class is theirs.
    pub accuracy: f64,
    /// Rows by class (first index) and predicted class, for up to 20 classes: their number, whatever
    /// their weights.
    pub confusion: Option<Vec<Vec<u64>>>,
}

/// Metrics of regression, in the target's units; residuals are those of the predicted mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Regression {
    /// The mean of the model's own loss, without the penalty: of half the squared residuals, of the Huber
    /// loss, or of exp o − y·o.
    pub loss: f64,
    /// The root of the mean squared residual.
    pub rmse: f64,
    /// The mean absolute residual.
    pub mae: f64,
    /// The share of the target's variance that is explained; `None` if it has none.
    pub r2: Option<f64>,
    /// The share of the deviance that is explained, of a model of counts: 1 − D(y, μ)/D(y, ȳ) with
    /// D = 2 Σ (y log(y/μ) − y + μ); `None` if the counts are all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub d2: Option<f64>,
}

impl Metrics {
    /// The mean loss.
    #[must_use]
    pub fn loss(&self) -> f64 {
        match self {
            Self::Classification(metrics) => metrics.loss,
            Self::Regression(metrics) => metrics.loss,
        }
    }

    /// The share of rows whose likeliest class is theirs; `None` for a regression.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        match self {
            Self::Classification(metrics) => Some(metrics.accuracy),
            Self::Regression(_) => None,
        }
    }

    /// The mean absolute residual, in the target's units; `None` for a classification.
    #[must_use]
    pub fn mae(&self) -> Option<f64> {
        match self {
            Self::Classification(_) => None,
            Self::Regression(metrics) => Some(metrics.mae),
        }
    }

    /// The share of the target's variance that is explained; `None` for a classification, or a
    /// target that does not vary.
    #[must_use]
    pub fn r2(&self) -> Option<f64> {
        match self {
            Self::Classification(_) => None,
            Self::Regression(metrics) => metrics.r2,
        }
    }
}
