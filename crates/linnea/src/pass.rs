//! One pass over all rows, shared between threads, whose result does not depend on how many.
//!
//! Rows are cut into groups, and groups into blocks that stay in cache. A thread takes a group at a
//! time and folds its blocks in order into one state; the states come back in the groups' order.
//! Groups and blocks depend on the number of rows and their length alone.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::rows::Rows;
use crate::team::part;
use linnea_kernels::Element;

/// A block has at most so many rows, and at least so many, however long they are.
const MOST_ROWS: usize = 256;
const FEWEST_ROWS: usize = 64;
/// A block takes at most so much, where its rows can be so few: it stays in L2 from the forward to
/// the backward product, and the next block comes into L2 meanwhile.
const BLOCK_BYTES: usize = 1 << 20;
/// The most states that a pass makes, and so the most threads that can share it.
const GROUPS: usize = 64;

/// Rows that lie together and are worked on together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowBlock<'b, 'a, T> {
    /// The number of the first row.
    pub(crate) first: usize,
    pub(crate) rows: &'b [&'a [T]],
    /// The rows that this thread comes to next.
    pub(crate) next: &'b [&'a [T]],
}

/// Folds every block of rows into the state of its group: `fold(state, scratch, block)`. Every thread
/// has a scratch of its own, made anew.
pub(crate) fn fold_blocks<'a, T: Element, S: Send, W>(
    rows: &Rows<'a, T>,
    threads: usize,
    groups: usize,
    start: impl Fn() -> S + Sync,
    scratch: impl Fn() -> W + Sync,
    fold: impl Fn(&mut S, &mut W, RowBlock<'_, 'a, T>) + Sync,
) -> Vec<S> {
    let size = block_rows(rows.features() * size_of::<T>());
    let blocks = rows.len().div_ceil(size);
    let groups = groups.clamp(1, GROUPS).min(blocks.max(1));
    let taken = AtomicUsize::new(0);
    let work = || {
        let (mut done, mut scratch) = (Vec::new(), scratch());
        let (mut now, mut next) = (Vec::with_capacity(size), Vec::with_capacity(size));
        let gather = |block: usize, into: &mut Vec<_>| {
            rows.gather(block * size..rows.len().min((block + 1) * size), into);
        };
        loop {
            let group = taken.fetch_add(1, Ordering::Relaxed);
            if group >= groups {
                return done;
            }
            let (mut state, own) = (start(), part(blocks, group, groups));
            gather(own.start, &mut next);
            for block in own.clone() {
                std::mem::swap(&mut now, &mut next);
                gather((block + 1).min(blocks), &mut next);
                fold(
                    &mut state,
                    &mut scratch,
                    RowBlock { first: block * size, rows: &now, next: &next },
                );
            }
            done.push((group, state));
        }
    };
    let mut states: Vec<Option<S>> = (0..groups).map(|_| None).collect();
    for (group, state) in share(threads.min(groups), work) {
        states[group] = Some(state);
    }
    states.into_iter().flatten().collect()
}

/// Does `work`, which takes what there is to do until nothing is left, on some threads; on fewer if
/// the system has no more.
fn share<O: Send>(threads: usize, work: impl Fn() -> Vec<O> + Sync) -> Vec<O> {
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, &work).ok())
            .collect();
        let mut results = work();
        for other in others {
            results.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    })
}

/// The rows of a block of rows of `bytes` each.
fn block_rows(bytes: usize) -> usize {
    let fit = BLOCK_BYTES / bytes.max(1);
    (fit / FEWEST_ROWS * FEWEST_ROWS).clamp(FEWEST_ROWS, MOST_ROWS)
}

/// How many groups to make when each state takes `bytes`: at most 64 MB together.
pub(crate) fn groups_for(bytes: usize) -> usize {
    ((64 << 20) / bytes.max(1)).clamp(1, GROUPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_folded_once_and_in_order() {
        for n in [0, 1, 255, 256, 257, 70_000] {
            let numbers: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let rows = Rows::new(vec![numbers.as_slice()], n.max(1), 1);
            for threads in [1, 3] {
                let fold = |seen: &mut Vec<f32>, (): &mut (), block: RowBlock<'_, '_, f32>| {
                    assert_eq!(block.rows[0][0], block.first as f32);
                    let next = block.first + block.rows.len();
                    assert_eq!(block.next.first().map(|row| row[0]), numbers.get(next).copied());
                    seen.extend(block.rows.iter().map(|row| row[0]));
                };
                let states = fold_blocks(&rows, threads, GROUPS, Vec::new, || (), fold);
                assert_eq!(states.concat(), numbers);
            }
        }
    }
}
