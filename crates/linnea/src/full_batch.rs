//! A run by a full-batch solver: from settings to models that say how near to the optimum they are.

use std::sync::atomic::Ordering;
use std::time::Instant;

use crate::error::{Error, Result};
use crate::loss::RowLoss;
use crate::model::Provenance;
use crate::parameters::Parameters;
use crate::scaling::Scaling;
use crate::settings::{Recipe, Schedule, Settings, Standardize};
use crate::sgd;
use crate::solver::{Choice, Convergence, Course, Finished, Reason, Task, defaults};
use crate::trainer::{EpochReport, Fit};
use crate::training::{Report, Session};
use linnea_kernels::Element;

/// Means that are so many times the spread lose half of the digits.
const FAR: f64 = 1e6;
/// Epochs of SGD before a full-batch solver, on large data: near the optimum, each is worth several
/// iterations.
const SHORT: usize = 2;
/// What may then be left of the gradient, if nobody says: the loss has three or four digits, in a third of
/// the passes that six would take.
const NEAR: f64 = 1e-4;

/// The settings of all heads, nothing left open.
pub(crate) fn recipes<T: Element>(
    heads: &[Settings],
    choice: Choice,
    delta: Option<f64>,
) -> Vec<Recipe> {
    let (tolerance, most) = defaults::<T>();
    let tolerance = if choice.begins_by_sgd { NEAR } else { tolerance };
    let recipe = |settings: &Settings| Recipe {
        solver: choice.solver,
        delta,
        epochs: 0,
        batch_size: 0,
        learning_rate: 0.0,
        schedule: Schedule::Constant,
        momentum: 0.0,
        l2: settings.l2,
        l1: settings.l1,
        tol: Some(settings.tol.unwrap_or(tolerance)),
        max_iterations: Some(settings.max_iterations.unwrap_or(most)),
        standardize: settings.standardize,
        seed: settings.seed,
        init_seed: None,
        fold: settings.fold,
    };
    heads.iter().map(recipe).collect()
}

/// What a short run of SGD has come to.
pub(crate) enum Short {
    /// Where each of the heads that go first begins.
    Begin(Vec<Parameters>),
    /// Somebody asked it to stop: that is what there is.
    Interrupted(Vec<Result<Fit>>),
}

impl<T: Element> Session<'_, T> {
    /// Solves for all heads; the first begin at `begin`, or all at 0.
    pub(crate) fn solve(
        &self,
        double: &dyn RowLoss<f64>,
        begin: &[Parameters],
        report: &mut dyn FnMut(usize, &EpochReport),
    ) -> Vec<Result<Fit>> {
        let task = self.task(double, begin);
        let mut epochs = vec![Vec::new(); self.recipes.len()];
        let mut last = Instant::now();
        let finished = task.run(self.trainer.interrupt, |head, course| {
            let seconds = std::mem::replace(&mut last, Instant::now()).elapsed().as_secs_f64();
            let told = self.iteration(head, course, seconds);
            report(head, &told);
            epochs[head].push(told);
        });
        let all = finished.into_iter().zip(epochs).enumerate();
        all.map(|(head, (finished, epochs))| self.solved(head, finished, double, epochs)).collect()
    }

    /// What is to be solved.
    pub(crate) fn task<'s>(
        &'s self,
        double: &'s dyn RowLoss<f64>,
        begin: &'s [Parameters],
    ) -> Task<'s, T> {
        Task {
            objective: self.objective,
            double,
            loss: self.aim.loss,
            delta: self.aim.delta_in(self.units),
            targets: self.targets,
            outputs: self.outputs,
            recipes: self.recipes,
            folds: self.folds,
            units: self.units,
            is_centred: self.recipes[0].standardize != Standardize::Off,
            begin,
            leg: self.leg,
        }
    }

    /// A few epochs of SGD for the heads that go first. What diverges leads nowhere.
    ///
    /// # Errors
    /// If the system has not so many threads.
    pub(crate) fn short_sgd(&self, heads: &[Settings], tell: &mut Report<'_>) -> Result<Short> {
        let short = |head: &Settings| Settings { epochs: Some(SHORT), ..head.clone() };
        let (first, later) = heads.split_at(self.leg.min(heads.len()));
        let first: Vec<_> = first.iter().map(short).collect();
        let recipes = sgd::recipes(&first, self.objective, self.units, self.aim);
        let own = Session { recipes: &recipes, ..*self };
        let ended = own.run_sgd(tell)?;
        if !self.trainer.interrupt.load(Ordering::Relaxed) {
            return Ok(Short::Begin(ended.heads()));
        }
        let later = later.iter().map(|_| Err(Error::Interrupted));
        let fits = own.finish(&ended).into_iter().map(|fit| Ok(Fit { interrupted: true, ..fit? }));
        Ok(Short::Interrupted(fits.chain(later).collect()))
    }

    fn iteration(&self, head: usize, course: &Course, seconds: f64) -> EpochReport {
        EpochReport {
            epoch: course.iterations,
            epochs: self.recipes[head].max_iterations.unwrap_or(0),
            loss: self.in_target_units(head, course.loss),
            valid_loss: None,
            seconds,
            rows: self.data.rows(),
            gradient_left: Some(course.share()),
        }
    }

    /// Features that are far from 0 beside their spread lose digits where they are multiplied, and so
    /// does the intercept that takes them back: a gradient below that is none that can be seen.
    fn doubt(&self, convergence: &mut Convergence) {
        let Scaling { mean, scale } = self.objective.scaling;
        let far = mean.iter().zip(scale).map(|(mean, scale)| mean.abs() / scale);
        let far = far.fold(0.0, f64::max);
        let ends = matches!(convergence.reason, Reason::Gradient | Reason::Stalled);
        // An exact solution is found near the means.
        let is_exact = convergence.factorization.is_some();
        if ends && !is_exact && far > FAR && f64::EPSILON * far > convergence.tolerance {
            (convergence.converged, convergence.reason) = (false, Reason::Rounding);
        }
    }

    /// The fit of a head, from how it ended.
    fn solved(
        &self,
        head: usize,
        finished: Finished,
        double: &dyn RowLoss<f64>,
        epochs: Vec<EpochReport>,
    ) -> Result<Fit> {
        let Finished { at, loss, mut convergence } = finished;
        let interrupted = convergence.reason == Reason::Interrupted;
        if interrupted && convergence.iterations == 0 {
            return Err(Error::Interrupted);
        }
        let relative_gap =
            convergence.gap.map(|gap| gap / double.at_start().max(f64::MIN_POSITIVE));
        convergence.gap = convergence.gap.map(|gap| self.units.loss_difference(gap));
        self.doubt(&mut convergence);
        let separable = self.look_for_separation(head, &at, double, &mut convergence)?;
        let provenance = Provenance {
            rows: self.data.rows(),
            iterations: convergence.iterations,
            loss: self.in_target_units(head, loss),
            gradient_norm: convergence.gradient_norm,
            start_gradient_norm: convergence.start_gradient_norm,
            relative_gap,
            convergence: Some(convergence.clone()),
            ..self.trainer.provenance.clone()
        };
        Ok(Fit {
            model: self.model(head, &at, provenance),
            epochs,
            interrupted,
            seconds: self.start.elapsed().as_secs_f64(),
            checkpoint_failure: None,
            separable,
            convergence: Some(convergence),
        })
    }
}
