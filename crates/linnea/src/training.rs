//! One training run: from data to a model, whatever the rows are stored in.

use std::time::Instant;

use linnea_data::{Dataset, Targets};

use crate::error::Result;
use crate::fingerprint::fingerprint;
use crate::folds::{Folds, Keys};
use crate::full_batch::{self, Short};
use crate::loss::{Aim, Loss, RowLoss};
use crate::model::{Card, FORMAT, Model, Provenance};
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::row_weights::row_weights;
use crate::rows::{OverRows, Rows};
use crate::scaling::Scaling;
use crate::separation::Separation;
use crate::settings::{Recipe, Settings};
use crate::sgd;
use crate::solver::choose_all;
use crate::target::TargetUnits;
use crate::trainer::{EpochReport, Fit, Trainer};
use linnea_kernels::{Element, Level};

/// Told every head's epochs. Its type is nobody's concern: a run is much to compile, and compiled once.
pub(crate) type Report<'a> = dyn FnMut(usize, &EpochReport) + Send + 'a;

/// A run that does not know yet how its rows are stored.
pub(crate) struct Run<'a> {
    pub(crate) trainer: &'a Trainer<'a>,
    pub(crate) data: &'a Dataset,
    /// The settings of each head.
    pub(crate) heads: &'a [Settings],
    /// How many of them a full-batch solver takes at once: the next as many begin where these lead.
    pub(crate) leg: usize,
    pub(crate) report: &'a mut Report<'a>,
}

impl OverRows for Run<'_> {
    type Output = Result<Vec<Result<Fit>>>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Self::Output {
        let weights = row_weights(self.data);
        let weights = weights.as_deref();
        let (aim, targets) = (Aim::new(&self.heads[0], self.data, weights)?, self.data.targets());
        let outputs = outputs(self.data);
        let units = aim.units(targets, weights);
        let stored = aim.over::<T::Real>(targets, outputs, units, weights);
        let double = aim.over::<f64>(targets, outputs, units, weights);
        let ways = Ways { stored: stored.as_ref(), double: double.as_ref(), aim };
        self.train(rows, ways, outputs, units)
    }
}

/// How many outputs a model of some data has: one for each class, or one number.
pub(crate) fn outputs(data: &Dataset) -> usize {
    match data.targets() {
        Targets::Classes(_) => data.schema().labels().map_or(0, <[String]>::len),
        _ => 1,
    }
}

/// A loss in each arithmetic, and what it is.
#[derive(Clone, Copy)]
struct Ways<'a, A> {
    stored: &'a dyn RowLoss<A>,
    double: &'a dyn RowLoss<f64>,
    aim: Aim,
}

impl Run<'_> {
    fn train<T: Element>(
        self,
        rows: &Rows<'_, T>,
        loss: Ways<'_, T::Real>,
        outputs: usize,
        units: TargetUnits,
    ) -> Result<Vec<Result<Fit>>> {
        let start = Instant::now();
        let size = [rows.len(), rows.features(), outputs];
        let choice = choose_all(self.heads, self.trainer, loss.aim.loss, size)?;
        let (trainer, data, level) = (self.trainer, self.data, Level::detect());
        let threads = trainer.threads;
        let standardize = self.heads[0].standardize;
        let weights = loss.stored.weights();
        let scaling = Scaling::fit(rows, data.schema(), standardize, weights, level, threads);
        let objective = Objective { rows, loss: loss.stored, scaling: &scaling, level, threads };
        let recipes = if choice.solver.is_full_batch() {
            full_batch::recipes::<T>(self.heads, choice, loss.aim.delta)
        } else {
            sgd::recipes(self.heads, &objective, units, loss.aim)
        };
        let targets = match data.targets() {
            Targets::Values(values) => units.apply(values),
            _ => Vec::new(),
        };
        let folds = Folds::new(&recipes, &Keys::of(data), weights)?;
        let target_means: Vec<_> =
            (0..recipes.len()).map(|head| folds.mean(head, weights, &targets)).collect();
        let run = Session {
            trainer,
            data,
            objective: &objective,
            recipes: &recipes,
            leg: self.leg,
            folds: &folds,
            outputs,
            aim: loss.aim,
            units,
            targets: &targets,
            target_means: &target_means,
            start,
        };
        if !choice.solver.is_full_batch() {
            return run.descend(self.report);
        }
        if !choice.begins_by_sgd {
            return Ok(run.solve(loss.double, &[], self.report));
        }
        match run.short_sgd(self.heads, self.report)? {
            Short::Begin(begin) => Ok(run.solve(loss.double, &begin, self.report)),
            Short::Interrupted(fits) => Ok(fits),
        }
    }
}

/// A run that has begun.
pub(crate) struct Session<'a, T: Element> {
    pub(crate) trainer: &'a Trainer<'a>,
    pub(crate) data: &'a Dataset,
    pub(crate) objective: &'a Objective<'a, T>,
    pub(crate) recipes: &'a [Recipe],
    /// See [`Run::leg`].
    pub(crate) leg: usize,
    pub(crate) folds: &'a Folds,
    /// Of one head.
    pub(crate) outputs: usize,
    pub(crate) aim: Aim,
    pub(crate) units: TargetUnits,
    /// The targets in training's units, if they are numbers.
    pub(crate) targets: &'a [f64],
    /// Their mean over the rows of each head.
    pub(crate) target_means: &'a [f64],
    pub(crate) start: Instant,
}

impl<T: Element> Session<'_, T> {
    /// By which its data are known again.
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(self.data, self.objective.rows)
    }

    /// The recipes with the penalties that training's units ask for.
    pub(crate) fn in_own_units(&self, recipes: &[Recipe]) -> Vec<Recipe> {
        let own = |recipe: &Recipe| Recipe { l2: self.units.l2(recipe.l2), ..recipe.clone() };
        recipes.iter().map(own).collect()
    }

    /// A head's loss as the user sees it: the squared loss has the target's units, squared.
    pub(crate) fn in_target_units(&self, head: usize, loss: f64) -> f64 {
        self.units.loss(loss, self.target_means[head])
    }

    /// Whether nothing holds the weights, so that there may be no optimum.
    pub(crate) fn may_be_separable(&self, head: usize) -> bool {
        let recipe = &self.recipes[head];
        let may = matches!(self.aim.loss, Loss::Softmax | Loss::Poisson);
        may && recipe.l1 == 0.0 && recipe.l2 == 0.0
    }

    /// What the rows that a head learns from say of where it has come to, and of a path of solutions under
    /// penalties that vanish.
    pub(crate) fn separation(
        &self,
        head: usize,
        at: &Parameters,
        path: Option<&[Parameters; 3]>,
    ) -> Result<Separation> {
        let share = self.folds.of(head);
        let counts = |row| share.is_none_or(|share| share.learns_from(row));
        let look = |model: &Model| model.direction(self.data, self.trainer.threads, counts);
        let model = |at: &Parameters| self.model(head, at, Provenance::default());
        let drift = |[from, to]: [&Parameters; 2]| {
            let parameters = model(to).parameters.plus(-1.0, &model(from).parameters);
            look(&Model { parameters, ..model(to) })
        };
        let drifts = match path {
            Some([a, b, c]) => Some((drift([a, b])?, drift([b, c])?)),
            None => None,
        };
        Ok(Separation::new(&look(&model(at))?, drifts.as_ref()))
    }

    pub(crate) fn model(
        &self,
        head: usize,
        parameters: &Parameters,
        provenance: Provenance,
    ) -> Model {
        let mut scaling = self.objective.scaling.clone();
        let parameters = parameters.clone().unscale(&scaling);
        // In the model, a feature that did not vary has the deviation that it had.
        scaling.scale.iter_mut().filter(|scale| scale.is_infinite()).for_each(|scale| *scale = 0.0);
        Model {
            parameters: self.units.parameters(parameters),
            scaling,
            card: Card {
                format: FORMAT,
                linnea: env!("CARGO_PKG_VERSION").to_owned(),
                loss: self.aim.loss,
                schema: self.data.schema().clone(),
                missing: self.trainer.missing,
                recipe: self.recipes[head].clone(),
                provenance,
            },
        }
    }
}
