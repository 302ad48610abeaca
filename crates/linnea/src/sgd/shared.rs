//! What the threads of a team see of one another.

use std::ops::Range;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;

use super::chunk::Chunk;
use crate::kernel::Real;
use crate::parameters::Parameters;
use crate::team::{Barrier, read, write};

/// Each lock has one writer in one phase and readers in the next, with a barrier between: none is
/// ever waited for. They are locks so that a mistake in that would be slow, and not undefined.
pub(super) struct Shared<A> {
    pub(super) barrier: Barrier,
    /// The order in which rows are visited in this epoch.
    pub(super) order: RwLock<Vec<u32>>,
    /// Of every chunk: its part of the logits.
    pub(super) partials: Vec<RwLock<Partial<A>>>,
    /// Of every thread: the residuals of its share of the rows.
    pub(super) residuals: Vec<RwLock<Residuals<A>>>,
    pub(super) bias: RwLock<Vec<A>>,
    /// Of every chunk: its features, and their weights at the end of the epoch, output by output.
    snapshots: Vec<RwLock<(Range<usize>, Vec<f64>)>>,
    /// The epoch is to end at once: set by the leader before a barrier, looked at after it.
    pub(super) stop: AtomicBool,
    /// There will be no more epochs.
    pub(super) done: AtomicBool,
}

/// A chunk's part of a minibatch's logits, from which its offset is still to be taken.
#[derive(Debug)]
pub(super) struct Partial<A> {
    pub(super) logits: Vec<A>,
    pub(super) offset: Vec<A>,
}

/// The residuals and losses of a share of a minibatch's rows.
#[derive(Debug)]
pub(super) struct Residuals<A> {
    pub(super) values: Vec<A>,
    pub(super) losses: Vec<f64>,
}

impl<A: Real> Shared<A> {
    pub(super) fn new(chunks: &[Range<usize>], threads: usize, outputs: usize) -> Self {
        let partial = || Partial { logits: Vec::new(), offset: vec![A::ZERO; outputs] };
        let residuals = || Residuals { values: Vec::new(), losses: Vec::new() };
        let snapshot = |range: &Range<usize>| (range.clone(), vec![0.0; range.len() * outputs]);
        Self {
            barrier: Barrier::new(threads),
            order: RwLock::new(Vec::new()),
            partials: chunks.iter().map(|_| RwLock::new(partial())).collect(),
            residuals: (0..threads).map(|_| RwLock::new(residuals())).collect(),
            bias: RwLock::new(vec![A::ZERO; outputs]),
            snapshots: chunks.iter().map(|range| RwLock::new(snapshot(range))).collect(),
            stop: AtomicBool::new(false),
            done: AtomicBool::new(false),
        }
    }

    /// Makes a chunk's weights known to the others.
    pub(super) fn publish(&self, index: usize, chunk: &Chunk<A>) {
        let (range, weights) = &mut *write(&self.snapshots[index]);
        let width = range.len();
        for (i, weight) in weights.iter_mut().enumerate() {
            *weight = chunk.weights.get(i % width, i / width).to_f64();
        }
    }

    /// The parameters as they were published last.
    pub(super) fn parameters(&self) -> Parameters {
        let bias: Vec<f64> = read(&self.bias).iter().map(|b| b.to_f64()).collect();
        let features = self.snapshots.iter().map(|snapshot| read(snapshot).0.len()).sum();
        let mut parameters = Parameters::zeros(bias.len(), features);
        for snapshot in &self.snapshots {
            let (range, weights) = &*read(snapshot);
            for (c, weights) in weights.chunks_exact(range.len()).enumerate() {
                parameters.weight[c * features..][range.clone()].copy_from_slice(weights);
            }
        }
        parameters.bias = bias;
        parameters
    }
}
