//! A step in which the threads share the rows: for narrow rows, or very many in a minibatch.
//!
//! The rows of the minibatch are cut into groups, whose number depends on the minibatch alone. Every
//! thread has a copy of all parameters. A step has two phases with one barrier between them:
//!
//! 1. for each of its groups, a thread makes logits, residuals and the group's gradient;
//! 2. it sums all groups' gradients in order, and its copy of the parameters takes the step.
//!
//! All copies stay the same, because all do the same arithmetic. Gradients are kept twice, for even
//! and for odd steps: a thread that is one barrier ahead does not write what others still read.

use std::ops::Range;

use super::heads::HeadStep;
use super::shared::GroupGradient;
use super::worker::{Task, Worker, add, residuals};
use crate::team::{part, read, write};
use linnea_kernels::Element;

impl<T: Element> Worker<'_, T> {
    /// One step; false if it was called off.
    pub(super) fn step_by_rows(&mut self, rows: &[u32], steps: &[HeadStep]) -> bool {
        let Task { plan, shared, objective, .. } = *self.task;
        for group in part(plan.groups, self.id, plan.threads) {
            self.group_gradient(rows, group);
        }
        shared.barrier.wait();
        if shared.stops_at(self.steps_done) {
            return false;
        }
        self.sum_groups();
        self.chunks[0].update(objective.level, &self.sums, steps);
        true
    }

    /// Phase 1: the gradient of one group of rows, a block that stays in cache at a time.
    fn group_gradient(&mut self, rows: &[u32], group: usize) {
        let Task { plan, shared, .. } = *self.task;
        let own = plan.group(rows.len(), group);
        let ahead = plan.group(self.next.len(), group);
        let mut out = write(&shared.gradients[self.parity()][group]);
        let blocks = own.len().div_ceil(plan.block_rows).max(1);
        for block in 0..blocks {
            let size = plan.block_rows;
            let start = own.start + block * size;
            let block_rows = start..(start + size).min(own.end);
            let wanted = part(ahead.len(), block, blocks);
            let ahead = ahead.start + wanted.start..ahead.start + wanted.end;
            self.block_gradient(rows, block_rows, ahead);
            let (sums, losses) = (self.own.values.column_sums(), self.own.losses.column_sums());
            if block == 0 {
                std::mem::swap(&mut out.gradient, &mut self.chunks[0].gradient);
                (out.sums, out.losses) = (sums, losses);
            } else {
                add(&mut out.gradient, &self.chunks[0].gradient);
                out.sums.iter_mut().zip(sums).for_each(|(sum, x)| *sum += x);
                out.losses.iter_mut().zip(losses).for_each(|(sum, x)| *sum += x);
            }
        }
    }

    /// Logits, residuals and gradient of a block of rows.
    fn block_gradient(&mut self, rows: &[u32], block: Range<usize>, ahead: Range<usize>) {
        let (level, chunk) = (self.task.objective.level, &mut self.chunks[0]);
        let batch = &self.batch[block.clone()];
        let (early, late) = chunk.ahead(&self.next[ahead]).split();
        chunk.forward(level, batch, &mut self.own.values, early);
        let pairs = self.bias.iter().zip(&chunk.offset);
        let intercept: Vec<_> = pairs.map(|(&bias, &offset)| bias - offset).collect();
        residuals(self.task, &rows[block], &intercept, &mut self.own);
        chunk.backward(level, batch, self.own.values.as_slice(), late);
    }

    /// Phase 2: the sums over all groups, in their order.
    fn sum_groups(&mut self) {
        let groups = &self.task.shared.gradients[self.parity()];
        let chunk = &mut self.chunks[0];
        if let [group] = &groups[..] {
            let group = &mut *write(group);
            std::mem::swap(&mut chunk.gradient, &mut group.gradient);
            self.sums.copy_from_slice(&group.sums);
            self.losses.copy_from_slice(&group.losses);
            return;
        }
        for (i, group) in groups.iter().enumerate() {
            let GroupGradient { gradient, sums, losses } = &*read(group);
            if i == 0 {
                chunk.gradient.as_mut_slice().copy_from_slice(gradient.as_slice());
                self.sums.copy_from_slice(sums);
                self.losses.copy_from_slice(losses);
            } else {
                add(&mut chunk.gradient, gradient);
                self.sums.iter_mut().zip(sums).for_each(|(sum, &x)| *sum += x);
                self.losses.iter_mut().zip(losses).for_each(|(sum, &x)| *sum += x);
            }
        }
    }
}
