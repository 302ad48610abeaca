//! What the threads of a team see of one another.

use std::ops::Range;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::chunk::Chunk;
use super::heads::Heads;
use super::plan::Plan;
use crate::parameters::Parameters;
use crate::team::{Barrier, read, write};
use linnea_kernels::{Packed, Real};

/// Each lock has one writer in one phase and readers in the next, with a barrier between: none is
/// ever waited for. They are locks so that a mistake in that would be slow, and not undefined.
pub(super) struct Shared<A> {
    pub(super) barrier: Barrier,
    /// The order in which rows are visited in this epoch.
    pub(super) order: RwLock<Vec<u32>>,
    /// Of every chunk, in even and in odd steps: its part of the logits.
    pub(super) partials: [Vec<RwLock<Partial<A>>>; 2],
    /// Of every thread: the residuals of its share of the rows.
    pub(super) residuals: Vec<RwLock<Residuals<A>>>,
    /// Of every group of rows, in even and in odd steps: its gradient.
    pub(super) gradients: [Vec<RwLock<GroupGradient<A>>>; 2],
    /// The intercepts and their velocities at the end of the epoch.
    bias: RwLock<[Vec<f64>; 2]>,
    /// Of every chunk: its features, and their weights and velocities at the end of the epoch,
    /// column by column.
    snapshots: Vec<RwLock<Snapshot>>,
    /// Heads that have ended, or else not: looked at when an epoch begins.
    pub(super) resting: Vec<AtomicBool>,
    /// The number of the step that is not to be taken, or else none: set by the leader before that
    /// step's barrier, and looked at by all after it. A thread that is still at the step before sees a
    /// number that is not its own, and finishes its step.
    stop: AtomicUsize,
    /// There will be no more epochs.
    pub(super) done: AtomicBool,
}

/// A chunk's part of a minibatch's logits, from which its offset is still to be taken.
#[derive(Debug)]
pub(super) struct Partial<A> {
    pub(super) logits: Packed<A>,
    pub(super) offset: Vec<A>,
}

/// The residuals and losses of some rows of a minibatch.
#[derive(Debug)]
pub(super) struct Residuals<A> {
    pub(super) values: Packed<A>,
    pub(super) losses: Packed<f64>,
}

/// What a group of rows contributes to a step.
#[derive(Debug)]
pub(super) struct GroupGradient<A> {
    pub(super) gradient: Packed<A>,
    /// The residuals' sums over its rows.
    pub(super) sums: Vec<A>,
    /// Of each head, the losses' sum over its rows.
    pub(super) losses: Vec<f64>,
}

struct Snapshot {
    features: Range<usize>,
    weights: Vec<f64>,
    velocities: Vec<f64>,
}

impl<A: Real> Shared<A> {
    pub(super) fn new(plan: &Plan, heads: &Heads<'_>, lanes: usize) -> Self {
        let (columns, count) = (heads.columns(), heads.recipes.len());
        let logits = || Packed::zeros(0, columns, lanes);
        let partial = |_| RwLock::new(Partial { logits: logits(), offset: vec![A::ZERO; columns] });
        let residuals = |_| RwLock::new(Residuals::new(columns, count, lanes));
        let features = plan.chunks.iter().map(ExactSizeIterator::len).sum();
        let groups = if plan.by_features() { 0 } else { plan.groups };
        let group = |_| {
            let gradient = Packed::zeros(features, columns, lanes);
            RwLock::new(GroupGradient { gradient, sums: vec![A::ZERO; columns], losses: vec![] })
        };
        let snapshot = |features: &Range<usize>| {
            let zeros = vec![0.0; features.len() * columns];
            let features = features.clone();
            RwLock::new(Snapshot { features, weights: zeros.clone(), velocities: zeros })
        };
        Self {
            barrier: Barrier::new(plan.threads),
            order: RwLock::new(Vec::new()),
            partials: [(); 2].map(|()| plan.chunks.iter().map(partial).collect()),
            residuals: (0..plan.threads).map(residuals).collect(),
            gradients: [(); 2].map(|()| (0..groups).map(group).collect()),
            bias: RwLock::new([(); 2].map(|()| vec![0.0; columns])),
            snapshots: plan.chunks.iter().map(snapshot).collect(),
            resting: (0..count).map(|_| AtomicBool::new(false)).collect(),
            stop: AtomicUsize::new(usize::MAX),
            done: AtomicBool::new(false),
        }
    }

    /// Whether a head has ended.
    pub(super) fn rests(&self, head: usize) -> bool {
        self.resting[head].load(Ordering::Relaxed)
    }

    /// The epoch is to end without the step of this number.
    pub(super) fn stop_at(&self, step: usize) {
        self.stop.store(step, Ordering::Relaxed);
    }

    /// Whether it is.
    pub(super) fn stops_at(&self, step: usize) -> bool {
        self.stop.load(Ordering::Relaxed) == step
    }

    /// Makes a chunk's weights and velocities known to the others.
    pub(super) fn publish(&self, index: usize, chunk: &Chunk<A>) {
        let Snapshot { features, weights, velocities } = &mut *write(&self.snapshots[index]);
        unpack(&chunk.weights, features.len(), weights);
        unpack(&chunk.velocity, features.len(), velocities);
    }

    /// Makes the intercepts and their velocities known.
    pub(super) fn publish_bias(&self, bias: &[A], velocity: &[A]) {
        let wide = |numbers: &[A]| numbers.iter().map(|b| b.to_f64()).collect();
        *write(&self.bias) = [wide(bias), wide(velocity)];
    }

    /// The parameters of some columns as they were published last.
    pub(super) fn parameters(&self, columns: Range<usize>) -> Parameters {
        self.collect(columns, 0, |snapshot| &snapshot.weights)
    }

    /// The velocities of some columns as they were published last.
    pub(super) fn velocities(&self, columns: Range<usize>) -> Parameters {
        self.collect(columns, 1, |snapshot| &snapshot.velocities)
    }

    fn collect(
        &self,
        columns: Range<usize>,
        which: usize,
        numbers: impl Fn(&Snapshot) -> &[f64],
    ) -> Parameters {
        let features = self.snapshots.iter().map(|snapshot| read(snapshot).features.len()).sum();
        let mut parameters = Parameters::zeros(columns.len(), features);
        parameters.bias.copy_from_slice(&read(&self.bias)[which][columns.clone()]);
        for snapshot in &self.snapshots {
            let snapshot = read(snapshot);
            let own = &snapshot.features;
            let all = numbers(&snapshot).chunks_exact(own.len());
            let rows = parameters.weight.chunks_exact_mut(features);
            for (row, weights) in rows.zip(all.skip(columns.start)) {
                row[own.clone()].copy_from_slice(weights);
            }
        }
        parameters
    }
}

impl<A: Real> Residuals<A> {
    pub(super) fn new(columns: usize, heads: usize, lanes: usize) -> Self {
        Self { values: Packed::zeros(0, columns, lanes), losses: Packed::zeros(0, heads, lanes) }
    }
}

/// Column by column.
fn unpack<A: Real>(packed: &Packed<A>, rows: usize, into: &mut [f64]) {
    for r in 0..rows {
        packed.row(r).enumerate().for_each(|(c, x)| into[c * rows + r] = x.to_f64());
    }
}
