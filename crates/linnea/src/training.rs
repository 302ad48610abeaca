//! One training run: from data to a model, whatever the rows are stored in.

use std::time::Instant;

use linnea_data::{Dataset, Targets};

use crate::error::{Error, Result};
use crate::kernel::{Element, Level};
use crate::loss::{Loss, RowLoss, Softmax, Squared};
use crate::model::{Card, FORMAT, Model, Provenance};
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::rows::{OverRows, Rows};
use crate::scaling::Scaling;
use crate::settings::Recipe;
use crate::sgd::{self, End, Epoch};
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
    pub(crate) report: F,
}

impl<F: FnMut(&EpochReport) + Send> OverRows for Run<'_, F> {
    type Output = Result<Fit>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Result<Fit> {
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

impl<F: FnMut(&EpochReport) + Send> Run<'_, F> {
    fn train<T: Element>(
        mut self,
        rows: &Rows<'_, T>,
        loss: &dyn RowLoss<T::Real>,
        outputs: usize,
        units: TargetUnits,
    ) -> Result<Fit> {
        let start = Instant::now();
        let (trainer, data, level) = (self.trainer, self.data, Level::detect());
        let threads = thread_count(trainer.threads);
        let (schema, settings) = (data.schema(), &trainer.settings);
        let scaling = Scaling::fit(rows, schema, settings.standardize, level, threads);
        let objective =
            Objective { rows, loss, scaling: &scaling, l2: settings.l2, level, threads };
        let recipe = recipe(trainer, &objective);
        let run = Session { trainer, data, objective: &objective, recipe: &recipe, units, start };

        let mut history = History::default();
        let ended =
            sgd::train(&objective, outputs, &recipe, trainer.interrupt, |epoch, parameters| {
                let report = run.report(epoch, &parameters);
                (self.report)(&report);
                history.add(report, parameters);
            });
        let (last, end) = ended.map_err(|source| Error::Threads { threads, source })?;
        run.finish(&last, end, history)
    }
}

/// The settings, with what was left open decided by the data.
fn recipe<T: Element>(trainer: &Trainer<'_>, objective: &Objective<'_, T>) -> Recipe {
    let settings = &trainer.settings;
    let rows = objective.rows.len();
    let batch_size = settings.batch_size.unwrap_or((rows / 16).clamp(16, 256)).min(rows);
    let learning_rate = settings
        .learning_rate
        .unwrap_or_else(|| sgd::suggest(objective, batch_size, settings.momentum));
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
    }
}

/// The finished epochs, and the best of them.
#[derive(Default)]
struct History {
    epochs: Vec<EpochReport>,
    best: Option<Best>,
}

/// The best epoch so far: by its loss on the validation rows if there are any.
struct Best {
    score: f64,
    epoch: usize,
    parameters: Parameters,
}

impl History {
    fn add(&mut self, report: EpochReport, parameters: Parameters) {
        let score = report.valid_loss.unwrap_or(report.loss);
        let better = self.best.as_ref().is_none_or(|best| score < best.score);
        if better && score.is_finite() && parameters.is_finite() {
            self.best = Some(Best { score, epoch: report.epoch, parameters });
        }
        self.epochs.push(report);
    }
}

/// A run that has begun.
struct Session<'a, T: Element> {
    trainer: &'a Trainer<'a>,
    data: &'a Dataset,
    objective: &'a Objective<'a, T>,
    recipe: &'a Recipe,
    units: TargetUnits,
    start: Instant,
}

impl<T: Element> Session<'_, T> {
    fn report(&self, epoch: Epoch, parameters: &Parameters) -> EpochReport {
        let threads = Some(self.objective.threads);
        let valid = self.trainer.valid.map(|valid| {
            let model = self.model(parameters, Provenance::default());
            model.evaluate(valid, threads).map_or(f64::NAN, |metrics| metrics.loss())
        });
        EpochReport {
            epoch: epoch.number,
            epochs: self.recipe.epochs,
            loss: self.in_target_units(epoch.loss),
            valid_loss: valid,
            seconds: epoch.seconds,
            rows: self.data.rows(),
        }
    }

    /// A loss as the user sees it: the squared loss has the target's units, squared.
    fn in_target_units(&self, loss: f64) -> f64 {
        loss * self.units.scale * self.units.scale
    }

    fn finish(&self, last: &Parameters, end: End, history: History) -> Result<Fit> {
        let History { epochs, best } = history;
        match end {
            End::Finished => {
                let loss = self.objective.evaluate(last).loss;
                // Far worse than no weights at all is no success, however finite.
                let most = WORSE * self.objective.loss.at_start() + f64::EPSILON;
                if !last.is_finite() || !loss.is_finite() || loss > most {
                    return Err(self.diverged(self.recipe.epochs, loss, epochs, best));
                }
                let done = epochs.len();
                Ok(self.fit(last, done, epochs, false))
            }
            End::Interrupted => match best {
                Some(best) => Ok(self.fit(&best.parameters, best.epoch, epochs, true)),
                None if last.norm() > 0.0 => Ok(self.fit(last, 0, epochs, true)),
                None => Err(Error::Interrupted),
            },
            End::Diverged { epoch, loss } => Err(self.diverged(epoch, loss, epochs, best)),
        }
    }

    fn diverged(
        &self,
        epoch: usize,
        loss: f64,
        epochs: Vec<EpochReport>,
        best: Option<Best>,
    ) -> Error {
        let Recipe { batch_size, momentum, learning_rate, .. } = *self.recipe;
        let start = self.in_target_units(self.objective.loss.at_start());
        // A suggestion that is no smaller would be none.
        let suggestion =
            sgd::suggest(self.objective, batch_size, momentum).min(learning_rate / 10.0);
        let best = best.filter(|best| best.score < start);
        Error::Diverged {
            epoch,
            start,
            loss: self.in_target_units(loss),
            learning_rate,
            suggestion: two_digits(suggestion),
            best: best.map(|best| Box::new(self.fit(&best.parameters, best.epoch, epochs, false))),
        }
    }

    /// The fit whose model has the parameters that `done` epochs came to.
    fn fit(
        &self,
        parameters: &Parameters,
        done: usize,
        epochs: Vec<EpochReport>,
        interrupted: bool,
    ) -> Fit {
        let Parameters { outputs, features, .. } = *parameters;
        let start = self.objective.evaluate(&Parameters::zeros(outputs, features));
        let end = self.objective.evaluate(parameters);
        let steps = self.data.rows().div_ceil(self.recipe.batch_size);
        let provenance = Provenance {
            rows: self.data.rows(),
            epochs: done,
            iterations: done * steps,
            loss: self.in_target_units(end.loss),
            gradient_norm: end.gradient.norm(),
            start_gradient_norm: start.gradient.norm(),
            ..self.trainer.provenance.clone()
        };
        let model = self.model(parameters, provenance);
        Fit { model, epochs, interrupted, seconds: self.start.elapsed().as_secs_f64() }
    }

    fn model(&self, parameters: &Parameters, provenance: Provenance) -> Model {
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
                recipe: self.recipe.clone(),
                provenance,
            },
        }
    }
}

/// A number to suggest, without digits that mean nothing.
fn two_digits(number: f64) -> f64 {
    format!("{number:.1e}").parse().unwrap_or(number)
}
