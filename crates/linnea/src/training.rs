//! One training run: from data to a model, whatever the rows are stored in.

use std::time::Instant;

use linnea_data::{Dataset, Targets};

use crate::checkpoint::{Checkpoint, Keeper};
use crate::error::{Error, Result};
use linnea_kernels::{Element, Level};
use crate::loss::{Loss, RowLoss, Softmax, Squared};
use crate::model::{Card, FORMAT, Model, Provenance};
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::rows::{OverRows, Rows};
use crate::scaling::Scaling;
use crate::settings::{Recipe, Settings};
use crate::sgd::{self, End, Epoch, HeadEpoch, HeadState, State};
use crate::target::TargetUnits;
use crate::team::thread_count;
use crate::trainer::{EpochReport, Fit, Trainer};

/// About so many steps bring a run to its end where nobody says how many epochs it has.
const STEPS: usize = 3000;

/// A finished run has diverged when its loss is this many times that of the start.
const WORSE: f64 = 1.5;

/// A run that does not know yet how its rows are stored.
pub(crate) struct Run<'a, F> {
    pub(crate) trainer: &'a Trainer<'a>,
    pub(crate) data: &'a Dataset,
    /// The settings of each head.
    pub(crate) heads: &'a [Settings],
    /// Told every head's epochs.
    pub(crate) report: F,
}

impl<F: FnMut(usize, &EpochReport) + Send> OverRows for Run<'_, F> {
    type Output = Result<Vec<Result<Fit>>>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Self::Output {
        match self.data.targets() {
            Targets::Classes(classes) => {
                let count = self.data.schema().labels().map_or(0, <[String]>::len);
                let loss = Softmax { classes, count };
                self.train(rows, &loss, count, TargetUnits::NONE)
            }
            Targets::Values(values) => {
                let units = TargetUnits::of(values);
                let loss = Squared { targets: units.apply::<T::Real>(values) };
                self.train(rows, &loss, 1, units)
            }
            _ => Err(Error::Unlearnable("there is no target to learn".into())),
        }
    }
}

impl<F: FnMut(usize, &EpochReport) + Send> Run<'_, F> {
    fn train<T: Element>(
        mut self,
        rows: &Rows<'_, T>,
        loss: &dyn RowLoss<T::Real>,
        outputs: usize,
        units: TargetUnits,
    ) -> Result<Vec<Result<Fit>>> {
        let start = Instant::now();
        let (trainer, data, level) = (self.trainer, self.data, Level::detect());
        let threads = thread_count(trainer.threads);
        let standardize = self.heads[0].standardize;
        let scaling = Scaling::fit(rows, data.schema(), standardize, level, threads);
        let objective = Objective { rows, loss, scaling: &scaling, l2: 0.0, level, threads };
        let recipes = recipes(self.heads, &objective);
        let run = Session {
            trainer,
            data,
            objective: &objective,
            recipes: &recipes,
            outputs,
            units,
            start,
        };

        let begun =
            trainer.resume.as_deref().map(|path| Checkpoint::load(path, &run)).transpose()?;
        let mut progress = begun.unwrap_or_else(|| Checkpoint::start(&recipes, outputs, rows));
        let mut keeper = trainer.checkpoint.as_deref().map(Keeper::new);
        let state = progress.state.clone();
        let ended = sgd::train(&objective, &recipes, state, trainer.interrupt, |epoch, state| {
            for head in &epoch.heads {
                let report = run.report(&epoch, head);
                (self.report)(head.head, &report);
                progress.histories[head.head].add(report, &head.parameters);
            }
            if let Some(keeper) = &mut keeper {
                keeper.keep(&run, &mut progress, state);
            }
        });
        let last = ended.map_err(|source| Error::Threads { threads, source })?;
        let failure = keeper.and_then(Keeper::failure);
        let heads = last.heads.into_iter().zip(progress.histories).enumerate();
        let finish = |(head, (state, history)): (usize, (HeadState, History))| {
            let fit = run.finish(head, &state, history)?;
            Ok(Fit { checkpoint_failure: failure.clone(), ..fit })
        };
        Ok(heads.map(finish).collect())
    }
}

/// The settings of all heads, with what was left open decided by the data.
fn recipes<T: Element>(heads: &[Settings], objective: &Objective<'_, T>) -> Vec<Recipe> {
    // The rate that the data suggest is the same for heads that differ in nothing that it rests on.
    let mut suggested: Vec<([u64; 2], f64)> = Vec::new();
    let recipe = |settings: &Settings| {
        let key = [settings.momentum.to_bits(), settings.l2.to_bits()];
        let known = suggested.iter().find(|(k, _)| *k == key).map(|&(_, rate)| rate);
        let settings =
            Settings { learning_rate: settings.learning_rate.or(known), ..settings.clone() };
        let recipe = recipe(&settings, objective);
        suggested.push((key, recipe.learning_rate));
        recipe
    };
    heads.iter().map(recipe).collect()
}

/// The settings of one head, with what was left open decided by the data.
fn recipe<T: Element>(settings: &Settings, objective: &Objective<'_, T>) -> Recipe {
    let rows = objective.rows.len();
    let batch_size = settings.batch_size.unwrap_or((rows / 16).clamp(16, 256)).min(rows);
    let penalised = Objective { l2: settings.l2, ..*objective };
    let learning_rate = settings
        .learning_rate
        .unwrap_or_else(|| sgd::suggest(&penalised, batch_size, settings.momentum));
    let steps = rows.div_ceil(batch_size);
    Recipe {
        epochs: settings.epochs.unwrap_or(STEPS.div_ceil(steps).clamp(10, 200)),
        batch_size,
        learning_rate,
        schedule: settings.schedule,
        momentum: settings.momentum,
        l2: settings.l2,
        standardize: settings.standardize,
        seed: settings.seed,
        init_seed: settings.init_seed,
        fold: settings.fold,
    }
}

/// The finished epochs of a head, and the best of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) epochs: Vec<EpochReport>,
    pub(crate) best: Option<Best>,
}

/// The best epoch so far: by its loss on the validation rows if there are any.
#[derive(Debug, Clone)]
pub(crate) struct Best {
    pub(crate) score: f64,
    pub(crate) epoch: usize,
    pub(crate) parameters: Parameters,
}

impl History {
    fn add(&mut self, report: EpochReport, parameters: &Parameters) {
        let score = report.valid_loss.unwrap_or(report.loss);
        let better = self.best.as_ref().is_none_or(|best| score < best.score);
        if better && score.is_finite() && parameters.is_finite() {
            let parameters = parameters.clone();
            self.best = Some(Best { score, epoch: report.epoch, parameters });
        }
        self.epochs.push(report);
    }
}

/// A run that has begun.
pub(crate) struct Session<'a, T: Element> {
    pub(crate) trainer: &'a Trainer<'a>,
    pub(crate) data: &'a Dataset,
    pub(crate) objective: &'a Objective<'a, T>,
    pub(crate) recipes: &'a [Recipe],
    outputs: usize,
    units: TargetUnits,
    start: Instant,
}

impl<T: Element> Session<'_, T> {
    /// The outputs of one head.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    fn report(&self, epoch: &Epoch, head: &HeadEpoch) -> EpochReport {
        let threads = Some(self.objective.threads);
        let valid = self.trainer.valid.map(|valid| {
            let model = self.model(head.head, &head.parameters, Provenance::default());
            model.evaluate(valid, threads).map_or(f64::NAN, |metrics| metrics.loss())
        });
        EpochReport {
            epoch: epoch.number,
            epochs: self.recipes[head.head].epochs,
            loss: self.in_target_units(head.loss),
            valid_loss: valid,
            seconds: epoch.seconds,
            rows: self.data.rows(),
        }
    }

    /// A loss as the user sees it: the squared loss has the target's units, squared.
    fn in_target_units(&self, loss: f64) -> f64 {
        loss * self.units.scale * self.units.scale
    }

    fn finish(&self, head: usize, state: &HeadState, history: History) -> Result<Fit> {
        let History { epochs, best } = history;
        let last = &state.parameters;
        match state.end {
            Some(End::Interrupted) => match best {
                Some(best) => Ok(self.fit(head, &best.parameters, best.epoch, epochs, true)),
                None if last.norm() > 0.0 => Ok(self.fit(head, last, 0, epochs, true)),
                None => Err(Error::Interrupted),
            },
            Some(End::Diverged { epoch, loss }) => {
                Err(self.diverged(head, epoch, loss, epochs, best))
            }
            Some(End::Finished) | None => {
                let loss = self.objective.evaluate(last).loss;
                // Far worse than no weights at all is no success, however finite.
                let most = WORSE * self.objective.loss.at_start() + f64::EPSILON;
                if !last.is_finite() || !loss.is_finite() || loss > most {
                    return Err(self.diverged(head, self.recipes[head].epochs, loss, epochs, best));
                }
                let done = epochs.len();
                Ok(self.fit(head, last, done, epochs, false))
            }
        }
    }

    fn diverged(
        &self,
        head: usize,
        epoch: usize,
        loss: f64,
        epochs: Vec<EpochReport>,
        best: Option<Best>,
    ) -> Error {
        let Recipe { batch_size, momentum, learning_rate, l2, .. } = self.recipes[head];
        let start = self.in_target_units(self.objective.loss.at_start());
        let penalised = Objective { l2, ..*self.objective };
        // A suggestion that is no smaller would be none.
        let suggestion = sgd::suggest(&penalised, batch_size, momentum).min(learning_rate / 10.0);
        let best = best.filter(|best| best.score < start);
        let fit = |best: Best| self.fit(head, &best.parameters, best.epoch, epochs, false);
        Error::Diverged {
            epoch,
            start,
            loss: self.in_target_units(loss),
            learning_rate,
            suggestion: two_digits(suggestion),
            best: best.map(|best| Box::new(fit(best))),
        }
    }

    /// The fit whose model has the parameters that `done` epochs came to.
    fn fit(
        &self,
        head: usize,
        parameters: &Parameters,
        done: usize,
        epochs: Vec<EpochReport>,
        interrupted: bool,
    ) -> Fit {
        let Parameters { outputs, features, .. } = *parameters;
        let recipe = &self.recipes[head];
        let objective = Objective { l2: recipe.l2, ..*self.objective };
        let begun = State::start(std::slice::from_ref(recipe), outputs, features);
        let start = objective.evaluate(&begun.heads[0].parameters);
        let end = objective.evaluate(parameters);
        let steps = self.data.rows().div_ceil(recipe.batch_size);
        let provenance = Provenance {
            rows: self.data.rows(),
            epochs: done,
            iterations: done * steps,
            loss: self.in_target_units(end.loss),
            gradient_norm: end.gradient.norm(),
            start_gradient_norm: start.gradient.norm(),
            ..self.trainer.provenance.clone()
        };
        let model = self.model(head, parameters, provenance);
        let seconds = self.start.elapsed().as_secs_f64();
        Fit { model, epochs, interrupted, seconds, checkpoint_failure: None }
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
            parameters: parameters.unscale_target(self.units.mean, self.units.scale),
            scaling,
            card: Card {
                format: FORMAT,
                linnea: env!("CARGO_PKG_VERSION").to_owned(),
                loss: match self.data.targets() {
                    Targets::Classes(_) => Loss::Softmax,
                    _ => Loss::Squared,
                },
                schema: self.data.schema().clone(),
                missing: self.trainer.missing,
                recipe: self.recipes[head].clone(),
                provenance,
            },
        }
    }
}

/// A number to suggest, without digits that mean nothing.
fn two_digits(number: f64) -> f64 {
    format!("{number:.1e}").parse().unwrap_or(number)
}
