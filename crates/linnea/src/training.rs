//! One training run: from data to a model, whatever the rows are stored in.

use std::time::Instant;

use linnea_data::{Dataset, Targets};

use crate::checkpoint::{Checkpoint, Keeper};
use crate::error::{Error, Result};
use crate::folds::{Folds, Keys};
use crate::full_batch;
use crate::loss::{Aim, Loss, RowLoss};
use crate::model::{Card, FORMAT, Model, Provenance};
use crate::objective::{Objective, Value};
use crate::parameters::Parameters;
use crate::row_weights::row_weights;
use crate::rows::{OverRows, Rows};
use crate::scaling::Scaling;
use crate::separation::Separation;
use crate::settings::{Recipe, Settings};
use crate::sgd::{self, End, Epoch, HeadEpoch, HeadState, State};
use crate::solver::choose_all;
use crate::target::TargetUnits;
use crate::team::thread_count;
use crate::trainer::{EpochReport, Fit, Trainer};
use linnea_kernels::{Element, Level};

/// A finished run has diverged when its loss is this many times that of the start.
const WORSE: f64 = 1.5;

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
        let outputs = match targets {
            Targets::Classes(_) => self.data.schema().labels().map_or(0, <[String]>::len),
            _ => 1,
        };
        let units = aim.units(targets, weights);
        let stored = aim.over::<T::Real>(targets, outputs, units, weights);
        let double = aim.over::<f64>(targets, outputs, units, weights);
        let ways = Ways { stored: stored.as_ref(), double: double.as_ref(), aim };
        self.train(rows, ways, outputs, units)
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
        let solver = choose_all(self.heads, self.trainer, loss.aim.loss, size)?;
        let (trainer, data, level) = (self.trainer, self.data, Level::detect());
        let threads = thread_count(trainer.threads);
        let standardize = self.heads[0].standardize;
        let weights = loss.stored.weights();
        let scaling = Scaling::fit(rows, data.schema(), standardize, weights, level, threads);
        let objective = Objective { rows, loss: loss.stored, scaling: &scaling, level, threads };
        let recipes = if solver.is_full_batch() {
            full_batch::recipes::<T>(self.heads, solver, loss.aim.delta)
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
        if solver.is_full_batch() {
            return Ok(run.solve(loss.double, self.report));
        }

        let begun =
            trainer.resume.as_deref().map(|path| Checkpoint::load(path, &run)).transpose()?;
        let mut progress = begun.unwrap_or_else(|| Checkpoint::start(&recipes, outputs, rows));
        let mut keeper = trainer.checkpoint.as_deref().map(Keeper::new);
        let state = progress.state.clone();
        // The penalties that training's units ask for.
        let own = |recipe: &Recipe| Recipe { l2: units.l2(recipe.l2), ..recipe.clone() };
        let own: Vec<_> = recipes.iter().map(own).collect();
        let ended =
            sgd::train(&objective, &own, &folds, state, trainer.interrupt, |epoch, state| {
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
        let fits = run.finish(&last.heads, &progress.histories).into_iter();
        let fits = fits.map(|fit| Ok(Fit { checkpoint_failure: failure.clone(), ..fit? }));
        Ok(fits.collect())
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
    /// See [`Run::leg`].
    pub(crate) leg: usize,
    pub(crate) folds: &'a Folds,
    outputs: usize,
    pub(crate) aim: Aim,
    pub(crate) units: TargetUnits,
    /// The targets in training's units, if they are numbers.
    pub(crate) targets: &'a [f64],
    /// Their mean over the rows of each head.
    target_means: &'a [f64],
    pub(crate) start: Instant,
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
            loss: self.in_target_units(head.head, head.loss),
            valid_loss: valid,
            seconds: epoch.seconds,
            rows: self.data.rows(),
            gradient_left: None,
        }
    }

    /// A head's loss as the user sees it: the squared loss has the target's units, squared.
    pub(crate) fn in_target_units(&self, head: usize, loss: f64) -> f64 {
        self.units.loss(loss, self.target_means[head])
    }

    /// The fit of every head, from how it ended.
    fn finish(&self, ends: &[HeadState], histories: &[History]) -> Vec<Result<Fit>> {
        let histories_of = ends.iter().zip(histories);
        let chosen: Vec<_> = histories_of.map(|(end, history)| chosen(end, history)).collect();
        let points: Vec<_> = chosen.iter().map(|chosen| chosen.parameters).collect();
        let certificates = self.certify(&points);
        let all = chosen.iter().zip(certificates).zip(ends).enumerate();
        let fits = all.map(|(head, ((chosen, certificate), end))| {
            self.finish_head(head, *chosen, certificate, end, &histories[head])
        });
        fits.collect()
    }

    fn finish_head(
        &self,
        head: usize,
        chosen: Chosen<'_>,
        certificate: Certificate,
        end: &HeadState,
        history: &History,
    ) -> Result<Fit> {
        let interrupted = end.end == Some(End::Interrupted);
        if let Some(End::Diverged { epoch, loss }) = end.end {
            return Err(self.diverged(head, epoch, loss, history));
        }
        if interrupted && chosen.done == 0 && chosen.parameters.norm() == 0.0 {
            return Err(Error::Interrupted);
        }
        // Far worse than no weights at all is no success, however finite.
        let (loss, most) =
            (certificate.loss, WORSE * self.objective.loss.at_start() + f64::EPSILON);
        let sound = chosen.parameters.is_finite() && loss <= most;
        if !interrupted && !sound {
            return Err(self.diverged(head, self.recipes[head].epochs, loss, history));
        }
        Ok(self.fit(head, chosen, certificate, history, interrupted))
    }

    /// The loss and what is left of the gradient at a point of each head, and what the gradient was
    /// at its start: one pass for all.
    fn certify(&self, points: &[&Parameters]) -> Vec<Certificate> {
        let mut starts: Vec<(Option<u64>, Parameters)> = Vec::new();
        for recipe in self.recipes {
            if starts.iter().all(|(seed, _)| *seed != recipe.init_seed) {
                let (q, d) = (self.outputs, self.objective.rows.features());
                let start = State::start(std::slice::from_ref(recipe), q, d).heads.remove(0);
                starts.push((recipe.init_seed, start.parameters));
            }
        }
        let both = points.iter().copied().chain(starts.iter().map(|(_, start)| start));
        let values = self.objective.evaluate(&both.collect::<Vec<_>>());
        let certificate = |head: usize| {
            let Recipe { l2, init_seed, .. } = self.recipes[head];
            let start = starts.iter().position(|(seed, _)| *seed == init_seed).unwrap_or(0);
            let l2 = self.units.l2(l2);
            let norm = |value: &Value, at: &Parameters| value.penalised(l2, at).norm();
            Certificate {
                loss: values[head].loss,
                gradient_norm: norm(&values[head], points[head]),
                start_gradient_norm: norm(&values[points.len() + start], &starts[start].1),
            }
        };
        (0..points.len()).map(certificate).collect()
    }

    fn diverged(&self, head: usize, epoch: usize, loss: f64, history: &History) -> Error {
        let Recipe { batch_size, momentum, learning_rate, l2, .. } = self.recipes[head];
        let start = self.in_target_units(head, self.objective.loss.at_start());
        // A suggestion that is no smaller would be none.
        let suggestion = sgd::suggest(self.objective, batch_size, momentum, self.units.l2(l2));
        let suggestion = suggestion.min(learning_rate / 10.0);
        let best = history.best.as_ref().filter(|best| best.score < start);
        let fit = |best: &Best| {
            let chosen = Chosen { parameters: &best.parameters, done: best.epoch };
            // Of this head alone: the others are no worse for it.
            let own = Session { recipes: &self.recipes[head..=head], ..*self };
            let certificate = own.certify(&[chosen.parameters]).remove(0);
            self.fit(head, chosen, certificate, history, false)
        };
        Error::Diverged {
            epoch,
            start,
            loss: self.in_target_units(head, loss),
            learning_rate,
            suggestion: two_digits(suggestion),
            best: best.map(|best| Box::new(fit(best))),
        }
    }

    /// The fit whose model has the chosen parameters.
    fn fit(
        &self,
        head: usize,
        chosen: Chosen<'_>,
        certificate: Certificate,
        history: &History,
        interrupted: bool,
    ) -> Fit {
        let steps = self.data.rows().div_ceil(self.recipes[head].batch_size);
        let provenance = Provenance {
            rows: self.data.rows(),
            epochs: chosen.done,
            iterations: chosen.done * steps,
            // The certificate is over all rows, whose mean target is 1 where that matters.
            loss: self.units.loss(certificate.loss, 1.0),
            gradient_norm: certificate.gradient_norm,
            start_gradient_norm: certificate.start_gradient_norm,
            convergence: None,
            ..self.trainer.provenance.clone()
        };
        let may = self.may_be_separable(head) && !interrupted;
        let found = may.then(|| self.separation(head, chosen.parameters, None).ok()).flatten();
        Fit {
            model: self.model(head, chosen.parameters, provenance),
            epochs: history.epochs.clone(),
            interrupted,
            separable: found.map(|found| found.is_separable),
            seconds: self.start.elapsed().as_secs_f64(),
            checkpoint_failure: None,
            convergence: None,
        }
    }

    /// Whether nothing holds the weights, so that there may be no optimum.
    pub(crate) fn may_be_separable(&self, head: usize) -> bool {
        let recipe = &self.recipes[head];
        let may = matches!(self.aim.loss, Loss::Softmax | Loss::Poisson);
        may && recipe.l1 == 0.0 && recipe.l2 == 0.0
    }

    /// What the rows that a head learns from say of where it has come to, and of how it got there from
    /// an earlier point.
    pub(crate) fn separation(
        &self,
        head: usize,
        at: &Parameters,
        early: Option<&Parameters>,
    ) -> Result<Separation> {
        let share = self.folds.of(head);
        let counts = |row| share.is_none_or(|share| share.learns_from(row));
        let look = |model: &Model| model.direction(self.data, self.trainer.threads, counts);
        let model = |at| self.model(head, at, Provenance::default());
        let end = model(at);
        let drift = early.map(|early| Model {
            parameters: end.parameters.plus(-1.0, &model(early).parameters),
            ..end.clone()
        });
        Ok(Separation::new(&look(&end)?, drift.as_ref().map(look).transpose()?.as_ref()))
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

/// The parameters that a head's model gets, and after how many epochs they were reached.
#[derive(Clone, Copy)]
struct Chosen<'a> {
    parameters: &'a Parameters,
    done: usize,
}

/// The last parameters, or the best if the run was cut short.
fn chosen<'a>(end: &'a HeadState, history: &'a History) -> Chosen<'a> {
    match (end.end, &history.best) {
        (Some(End::Interrupted), Some(best)) => {
            Chosen { parameters: &best.parameters, done: best.epoch }
        }
        (Some(End::Interrupted), None) => Chosen { parameters: &end.parameters, done: 0 },
        _ => Chosen { parameters: &end.parameters, done: history.epochs.len() },
    }
}

/// How good a point is.
#[derive(Debug, Clone, Copy)]
struct Certificate {
    /// The mean loss, in training's units.
    loss: f64,
    /// The norm of the penalised objective's gradient, and what it was at the start.
    gradient_norm: f64,
    start_gradient_norm: f64,
}

/// A number to suggest, without digits that mean nothing.
fn two_digits(number: f64) -> f64 {
    format!("{number:.1e}").parse().unwrap_or(number)
}
