//! A trained model: parameters with everything that prediction from raw rows needs.

mod evaluate;
mod file;
mod gradient;
mod metrics;
mod predict;
mod regress;

use linnea_data::{Missing, Schema};
use serde::{Deserialize, Serialize};

pub(crate) use file::{Extra, FORMAT, read_extra};
pub use gradient::Gradient;
pub use metrics::{Classification, Metrics, Regression};
pub use predict::Predictions;
pub(crate) use predict::likeliest;

use crate::error::Error;
use crate::loss::Loss;
use crate::parameters::Parameters;
use crate::scaling::Scaling;
use crate::settings::Recipe;
use crate::solver::Convergence;

/// What is wrong with a target that the model does not predict.
const OTHER_KIND: &str = "the target is not of the kind that the model predicts";

/// That a row's mean is too large.
fn overflow(row: usize, logit: f64) -> Error {
    Error::Overflow { row, logit }
}

/// A linear model o = xW + b of the features as they are stored.
///
/// ```
/// use linnea::prelude::*;
///
/// let (train, test) = Builtin::Diabetes.train_test()?;
/// let model = Trainer::new().fit(&train)?.model;
/// assert!(model.evaluate(&test, None)?.r2().is_some_and(|r2| r2 > 0.4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) card: Card,
    pub(crate) parameters: Parameters,
    pub(crate) scaling: Scaling,
}

/// What a model says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Card {
    /// The version of the file's format.
    pub format: u32,
    /// The version of Linnea that trained the model.
    pub linnea: String,
    /// The loss that was made small.
    pub loss: Loss,
    /// What the columns are, with the classes' labels.
    pub schema: Schema,
    /// What was done about missing cells.
    pub missing: Missing,
    /// The settings that training went by.
    pub recipe: Recipe,
    /// What it was trained on and how far.
    pub provenance: Provenance,
}

/// What a model was trained on and how far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Provenance {
    /// What the data were called.
    pub data: String,
    /// The rows learned from.
    pub rows: usize,
    /// The share of rows that was held out for validation.
    pub valid: Option<f64>,
    /// Epochs finished.
    pub epochs: usize,
    /// Steps taken in them.
    pub iterations: usize,
    /// The mean loss over them at the end, without the penalty.
    pub loss: f64,
    /// The Euclidean norm of the objective's gradient at the end, over all training rows, with
    /// respect to the weights of the standardised features and the intercepts; a numeric target is
    /// standardised too, and a count divided by the mean of all.
    pub gradient_norm: f64,
    /// The same at the start, where all weights are 0: what the end is to be measured by.
    pub start_gradient_norm: f64,
    /// What the logits of the trained model were divided by, to fit the probabilities of rows that were
    /// not learned from; loss and gradient are those before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The duality gap as a share of the loss where all weights are 0, for losses less their constant:
    /// what a full-batch solver's tolerance bounds; none without a penalty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative_gap: Option<f64>,
    /// How a full-batch solver ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub convergence: Option<Convergence>,
}

/// A feature's part in one output of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    /// The output: 0, or the class's index.
    pub output: usize,
    /// The feature's index.
    pub feature: usize,
    /// What one unit of the feature adds to the prediction, to the class's logit, or to the logarithm of
    /// a count's mean.
    pub per_unit: f64,
    /// What one standard deviation of the feature adds: comparable between features.
    pub per_deviation: f64,
}

impl Model {
    /// What the model says about itself.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// What the columns are.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.card.schema
    }

    /// The number of outputs: classes, or 1.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.parameters.outputs
    }

    /// The number of features.
    #[must_use]
    pub fn features(&self) -> usize {
        self.parameters.features
    }

    /// The weights of the features as they are stored, `outputs × features`, row-major.
    #[must_use]
    pub fn weight(&self) -> &[f64] {
        &self.parameters.weight
    }

    /// The intercepts, one an output.
    #[must_use]
    pub fn bias(&self) -> &[f64] {
        &self.parameters.bias
    }

    /// The coefficients of one output, in the order of the features.
    ///
    /// # Panics
    /// If there is no such output.
    #[must_use]
    pub fn coefficients(&self, output: usize) -> Vec<Coefficient> {
        let weights = &self.parameters.weight[output * self.features()..][..self.features()];
        let scaled = weights.iter().zip(&self.scaling.scale).enumerate();
        let coefficient = |(feature, (&per_unit, scale)): (usize, (&f64, &f64))| Coefficient {
            output,
            feature,
            per_unit,
            per_deviation: per_unit * scale,
        };
        scaled.map(coefficient).collect()
    }
}
