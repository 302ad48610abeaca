//! The front door of exact least squares.

use std::time::Instant;

use linnea_data::{ColumnKind, Dataset, Missing, Schema, Target, TargetKind, Targets};
use linnea_kernels::{Element, Level, check_level};

use crate::check::check_features;
use crate::error::{Error, Result};
use crate::exact::{
    Deficient, Exact, Frame, Measure, Method, Penalty, System, Wanted, certificate, solve,
};
use crate::loss::Loss;
use crate::model::{Card, FORMAT, Model, Provenance};
use crate::parameters::Parameters;
use crate::rows::{OverRows, Rows, over_rows};
use crate::scaling::Scaling;
use crate::settings::{Recipe, Schedule, Standardize};
use crate::solver::{Convergence, Solver};
use crate::statistics::{Covariance, LinearStatistics};
use crate::trainer::Fit;

/// Numbers up to this are certainly within the range that data may have.
const CLEARLY_USABLE: f64 = 1e95;

/// Linear regression to the exact optimum, with its statistics.
///
/// The objective is the mean of ½(y − b − xw)² over the rows, weighted if they have weights, plus
/// [`l2`](Self::l2)/2·‖W‖² of the standardised features' weights. The way to it is chosen by shape and
/// condition ([`Method`]); the result says which, with rank, condition number and a certificate.
///
/// ```
/// use linnea::prelude::*;
/// use linnea::LeastSquares;
///
/// let (train, _) = Builtin::Diabetes.train_test()?;
/// let fit = LeastSquares::new().fit(&train)?;
/// assert!(fit.gradient_norm < 1e-12);
/// let statistics = fit.statistics.expect("there is no penalty");
/// for coefficient in &statistics.coefficients {
///     println!("{:12} {:9.3} ± {:.3}", coefficient.name, coefficient.estimate, coefficient.standard_error);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct LeastSquares<'a> {
    intercept: bool,
    l2: f64,
    standardize: Standardize,
    weights: Option<&'a [f64]>,
    covariance: Covariance,
    confidence: f64,
    drop_aliased: bool,
    method: Option<Method>,
    threads: Option<usize>,
    missing: Missing,
    seed: u64,
    provenance: Provenance,
}

/// What exact least squares has come to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LinearFit {
    /// The model.
    pub model: Model,
    /// Standard errors, tests and measures of fit; `None` with a penalty, which biases the estimate.
    pub statistics: Option<LinearStatistics>,
    /// How the optimum was found.
    pub method: Method,
    /// How often the rows were read.
    pub passes: usize,
    /// The condition number of the columns that stand for themselves, centred if there is an
    /// intercept, at unit length, with the penalty's rows below.
    pub condition: f64,
    /// How many parameters the rows determine, the intercept among them.
    pub rank: usize,
    /// The features that are linear functions of the others, as far as their rounding can tell.
    pub aliased: Vec<String>,
    /// The Euclidean norm of the objective's gradient at the solution, in the parameters of
    /// standardised features and target, recomputed from the rows in `f64`.
    pub gradient_norm: f64,
    /// The same where all weights are 0 and the intercept is the mean.
    pub start_gradient_norm: f64,
    /// Whether that is small enough, in the form in which every solver says it.
    pub convergence: Convergence,
    /// The time that it took.
    pub seconds: f64,
}

impl Default for LeastSquares<'_> {
    fn default() -> Self {
        Self {
            intercept: true,
            l2: 0.0,
            standardize: Standardize::Auto,
            weights: None,
            covariance: Covariance::Classic,
            confidence: 0.95,
            drop_aliased: false,
            method: None,
            threads: None,
            missing: Missing::default(),
            seed: 0,
            provenance: Provenance::default(),
        }
    }
}

impl<'a> LeastSquares<'a> {
    /// With an intercept, without a penalty, with classic standard errors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is an intercept. Without one, R² and F compare with 0 instead of the mean, as in
    /// R and statsmodels.
    #[must_use]
    pub fn intercept(mut self, intercept: bool) -> Self {
        self.intercept = intercept;
        self
    }

    /// The weight λ of the penalty λ/2·‖V‖² on the weights V of the standardised features.
    #[must_use]
    pub fn l2(mut self, l2: f64) -> Self {
        self.l2 = l2;
        self
    }

    /// Whether the penalty is on the weights of standardised features. It also says in which norm the
    /// least of several solutions is taken, and changes nothing else.
    #[must_use]
    pub fn standardize(mut self, standardize: Standardize) -> Self {
        self.standardize = standardize;
        self
    }

    /// A weight for each row, finite and not negative: the inverse of its noise's variance, up to a
    /// factor. A row of weight 0 counts as absent. Without, the weights of the data are taken, if they
    /// have some.
    #[must_use]
    pub fn weights(mut self, weights: &'a [f64]) -> Self {
        self.weights = Some(weights);
        self
    }

    /// Which covariance of the coefficients to estimate.
    #[must_use]
    pub fn covariance(mut self, covariance: Covariance) -> Self {
        self.covariance = covariance;
        self
    }

    /// The confidence of the coefficients' intervals, 0.95 by default.
    #[must_use]
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// Whether features that are linear functions of others get the weight 0, as in R, instead of the
    /// solution of least norm. A category's first level goes first, then features from the last on.
    /// Only so have all others standard errors.
    #[must_use]
    pub fn drop_aliased(mut self, drop: bool) -> Self {
        self.drop_aliased = drop;
        self
    }

    /// A method, whatever the shape. [`Method::Gram`] gives way to QR where it breaks down.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// The most threads that share the work: one a processor by default, less those that other calls of
    /// the process have at work. The result does not depend on it.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// What the model is to say the data are called.
    #[must_use]
    pub fn data_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.provenance.data);
        self
    }

    /// What the model is to say of rows that were held out before, and by which seed.
    #[must_use]
    pub fn held_out(mut self, fraction: Option<f64>, seed: u64) -> Self {
        (self.provenance.valid, self.seed) = (fraction, seed);
        self
    }

    /// What was done about missing cells, and is to be done in prediction.
    #[must_use]
    pub fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// Fits the targets of `data`.
    ///
    /// # Errors
    /// [`Error::Unlearnable`] if the targets are no numbers; [`Error::NotFinite`] and
    /// [`Error::TargetNotFinite`] for numbers that cannot be computed with; [`Error::Setting`] for a
    /// setting or weight out of its range; [`Error::Mismatch`] if weights or clusters are not one a
    /// row; [`Error::Leverage`] where a robust covariance does not exist.
    pub fn fit(&self, data: &Dataset) -> Result<LinearFit> {
        let Targets::Values(values) = data.targets() else {
            let reason = "least squares needs a target of numbers; name one (--task regression)";
            return Err(Error::Unlearnable(reason.into()));
        };
        let mut fits = self.fit_targets(data, &[values])?;
        fits.pop().ok_or_else(|| Error::Unlearnable("there is no target to learn".into()))
    }

    /// Fits several targets at once, each a number for every row of `data`, whose own targets are not
    /// looked at. The rows are factored once for all.
    ///
    /// # Errors
    /// As [`LeastSquares::fit`].
    pub fn fit_targets(&self, data: &Dataset, targets: &[&[f64]]) -> Result<Vec<LinearFit>> {
        self.check(data, targets)?;
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        over_rows(data, Run { settings: self, data, targets })
    }

    fn check(&self, data: &Dataset, targets: &[&[f64]]) -> Result<()> {
        check_level()?;
        let refuse =
            |name, value: f64, range| Err(Error::Setting { name, value: value.to_string(), range });
        if !(self.l2.is_finite() && self.l2 >= 0.0) {
            return refuse("the penalty l2", self.l2, "a finite number of at least 0");
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return refuse("the confidence", self.confidence, "a number above 0 and below 1");
        }
        for values in targets {
            check_targets(data, values)?;
        }
        self.covariance.check(data.rows())?;
        check_weights(self.weights.or(data.weights()), data.rows())
    }
}

fn check_targets(data: &Dataset, values: &[f64]) -> Result<()> {
    if values.len() != data.rows() {
        let count = values.len();
        let reason =
            format!("{count} targets for {} rows; there must be one for each", data.rows());
        return Err(Error::Mismatch(reason));
    }
    if data.rows() < 2 {
        let reason = "there are fewer than two rows to learn from; give more data";
        return Err(Error::Unlearnable(reason.into()));
    }
    match values.iter().position(|y| !linnea_data::is_usable(*y)) {
        Some(row) => Err(Error::TargetNotFinite { row, value: values[row] }),
        None => Ok(()),
    }
}

fn check_weights(weights: Option<&[f64]>, rows: usize) -> Result<()> {
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        let reason =
            format!("{} weights for {rows} rows; there must be one for each", weights.len());
        return Err(Error::Mismatch(reason));
    }
    if let Some(weight) = weights.iter().find(|w| !(**w >= 0.0 && linnea_data::is_usable(**w))) {
        let range = "finite and not negative, at most 1e100";
        return Err(Error::Setting { name: "a row's weight", value: weight.to_string(), range });
    }
    if weights.iter().filter(|w| **w > 0.0).count() < 2 {
        let reason = "fewer than two rows have a weight above 0; there is nothing to learn from";
        return Err(Error::Unlearnable(reason.into()));
    }
    Ok(())
}

struct Run<'a> {
    settings: &'a LeastSquares<'a>,
    data: &'a Dataset,
    targets: &'a [&'a [f64]],
}

impl OverRows for Run<'_> {
    type Output = Result<Vec<LinearFit>>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Self::Output {
        let Self { settings, data, targets } = self;
        let start = Instant::now();
        let weights = settings.weights.or(data.weights());
        let frame = &Frame::fit(rows, targets, weights, settings.intercept);
        let system = System {
            rows,
            targets,
            weights,
            intercept: settings.intercept,
            frame,
            level: Level::detect(),
            threads: settings.threads,
        };
        let exact = solve(&system, &settings.wanted(data.schema(), &feature_order(data.schema())));
        let doubtful = |exact: &Exact| {
            let estimate = &exact.estimate;
            let deviations = estimate.deviations(frame, system.total_weight());
            estimate.means.iter().chain(&deviations).any(|x| x.is_nan() || x.abs() > CLEARLY_USABLE)
        };
        if exact.as_ref().is_none_or(doubtful) {
            check_features(data)?;
        }
        let overflow = || Error::Unlearnable("the numbers are too large to be squared".into());
        let exact = exact.ok_or_else(overflow)?;
        let fit = |target| self.settings.finish(&system, data, &exact, target, start);
        (0..targets.len()).map(fit).collect()
    }
}

impl LeastSquares<'_> {
    fn wanted<'b>(&self, schema: &Schema, order: &'b [usize]) -> Wanted<'b> {
        Wanted {
            penalty: Penalty { l2: self.l2, measure: Measure::of(self.standardize, schema) },
            deficient: match self.drop_aliased {
                true => Deficient::Drop(order),
                false => Deficient::MinimumNorm,
            },
            method: self.method,
        }
    }

    fn finish<T: Element>(
        &self,
        system: &System<'_, T>,
        data: &Dataset,
        exact: &Exact,
        target: usize,
        start: Instant,
    ) -> Result<LinearFit> {
        let estimate = &exact.estimate;
        let names = data.schema().feature_names();
        let aliased = (0..names.len()).filter(|j| estimate.kept.binary_search(j).is_err());
        let aliased: Vec<String> = aliased.map(|j| names[j].clone()).collect();
        let statistics = (self.l2 == 0.0)
            .then(|| {
                let parts = crate::statistics::Parts { system, exact, target, names: &names };
                let dropped = self.drop_aliased;
                LinearStatistics::new(&parts, &self.covariance, self.confidence, dropped)
            })
            .transpose()?;
        Ok(LinearFit {
            model: self.model(system, data, exact, target),
            statistics,
            method: exact.method,
            passes: exact.passes,
            condition: estimate.condition,
            rank: estimate.kept.len() + usize::from(self.intercept),
            aliased,
            gradient_norm: exact.gradient_norms[target],
            start_gradient_norm: exact.start_gradient_norms[target],
            convergence: certificate(exact, target, self.intercept),
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    fn model<T: Element>(
        &self,
        system: &System<'_, T>,
        data: &Dataset,
        exact: &Exact,
        target: usize,
    ) -> Model {
        let (estimate, frame, weight) = (&exact.estimate, system.frame, system.total_weight());
        let features = system.features();
        let (w, b) = estimate.raw[target].split_at(features);
        let unit = frame.targets[target].unit;
        let parameters = Parameters { outputs: 1, features, weight: w.to_vec(), bias: b.to_vec() };
        let scaling =
            Scaling { mean: estimate.means.clone(), scale: estimate.deviations(frame, weight) };
        let provenance = Provenance {
            rows: data.rows(),
            loss: estimate.residual_squares[target] / 2.0 / weight * unit * unit,
            iterations: 1,
            convergence: Some(certificate(exact, target, self.intercept)),
            gradient_norm: exact.gradient_norms[target],
            start_gradient_norm: exact.start_gradient_norms[target],
            ..self.provenance.clone()
        };
        let card = Card {
            format: FORMAT,
            linnea: env!("CARGO_PKG_VERSION").to_owned(),
            loss: Loss::Squared,
            schema: schema_of_numbers(data.schema()),
            missing: self.missing,
            recipe: self.recipe(data.rows()),
            provenance,
        };
        Model { card, parameters, scaling }
    }

    /// Settings of SGD that mean nothing here are 0.
    fn recipe(&self, rows: usize) -> Recipe {
        Recipe {
            solver: Solver::Exact,
            delta: None,
            l1: 0.0,
            tol: None,
            max_iterations: None,
            epochs: 0,
            batch_size: rows,
            learning_rate: 0.0,
            schedule: Schedule::Constant,
            momentum: 0.0,
            l2: self.l2,
            standardize: self.standardize,
            seed: self.seed,
            init_seed: None,
            fold: None,
        }
    }
}

/// The schema with a target of numbers, which other targets than the data's own are.
fn schema_of_numbers(schema: &Schema) -> Schema {
    let name = schema.target.as_ref().map_or_else(|| "y".to_owned(), |target| target.name.clone());
    Schema { target: Some(Target { name, kind: TargetKind::Value }), ..schema.clone() }
}

/// The order in which features stand for themselves: a category's first level last of all, because it
/// is what the others are compared with.
pub(crate) fn feature_order(schema: &Schema) -> Vec<usize> {
    let (mut order, mut references, mut next) = (Vec::new(), Vec::new(), 0);
    for column in &schema.columns {
        let mut features = next..next + column.width();
        next = features.end;
        if matches!(column.kind, ColumnKind::Categorical { .. }) {
            references.extend(features.next());
        }
        order.extend(features);
    }
    order.extend(references);
    order
}

impl LinearFit {
    /// Whether the certificate says that this is the optimum: [`Convergence::tolerance`] is 10⁻¹⁰ or,
    /// where columns are so nearly collinear that the weights' own rounding to `f64` leaves more of the
    /// gradient, that, up to 10⁻⁶.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.convergence.converged
    }
}

/// The exact solution as what any training comes to.
impl From<&LinearFit> for Fit {
    fn from(fit: &LinearFit) -> Self {
        Self {
            model: fit.model.clone(),
            epochs: Vec::new(),
            interrupted: false,
            separable: None,
            seconds: fit.seconds,
            checkpoint_failure: None,
            convergence: Some(fit.convergence.clone()),
        }
    }
}
