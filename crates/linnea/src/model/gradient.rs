//! The gradient of the mean loss in a model's parameters: one pass over the rows.

use linnea_data::{Dataset, Targets};

use super::{Model, OTHER_KIND};
use crate::check::{check_features, check_weights};
use crate::error::{Error, Result};
use crate::loss::{Aim, Loss, check_counts};
use crate::objective::{Objective, Value};
use crate::row_weights::row_weights;
use crate::rows::{OverRows, Rows, over_rows};
use crate::scaling::Scaling;
use crate::target::TargetUnits;
use linnea_kernels::{Element, Level, check_level};

/// The mean loss over some rows, weighted if they have weights, and its gradient, without the penalty.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Gradient {
    /// The mean loss.
    pub loss: f64,
    /// The derivative in each weight of the features as they are stored: outputs × features,
    /// row-major.
    pub weight: Vec<f64>,
    /// The derivative in each intercept.
    pub bias: Vec<f64>,
}

impl Model {
    /// The mean loss over `data` and its gradient in this model's weights and intercepts, computed in
    /// the rows' own precision. `threads` is one a processor if `None`; it does not change the result.
    ///
    /// ```
    /// use linnea::prelude::*;
    ///
    /// let (train, _) = Builtin::Diabetes.train_test()?;
    /// let model = Trainer::new().epochs(100).fit(&train)?.model;
    /// let gradient = model.gradient(&train, None)?;
    /// assert!((gradient.loss - model.evaluate(&train, None)?.loss()).abs() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Model::evaluate`].
    pub fn gradient(&self, data: &Dataset, threads: Option<usize>) -> Result<Gradient> {
        let mismatch = |reason: &str| Err(Error::Mismatch(reason.into()));
        if data.rows() == 0 || data.features() != self.features() {
            return mismatch("the rows must be some, with the features of the model");
        }
        let classes = match (self.card.loss, data.targets()) {
            (Loss::Softmax, Targets::Classes(classes)) => classes.as_slice(),
            (Loss::Softmax, _) => return mismatch(OTHER_KIND),
            (loss, Targets::Values(values)) => {
                if loss == Loss::Poisson {
                    check_counts(values)?;
                }
                &[]
            }
            _ => return mismatch(OTHER_KIND),
        };
        if classes.iter().any(|&class| class as usize >= self.outputs()) {
            return mismatch("the data have more classes than the model");
        }
        check_weights(data)?;
        check_level()?;
        let value = over_rows(data, At { model: self, data, threads });
        let gradient = value.gradient;
        // Numbers that cannot be computed with give a loss that is none.
        if !value.loss.is_finite() || !gradient.is_finite() {
            check_features(data)?;
        }
        Ok(Gradient { loss: value.loss, weight: gradient.weight, bias: gradient.bias })
    }
}

struct At<'a> {
    model: &'a Model,
    data: &'a Dataset,
    threads: Option<usize>,
}

impl OverRows for At<'_> {
    type Output = Value;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Value {
        let Self { model, data, threads } = self;
        let weights = row_weights(data);
        let aim = Aim { loss: model.card.loss, delta: model.card.recipe.delta };
        let (outputs, units) = (model.outputs(), TargetUnits::NONE);
        let loss = aim.over::<T::Real>(data.targets(), outputs, units, weights.as_deref());
        let objective = Objective {
            rows,
            loss: loss.as_ref(),
            scaling: &Scaling::none(model.features()),
            level: Level::detect(),
            threads,
        };
        objective.evaluate_one(&model.parameters)
    }
}
