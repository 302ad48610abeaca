//! What one thread of the team does; the first of them also leads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::chunk::{Chunk, Step};
use super::shared::Shared;
use super::{End, Epoch};
use crate::kernel::{Element, Real};
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::settings::Recipe;
use crate::team::{part, read, write};

/// The loss has diverged when it is this many times what it was at the start.
const DIVERGED: f64 = 10.0;

/// A thread's own state.
pub(super) struct Worker<'a, T: Element> {
    id: usize,
    /// The index of its first chunk.
    first: usize,
    chunks: Vec<Chunk<T::Real>>,
    objective: &'a Objective<'a, T>,
    recipe: &'a Recipe,
    shared: &'a Shared<T::Real>,
    /// The rows of the minibatch.
    batch: Vec<&'a [T]>,
    /// The residuals of the whole minibatch, and their sums over the rows.
    residuals: Vec<T::Real>,
    sums: Vec<T::Real>,
    bias_velocity: Vec<T::Real>,
    steps_done: usize,
}

/// What only the first thread does: it counts the loss, reports, and decides when to end.
pub(super) struct Leader<'a, F> {
    on_epoch: F,
    interrupt: &'a AtomicBool,
    /// The sum of the losses of the rows visited in this epoch.
    loss: f64,
}

impl<'a, F: FnMut(Epoch, Parameters)> Leader<'a, F> {
    pub(super) fn new(on_epoch: F, interrupt: &'a AtomicBool) -> Self {
        Self { on_epoch, interrupt, loss: 0.0 }
    }
}

impl<'a, T: Element> Worker<'a, T> {
    pub(super) fn new(
        id: usize,
        first: usize,
        chunks: Vec<Chunk<T::Real>>,
        objective: &'a Objective<'a, T>,
        recipe: &'a Recipe,
        shared: &'a Shared<T::Real>,
    ) -> Self {
        let outputs = read(&shared.bias).len();
        Self {
            id,
            first,
            chunks,
            objective,
            recipe,
            shared,
            batch: Vec::new(),
            residuals: Vec::new(),
            sums: vec![T::Real::ZERO; outputs],
            bias_velocity: vec![T::Real::ZERO; outputs],
            steps_done: 0,
        }
    }

    /// Takes part until there are no more epochs.
    pub(super) fn follow<O>(mut self) -> Option<O> {
        loop {
            self.shared.barrier.wait();
            if self.shared.done.load(Ordering::Relaxed) {
                return None;
            }
            self.epoch(&mut Nobody);
            self.publish();
        }
    }

    /// Takes part, and leads.
    pub(super) fn lead<F: FnMut(Epoch, Parameters)>(mut self, mut leader: Leader<'_, F>) -> End {
        let end = (1..=self.recipe.epochs)
            .find_map(|number| self.lead_epoch(number, &mut leader))
            .unwrap_or(End::Finished);
        self.shared.done.store(true, Ordering::Relaxed);
        self.shared.barrier.wait();
        end
    }

    /// Leads through one epoch; says so if it was the last.
    fn lead_epoch<F: FnMut(Epoch, Parameters)>(
        &mut self,
        number: usize,
        leader: &mut Leader<'_, F>,
    ) -> Option<End> {
        let start = Instant::now();
        let shared = self.shared;
        shuffle(&mut write(&shared.order), self.objective.rows.len(), self.recipe.seed, number);
        shared.barrier.wait();
        leader.loss = 0.0;
        self.epoch(leader);
        let seconds = start.elapsed().as_secs_f64();
        self.publish();
        let loss = leader.loss / self.objective.rows.len() as f64;
        if !loss.is_finite() || loss > DIVERGED * self.objective.loss.at_start() + f64::EPSILON {
            return Some(End::Diverged { epoch: number, loss });
        }
        if shared.stop.load(Ordering::Relaxed) {
            return Some(End::Interrupted);
        }
        (leader.on_epoch)(Epoch { number, loss, seconds }, shared.parameters());
        None
    }

    /// One pass over the rows.
    fn epoch(&mut self, watcher: &mut impl Watcher) {
        let order = read(&self.shared.order);
        let steps = order.len().div_ceil(self.recipe.batch_size).saturating_mul(self.recipe.epochs);
        for rows in order.chunks(self.recipe.batch_size) {
            if watcher.wants_to_stop() {
                self.shared.stop.store(true, Ordering::Relaxed);
            }
            let rate = self.recipe.schedule.factor(self.steps_done, steps);
            let step = Step {
                learning_rate: self.recipe.learning_rate * rate,
                momentum: self.recipe.momentum,
                l2: self.recipe.l2,
                rows: rows.len(),
            };
            self.partial_logits(rows);
            self.shared.barrier.wait();
            if self.shared.stop.load(Ordering::Relaxed) {
                return;
            }
            self.row_residuals(rows);
            self.shared.barrier.wait();
            let losses = self.collect_residuals();
            self.update(step);
            self.steps_done += 1;
            watcher.add(losses);
        }
    }

    /// Phase 1: this thread's chunks of the logits of all rows.
    fn partial_logits(&mut self, rows: &[u32]) {
        let indices = rows.iter().map(|&row| row as usize);
        self.objective.rows.gather(indices, &mut self.batch);
        for (chunk, partial) in self.chunks.iter().zip(&self.shared.partials[self.first..]) {
            let mut partial = write(partial);
            partial.logits.resize(rows.len() * self.sums.len(), T::Real::ZERO);
            chunk.forward(self.objective.level, &self.batch, &mut partial.logits);
            partial.offset.copy_from_slice(&chunk.offset);
        }
    }

    /// Phase 2: the residuals of this thread's share of the rows.
    fn row_residuals(&mut self, rows: &[u32]) {
        let q = self.sums.len();
        let own = part(rows.len(), self.id, self.shared.residuals.len());
        let residuals = &mut *write(&self.shared.residuals[self.id]);
        let intercept = self.intercept();
        residuals.values.clear();
        own.clone().for_each(|_| residuals.values.extend_from_slice(&intercept));
        for partial in &self.shared.partials {
            let logits = &read(partial).logits[own.start * q..own.end * q];
            residuals.values.iter_mut().zip(logits).for_each(|(sum, &logit)| *sum += logit);
        }
        residuals.losses.resize(own.len(), 0.0);
        let (loss, level) = (self.objective.loss, self.objective.level);
        loss.residuals(level, &rows[own], &mut residuals.values, &mut residuals.losses);
    }

    /// The bias less the offsets of all chunks.
    fn intercept(&self) -> Vec<T::Real> {
        let mut intercept = read(&self.shared.bias).clone();
        for partial in &self.shared.partials {
            let partial = read(partial);
            let offsets = partial.offset.iter();
            intercept.iter_mut().zip(offsets).for_each(|(sum, &offset)| *sum = *sum - offset);
        }
        intercept
    }

    /// Copies all threads' residuals, in the order of the rows, and returns the sum of the losses.
    fn collect_residuals(&mut self) -> f64 {
        self.residuals.clear();
        let mut losses = 0.0;
        for residuals in &self.shared.residuals {
            let residuals = read(residuals);
            self.residuals.extend_from_slice(&residuals.values);
            // One by one, so that the sum does not depend on the shares.
            residuals.losses.iter().for_each(|loss| losses += loss);
        }
        self.sums.fill(T::Real::ZERO);
        for row in self.residuals.chunks_exact(self.sums.len()) {
            self.sums.iter_mut().zip(row).for_each(|(sum, &residual)| *sum += residual);
        }
        losses
    }

    /// Phase 3: this thread's chunks take their step; the first thread's also moves the intercepts.
    fn update(&mut self, step: Step) {
        for chunk in &mut self.chunks {
            chunk.step(self.objective.level, &self.batch, &self.residuals, &self.sums, step);
        }
        if self.id == 0 {
            let [rate, momentum] = [step.learning_rate, step.momentum].map(T::Real::from_f64);
            let rows = T::Real::from_f64(step.rows as f64);
            let mut bias = write(&self.shared.bias);
            let velocities = self.bias_velocity.iter_mut();
            for ((bias, velocity), &sum) in bias.iter_mut().zip(velocities).zip(&self.sums) {
                *velocity = momentum * *velocity + sum / rows;
                *bias = *bias - rate * *velocity;
            }
        }
    }

    /// Makes this thread's weights known, and waits until all have.
    fn publish(&self) {
        for (i, chunk) in self.chunks.iter().enumerate() {
            self.shared.publish(self.first + i, chunk);
        }
        self.shared.barrier.wait();
    }
}

/// Who looks at the steps of an epoch.
trait Watcher {
    /// Asked before each step.
    fn wants_to_stop(&self) -> bool;

    /// Told after each step: the sum of its rows' losses.
    fn add(&mut self, losses: f64);
}

impl<F> Watcher for Leader<'_, F> {
    fn wants_to_stop(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed) || !self.loss.is_finite()
    }

    fn add(&mut self, losses: f64) {
        self.loss += losses;
    }
}

/// Those who follow leave it to the leader.
struct Nobody;

impl Watcher for Nobody {
    fn wants_to_stop(&self) -> bool {
        false
    }

    fn add(&mut self, _: f64) {}
}

/// The order of the rows in one epoch: a function of seed and epoch, not of the epochs before.
pub(super) fn shuffle(order: &mut Vec<u32>, rows: usize, seed: u64, epoch: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(epoch as u64);
    order.clear();
    order.extend(0..rows as u32);
    order.shuffle(&mut rng);
}
