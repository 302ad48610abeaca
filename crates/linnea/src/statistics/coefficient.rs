//! One line of a table of coefficients.

use serde::Serialize;

use crate::statistics::distribution::Reference;

/// A coefficient and how sure it is. What the data do not determine is NaN, `null` in JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CoefficientStatistics {
    /// The feature's name, or `(intercept)`.
    pub name: String,
    /// For a model of classes, the class whose logit it is; it is compared with the first class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The coefficient: target units a unit of the feature.
    pub estimate: f64,
    /// The standard deviation of the estimate.
    pub standard_error: f64,
    /// The estimate over its standard error: t, or z.
    pub statistic: f64,
    /// How probable a statistic of at least this magnitude is if the coefficient is 0.
    pub p_value: f64,
    /// The confidence interval's lower end.
    pub low: f64,
    /// The confidence interval's upper end.
    pub high: f64,
    /// The variance inflation factor 1/(1 − R²) of the feature by the others: by how much
    /// collinearity makes the classic variance larger. `None` for the intercept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vif: Option<f64>,
}

impl CoefficientStatistics {
    /// The line of an estimate whose confidence interval is `quantile` standard errors to each side.
    pub(crate) fn new(
        name: String,
        estimate: f64,
        variance: f64,
        reference: Reference,
        quantile: f64,
    ) -> Self {
        let standard_error = variance.sqrt();
        let statistic = estimate / standard_error;
        Self {
            name,
            class: None,
            estimate,
            standard_error,
            statistic,
            p_value: reference.p_value(statistic),
            low: estimate - quantile * standard_error,
            high: estimate + quantile * standard_error,
            vif: None,
        }
    }
}
