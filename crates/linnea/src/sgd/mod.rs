//! Minibatch stochastic gradient descent with momentum, for any number of models side by side.
//!
//! *Objective*: for each head, the mean over its rows of a loss of the logits o = zV + c, plus
//! λ/2·‖V‖², where z are the standardised features. *Input*: rows, a loss with its targets, a recipe
//! for each head. *Stopping*: after the recipe's epochs, when told to, or when the loss is no number
//! or ten times that of the start. *Output*: V and c, and each epoch's mean loss. *Source*: Robbins &
//! Monro 1951; momentum and its order of operations as PyTorch's `torch.optim.SGD`; L2 as a gradient,
//! not a decay.
//!
//! **Heads** are models with their own learning rate, penalty, momentum, start, fold and number of
//! epochs that see the same minibatches. Their weights stand side by side, so that a row is read once
//! for all. No number of one head takes part in a number of another: each has the bits that it has
//! when it is trained alone.
//!
//! **A step is shared** by features (`by_features.rs`) or by rows (`by_rows.rs`); `plan.rs` chooses.
//! Either way each number is the work of one thread, or the same work of all, in an order that the
//! data's shape fixes, and so the bits do not depend on how many threads there are.

mod by_features;
mod by_rows;
mod chunk;
mod heads;
mod leader;
#[cfg(test)]
mod naive;
mod plan;
mod rate;
mod recipes;
mod shared;
mod worker;

use std::io;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use crate::folds::Folds;
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::settings::Recipe;
use crate::team::{self, Crew};
use heads::Heads;
use leader::Leader;
use linnea_kernels::Element;
#[cfg(test)]
pub(crate) use naive::recipe_with;
use plan::Plan;
pub(crate) use rate::suggest;
pub(crate) use recipes::recipes;
use shared::Shared;
use worker::{Task, Worker};

/// How an epoch went.
#[derive(Debug, Clone)]
pub(crate) struct Epoch {
    /// From 1.
    pub(crate) number: usize,
    pub(crate) seconds: f64,
    /// The heads that took part and did not diverge.
    pub(crate) heads: Vec<HeadEpoch>,
}

/// What a head has come to in an epoch.
#[derive(Debug, Clone)]
pub(crate) struct HeadEpoch {
    pub(crate) head: usize,
    /// The mean loss over the epoch's minibatches, each before its step.
    pub(crate) loss: f64,
    /// Of standardised features.
    pub(crate) parameters: Parameters,
}

/// Why the training of a head ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum End {
    /// All epochs are done.
    Finished,
    /// Somebody asked it to stop.
    Interrupted,
    /// The loss grew, in the epoch with this number.
    Diverged {
        epoch: usize,
        #[serde(with = "not_finite")]
        loss: f64,
    },
}

/// JSON has no word for a number that is not finite: it becomes null, and NaN when it is read.
mod not_finite {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        Some(*number).filter(|number| number.is_finite()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
    }
}

/// All that is needed to go on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// The epochs that are done.
    pub(crate) epoch: usize,
    pub(crate) heads: Vec<HeadState>,
}

/// A head's part of a [`State`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeadState {
    pub(crate) parameters: Parameters,
    pub(crate) velocity: Parameters,
    /// How it ended, if it has.
    pub(crate) end: Option<End>,
}

impl State {
    /// The beginning of heads with these recipes.
    pub(crate) fn start(recipes: &[Recipe], outputs: usize, features: usize) -> Self {
        let head = |recipe: &Recipe| HeadState {
            parameters: heads::start(recipe, outputs, features),
            velocity: Parameters::zeros(outputs, features),
            end: None,
        };
        Self { epoch: 0, heads: recipes.iter().map(head).collect() }
    }

    /// Whether nothing is left to do of so many epochs: what a checkpoint after the last one says.
    fn is_over(&self, epochs: usize) -> bool {
        self.epoch >= epochs || self.heads.iter().all(|head| head.end.is_some())
    }
}

/// Trains from `state` on, calling `on_epoch` after every epoch; what it is given besides makes the
/// state at that time. Returns the last state, finished epoch or not; every head of it has ended.
///
/// The recipes share their batch size and seed; `folds` are theirs.
///
/// # Errors
/// If the system has not so many threads.
pub(crate) fn train<T: Element>(
    objective: &Objective<'_, T>,
    recipes: &[Recipe],
    folds: &Folds,
    state: State,
    interrupt: &AtomicBool,
    on_epoch: impl FnMut(Epoch, &dyn Fn() -> State) + Send,
) -> io::Result<State> {
    let columns = state.heads.iter().map(|head| head.parameters.outputs).sum();
    let (features, batch) = (objective.rows.features(), recipes[0].batch_size);
    let plan = Plan::new::<T>(features, columns, batch, usize::MAX);
    let crew = Crew::gather(objective.threads, plan.threads);
    train_by(&plan.shared_by(crew.threads()), objective, recipes, folds, state, interrupt, on_epoch)
}

/// [`train`] by a plan.
fn train_by<T: Element>(
    plan: &Plan,
    objective: &Objective<'_, T>,
    recipes: &[Recipe],
    folds: &Folds,
    mut state: State,
    interrupt: &AtomicBool,
    on_epoch: impl FnMut(Epoch, &dyn Fn() -> State) + Send,
) -> io::Result<State> {
    let outputs = state.heads.first().map_or(1, |head| head.parameters.outputs);
    let heads = Heads::new(recipes, outputs, folds);
    if state.is_over(heads.epochs()) {
        // The team would begin no epoch, and so make nothing known.
        state.heads.iter_mut().for_each(|head| head.end = head.end.or(Some(End::Finished)));
        return Ok(state);
    }
    let shared = Shared::new(plan, &heads, objective.level.lanes::<T::Real>());
    let task = Task { objective, heads: &heads, plan, shared: &shared };
    let mut leader = Some(Leader::new(on_epoch, interrupt, &state));
    let worker = |id| Worker::new(&task, id, &state);
    let seats = (0..plan.threads).map(|id| (worker(id), leader.take())).collect();
    let ends = team::run(&shared.barrier, seats, |(worker, leader)| match leader {
        Some(leader) => Some(leader.lead(worker)),
        None => worker.follow(),
    })?;
    let ends = ends.into_iter().flatten().next().unwrap_or_default();
    for (head, (state, end)) in state.heads.iter_mut().zip(ends).enumerate() {
        state.parameters = shared.parameters(heads.own(head));
        state.velocity = shared.velocities(heads.own(head));
        state.end = Some(end);
    }
    Ok(state)
}
