//! Confidence and prediction intervals for rows.

use linnea_data::Dataset;
use linnea_kernels::{Element, Level, check_level};
use serde::Serialize;

use crate::check::check_features;
use crate::error::{Error, Result};
use crate::exact::{LinearFit, System};
use crate::pass::groups_for;
use crate::rows::{OverRows, Rows, over_rows};
use crate::statistics::linear::{Basis, LinearStatistics};
use crate::statistics::scores::{Scores, fold_scores};

/// A prediction and how sure it is, in target units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Interval {
    /// The expected target of the row.
    pub prediction: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The lower end of its confidence interval.
    pub mean_low: f64,
    /// The upper end.
    pub mean_high: f64,
    /// The lower end of the interval for a new target, whose own noise has the variance σ̂².
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl LinearFit {
    /// The prediction for every row of `data` with its confidence and its prediction interval, as
    /// statsmodels' `get_prediction`. `threads` is one a processor if `None`; it does not change the
    /// result.
    ///
    /// ```
    /// use linnea::prelude::*;
    /// use linnea::LeastSquares;
    ///
    /// let (train, test) = Builtin::Diabetes.train_test()?;
    /// let fit = LeastSquares::new().fit(&train)?;
    /// let intervals = fit.predict_intervals(&test, 0.95, None)?;
    /// let Targets::Values(values) = test.targets() else { unreachable!() };
    /// let inside = intervals.iter().zip(values).filter(|(i, y)| (i.low..i.high).contains(*y));
    /// assert!(inside.count() as f64 > 0.9 * values.len() as f64);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Mismatch`] if there are no statistics (the fit has a penalty) or the rows have another
    /// number of features; [`Error::NotFinite`] if a number among them is not finite;
    /// [`Error::Setting`] if the confidence is not between 0 and 1.
    pub fn predict_intervals(
        &self,
        data: &Dataset,
        confidence: f64,
        threads: Option<usize>,
    ) -> Result<Vec<Interval>> {
        check_level()?;
        if !(confidence > 0.0 && confidence < 1.0) {
            let (value, range) = (confidence.to_string(), "a number above 0 and below 1");
            return Err(Error::Setting { name: "the confidence", value, range });
        }
        let statistics = self.statistics_for(data)?;
        check_features(data)?;
        let targets = &vec![0.0; data.rows()];
        let quantile = statistics.reference.quantile(confidence);
        over_rows(data, Predict { statistics, targets, quantile, threads })
    }

    /// The statistics, if there are any and the rows are of the model's kind.
    pub(crate) fn statistics_for(&self, data: &Dataset) -> Result<&LinearStatistics> {
        let (have, want) = (data.features(), self.model.features());
        if have != want {
            let reason =
                format!("the rows have {have} features but the model was trained on {want}");
            return Err(Error::Mismatch(reason));
        }
        let none = "a fit with a penalty has no intervals; leave l2 at 0";
        self.statistics.as_ref().ok_or_else(|| Error::Mismatch(none.into()))
    }
}

struct Predict<'a> {
    statistics: &'a LinearStatistics,
    targets: &'a [f64],
    quantile: f64,
    threads: Option<usize>,
}

impl OverRows for Predict<'_> {
    type Output = Result<Vec<Interval>>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Self::Output {
        let Self { statistics, targets, quantile, threads } = self;
        let Basis { frame, intercept, framed, spread, middle, .. } = &statistics.basis;
        let (weights, level) = (None, Level::detect());
        let targets = [targets];
        let system = System {
            rows,
            targets: &targets,
            weights,
            intercept: *intercept,
            frame,
            level,
            threads,
        };
        // All targets are 0, so that minus a residual is a prediction less the origin.
        let axis = frame.targets[0];
        let zero = -axis.origin / axis.unit;
        let variance = |z: &[f64]| {
            let columns = 0..middle.ncols();
            let row = |i: usize| columns.clone().map(|j| middle[(i, j)] * z[j]).sum::<f64>();
            columns.clone().map(|i| z[i] * row(i)).sum::<f64>()
        };
        let noise = statistics.residual_sd.powi(2);
        let add = |intervals: &mut Vec<Interval>, _: usize, scores: &mut Scores| {
            intervals.extend(scores.rows().map(|(z, residual)| {
                let prediction = (zero - residual) * axis.unit + axis.origin;
                interval(prediction, variance(z), noise, quantile)
            }));
            Ok(())
        };
        let states = fold_scores(&system, 0, framed, spread, groups_for(1), Vec::new, add)?;
        Ok(states.concat())
    }
}

fn interval(prediction: f64, variance: f64, noise: f64, quantile: f64) -> Interval {
    let standard_error = variance.sqrt();
    let (mean, new) = (quantile * standard_error, quantile * (variance + noise).sqrt());
    Interval {
        prediction,
        standard_error,
        mean_low: prediction - mean,
        mean_high: prediction + mean,
        low: prediction - new,
        high: prediction + new,
    }
}
