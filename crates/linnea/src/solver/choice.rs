//! Which solver there is, what each asks of loss, penalty and settings, and which one to take.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::settings::Settings;
use crate::trainer::Trainer;

/// How the loss is made small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Solver {
    /// What suits data and penalty: `Proximal` with an L1 penalty; `Sgd` if one of its own settings is
    /// given or a checkpoint is wanted, the data are very large, or classes have no penalty, because then there may be no optimum
    /// to go to; `Exact` for the squared loss of up to 2,048 features; otherwise `Lbfgs`, which on
    /// large data begins where a short run of SGD ends.
    #[default]
    Auto,
    /// Minibatch stochastic gradient descent: near the optimum in few passes.
    Sgd,
    /// Preconditioned L-BFGS: to the optimum, over all rows in every step.
    Lbfgs,
    /// Newton's method with conjugate gradients, preconditioned as L-BFGS is: to the optimum, for badly
    /// conditioned problems.
    Newton,
    /// Exact least squares, for the squared loss.
    Exact,
    /// Coordinate descent on quadratic models, for L1 penalties and elastic nets: of a bound, accelerated,
    /// or of the loss itself where features are as many as rows. Without an L1 penalty it goes to the optimum
    /// too, mostly in more iterations than the others.
    Proximal,
}

/// Up to so many multiply-adds a product, a full-batch solver takes about a second or less.
pub(crate) const SMALL: usize = 50_000_000;
/// Up to so many, a pass takes some tenths of a second, and the way from where SGD ends to the optimum a
/// minute.
const LARGE: usize = 20_000_000_000;
/// Up to so many features and multiply-adds, exact least squares takes seconds and little memory.
const NARROW: usize = 2048;
const SQUARES: usize = 500_000_000_000;

impl Solver {
    /// The name that the command line knows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Sgd => "sgd",
            Self::Lbfgs => "lbfgs",
            Self::Newton => "newton",
            Self::Exact => "exact",
            Self::Proximal => "proximal",
        }
    }

    /// Whether every step looks at all rows.
    #[must_use]
    pub fn is_full_batch(self) -> bool {
        matches!(self, Self::Lbfgs | Self::Newton | Self::Exact | Self::Proximal)
    }
}

impl std::fmt::Display for Solver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What `auto`, or somebody, has decided for all heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) solver: Solver,
    /// Whether a full-batch solver begins where a short run of SGD ends.
    pub(crate) begins_by_sgd: bool,
}

/// The one solver of all heads, and how it begins, for rows × features × outputs numbers.
///
/// # Errors
/// As [`choose`], for every head.
pub(crate) fn choose_all(
    heads: &[Settings],
    trainer: &Trainer<'_>,
    loss: Loss,
    size: [usize; 3],
) -> Result<Choice> {
    let solver = choose_one(heads, trainer, loss, size)?;
    let is_open = heads.iter().all(|head| head.solver == Solver::Auto);
    let begins_by_sgd = is_open && solver == Solver::Lbfgs && products(size) > SMALL;
    Ok(Choice { solver, begins_by_sgd })
}

/// The one solver of all heads, for rows × features × outputs numbers.
///
/// # Errors
/// As [`choose`], for every head.
fn choose_one(
    heads: &[Settings],
    trainer: &Trainer<'_>,
    loss: Loss,
    size: [usize; 3],
) -> Result<Solver> {
    let chosen = heads.iter().map(|head| choose(head, trainer, loss, size));
    let chosen: Vec<Solver> = chosen.collect::<Result<_>>()?;
    let first = chosen.first().copied().unwrap_or_default();
    if chosen.iter().all(|&solver| solver == first) {
        return Ok(first);
    }
    // All see the same rows together: so the one that every head can have.
    let any = |solver| chosen.contains(&solver);
    let shared = match () {
        () if any(Solver::Proximal) => Solver::Proximal,
        () if any(Solver::Sgd) => Solver::Sgd,
        () => Solver::Lbfgs,
    };
    let resumes = trainer.checkpoint.is_some() || trainer.resume.is_some();
    heads.iter().try_for_each(|head| check(shared, head, resumes, loss))?;
    Ok(shared)
}

/// The solver for some settings, for rows × features × outputs numbers, none of them left to choose.
///
/// # Errors
/// [`Error::Combination`] if the solver that is asked for cannot have the loss, the penalty or a
/// setting.
fn choose(
    settings: &Settings,
    trainer: &Trainer<'_>,
    loss: Loss,
    size: [usize; 3],
) -> Result<Solver> {
    let resumes = trainer.checkpoint.is_some() || trainer.resume.is_some();
    let solver = match settings.solver {
        Solver::Auto if settings.l1 > 0.0 => Solver::Proximal,
        Solver::Auto if resumes || of_sgd(settings).is_some() => Solver::Sgd,
        Solver::Auto if settings.max_iterations.is_some() => Solver::Lbfgs,
        Solver::Auto if loss == Loss::Squared && is_narrow(size) => Solver::Exact,
        Solver::Auto if settings.tol.is_some() => Solver::Lbfgs,
        Solver::Auto if loss == Loss::Softmax && settings.l2 == 0.0 => Solver::Sgd,
        Solver::Auto if products(size) <= LARGE => Solver::Lbfgs,
        Solver::Auto => Solver::Sgd,
        asked => asked,
    };
    check(solver, settings, resumes, loss)?;
    Ok(solver)
}

/// Multiply-adds of a product of all rows with a head's weights.
pub(crate) fn products(size: [usize; 3]) -> usize {
    size.iter().fold(1, |product, &n| product.saturating_mul(n))
}

/// Whether the squares of the features' matrix are no great work.
fn is_narrow([rows, features, _]: [usize; 3]) -> bool {
    features <= NARROW && rows.saturating_mul(features).saturating_mul(features) <= SQUARES
}

/// Refuses what a solver cannot have.
fn check(solver: Solver, settings: &Settings, resumes: bool, loss: Loss) -> Result<()> {
    let refuse = |what: &str, advice| {
        Err(Error::Combination { what: what.to_owned(), solver: solver.name(), advice })
    };
    if settings.l1 > 0.0 && solver != Solver::Proximal {
        return refuse("the penalty l1", "take proximal, or auto");
    }
    if solver == Solver::Exact && of_sgd(settings).is_none() && !resumes {
        return match loss {
            Loss::Squared if settings.max_iterations.is_some() => {
                refuse("the number of iterations", "leave it out")
            }
            Loss::Squared => Ok(()),
            other => refuse(&format!("the {other} loss"), "take lbfgs, or auto"),
        };
    }
    if !solver.is_full_batch() {
        return match of_full_batch(settings) {
            Some(what) => refuse(what, "take lbfgs, newton, proximal, or auto"),
            None => Ok(()),
        };
    }
    match of_sgd(settings) {
        Some(what) => refuse(what, "take sgd, or leave it out"),
        None if resumes => refuse("a checkpoint", "take sgd, or leave it out"),
        None => Ok(()),
    }
}

/// The first setting that says something to SGD alone.
fn of_sgd(settings: &Settings) -> Option<&'static str> {
    let said = [
        (settings.epochs.is_some(), "the number of epochs"),
        (settings.batch_size.is_some(), "the batch size"),
        (settings.learning_rate.is_some(), "the learning rate"),
        (settings.momentum.is_some(), "the momentum"),
        (settings.schedule.is_some(), "the schedule"),
        (settings.init_seed.is_some(), "the seed of the start"),
    ];
    said.iter().find(|(said, _)| *said).map(|&(_, what)| what)
}

/// The first setting that says something to full-batch solvers alone.
fn of_full_batch(settings: &Settings) -> Option<&'static str> {
    let said = [
        (settings.tol.is_some(), "the tolerance"),
        (settings.max_iterations.is_some(), "the number of iterations"),
    ];
    said.iter().find(|(said, _)| *said).map(|&(_, what)| what)
}
