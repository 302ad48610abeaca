//! Wald statistics of softmax and logistic regression.
//!
//! A softmax does not change if all classes' parameters move alike, so only differences have a
//! variance: a class's parameters are compared with those of the first. For two classes that is
//! logistic regression. Features that are linear functions of others are folded into them, as if they
//! had not been there. The covariance is the inverse of the observed information
//!
//! ```text
//! I_ab = Σ pₐ(δₐᵦ − pᵦ) x xᵀ   for classes a, b but the first
//! ```
//!
//! at the model's probabilities p (Agresti, *Categorical Data Analysis*, 3rd ed. 2013, §5.5 and §8.1).

use linnea_data::{Dataset, Targets};
use linnea_kernels::{Element, Level};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::exact::{
    Deficient, Exact, Frame, Measure, Penalty, System, Wanted, feature_order, solve,
};
use crate::loss::Loss;
use crate::model::Model;
use crate::rows::{OverRows, Rows, over_rows};
use crate::statistics::coefficient::CoefficientStatistics;
use crate::statistics::distribution::Reference;
use crate::statistics::information::{Information, parameter_count};

/// The information of more parameters than this is a matrix too large to be worth it.
const MOST_PARAMETERS: usize = 4000;
/// Farther from the maximum of the likelihood than this, in standard errors, digits that a table shows are
/// those of another point.
const FARTHEST: f64 = 0.01;

/// How sure the coefficients of a softmax or logistic regression are, compared with the normal.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct WaldStatistics {
    /// For each class but the first, its intercept and its features less those of the first class.
    pub coefficients: Vec<CoefficientStatistics>,
    /// The class that the others are compared with.
    pub reference_class: String,
    /// The intervals' confidence.
    pub confidence: f64,
    /// The rows.
    pub rows: usize,
    /// The features that are linear functions of the others.
    pub aliased: Vec<String>,
    /// How far the model is from the maximum of the likelihood, in standard errors: √(gᵀI⁻¹g) for the
    /// gradient g. The statistics hold at the maximum, so it is at most 0.01.
    pub distance: f64,
    /// The log-likelihood at the model's parameters.
    pub log_likelihood: f64,
    /// That of the classes' shares alone.
    pub null_log_likelihood: f64,
    /// McFadden's 1 − ln L/ln L₀.
    pub pseudo_r2: f64,
    /// Akaike's criterion, 2k − 2 ln L.
    pub aic: f64,
    /// The Bayesian criterion, k ln n − 2 ln L.
    pub bic: f64,
}

impl Model {
    /// The Wald statistics of a model of classes over the rows that it was trained on. `threads` is one
    /// a processor if `None`; it does not change the result.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the model is none of classes, was trained with a penalty, or has more
    /// than 4000 parameters, or if the rows have weights, or if the rows are not of its kind; [`Error::Unlearnable`] if the
    /// information is singular, as where classes are separable; [`Error::NotAtMaximum`] if the model is
    /// farther than 0.01 standard errors from the maximum of the likelihood.
    pub fn wald_statistics(
        &self,
        data: &Dataset,
        confidence: f64,
        threads: Option<usize>,
    ) -> Result<WaldStatistics> {
        let mismatch = |reason: &str| Err(Error::Mismatch(reason.into()));
        if !(confidence > 0.0 && confidence < 1.0) {
            let (value, range) = (confidence.to_string(), "a number above 0 and below 1");
            return Err(Error::Setting { name: "the confidence", value, range });
        }
        let (Loss::Softmax, Targets::Classes(classes)) = (self.card().loss, data.targets()) else {
            return mismatch(
                "Wald statistics need a model of the softmax loss, and rows with classes",
            );
        };
        if data.weights().is_some() {
            return mismatch(
                "standard errors of classes are not computed for rows with weights: what they are depends \
                 on what the weights mean",
            );
        }
        if self.card().recipe.l2 > 0.0 {
            return mismatch("a penalty biases the coefficients; for statistics leave l2 at 0");
        }
        if classes.iter().any(|&class| class as usize >= self.outputs()) || data.rows() == 0 {
            return mismatch("the rows must be some, of the model's classes");
        }
        if parameter_count(self.features(), self.outputs() - 1) > MOST_PARAMETERS {
            return mismatch("statistics of more than 4000 parameters are not computed");
        }
        let contrasts = self.contrasts(data, threads)?;
        over_rows(data, Run { data, classes, contrasts, confidence, threads })
    }

    /// For each class but the first, every row's logit less the first class's.
    fn contrasts(&self, data: &Dataset, threads: Option<usize>) -> Result<Vec<Vec<f64>>> {
        let q = self.outputs();
        let push = |found: &mut Vec<f64>, _: usize, logits: &mut [f64]| {
            found.extend(logits[1..].iter().map(|logit| logit - logits[0]));
        };
        let all = self.fold_logits(data, threads, 1, Vec::new, push)?.concat();
        let class = |a: usize| all.iter().skip(a).step_by(q - 1).copied().collect();
        Ok((0..q - 1).map(class).collect())
    }
}

struct Run<'a> {
    data: &'a Dataset,
    classes: &'a [u32],
    contrasts: Vec<Vec<f64>>,
    confidence: f64,
    threads: Option<usize>,
}

impl OverRows for Run<'_> {
    type Output = Result<WaldStatistics>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Self::Output {
        let targets: Vec<&[f64]> = self.contrasts.iter().map(Vec::as_slice).collect();
        let frame = &Frame::fit(rows, &targets, None, true);
        let (weights, level, threads) = (None, Level::detect(), self.threads);
        let system =
            System { rows, targets: &targets, weights, intercept: true, frame, level, threads };
        // The least squares of the logits, which fit exactly: the coefficients of the features that
        // stand for themselves.
        let order = feature_order(self.data.schema());
        let penalty = Penalty { l2: 0.0, measure: Measure::One };
        let wanted = Wanted { penalty, deficient: Deficient::Drop(&order), method: None };
        let overflow = || Error::Unlearnable("the numbers are too large to be squared".into());
        let exact = solve(&system, &wanted).ok_or_else(overflow)?;
        let information = Information::of(&system, self.classes, &exact.estimate.kept);
        self.finish(&exact, &information, frame)
    }
}

impl Run<'_> {
    fn finish(
        &self,
        exact: &Exact,
        information: &Information,
        frame: &Frame,
    ) -> Result<WaldStatistics> {
        let singular = "the information is singular: a class is separable, or has too few rows, so \
                        there are no standard errors";
        let inverse = information.invert().ok_or_else(|| Error::Unlearnable(singular.into()))?;
        let distance = inverse.distance(&information.score);
        if distance.is_nan() || distance > FARTHEST {
            return Err(Error::NotAtMaximum { distance, most: FARTHEST });
        }
        let (schema, kept) = (self.data.schema(), &exact.estimate.kept);
        let names = schema.feature_names();
        let labels = schema.labels().unwrap_or_default();
        let label = |class: usize| labels.get(class).cloned().unwrap_or_default();
        let quantile = Reference::Normal.quantile(self.confidence);
        let mut coefficients = Vec::new();
        for (a, raw) in exact.estimate.raw.iter().enumerate() {
            let variances = inverse.variances(a, frame, kept);
            for j in [names.len()].into_iter().chain(0..names.len()) {
                let name = names.get(j).map_or_else(|| "(intercept)".to_owned(), String::clone);
                let reference = Reference::Normal;
                let line =
                    CoefficientStatistics::new(name, raw[j], variances[j], reference, quantile);
                coefficients.push(CoefficientStatistics { class: Some(label(a + 1)), ..line });
            }
        }
        let aliased = (0..names.len()).filter(|j| kept.binary_search(j).is_err());
        let (n, k) = (self.data.rows() as f64, information.parameters() as f64);
        let (log_likelihood, null) =
            (information.log_likelihood, null_log_likelihood(self.classes));
        Ok(WaldStatistics {
            coefficients,
            reference_class: label(0),
            confidence: self.confidence,
            rows: self.data.rows(),
            aliased: aliased.map(|j| names[j].clone()).collect(),
            distance,
            log_likelihood,
            null_log_likelihood: null,
            pseudo_r2: 1.0 - log_likelihood / null,
            aic: 2.0 * (k - log_likelihood),
            bic: k * n.ln() - 2.0 * log_likelihood,
        })
    }
}

/// Σ n_c ln(n_c/n)
fn null_log_likelihood(classes: &[u32]) -> f64 {
    let mut counts = Vec::new();
    for &class in classes {
        let class = class as usize;
        if counts.len() <= class {
            counts.resize(class + 1, 0.0_f64);
        }
        counts[class] += 1.0;
    }
    let n = classes.len() as f64;
    counts.iter().filter(|count| **count > 0.0).map(|count| count * (count / n).ln()).sum()
}

#[cfg(test)]
mod tests {
    use linnea_data::Values;

    use super::*;
    use crate::parameters::Parameters;
    use crate::statistics::golden;
    use crate::trainer::Trainer;

    /// A model of `data` with the parameters `[w, b]` of each class, the first of which has none.
    fn model_at(data: &Dataset, raw: &[Vec<f64>]) -> Model {
        let mut model = Trainer::new().epochs(1).fit(data).unwrap().model;
        let p = data.features();
        let mut parameters = Parameters::zeros(raw.len() + 1, p);
        for (a, raw) in raw.iter().enumerate() {
            parameters.weight[(a + 1) * p..][..p].copy_from_slice(&raw[..p]);
            parameters.bias[a + 1] = raw[p];
        }
        model.parameters = parameters;
        model
    }

    #[test]
    fn standard_errors_are_those_of_statsmodels() {
        for case in ["logit", "mnlogit"] {
            let golden = golden::read(case);
            let p = golden.features;
            let classes = golden.y.iter().map(|&class| class as u32).collect();
            let data = Dataset::dense(p, Values::F64(golden.x.clone()), Targets::Classes(classes))
                .unwrap();
            let classes = golden.params.len() / (p + 1);
            let raw: Vec<Vec<f64>> = (0..classes)
                .map(|a| {
                    let own = &golden.params[a * (p + 1)..][..p + 1];
                    own[1..].iter().chain(&own[..1]).copied().collect()
                })
                .collect();
            let statistics = model_at(&data, &raw).wald_statistics(&data, 0.95, Some(2)).unwrap();
            assert!(statistics.distance < 1e-6, "{}", statistics.distance);
            golden::close(statistics.log_likelihood, golden.llf, 1e-10);
            golden::close(statistics.null_log_likelihood, golden.llnull, 1e-10);
            golden::close(statistics.aic, golden.aic, 1e-10);
            golden::close(statistics.bic, golden.bic, 1e-10);
            for (line, (error, p_value)) in
                statistics.coefficients.iter().zip(golden.bse.iter().zip(&golden.pvalues))
            {
                golden::close(line.standard_error, *error, 1e-8);
                golden::close(line.p_value, *p_value, 1e-6);
            }
        }
    }

    #[test]
    fn away_from_the_maximum_there_are_none() {
        let golden = golden::read("logit");
        let classes = golden.y.iter().map(|&class| class as u32).collect();
        let (p, x) = (golden.features, Values::F64(golden.x.clone()));
        let data = Dataset::dense(p, x, Targets::Classes(classes)).unwrap();
        let at = |moved: f64| {
            let mut raw: Vec<f64> =
                golden.params[1..].iter().chain(&golden.params[..1]).copied().collect();
            raw[0] += moved * golden.bse[1];
            model_at(&data, &[raw]).wald_statistics(&data, 0.95, None)
        };
        // A parameter that is one standard error off, at least, is so far from the maximum.
        assert!(at(0.001).is_ok_and(|statistics| statistics.distance >= 0.00099));
        let refused = at(1.0).unwrap_err();
        assert!(matches!(refused, Error::NotAtMaximum { distance, .. } if distance > 0.5));
        let message = refused.to_string();
        assert!(
            message.contains("--max-iterations") && message.contains("within 0.01"),
            "{message}"
        );
    }
}
