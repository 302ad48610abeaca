//! What a training run can be told, and what it decides where it is not told.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::folds::Fold;
use crate::loss::Loss;
use crate::solver::Solver;

/// SGD's momentum where nobody says another.
pub(crate) const MOMENTUM: f64 = 0.9;

/// The settings of a training run; `None` lets the data decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What is made small: by default the squared loss for a target that is a number, and softmax for a
    /// class.
    pub loss: Option<Loss>,
    /// The threshold δ of the Huber loss, in the target's own units: residuals beyond it count in
    /// proportion to their size and not to its square. By default 1.345 times the target's standard
    /// deviation, as its median absolute deviation has it: 1.345 · 1.4826 · median |y − median y|.
    pub delta: Option<f64>,
    /// How the loss is made small. Epochs, batch size, learning rate, schedule, momentum and the seed of
    /// the start are SGD's alone; tolerance and most iterations are those of the full-batch solvers.
    pub solver: Solver,
    /// Passes over the data.
    pub epochs: Option<usize>,
    /// Rows in a minibatch.
    pub batch_size: Option<usize>,
    /// The step's length at the start, in standardised features. By default it comes from the
    /// largest curvature of the loss on the data.
    pub learning_rate: Option<f64>,
    /// How the learning rate changes over the run. By default it falls along half a cosine.
    pub schedule: Option<Schedule>,
    /// The share of the last step that is taken again (PyTorch's convention): 0.9 by default.
    pub momentum: Option<f64>,
    /// The weight λ of the penalty λ/2·‖V‖² on the weights V of the standardised features. The
    /// intercept is not penalised.
    pub l2: f64,
    /// The weight λ of the penalty λ·‖V‖₁ on the same weights, in units of the target. It makes weights
    /// exactly 0.
    pub l1: f64,
    /// What may be left of the gradient's norm at the end, as a share of what it was where all weights
    /// are 0; with an L1 penalty, of the duality gap, as a share of the objective there. 1e-8 by
    /// default, or 1e-6 if rows are stored in less than `f64`.
    pub tol: Option<f64>,
    /// The most iterations of a full-batch solver.
    pub max_iterations: Option<usize>,
    /// Whether features are centred and scaled.
    pub standardize: Standardize,
    /// The seed of the order in which rows are visited.
    pub seed: u64,
    /// The seed of the weights at the start, uniform within ±1/√features; `None` starts from 0.
    pub init_seed: Option<u64>,
    /// The share of the rows that is not learned from.
    pub fold: Option<Fold>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            loss: None,
            delta: None,
            solver: Solver::Auto,
            epochs: None,
            batch_size: None,
            learning_rate: None,
            schedule: None,
            momentum: None,
            l2: 0.0,
            l1: 0.0,
            tol: None,
            max_iterations: None,
            standardize: Standardize::Auto,
            seed: 0,
            init_seed: None,
            fold: None,
        }
    }
}

/// How the learning rate changes over a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// It does not.
    Constant,
    /// It falls from its start to 0 along half a cosine (Loshchilov & Hutter 2017).
    #[default]
    Cosine,
    /// It is divided by ten after one half and again after three quarters of the steps.
    Step,
}

impl Schedule {
    /// The factor on the learning rate at `step` of `steps`.
    #[must_use]
    pub fn factor(self, step: usize, steps: usize) -> f64 {
        let done = step as f64 / steps.max(1) as f64;
        match self {
            Self::Constant => 1.0,
            Self::Cosine => f64::midpoint(1.0, (std::f64::consts::PI * done).cos()),
            Self::Step if done < 0.5 => 1.0,
            Self::Step if done < 0.75 => 0.1,
            Self::Step => 0.01,
        }
    }
}

/// Whether features are centred and scaled before they are weighed. The numbers themselves are
/// never changed: centre and scale are folded into the weights and the intercept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standardize {
    /// Each feature of a table by its own mean and standard deviation; the pixels of images by
    /// their own means and one standard deviation for all.
    #[default]
    Auto,
    /// Each feature by its own mean and standard deviation.
    On,
    /// Not at all.
    Off,
}

/// The settings that a run went by, nothing left open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recipe {
    /// How the loss was made small.
    #[serde(default = "sgd")]
    pub solver: Solver,
    /// The threshold of the Huber loss, in the target's units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Passes over the data, of SGD.
    #[serde(default, skip_serializing_if = "is_default")]
    pub epochs: usize,
    /// Rows in a minibatch, of SGD.
    #[serde(default, skip_serializing_if = "is_default")]
    pub batch_size: usize,
    /// The step's length at the start, of SGD.
    #[serde(default, skip_serializing_if = "is_default")]
    pub learning_rate: f64,
    /// How the learning rate changes, in SGD.
    #[serde(default = "constant", skip_serializing_if = "is_constant")]
    pub schedule: Schedule,
    /// The share of the last step that is taken again, in SGD.
    #[serde(default, skip_serializing_if = "is_default")]
    pub momentum: f64,
    /// The weight of the L2 penalty.
    pub l2: f64,
    /// The weight of the L1 penalty.
    #[serde(default, skip_serializing_if = "is_default")]
    pub l1: f64,
    /// What may be left of gradient or gap, in a full-batch solver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tol: Option<f64>,
    /// The most iterations of a full-batch solver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<usize>,
    /// Whether features were centred and scaled.
    pub standardize: Standardize,
    /// The seed of the order of the rows.
    pub seed: u64,
    /// The seed of the weights at the start, if they were not 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_seed: Option<u64>,
    /// The share of the rows that was not learned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fold: Option<Fold>,
}

/// What trained models that do not say so.
fn sgd() -> Solver {
    Solver::Sgd
}

fn constant() -> Schedule {
    Schedule::Constant
}

fn is_constant(schedule: &Schedule) -> bool {
    *schedule == Schedule::Constant
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Settings {
    /// Refuses what makes no sense, by name.
    pub(crate) fn check(&self) -> Result<()> {
        let at_least_one = "a whole number of at least 1";
        let positive = |x: &f64| x.is_finite() && *x > 0.0;
        check("the threshold delta", self.delta, positive, "a finite number above 0")?;
        check("the number of epochs", self.epochs, |n| *n > 0, at_least_one)?;
        check("the batch size", self.batch_size, |n| *n > 0, at_least_one)?;
        check("the learning rate", self.learning_rate, positive, "a finite number above 0")?;
        let below_one = |x: &f64| (0.0..1.0).contains(x);
        check("the momentum", self.momentum, below_one, "at least 0 and below 1")?;
        let proper = |fold: &Fold| fold.of > 1 && fold.index < fold.of;
        check("the fold", self.fold, proper, "one of at least 2, counted from 0")?;
        let not_negative = |x: &f64| x.is_finite() && *x >= 0.0;
        check("the penalty l2", Some(self.l2), not_negative, "a finite number of at least 0")?;
        check("the penalty l1", Some(self.l1), not_negative, "a finite number of at least 0")?;
        check("the tolerance", self.tol, positive, "a finite number above 0")?;
        check("the number of iterations", self.max_iterations, |n| *n > 0, at_least_one)
    }
}

fn check<T: std::fmt::Display>(
    name: &'static str,
    value: Option<T>,
    good: impl Fn(&T) -> bool,
    range: &'static str,
) -> Result<()> {
    match value {
        Some(value) if !good(&value) => {
            Err(Error::Setting { name, value: value.to_string(), range })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_start_at_one_and_fall() {
        for schedule in [Schedule::Constant, Schedule::Cosine, Schedule::Step] {
            assert_eq!(schedule.factor(0, 100), 1.0);
            let factors: Vec<f64> = (0..100).map(|step| schedule.factor(step, 100)).collect();
            assert!(factors.windows(2).all(|pair| pair[1] <= pair[0]));
        }
        assert!(Schedule::Cosine.factor(99, 100) < 1e-3);
        assert_eq!(Schedule::Step.factor(75, 100), 0.01);
    }

    #[test]
    fn senseless_settings_are_refused_by_name() {
        let settings = Settings { momentum: Some(1.0), ..Settings::default() };
        let message = settings.check().unwrap_err().to_string();
        assert_eq!(message, "the momentum is 1; it must be at least 0 and below 1");
        assert!(Settings { learning_rate: Some(f64::NAN), ..Settings::default() }.check().is_err());
        assert!(Settings { epochs: Some(0), ..Settings::default() }.check().is_err());
    }
}
