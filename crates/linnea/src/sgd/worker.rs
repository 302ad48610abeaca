//! What one thread of the team does in an epoch.

use std::sync::atomic::Ordering;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::State;
use super::chunk::Chunk;
use super::heads::{HeadStep, Heads};
use super::plan::Plan;
use super::shared::{Residuals, Shared};
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::team::read;
use linnea_kernels::{Element, Packed, Real};

/// What all threads are told before they begin.
pub(super) struct Task<'a, T: Element> {
    pub(super) objective: &'a Objective<'a, T>,
    pub(super) heads: &'a Heads<'a>,
    pub(super) plan: &'a Plan,
    pub(super) shared: &'a Shared<T::Real>,
}

/// A thread's own state.
pub(super) struct Worker<'a, T: Element> {
    pub(super) task: &'a Task<'a, T>,
    pub(super) id: usize,
    /// The index of its first chunk.
    pub(super) first: usize,
    /// The chunks that it owns; where rows are shared, its copy of the only one.
    pub(super) chunks: Vec<Chunk<T::Real>>,
    /// The rows of the minibatch, and of the next one.
    pub(super) batch: Vec<&'a [T]>,
    pub(super) next: Vec<&'a [T]>,
    /// The residuals of the whole minibatch, or of some of its rows.
    pub(super) own: Residuals<T::Real>,
    /// The residuals' sums over the rows of the minibatch.
    pub(super) sums: Vec<T::Real>,
    /// Of each head, the losses' sum over the rows of the minibatch.
    pub(super) losses: Vec<f64>,
    /// Every thread has its own copy of the intercepts.
    pub(super) bias: Vec<T::Real>,
    bias_velocity: Vec<T::Real>,
    pub(super) steps_done: usize,
}

impl<'a, T: Element> Worker<'a, T> {
    pub(super) fn new(task: &'a Task<'a, T>, id: usize, state: &State) -> Self {
        let Task { objective, heads, plan, .. } = *task;
        let lanes = objective.level.lanes::<T::Real>();
        let weights: Vec<_> = state.heads.iter().map(|head| &head.parameters).collect();
        let velocities: Vec<_> = state.heads.iter().map(|head| &head.velocity).collect();
        let own = plan.own_chunks(id);
        let chunk = |i: usize| {
            let features = plan.chunks[i].clone();
            Chunk::new(features, lanes, objective.scaling, &weights, &velocities)
        };
        let bias = |heads: &[&Parameters]| heads.iter().flat_map(|head| head.bias_as()).collect();
        let batch = heads.recipes[0].batch_size;
        Self {
            id,
            first: own.start,
            chunks: own.map(chunk).collect(),
            batch: Vec::new(),
            next: Vec::new(),
            own: Residuals::new(heads.columns(), heads.recipes.len(), lanes),
            sums: vec![T::Real::ZERO; heads.columns()],
            losses: vec![0.0; heads.recipes.len()],
            bias: bias(&weights),
            bias_velocity: bias(&velocities),
            steps_done: state.epoch * objective.rows.len().div_ceil(batch),
            task,
        }
    }

    /// Takes part until there are no more epochs.
    pub(super) fn follow<O>(mut self) -> Option<O> {
        loop {
            self.task.shared.barrier.wait();
            if self.task.shared.done.load(Ordering::Relaxed) {
                return None;
            }
            self.epoch(&mut Nobody);
            self.publish();
        }
    }

    /// One pass over the rows, or up to where somebody stops it.
    pub(super) fn epoch(&mut self, watcher: &mut impl Watcher) {
        let Task { heads, shared, plan, .. } = *self.task;
        let order = read(&shared.order);
        let batch_size = heads.recipes[0].batch_size;
        let steps = order.len().div_ceil(batch_size);
        let awake: Vec<_> = (0..heads.recipes.len()).filter(|&h| !shared.rests(h)).collect();
        let mut batches = order.chunks(batch_size).peekable();
        self.gather(batches.peek().copied().unwrap_or_default());
        while let Some(rows) = batches.next() {
            std::mem::swap(&mut self.batch, &mut self.next);
            self.gather(batches.peek().copied().unwrap_or_default());
            if watcher.wants_to_stop() {
                shared.stop_at(self.steps_done);
            }
            let done = self.steps_done;
            let told = |&head: &usize| heads.step(head, rows, done, steps);
            let told: Vec<HeadStep> = awake.iter().filter_map(told).collect();
            let stepped = if plan.by_features() {
                self.step_by_features(rows, &told)
            } else {
                self.step_by_rows(rows, &told)
            };
            if !stepped {
                return;
            }
            self.move_bias(&told);
            self.steps_done += 1;
            watcher.add(&self.losses);
        }
    }

    /// Points at the rows of the next minibatch.
    fn gather(&mut self, rows: &[u32]) {
        let indices = rows.iter().map(|&row| row as usize);
        self.task.objective.rows.gather(indices, &mut self.next);
    }

    /// Which of the two places this step has for what the others read.
    pub(super) fn parity(&self) -> usize {
        self.steps_done % 2
    }

    /// The intercepts take their step.
    fn move_bias(&mut self, steps: &[HeadStep]) {
        for step in steps {
            let [rate, momentum] = [step.learning_rate, step.momentum].map(T::Real::from_f64);
            let rows = T::Real::from_f64(step.rows);
            for column in step.columns.clone() {
                let velocity = &mut self.bias_velocity[column];
                *velocity = momentum * *velocity + self.sums[column] / rows;
                self.bias[column] = self.bias[column] - rate * *velocity;
            }
        }
    }

    /// Makes this thread's weights known, and waits until all have.
    pub(super) fn publish(&self) {
        let shared = self.task.shared;
        if self.task.plan.by_features() || self.id == 0 {
            for (i, chunk) in self.chunks.iter().enumerate() {
                shared.publish(self.first + i, chunk);
            }
        }
        if self.id == 0 {
            shared.publish_bias(&self.bias, &self.bias_velocity);
        }
        shared.barrier.wait();
    }
}

/// From logits without intercept to residuals and losses, of some rows.
pub(super) fn residuals<T: Element>(
    task: &Task<'_, T>,
    rows: &[u32],
    intercept: &[T::Real],
    own: &mut Residuals<T::Real>,
) {
    let Residuals { values, losses } = own;
    values.add_to_columns(intercept);
    losses.set_rows(rows.len());
    task.objective.loss.residuals(task.objective.level, rows, values, losses);
    values.clear_padding();
    losses.clear_padding();
    task.heads.hold_out(rows, values, losses);
}

/// `into += from`, number by number.
pub(super) fn add<A: Real>(into: &mut Packed<A>, from: &Packed<A>) {
    let pairs = into.as_mut_slice().iter_mut().zip(from.as_slice());
    pairs.for_each(|(into, &from)| *into += from);
}

/// Who looks at the steps of an epoch.
pub(super) trait Watcher {
    /// Asked before each step.
    fn wants_to_stop(&self) -> bool;

    /// Told after each step: of each head, the sum of its rows' losses.
    fn add(&mut self, losses: &[f64]);
}

/// Those who follow leave it to the leader.
struct Nobody;

impl Watcher for Nobody {
    fn wants_to_stop(&self) -> bool {
        false
    }

    fn add(&mut self, _: &[f64]) {}
}

/// The order of the rows in one epoch: a function of seed and epoch, not of the epochs before.
pub(super) fn shuffle(order: &mut Vec<u32>, rows: usize, seed: u64, epoch: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    order.clear();
    order.extend(0..rows as u32);
    order.shuffle(&mut rng);
}
