//! A step in which the threads share the features: for wide rows.
//!
//! The features are cut into chunks, and every thread owns some chunks: their columns of X, their
//! weights, momentum and gradient. A step has three phases with two barriers between them:
//!
//! 1. for each of its chunks, a thread multiplies its columns of the minibatch by its weights;
//! 2. for its share of the rows, it sums the chunks' partial logits in order and makes residuals;
//! 3. for each of its chunks, it multiplies its columns by all residuals, and steps.
//!
//! So the gradient is never exchanged, only rows × outputs partial logits are, and weights change
//! where their gradient is made. No barrier is needed after phase 3: phase 1 of the next step reads
//! what its own thread wrote.
//!
//! Few residuals are made sooner than exchanged: then every thread makes all of them, and there is no
//! barrier after phase 2. Partial logits are kept twice, for even and for odd steps: a thread that is
//! one barrier ahead does not write what others still read.

use std::ops::Range;
use std::sync::RwLock;

use super::heads::HeadStep;
use super::plan::share;
use super::shared::{Partial, Residuals};
use super::worker::{Task, Worker, residuals};
use crate::team::{read, write};
use linnea_kernels::{Element, Real};

impl<'t, T: Element> Worker<'t, T> {
    /// One step; false if it was called off.
    pub(super) fn step_by_features(&mut self, rows: &[u32], steps: &[HeadStep]) -> bool {
        let Task { plan, shared, .. } = *self.task;
        self.partial_logits();
        shared.barrier.wait();
        if shared.stops_at(self.steps_done) {
            return false;
        }
        if plan.shares_residuals {
            self.share_of_residuals(rows);
            shared.barrier.wait();
            self.collect_residuals(rows.len());
        } else {
            self.all_residuals(rows);
        }
        self.sums = self.own.values.column_sums();
        self.losses = self.own.losses.column_sums();
        self.update_chunks(steps);
        true
    }

    /// Phase 1: this thread's chunks of the logits of all rows.
    fn partial_logits(&self) {
        let objective = self.task.objective;
        for (chunk, partial) in self.chunks.iter().zip(&self.partials()[self.first..]) {
            let mut partial = write(partial);
            let (early, _) = chunk.ahead(&self.next).split();
            chunk.forward(objective.level, &self.batch, &mut partial.logits, early);
            partial.offset.copy_from_slice(&chunk.offset);
        }
    }

    /// All chunks' parts of the logits of this step.
    fn partials(&self) -> &'t [RwLock<Partial<T::Real>>] {
        &self.task.shared.partials[self.parity()]
    }

    /// Phase 2: the residuals of this thread's share of the rows.
    fn share_of_residuals(&self, rows: &[u32]) {
        let Task { plan, shared, .. } = *self.task;
        let share = share(rows.len(), self.id, plan.threads);
        let mut own = write(&shared.residuals[self.id]);
        let summands = Summands { partials: self.partials(), bias: &self.bias };
        summands.residuals(self.task, rows, share, &mut own);
    }

    /// Phase 2, where each thread makes the residuals of all rows.
    fn all_residuals(&mut self, rows: &[u32]) {
        let summands = Summands { partials: self.partials(), bias: &self.bias };
        summands.residuals(self.task, rows, 0..rows.len(), &mut self.own);
    }

    /// Copies all threads' residuals and losses, in the order of the rows.
    fn collect_residuals(&mut self, rows: usize) {
        let own = &mut self.own;
        own.values.set_rows(rows);
        own.losses.set_rows(rows);
        let (mut values, mut losses) = (own.values.as_mut_slice(), own.losses.as_mut_slice());
        for other in &self.task.shared.residuals {
            let other = read(other);
            values = fill_front(values, other.values.as_slice());
            losses = fill_front(losses, other.losses.as_slice());
        }
    }

    /// Phase 3: this thread's chunks take their step.
    fn update_chunks(&mut self, steps: &[HeadStep]) {
        let level = self.task.objective.level;
        for chunk in &mut self.chunks {
            let (_, late) = chunk.ahead(&self.next).split();
            chunk.backward(level, &self.batch, self.own.values.as_slice(), late);
            chunk.update(level, &self.sums, steps);
        }
    }
}

/// The parts of a minibatch's logits: those of the chunks, and the intercepts.
struct Summands<'a, A> {
    partials: &'a [RwLock<Partial<A>>],
    bias: &'a [A],
}

impl<A: Real> Summands<'_, A> {
    /// The residuals of a share of the minibatch's rows.
    fn residuals<T: Element<Real = A>>(
        &self,
        task: &Task<'_, T>,
        rows: &[u32],
        share: Range<usize>,
        into: &mut Residuals<A>,
    ) {
        into.values.set_rows(share.len());
        let numbers = into.values.as_mut_slice();
        for (i, partial) in self.partials.iter().enumerate() {
            let logits = &read(partial).logits;
            let logits = &logits.as_slice()[logits.index(share.start, 0)..][..numbers.len()];
            if i == 0 {
                numbers.copy_from_slice(logits);
            } else {
                numbers.iter_mut().zip(logits).for_each(|(sum, &logit)| *sum += logit);
            }
        }
        residuals(task, &rows[share], &self.intercept(), into);
    }

    /// The bias less the offsets of all chunks.
    fn intercept(&self) -> Vec<A> {
        let mut intercept = self.bias.to_vec();
        for partial in self.partials {
            let partial = read(partial);
            let offsets = partial.offset.iter();
            intercept.iter_mut().zip(offsets).for_each(|(sum, &offset)| *sum = *sum - offset);
        }
        intercept
    }
}

/// Copies `from` to the front of `into`, and returns what follows.
fn fill_front<'a, A: Real>(into: &'a mut [A], from: &[A]) -> &'a mut [A] {
    let (front, rest) = into.split_at_mut(from.len());
    front.copy_from_slice(from);
    rest
}
