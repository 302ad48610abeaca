//! Checkpoints: a model file that also holds all that is needed to go on training.
//!
//! Besides the model of the best head, the file has for every head h the tensors `head.h.weight`,
//! `head.h.bias` and their `…_velocity`, of standardised features, and `best.h.weight`,
//! `best.h.bias` of its best epoch; its metadata says in `linnea_state` how far the run has come.
//! A run goes on only with the data and the settings that it began with. On another instruction set it
//! goes on too, but with that one's bits.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::by_sgd::{Best, History};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::model::{Extra, Provenance, read_extra};
use crate::parameters::Parameters;
use crate::rows::Rows;
use crate::settings::Recipe;
use crate::sgd::{End, HeadState, State};
use crate::trainer::EpochReport;
use crate::training::Session;
use linnea_kernels::Element;

/// The version of a checkpoint's description.
const VERSION: u32 = 2;

/// How far a run has come.
pub(crate) struct Checkpoint {
    pub(crate) state: State,
    pub(crate) histories: Vec<History>,
    /// By which the data are known again, once it has been looked at.
    data: OnceCell<String>,
}

/// What the metadata say.
#[derive(Serialize, Deserialize)]
struct Description {
    /// Of what is said here, and how the data are known again.
    #[serde(default)]
    version: u32,
    /// By which the data are known again.
    data: String,
    /// The loss, if it is not the one that a target has by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loss: Option<Loss>,
    epoch: usize,
    heads: Vec<HeadDescription>,
}

#[derive(Serialize, Deserialize)]
struct HeadDescription {
    recipe: Recipe,
    end: Option<End>,
    epochs: Vec<EpochReport>,
    /// The best epoch, and its loss.
    best: Option<(usize, f64)>,
}

impl Checkpoint {
    /// A run that has not begun.
    pub(crate) fn start<T: Element>(
        recipes: &[Recipe],
        outputs: usize,
        rows: &Rows<'_, T>,
    ) -> Self {
        let state = State::start(recipes, outputs, rows.features());
        let histories = vec![History::default(); recipes.len()];
        Self { state, histories, data: OnceCell::new() }
    }

    /// Reads how far a run like `run` has come.
    ///
    /// # Errors
    /// [`Error::Read`] or [`Error::ModelFile`] if the file is no whole checkpoint, or one of a run with
    /// other data or settings.
    pub(crate) fn load<T: Element>(path: &Path, run: &Session<'_, T>) -> Result<Self> {
        let wrong = |reason: String| Error::ModelFile { path: path.to_owned(), reason };
        let (text, tensors) = read_extra(path)?;
        let text = text.ok_or_else(|| {
            wrong("this model is no checkpoint; give the file that --checkpoint wrote".into())
        })?;
        let unreadable = |error| wrong(format!("the checkpoint cannot be read ({error})"));
        let description: Description = serde_json::from_str(&text).map_err(unreadable)?;
        description.fits(run).map_err(wrong)?;
        let data = OnceCell::from(description.data);
        let shape = [run.outputs, run.data.features()];
        let head = |(h, head): (usize, HeadDescription)| {
            let parameters = |kind: &str, suffix: &str| -> std::result::Result<_, String> {
                let mut parameters = Parameters::zeros(shape[0], shape[1]);
                parameters.weight =
                    tensors.numbers(&format!("{kind}.{h}.weight{suffix}"), &shape)?;
                parameters.bias =
                    tensors.numbers(&format!("{kind}.{h}.bias{suffix}"), &shape[..1])?;
                Ok(parameters)
            };
            let best = match head.best {
                None => None,
                Some((epoch, score)) => {
                    Some(Best { score, epoch, parameters: parameters("best", "")? })
                }
            };
            let state = HeadState {
                parameters: parameters("head", "")?,
                velocity: parameters("head", "_velocity")?,
                end: head.end,
            };
            Ok((state, History { epochs: head.epochs, best }))
        };
        let heads = description.heads.into_iter().enumerate().map(head);
        let heads: std::result::Result<Vec<_>, String> = heads.collect();
        let (heads, histories) = heads.map_err(wrong)?.into_iter().unzip();
        Ok(Self { state: State { epoch: description.epoch, heads }, histories, data })
    }

    /// Writes the file in one step: there is the old one or the new one, and never half of one.
    fn save<T: Element>(&self, path: &Path, run: &Session<'_, T>) -> Result<()> {
        let score = |h: &usize| self.histories[*h].best.as_ref().map_or(f64::INFINITY, |b| b.score);
        let heads = 0..self.histories.len();
        let best = heads.min_by(|a, b| score(a).total_cmp(&score(b))).unwrap_or(0);
        let parameters = self.histories[best].best.as_ref().map(|best| &best.parameters);
        let parameters = parameters.unwrap_or(&self.state.heads[best].parameters);
        let epochs = self.state.epoch;
        let steps = run.data.rows().div_ceil(run.recipes[best].batch_size);
        let provenance = Provenance {
            rows: run.data.rows(),
            epochs,
            iterations: epochs * steps,
            ..run.trainer.provenance.clone()
        };
        let model = run.model(best, parameters, provenance);
        model.save_with(path, &self.extra(run)?)
    }

    fn extra<T: Element>(&self, run: &Session<'_, T>) -> Result<Extra> {
        let heads = self.state.heads.iter().zip(&self.histories).zip(run.recipes);
        let describe = |((state, history), recipe): ((&HeadState, &History), &Recipe)| {
            let best = history.best.as_ref().map(|best| (best.epoch, best.score));
            let epochs = history.epochs.clone();
            HeadDescription { recipe: recipe.clone(), end: state.end, epochs, best }
        };
        let description = Description {
            version: VERSION,
            data: self.data.get_or_init(|| run.fingerprint()).clone(),
            loss: special(run),
            epoch: self.state.epoch,
            heads: heads.map(describe).collect(),
        };
        let text = serde_json::to_string(&description)
            .map_err(|error| Error::Mismatch(format!("cannot save the checkpoint: {error}")))?;
        let mut extra = Extra::new(text);
        for (h, (state, history)) in self.state.heads.iter().zip(&self.histories).enumerate() {
            // What has diverged may be no number, and is not wanted any more.
            let lost = matches!(state.end, Some(End::Diverged { .. }));
            let nothing = Parameters::zeros(run.outputs, run.data.features());
            let kept = |parameters| if lost { &nothing } else { parameters };
            extra.push(&format!("head.{h}"), "", kept(&state.parameters));
            extra.push(&format!("head.{h}"), "_velocity", kept(&state.velocity));
            if let Some(best) = &history.best {
                extra.push(&format!("best.{h}"), "", &best.parameters);
            }
        }
        Ok(extra)
    }
}

impl Description {
    /// Whether this is of a run like `run`; if not, what differs.
    fn fits<T: Element>(&self, run: &Session<'_, T>) -> std::result::Result<(), String> {
        if self.version != VERSION {
            return Err(
                "the checkpoint is of another version of Linnea; go on with that, or begin again"
                    .into(),
            );
        }
        if self.data != run.fingerprint() {
            let reason = "the checkpoint is of a run on other data; give the data, and the options \
                          by which they are read, that it began with";
            return Err(reason.into());
        }
        if self.loss != special(run) {
            return Err("the checkpoint is of a run with another loss; give the same --loss".into());
        }
        let recipes: Vec<_> = self.heads.iter().map(|head| &head.recipe).collect();
        if recipes.len() != run.recipes.len() {
            return Err(format!(
                "the checkpoint is of a run with {} heads, this one has {}",
                recipes.len(),
                run.recipes.len()
            ));
        }
        match recipes.iter().zip(run.recipes).find(|(then, now)| **then != *now) {
            None => Ok(()),
            Some((then, now)) => Err(format!(
                "the checkpoint is of a run with other settings: {}; give the same again",
                difference(then, now)
            )),
        }
    }
}

/// A run's loss, if it is not the one that its target has by default.
fn special<T: Element>(run: &Session<'_, T>) -> Option<Loss> {
    Some(run.aim.loss).filter(|loss| matches!(loss, Loss::Huber | Loss::Poisson))
}

/// The first setting in which two recipes differ.
fn difference(then: &Recipe, now: &Recipe) -> String {
    let fields = |recipe| serde_json::to_value(recipe).unwrap_or_default();
    let (then, now) = (fields(then), fields(now));
    let keys = [&then, &now].into_iter().filter_map(|value| value.as_object());
    let key = keys.flat_map(|object| object.keys()).find(|key| then[*key] != now[*key]);
    key.map_or_else(String::new, |key| {
        format!("{} was {} and is {}", key.replace('_', " "), then[key], now[key])
    })
}

/// Writes checkpoints now and then.
pub(crate) struct Keeper {
    path: PathBuf,
    interval: Duration,
    last: Option<Instant>,
    failure: Option<String>,
}

impl Keeper {
    pub(crate) fn new(path: &Path, interval: Duration) -> Self {
        Self { path: path.to_owned(), interval, last: None, failure: None }
    }

    /// Writes a checkpoint if the last is old enough. A failure does not end the run: it is
    /// kept, to be told at the end.
    pub(crate) fn keep<T: Element>(
        &mut self,
        run: &Session<'_, T>,
        progress: &mut Checkpoint,
        state: &dyn Fn() -> State,
    ) {
        if self.last.is_some_and(|last| last.elapsed() < self.interval) {
            return;
        }
        progress.state = state();
        self.failure = progress.save(&self.path, run).err().map(|error| error.to_string());
        self.last = Some(Instant::now());
    }

    /// Why the last checkpoint could not be written, if it could not.
    pub(crate) fn failure(self) -> Option<String> {
        self.failure
    }
}
