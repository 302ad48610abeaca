//! One pass over all rows, shared between threads, whose result does not depend on how many.
//!
//! Rows are cut into groups, and groups into blocks that stay in cache. A thread takes a group at a
//! time and folds its blocks in order into one state; the states come back in the groups' order.
//! Groups and blocks depend on the number of rows alone.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use linnea_kernels::Element;
use crate::rows::Rows;
use crate::team::part;

/// The rows of a block.
const BLOCK: usize = 256;
/// The most states that a pass makes, and so the most threads that can share it.
const GROUPS: usize = 64;

/// Folds every block of rows into the state of its group: `fold(state, scratch, first row, rows)`.
/// Every thread has a scratch of its own, made anew.
pub(crate) fn fold_blocks<'a, T: Element, S: Send, W>(
    rows: &Rows<'a, T>,
    threads: usize,
    groups: usize,
    start: impl Fn() -> S + Sync,
    scratch: impl Fn() -> W + Sync,
    fold: impl Fn(&mut S, &mut W, usize, &[&'a [T]]) + Sync,
) -> Vec<S> {
    let blocks = rows.len().div_ceil(BLOCK);
    let groups = groups.clamp(1, GROUPS).min(blocks.max(1));
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut done, mut block_rows) = (Vec::new(), Vec::with_capacity(BLOCK));
        let mut scratch = scratch();
        loop {
            let group = next.fetch_add(1, Ordering::Relaxed);
            if group >= groups {
                return done;
            }
            let mut state = start();
            for block in part(blocks, group, groups) {
                let first = block * BLOCK;
                rows.gather(first..rows.len().min(first + BLOCK), &mut block_rows);
                fold(&mut state, &mut scratch, first, &block_rows);
            }
            done.push((group, state));
        }
    };
    let mut states = share(threads.min(groups), work);
    states.sort_by_key(|(group, _)| *group);
    states.into_iter().map(|(_, state)| state).collect()
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
                let fold = |seen: &mut Vec<f32>, (): &mut (), first: usize, rows: &[&[f32]]| {
                    assert_eq!(rows[0][0], first as f32);
                    seen.extend(rows.iter().map(|row| row[0]));
                };
                let states = fold_blocks(&rows, threads, GROUPS, Vec::new, || (), fold);
                assert_eq!(states.concat(), numbers);
            }
        }
    }
}
