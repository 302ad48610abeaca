//! What the first thread of the team does besides its part: it counts the losses, reports, and
//! decides when to end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::worker::{Task, Watcher, Worker, shuffle};
use super::{End, Epoch, HeadEpoch, HeadState, State};
use crate::team::write;
use linnea_kernels::Element;

/// The loss has diverged when it is this many times what it was at the start.
const DIVERGED: f64 = 10.0;

pub(super) struct Leader<'a, F> {
    on_epoch: F,
    interrupt: &'a AtomicBool,
    /// Of each head, the sum of the losses of the rows visited in this epoch.
    losses: Vec<f64>,
    /// How each head has ended.
    ends: Vec<Option<End>>,
    /// The epochs that were done before.
    done: usize,
}

impl<'a, F: FnMut(Epoch, &dyn Fn() -> State)> Leader<'a, F> {
    pub(super) fn new(on_epoch: F, interrupt: &'a AtomicBool, state: &State) -> Self {
        let ends = state.heads.iter().map(|head| head.end).collect();
        let losses = vec![0.0; state.heads.len()];
        Self { on_epoch, interrupt, losses, ends, done: state.epoch }
    }

    /// Leads the team through all epochs, and says how each head ended.
    pub(super) fn lead<T: Element>(mut self, mut worker: Worker<'_, T>) -> Vec<End> {
        let shared = worker.task.shared;
        for number in self.done + 1..=worker.task.heads.epochs() {
            if self.ends.iter().all(Option::is_some) {
                break;
            }
            self.lead_epoch(number, &mut worker);
        }
        shared.done.store(true, Ordering::Relaxed);
        shared.barrier.wait();
        self.ends.into_iter().map(|end| end.unwrap_or(End::Finished)).collect()
    }

    fn lead_epoch<T: Element>(&mut self, number: usize, worker: &mut Worker<'_, T>) {
        let Task { objective, heads, shared, .. } = *worker.task;
        let start = Instant::now();
        for (resting, end) in shared.resting.iter().zip(&self.ends) {
            resting.store(end.is_some(), Ordering::Relaxed);
        }
        let rows = objective.rows.len();
        shuffle(&mut write(&shared.order), rows, heads.recipes[0].seed, number);
        shared.barrier.wait();
        self.losses.fill(0.0);
        worker.epoch(self);
        let seconds = start.elapsed().as_secs_f64();
        worker.publish();
        let awake: Vec<_> = (0..self.ends.len()).filter(|&h| self.ends[h].is_none()).collect();
        let stopped = shared.stops_at(worker.steps_done);
        for &head in &awake {
            self.ends[head] = self.end_of(head, number, stopped, worker.task);
        }
        if !stopped {
            let reached = |&head: &usize| self.reached(head, worker.task);
            let heads = awake.iter().filter_map(reached).collect();
            let epoch = Epoch { number, seconds, heads };
            let ends = &self.ends;
            (self.on_epoch)(epoch, &|| state(number, ends, worker.task));
        }
    }

    /// Whether a head has come to its end in this epoch, and how.
    fn end_of<T: Element>(
        &self,
        head: usize,
        epoch: usize,
        stopped: bool,
        task: &Task<'_, T>,
    ) -> Option<End> {
        let loss = self.mean_loss(head, task);
        let most = DIVERGED * task.objective.loss.at_start() + f64::EPSILON;
        if !loss.is_finite() || loss > most {
            Some(End::Diverged { epoch, loss })
        } else if stopped {
            Some(End::Interrupted)
        } else {
            (epoch >= task.heads.recipes[head].epochs).then_some(End::Finished)
        }
    }

    fn mean_loss<T: Element>(&self, head: usize, task: &Task<'_, T>) -> f64 {
        self.losses[head] / task.heads.weight(head)
    }

    /// What a head that has not diverged has come to.
    fn reached<T: Element>(&self, head: usize, task: &Task<'_, T>) -> Option<HeadEpoch> {
        if matches!(self.ends[head], Some(End::Diverged { .. })) {
            return None;
        }
        let parameters = task.shared.parameters(task.heads.own(head));
        Some(HeadEpoch { head, loss: self.mean_loss(head, task), parameters })
    }
}

/// All that is needed to go on after `epoch`, as it was published.
fn state<T: Element>(epoch: usize, ends: &[Option<End>], task: &Task<'_, T>) -> State {
    let head = |(head, &end): (usize, &Option<End>)| HeadState {
        parameters: task.shared.parameters(task.heads.own(head)),
        velocity: task.shared.velocities(task.heads.own(head)),
        end,
    };
    State { epoch, heads: ends.iter().enumerate().map(head).collect() }
}

impl<F> Watcher for Leader<'_, F> {
    fn wants_to_stop(&self) -> bool {
        let lost = |(loss, end): (&f64, &Option<End>)| end.is_some() || !loss.is_finite();
        self.interrupt.load(Ordering::Relaxed) || self.losses.iter().zip(&self.ends).all(lost)
    }

    fn add(&mut self, losses: &[f64]) {
        self.losses.iter_mut().zip(losses).for_each(|(sum, loss)| *sum += loss);
    }
}
