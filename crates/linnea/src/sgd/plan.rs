//! How the work of a step is cut and shared: by features or by rows.
//!
//! What is cut depends on the shape of the work alone, never on the number of threads: the cuts
//! decide the order of the sums, and so the bits.

use std::ops::Range;

use crate::team::{Load, part};
use linnea_kernels::{Element, MOST_LANES};

/// The most pieces of a step, and so the most threads that can share it.
const MOST: usize = 64;
/// Chunks of features are about this wide: the lanes of every logit are summed once a chunk.
const WIDTH: usize = 384;
/// A minibatch larger than this does not stay in the caches from its forward product to its
/// backward product, so it is cut by rows, which are passed over a block at a time.
const CACHED_BYTES: usize = 4 << 20;
/// Row groups are so few that summing their gradients takes a fraction of making them: with as many
/// threads as groups, G gradients are summed for 2·B/G made, so G² is at most B over this.
const ROWS_PER_SQUARE: usize = 10;
/// Up to so many partial logits become residuals in less time than threads take to meet, and to read
/// each other's.
const FEW_PARTIALS: usize = 8192;
/// The rows that a row group takes at a time, in bytes: they stay in L2 from forward to backward.
const BLOCK_BYTES: usize = 256 << 10;

/// How steps of one shape are cut.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The features of each chunk.
    pub(super) chunks: Vec<Range<usize>>,
    /// How many groups the rows of a minibatch are cut into, where they and not the features are
    /// shared.
    pub(super) groups: usize,
    /// The rows that a group passes over at a time.
    pub(super) block_rows: usize,
    pub(super) threads: usize,
    /// Where the features are shared, whether each thread makes the residuals of some rows for all.
    pub(super) shares_residuals: bool,
}

impl Plan {
    /// The plan for minibatches of `batch` rows and `columns` outputs of all heads together.
    pub(super) fn new<T: Element>(
        features: usize,
        columns: usize,
        batch: usize,
        threads: usize,
    ) -> Self {
        let bytes = batch * features * size_of::<T>();
        let by_features = features >= 2 * WIDTH && bytes <= CACHED_BYTES;
        let chunks = cut(features, if by_features { features / WIDTH } else { 1 });
        let groups = if by_features { 1 } else { groups(batch) };
        let load = Load { bytes, products: 2 * batch * features * columns };
        let block = BLOCK_BYTES / (features * size_of::<T>()).max(1);
        let block_rows = (block / MOST_LANES * MOST_LANES).clamp(4 * MOST_LANES, 256);
        let shares_residuals = batch * columns * chunks.len() > FEW_PARTIALS;
        let plan = Self { chunks, groups, block_rows, threads: 1, shares_residuals };
        plan.shared_by(threads.min(load.worth_meeting()))
    }

    /// The same cuts for another number of threads, or as few as are no slower: where 4 groups are
    /// shared, 3 threads wait for the one that has two.
    pub(super) fn shared_by(self, threads: usize) -> Self {
        let pieces = self.chunks.len().max(self.groups);
        let most = pieces.div_ceil(threads.clamp(1, pieces));
        Self { threads: pieces.div_ceil(most), ..self }
    }

    /// Whether threads share the features, and not the rows.
    pub(super) fn by_features(&self) -> bool {
        self.chunks.len() > 1
    }

    /// The rows of each group of a minibatch of `rows`.
    pub(super) fn group(&self, rows: usize, index: usize) -> Range<usize> {
        share(rows, index, self.groups)
    }

    /// The chunks of a thread: those that it owns, or a copy of the only one.
    pub(super) fn own_chunks(&self, thread: usize) -> Range<usize> {
        if self.by_features() { part(self.chunks.len(), thread, self.threads) } else { 0..1 }
    }
}

/// The rows of one of `parts` shares. All but the last end where a vector of rows ends.
pub(super) fn share(rows: usize, index: usize, parts: usize) -> Range<usize> {
    let vectors = part(rows.div_ceil(MOST_LANES), index, parts);
    vectors.start * MOST_LANES..(vectors.end * MOST_LANES).min(rows)
}

fn groups(batch: usize) -> usize {
    let most = (batch / ROWS_PER_SQUARE).isqrt().min(MOST);
    // A power of two is shared evenly by 2, 4, 8 … threads.
    if most < 2 { 1 } else { 1 << most.ilog2() }
}

/// Cuts features into chunks that begin at multiples of every vector's length.
fn cut(features: usize, chunks: usize) -> Vec<Range<usize>> {
    let chunks = chunks.clamp(1, MOST);
    let grains = features.div_ceil(MOST_LANES);
    let edge = |i: usize| (i * grains / chunks * MOST_LANES).min(features);
    (0..chunks).map(|i| edge(i)..edge(i + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_all_features() {
        for features in [1, 15, 16, 17, 64, 100, 767, 768, 784, 1000, 100_000] {
            let chunks = cut(features, features / WIDTH);
            assert!(chunks.iter().cloned().flatten().eq(0..features));
            assert!(chunks.iter().all(|chunk| !chunk.is_empty() && chunk.start % MOST_LANES == 0));
        }
        assert_eq!(cut(784, 784 / WIDTH).len(), 2);
    }

    #[test]
    fn groups_cover_all_rows() {
        for batch in [1, 15, 16, 100, 256, 1000, 60_000] {
            let plan = Plan::new::<f32>(100, 1, batch, 64);
            for rows in [batch, batch / 2 + 1] {
                let all = (0..plan.groups).flat_map(|index| plan.group(rows, index));
                assert!(all.eq(0..rows), "{batch}");
            }
        }
        assert_eq!([1, 16, 256, 1024, 1 << 20].map(groups), [1, 1, 4, 8, 64]);
    }

    #[test]
    fn no_thread_is_there_to_wait() {
        let threads = |features, batch| {
            let plan = Plan::new::<f32>(features, 1000, batch, 64);
            [1, 2, 3, 4, 7, 8, 64].map(|threads| plan.clone().shared_by(threads).threads)
        };
        // 8 groups of rows; 5 chunks of features; neither.
        assert_eq!(threads(100, 1024), [1, 2, 3, 4, 4, 8, 8]);
        assert_eq!(threads(5 * WIDTH, 32), [1, 2, 3, 3, 5, 5, 5]);
        assert_eq!(threads(100, 1), [1; 7]);
    }

    #[test]
    fn small_steps_are_not_shared() {
        assert_eq!(Plan::new::<f32>(8, 1, 32, 64).threads, 1);
        assert_eq!(Plan::new::<f32>(784, 10, 256, 64).threads, 2);
    }
}
