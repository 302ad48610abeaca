//! Minibatch stochastic gradient descent with momentum.
//!
//! *Objective*: the mean over the rows of a loss of the logits o = zV + c, plus λ/2·‖V‖², where z
//! are the standardised features. *Input*: rows, a loss with its targets, a recipe. *Stopping*: after
//! the recipe's epochs, when told to, or when the loss is no number or ten times that of the start.
//! *Output*: V and c, and each epoch's mean loss. *Source*: Robbins & Monro 1951; momentum and its
//! order of operations as PyTorch's `torch.optim.SGD`; L2 as a gradient, not a decay.
//!
//! # How a step is shared
//!
//! The features are cut into chunks, and every thread owns some chunks: their columns of X, their
//! weights, momentum and gradient. A step has three phases with two barriers between them:
//!
//! 1. for each of its chunks, a thread multiplies its columns of the minibatch by its weights;
//! 2. for its share of the rows, it sums the chunks' partial logits in order and makes residuals;
//! 3. for each of its chunks, it multiplies its columns by all residuals, and steps.
//!
//! So the gradient is never exchanged, only rows × outputs partial logits are, and weights change
//! where their gradient is made. Chunks are a function of the number of features, each number is the
//! work of one thread in a fixed order, and so the bits do not depend on how many threads there are.
//! No barrier is needed after phase 3: phase 1 of the next step reads what its own thread wrote.

mod chunk;
#[cfg(test)]
mod naive;
mod rate;
mod shared;
mod worker;

use std::io;
use std::sync::atomic::AtomicBool;

use crate::kernel::Element;
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::settings::Recipe;
use crate::team::{self, part};
use chunk::Chunk;
pub(crate) use rate::suggest;
use shared::Shared;
use worker::{Leader, Worker};

/// How an epoch went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Epoch {
    /// From 1.
    pub(crate) number: usize,
    /// The mean loss over the epoch's minibatches, each before its step.
    pub(crate) loss: f64,
    pub(crate) seconds: f64,
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum End {
    /// All epochs are done.
    Finished,
    /// Somebody asked it to stop.
    Interrupted,
    /// The loss grew, in the epoch with this number.
    Diverged { epoch: usize, loss: f64 },
}

/// Trains from weights 0, calling `on_epoch` after every epoch with the parameters reached (of
/// standardised features). Returns the last parameters, finished epoch or not, and why it ended.
///
/// # Errors
/// If the system has not so many threads.
pub(crate) fn train<T: Element>(
    objective: &Objective<'_, T>,
    outputs: usize,
    recipe: &Recipe,
    interrupt: &AtomicBool,
    on_epoch: impl FnMut(Epoch, Parameters) + Send,
) -> io::Result<(Parameters, End)> {
    let chunks = chunk::cut(objective.rows.features());
    let threads = objective.threads.min(chunks.len());
    let shared = Shared::new(&chunks, threads, outputs);
    let lanes = objective.level.lanes::<T::Real>();
    let worker = |id: usize| {
        let own = part(chunks.len(), id, threads);
        let new = |i: usize| Chunk::new(chunks[i].clone(), outputs, lanes, objective.scaling);
        Worker::new(id, own.start, own.map(new).collect(), objective, recipe, &shared)
    };
    let mut leader = Some(Leader::new(on_epoch, interrupt));
    let seats = (0..threads).map(|id| (worker(id), leader.take())).collect();
    let ends = team::run(&shared.barrier, seats, |(worker, leader)| match leader {
        Some(leader) => Some(worker.lead(leader)),
        None => worker.follow(),
    })?;
    let end = ends.into_iter().flatten().next().unwrap_or(End::Finished);
    Ok((shared.parameters(), end))
}
