//! A run by SGD: from settings, or a checkpoint, to models.

use std::path::PathBuf;

use crate::checkpoint::{Checkpoint, Keeper};
use crate::error::{Error, Result};
use crate::model::Provenance;
use crate::objective::{Objective, Value};
use crate::parameters::Parameters;
use crate::settings::Recipe;
use crate::sgd::{self, End, Epoch, HeadEpoch, HeadState, State};
use crate::team::thread_count;
use crate::trainer::{EpochReport, Fit};
use crate::training::{Report, Session};
use linnea_kernels::Element;

/// A finished run has diverged when its loss is this many times that of the start.
const WORSE: f64 = 1.5;

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

/// A run's last state, and how it came there.
pub(crate) struct Ended {
    last: State,
    histories: Vec<History>,
    /// Why the last checkpoint could not be written, if it could not.
    failure: Option<String>,
}

impl Ended {
    /// Where each head is.
    pub(crate) fn heads(self) -> Vec<Parameters> {
        self.last.heads.into_iter().map(|head| head.parameters).collect()
    }
}

impl<T: Element> Session<'_, T> {
    /// Trains all heads by SGD, from the start or from a checkpoint.
    pub(crate) fn descend(&self, tell: &mut Report<'_>) -> Result<Vec<Result<Fit>>> {
        Ok(self.finish(&self.run_sgd(tell)?))
    }

    /// As [`Self::descend`], without the certificates.
    pub(crate) fn run_sgd(&self, tell: &mut Report<'_>) -> Result<Ended> {
        let Objective { rows, threads, .. } = *self.objective;
        let (trainer, recipes) = (self.trainer, self.recipes);
        let begun =
            trainer.resume.as_deref().map(|path| Checkpoint::load(path, self)).transpose()?;
        let mut progress = begun.unwrap_or_else(|| Checkpoint::start(recipes, self.outputs, rows));
        let keeper = |path: &PathBuf| Keeper::new(path, trainer.checkpoint_interval);
        let mut keeper = trainer.checkpoint.as_ref().map(keeper);
        let state = progress.state.clone();
        let (own, interrupt) = (self.in_own_units(recipes), trainer.interrupt);
        let ended =
            sgd::train(self.objective, &own, self.folds, state, interrupt, |epoch, state| {
                for head in &epoch.heads {
                    let report = self.report(&epoch, head);
                    tell(head.head, &report);
                    progress.histories[head.head].add(report, &head.parameters);
                }
                if let Some(keeper) = &mut keeper {
                    keeper.keep(self, &mut progress, state);
                }
            });
        let threads = thread_count(threads);
        let last = ended.map_err(|source| Error::Threads { threads, source })?;
        let failure = keeper.and_then(Keeper::failure);
        Ok(Ended { last, histories: progress.histories, failure })
    }

    fn report(&self, epoch: &Epoch, head: &HeadEpoch) -> EpochReport {
        let threads = self.objective.threads;
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

    /// The fit of every head, from how it ended.
    pub(crate) fn finish(&self, ended: &Ended) -> Vec<Result<Fit>> {
        let Ended { last: State { heads: ends, .. }, histories, failure } = ended;
        let histories_of = ends.iter().zip(histories);
        let chosen: Vec<_> = histories_of.map(|(end, history)| chosen(end, history)).collect();
        let points: Vec<_> = chosen.iter().map(|chosen| chosen.parameters).collect();
        let certificates = self.certify(&points);
        let all = chosen.iter().zip(certificates).zip(ends).enumerate();
        let fits = all.map(|(head, ((chosen, certificate), end))| {
            let fit = self.finish_head(head, *chosen, certificate, end, &histories[head])?;
            Ok(Fit { checkpoint_failure: failure.clone(), ..fit })
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
            separable: found.filter(|found| found.is_separable).map(|_| true),
            seconds: self.start.elapsed().as_secs_f64(),
            checkpoint_failure: None,
            convergence: None,
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
