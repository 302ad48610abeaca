//! One training run: from data to a model, whatever the rows are stored in.

use std::time::Instant;

use linnea_data::{Dataset, Targets, is_usable};

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

/// Refuses data that cannot be trained on, with the place of the first bad number.
pub(crate) fn check_data(data: &Dataset) -> Result<()> {
    let unlearnable = |reason: &str| Err(Error::Unlearnable(reason.into()));
    if data.rows() < 2 {
        return unlearnable("there are fewer than two rows to learn from; give more data");
    }
    if u32::try_from(data.rows()).is_err() {
        return unlearnable("there are more than 4,294,967,295 rows; give fewer");
    }
    if let Some((row, feature)) = data.find_unusable() {
        let block = &data.blocks()[row / data.block_rows()];
        let value = block.values().get(row % data.block_rows() * data.features() + feature);
        let feature = data.schema().feature_names().swap_remove(feature);
        return Err(Error::NotFinite { row, feature, value });
    }
    match data.targets() {
        Targets::Absent => unlearnable("there is no target to learn"),
        Targets::Classes(classes) if classes.iter().all(|class| *class == classes[0]) => {
            unlearnable("every row has the same class; classification needs at least two")
        }
        Targets::Values(values) => match values.iter().position(|y| !is_usable(*y)) {
            Some(row) => Err(Error::TargetNotFinite { row, value: values[row] }),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

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
        let (last, end) =
            sgd::train(&objective, outputs, &recipe, trainer.interrupt, |epoch, parameters| {
                let report = run.report(epoch, &parameters);
                (self.report)(&report);
                history.add(report, parameters);
            });
        run.finish(last, end, history)
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
    best: Option<(f64, Parameters)>,
}

impl History {
    fn add(&mut self, report: EpochReport, parameters: Parameters) {
        let score = report.valid_loss.unwrap_or(report.loss);
        if self.best.as_ref().is_none_or(|(best, _)| score < *best) {
            self.best = Some((score, parameters));
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

    fn finish(&self, last: Parameters, end: End, history: History) -> Result<Fit> {
        let interrupted = match end {
            End::Finished if !last.is_finite() => {
                return Err(self.diverged(self.recipe.epochs, f64::NAN, history));
            }
            End::Finished => false,
            End::Interrupted => true,
            End::Diverged { epoch, loss } => return Err(self.diverged(epoch, loss, history)),
        };
        let History { epochs, best } = history;
        let parameters = if interrupted { best.map_or(last, |(_, best)| best) } else { last };
        Ok(self.fit(&parameters, epochs, interrupted))
    }

    fn diverged(&self, epoch: usize, loss: f64, history: History) -> Error {
        let Recipe { batch_size, momentum, learning_rate, .. } = *self.recipe;
        let History { epochs, best } = history;
        Error::Diverged {
            epoch,
            start: self.in_target_units(self.objective.loss.at_start()),
            loss: self.in_target_units(loss),
            learning_rate,
            suggestion: two_digits(sgd::suggest(self.objective, batch_size, momentum)),
            best: best.map(|(_, best)| Box::new(self.fit(&best, epochs, false))),
        }
    }

    fn fit(&self, parameters: &Parameters, epochs: Vec<EpochReport>, interrupted: bool) -> Fit {
        let start =
            self.objective.evaluate(&Parameters::zeros(parameters.outputs, parameters.features));
        let end = self.objective.evaluate(parameters);
        let steps = self.data.rows().div_ceil(self.recipe.batch_size);
        let provenance = Provenance {
            rows: self.data.rows(),
            epochs: epochs.len(),
            iterations: epochs.len() * steps,
            loss: self.in_target_units(end.loss),
            gradient_norm: end.gradient.norm(),
            start_gradient_norm: start.gradient.norm(),
            ..self.trainer.provenance.clone()
        };
        let model = self.model(parameters, provenance);
        Fit { model, epochs, interrupted, seconds: self.start.elapsed().as_secs_f64() }
    }

    fn model(&self, parameters: &Parameters, provenance: Provenance) -> Model {
        let scaling = self.objective.scaling.clone();
        let parameters = parameters.clone().unscale(&scaling);
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
