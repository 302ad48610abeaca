//! Answers of statsmodels, made once by `golden/statistics.py` and kept.

use serde::Deserialize;

/// A regression: its data and what statsmodels says of it. What a case has not is empty or 0.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Golden {
    pub(crate) name: String,
    pub(crate) features: usize,
    /// Row-major.
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    pub(crate) weights: Vec<f64>,
    pub(crate) groups: Vec<u64>,
    pub(crate) intercept: bool,
    pub(crate) covariance: String,
    pub(crate) params: Vec<f64>,
    pub(crate) bse: Vec<f64>,
    pub(crate) pvalues: Vec<f64>,
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
    pub(crate) vif: Vec<f64>,
    pub(crate) rsquared: f64,
    pub(crate) rsquared_adj: f64,
    pub(crate) fvalue: f64,
    pub(crate) f_pvalue: f64,
    pub(crate) llf: f64,
    pub(crate) llnull: f64,
    pub(crate) aic: f64,
    pub(crate) bic: f64,
    pub(crate) residual_sd: f64,
    pub(crate) leverage: Vec<f64>,
    pub(crate) cooks: Vec<f64>,
    pub(crate) studentized: Vec<f64>,
    /// Five numbers for each of the first rows: mean standard error, interval of the mean, interval of
    /// a new target.
    pub(crate) intervals: Vec<[f64; 5]>,
}

pub(crate) fn all() -> Vec<Golden> {
    serde_json::from_str(include_str!("../../golden/statistics.json")).unwrap()
}

pub(crate) fn read(name: &str) -> Golden {
    all().into_iter().find(|golden| golden.name == name).unwrap()
}

#[track_caller]
pub(crate) fn close(got: f64, want: f64, relative: f64) {
    assert!(
        (got - want).abs() <= relative * want.abs().max(1e-290),
        "{got:e} where {want:e} is right"
    );
}
