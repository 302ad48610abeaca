//! The statistics of linear regression.

use faer::Side;
use linnea_kernels::Element;
use serde::Serialize;

use crate::error::Result;
use crate::exact::{Algebra, Estimate, Exact, Frame, Matrix, System};
use crate::statistics::coefficient::CoefficientStatistics;
use crate::statistics::covariance::Covariance;
use crate::statistics::distribution::{Reference, f_p_value};
use crate::statistics::meat::Sandwich;

/// How sure the coefficients of a linear regression are, and how well it fits. With an intercept,
/// sums of squares are about the mean; without, about 0, and R² and F are those of R and statsmodels.
/// What does not exist (a standard error without degrees of freedom) is NaN, `null` in JSON.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LinearStatistics {
    /// The intercept, if there is one, and the features in their order.
    pub coefficients: Vec<CoefficientStatistics>,
    /// Which covariance the standard errors come from.
    pub covariance: Covariance,
    /// What statistics are compared with.
    pub reference: Reference,
    /// The intervals' confidence.
    pub confidence: f64,
    /// The rows that have a weight.
    pub rows: usize,
    /// The parameters that the rows determine, less the intercept.
    pub df_model: usize,
    /// Rows less parameters, the intercept among them.
    pub df_residual: usize,
    /// The residual sum of squares, weighted.
    pub rss: f64,
    /// The total sum of squares, weighted.
    pub tss: f64,
    /// σ̂ = √(RSS/df), the residuals' standard deviation, in target units.
    pub residual_sd: f64,
    /// The share of the total sum of squares that the model explains.
    pub r2: f64,
    /// The same with the degrees of freedom taken into account: 1 − (RSS/df)/(TSS/(df + df_model)).
    pub adjusted_r2: f64,
    /// The test that all coefficients but the intercept are 0: the classic F, or Wald's for a robust
    /// covariance.
    pub f: f64,
    /// F's denominator degrees of freedom; the numerator's are `df_model`.
    pub f_df: f64,
    /// How probable an F of at least this size is if they are.
    pub f_p_value: f64,
    /// The normal log-likelihood at its largest, with variance RSS/n.
    pub log_likelihood: f64,
    /// Akaike's criterion, 2k − 2 ln L. R counts σ as a parameter too, which makes it 2 larger.
    pub aic: f64,
    /// The Bayesian criterion, k ln n − 2 ln L; in R it is ln n larger.
    pub bic: f64,
    /// The condition number of the columns, centred if there is an intercept, at unit length.
    pub condition: f64,
    #[serde(skip)]
    pub(crate) basis: Basis,
}

/// What intervals and influence need of a fit.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    pub(crate) frame: Frame,
    pub(crate) intercept: bool,
    /// `[w₁ … w_p, b]` in the frame's coordinates.
    pub(crate) framed: Vec<f64>,
    pub(crate) spread: Matrix<f64>,
    /// The covariance in the coordinates of the scores, in squares of the target's units.
    pub(crate) middle: Matrix<f64>,
    /// The number of parameters.
    pub(crate) rank: usize,
}

/// What statistics are computed from.
pub(crate) struct Parts<'a, T> {
    pub(crate) system: &'a System<'a, T>,
    pub(crate) exact: &'a Exact,
    pub(crate) target: usize,
    pub(crate) names: &'a [String],
}

impl LinearStatistics {
    /// `identified` says whether the coefficients of a deficient fit are those of the columns that
    /// stand for themselves, and so have standard errors.
    pub(crate) fn new<T: Element>(
        parts: &Parts<'_, T>,
        covariance: &Covariance,
        confidence: f64,
        identified: bool,
    ) -> Result<Self> {
        let Parts { system, exact, target, .. } = *parts;
        let estimate = &exact.estimate;
        let unit = system.frame.targets[target].unit;
        let rows = system.weighted_rows();
        let df_model = estimate.kept.len();
        let rank = df_model + usize::from(system.intercept);
        let df_residual = rows.saturating_sub(rank);
        let rss = estimate.residual_squares[target] * unit * unit;
        let tss = estimate.variation[target] * unit * unit;
        let (n, df) = (rows as f64, df_residual as f64);
        let variance = if df_residual > 0 { rss / df } else { f64::NAN };
        let framed = &estimate.framed[target];
        let sandwich = Sandwich { system, target, framed, spread: &estimate.spread, rows, rank };
        let size = estimate.spread.ncols();
        let middle = match sandwich.meat(covariance)? {
            Some(meat) => meat.map(|x| x * unit * unit),
            None => Matrix::from_fn(size, size, |i, j| if i == j { variance } else { 0.0 }),
        };
        let reference = match covariance {
            Covariance::Classic => Reference::T(df),
            _ => Reference::Normal,
        };
        let whole = identified || df_model == system.features();
        let half = &f64::product(&estimate.raw_spread, &middle);
        let table = Table { parts, half, reference, confidence, whole };
        let (f, f_df) = match covariance {
            Covariance::Classic => ((tss - rss).max(0.0) / df_model as f64 / variance, df),
            Covariance::Clustered(labels) => (table.wald(), clusters(labels) - 1.0),
            _ => (table.wald(), df),
        };
        let total_df = df + df_model as f64;
        let log_likelihood = log_likelihood(rss, n, system.weights);
        let parameters = rank as f64;
        Ok(Self {
            coefficients: table.lines(),
            covariance: covariance.clone(),
            reference,
            confidence,
            rows,
            df_model,
            df_residual,
            rss,
            tss,
            residual_sd: variance.sqrt(),
            r2: 1.0 - rss / tss,
            adjusted_r2: 1.0 - variance / (tss / total_df),
            f,
            f_df,
            f_p_value: f_p_value(f, df_model as f64, f_df),
            log_likelihood,
            aic: 2.0 * (parameters - log_likelihood),
            bic: parameters * n.ln() - 2.0 * log_likelihood,
            condition: estimate.condition,
            basis: Basis {
                frame: Frame {
                    features: system.frame.features.clone(),
                    targets: vec![system.frame.targets[target]],
                },
                intercept: system.intercept,
                framed: framed.clone(),
                spread: estimate.spread.clone(),
                middle,
                rank,
            },
        })
    }
}

fn clusters(labels: &[u64]) -> f64 {
    let mut distinct = labels.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() as f64
}

/// Of the normal with variance RSS/n over the weights.
fn log_likelihood(rss: f64, n: f64, weights: Option<&[f64]>) -> f64 {
    let weights = weights.unwrap_or_default().iter().filter(|w| **w > 0.0);
    let logs: f64 = weights.map(|w| w.ln()).sum();
    -n / 2.0 * ((std::f64::consts::TAU * rss / n).ln() + 1.0) + logs / 2.0
}

/// The coefficients and their covariance.
struct Table<'a, T> {
    parts: &'a Parts<'a, T>,
    /// The spread times the middle of the covariance.
    half: &'a Matrix<f64>,
    reference: Reference,
    confidence: f64,
    /// Whether every coefficient that stands for itself has a standard error.
    whole: bool,
}

impl<T: Element> Table<'_, T> {
    fn estimate(&self) -> &Estimate {
        &self.parts.exact.estimate
    }

    fn lines(&self) -> Vec<CoefficientStatistics> {
        let (features, names) = (self.parts.system.features(), self.parts.names);
        let quantile = self.reference.quantile(self.confidence);
        let intercept = self.parts.system.intercept.then_some(features);
        let places = intercept.into_iter().chain(0..features);
        places
            .map(|j| {
                let name = names.get(j).map_or_else(|| "(intercept)".to_owned(), String::clone);
                let value = self.estimate().raw[self.parts.target][j];
                let known = j == features || self.estimate().kept.binary_search(&j).is_ok();
                let variance = if known && self.whole { self.covariance(j, j) } else { f64::NAN };
                // Rounding may leave less than nothing; `max` would make 0 of what does not exist.
                let variance = if variance < 0.0 { 0.0 } else { variance };
                let line =
                    CoefficientStatistics::new(name, value, variance, self.reference, quantile);
                let vif = (j < features).then(|| self.vif(j, known));
                CoefficientStatistics { vif, ..line }
            })
            .collect()
    }

    /// The covariance of two parameters, in the data's coordinates.
    fn covariance(&self, i: usize, j: usize) -> f64 {
        let spread = &self.estimate().raw_spread;
        (0..spread.ncols()).map(|k| self.half[(i, k)] * spread[(j, k)]).sum()
    }

    fn vif(&self, j: usize, known: bool) -> f64 {
        let spread = &self.estimate().spread;
        let squares: f64 = (0..spread.ncols()).map(|k| spread[(j, k)].powi(2)).sum();
        if known { squares * self.estimate().lengths[j].powi(2) } else { f64::INFINITY }
    }

    /// Wald's F that all coefficients but the intercept are 0: wᵀV⁻¹w over their number.
    fn wald(&self) -> f64 {
        let kept = &self.estimate().kept;
        let size = kept.len();
        let errors: Vec<f64> = kept.iter().map(|&j| self.covariance(j, j).sqrt()).collect();
        let correlation =
            |a: usize, b: usize| self.covariance(kept[a], kept[b]) / errors[a] / errors[b];
        let Ok(factor) = Matrix::from_fn(size, size, correlation).view().llt(Side::Lower) else {
            return f64::NAN;
        };
        let weights = &self.estimate().raw[self.parts.target];
        let mut scaled = Matrix::from_fn(size, 1, |a, _| weights[kept[a]] / errors[a]);
        factor.L().solve_lower_triangular_in_place(scaled.view_mut());
        scaled.view().squared_norm_l2() / size as f64
    }
}
