//! One pass over all rows, shared between threads, whose result does not depend on how many.
//!
//! Rows are cut into groups, and groups into blocks that stay in cache. A thread takes a group at a
//! time and folds its blocks in order into one state; the states come back in the groups' order, or
//! merged in an order that their number fixes.
//! Groups and blocks depend on the number of rows and their length alone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::rows::Rows;
use crate::team::{Crew, Load, Place, part};
use linnea_kernels::Element;

/// A block has at most so many rows, and at least so many, however long they are.
const MOST_ROWS: usize = 256;
const FEWEST_ROWS: usize = 64;
/// A block takes at most so much, where its rows can be so few: it stays in L2 from the forward to
/// the backward product, and the next block comes into L2 meanwhile.
const BLOCK_BYTES: usize = 1 << 18;
/// The most states that a pass makes, and so the most threads that can share it.
const GROUPS: usize = 64;

/// What a logit costs besides its products, in multiply-adds: its exponential and its residual.
pub(crate) const A_LOGIT: usize = 128;
/// What a row costs besides all of its numbers.
const A_ROW: usize = 256;

/// Who shares a pass, and what they have to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    /// The most threads, if somebody has said so. There are fewer where the work is not worth starting
    /// so many.
    threads: Option<usize>,
    /// The multiply-adds of `f32` that each row takes, or whatever is mapped.
    each: usize,
}

impl Work {
    /// Of so many multiply-adds for each row. A wider number takes as many times longer.
    pub(crate) fn new<A>(threads: Option<usize>, each: usize) -> Self {
        let each = each.saturating_mul(size_of::<A>()) / size_of::<f32>();
        Self { threads, each: each + A_ROW }
    }

    /// How many threads the work is worth on so many rows, of so many bytes together.
    fn worth(self, rows: usize, bytes: usize) -> usize {
        Load { bytes, products: rows.saturating_mul(self.each) }.worth_starting()
    }
}

/// Rows that lie together and are worked on together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowBlock<'b, 'a, T> {
    /// The number of the first row.
    pub(crate) first: usize,
    pub(crate) rows: &'b [&'a [T]],
    /// The rows that this thread comes to next.
    pub(crate) next: &'b [&'a [T]],
}

/// Folds every block of rows into the state of its group, and gives the states in order. Every thread
/// has a scratch of its own, made anew: `fold(state, scratch, block)`.
pub(crate) fn fold_blocks<'a, T: Element, S: Send, W>(
    rows: &Rows<'a, T>,
    work: Work,
    groups: usize,
    start: impl Fn() -> S + Sync,
    scratch: impl Fn() -> W + Sync,
    fold: impl Fn(&mut S, &mut W, RowBlock<'_, 'a, T>) + Sync,
) -> Vec<S> {
    let groups = Groups::new(rows, groups);
    let states = Mutex::new((0..groups.count).map(|_| None).collect::<Vec<_>>());
    groups.visit(work, start, scratch, fold, |group, state| lock(&states)[group] = Some(state));
    let states = states.into_inner().unwrap_or_else(PoisonError::into_inner);
    states.into_iter().flatten().collect()
}

/// [`fold_blocks`], with all states merged into one, neighbours first; `None` if there are no rows.
/// Few states are there at a time, however many groups.
pub(crate) fn reduce_blocks<'a, T: Element, S: Send, W>(
    rows: &Rows<'a, T>,
    work: Work,
    groups: usize,
    start: impl Fn() -> S + Sync,
    scratch: impl Fn() -> W + Sync,
    fold: impl Fn(&mut S, &mut W, RowBlock<'_, 'a, T>) + Sync,
    merge: impl Fn(&mut S, &S) + Sync,
) -> Option<S> {
    reduce(&Groups::new(rows, groups), work, start, scratch, fold, merge)
}

/// [`reduce_blocks`], in blocks of so many rows, for work that is worth more the more rows it sees at once.
pub(crate) fn reduce_panels<'a, T: Element, S: Send, W>(
    rows: &Rows<'a, T>,
    work: Work,
    (groups, size): (usize, usize),
    start: impl Fn() -> S + Sync,
    scratch: impl Fn() -> W + Sync,
    fold: impl Fn(&mut S, &mut W, RowBlock<'_, 'a, T>) + Sync,
    merge: impl Fn(&mut S, &S) + Sync,
) -> Option<S> {
    reduce(&Groups::of_size(rows, groups, size), work, start, scratch, fold, merge)
}

fn reduce<'a, T: Element, S: Send, W>(
    groups: &Groups<'_, 'a, T>,
    work: Work,
    start: impl Fn() -> S + Sync,
    scratch: impl Fn() -> W + Sync,
    fold: impl Fn(&mut S, &mut W, RowBlock<'_, 'a, T>) + Sync,
    merge: impl Fn(&mut S, &S) + Sync,
) -> Option<S> {
    let tree = Tree::new(groups.count);
    groups.visit(work, start, scratch, fold, |group, state| tree.add(group, state, &merge));
    tree.root()
}

/// How the rows of a pass are cut.
struct Groups<'r, 'a, T> {
    rows: &'r Rows<'a, T>,
    /// The rows of a block.
    size: usize,
    blocks: usize,
    count: usize,
}

impl<'r, 'a, T: Element> Groups<'r, 'a, T> {
    fn new(rows: &'r Rows<'a, T>, groups: usize) -> Self {
        Self::of_size(rows, groups, block_rows(rows.features() * size_of::<T>()))
    }

    fn of_size(rows: &'r Rows<'a, T>, groups: usize, size: usize) -> Self {
        let blocks = rows.len().div_ceil(size);
        Self { rows, size, blocks, count: groups.clamp(1, GROUPS).min(blocks) }
    }

    /// Threads take a group at a time, and say when it is `done`.
    fn visit<S, W>(
        &self,
        work: Work,
        start: impl Fn() -> S + Sync,
        scratch: impl Fn() -> W + Sync,
        fold: impl Fn(&mut S, &mut W, RowBlock<'_, 'a, T>) + Sync,
        done: impl Fn(usize, S) + Sync,
    ) {
        let taken = AtomicUsize::new(0);
        let take = || {
            let (mut scratch, mut room) =
                (scratch(), [(); 2].map(|()| Vec::with_capacity(self.size)));
            loop {
                let group = taken.fetch_add(1, Ordering::Relaxed);
                if group >= self.count {
                    return;
                }
                let mut state = start();
                self.visit_group(group, &mut room, |block| fold(&mut state, &mut scratch, block));
                done(group, state);
            }
        };
        let bytes = self.rows.len() * self.rows.features() * size_of::<T>();
        share(work.threads, work.worth(self.rows.len(), bytes).min(self.count), take);
    }

    fn visit_group(
        &self,
        group: usize,
        [now, next]: &mut [Vec<&'a [T]>; 2],
        mut fold: impl FnMut(RowBlock<'_, 'a, T>),
    ) {
        let gather = |block: usize, into: &mut Vec<_>| {
            let edge = |block: usize| (block * self.size).min(self.rows.len());
            self.rows.gather(edge(block)..edge(block + 1), into);
        };
        let own = part(self.blocks, group, self.count);
        gather(own.start, next);
        for block in own {
            std::mem::swap(now, next);
            gather(block + 1, next);
            fold(RowBlock { first: block * self.size, rows: now, next });
        }
    }
}

/// What `make` gives for each of `0..count`, in order, where each takes as much as `work` says.
pub(crate) fn map<O: Send>(count: usize, work: Work, make: impl Fn(usize) -> O + Sync) -> Vec<O> {
    let (taken, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let take = || {
        loop {
            let index = taken.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let result = make(index);
            lock(&results).push((index, result));
        }
    };
    share(work.threads, work.worth(count, 0).min(count), take);
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Does `work`, which takes what there is to do until nothing is left, on as many threads as are
/// `wanted` or free, but at most so many; on fewer if the system has no more.
fn share(wanted: Option<usize>, most: usize, work: impl Fn() + Sync) {
    let crew = Crew::gather(wanted, most);
    let threads = crew.threads();
    if threads < 2 {
        return work();
    }
    let (place, work) = (&Place::of_this_thread(), &work);
    thread::scope(|scope| {
        let spawn = |index| {
            let work = move || {
                place.take(index, threads - 1);
                work();
            };
            thread::Builder::new().spawn_scoped(scope, work).ok()
        };
        let others: Vec<_> = (0..threads - 1).map_while(spawn).collect();
        work();
        for other in others {
            other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

/// States on their way to one: a binary tree over the groups, whose shape depends on their number
/// alone. Who finds its neighbour waiting merges both and goes on.
struct Tree<S> {
    leaves: usize,
    /// By level and place.
    waiting: Mutex<HashMap<(u32, usize), S>>,
}

impl<S> Tree<S> {
    fn new(leaves: usize) -> Self {
        Self { leaves, waiting: Mutex::new(HashMap::new()) }
    }

    fn add(&self, leaf: usize, mut state: S, merge: impl Fn(&mut S, &S)) {
        let (mut level, mut place, mut width) = (0, leaf, self.leaves);
        while width > 1 {
            let neighbour = place ^ 1;
            if neighbour < width {
                let found = {
                    let mut waiting = lock(&self.waiting);
                    let Some(found) = waiting.remove(&(level, neighbour)) else {
                        waiting.insert((level, place), state);
                        return;
                    };
                    found
                };
                let (mut left, right) =
                    if place < neighbour { (state, found) } else { (found, state) };
                merge(&mut left, &right);
                state = left;
            }
            (level, place, width) = (level + 1, place / 2, width.div_ceil(2));
        }
        lock(&self.waiting).insert((level, 0), state);
    }

    fn root(self) -> Option<S> {
        self.waiting.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().next()
    }
}

/// A lock that is held by nobody who panics in a state that could be wrong.
fn lock<S>(mutex: &Mutex<S>) -> MutexGuard<'_, S> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The rows of a block of rows of `bytes` each.
fn block_rows(bytes: usize) -> usize {
    let fit = BLOCK_BYTES / bytes.max(1);
    (fit / FEWEST_ROWS * FEWEST_ROWS).clamp(FEWEST_ROWS, MOST_ROWS)
}

/// What a sum of Gram matrices of so many columns takes.
pub(crate) fn gram_bytes(columns: usize) -> usize {
    columns * (columns + 1) / 2 * size_of::<f64>()
}

/// How many groups to make when each state takes `bytes`: at most 64 MB together.
pub(crate) fn groups_for(bytes: usize) -> usize {
    ((64 << 20) / bytes.max(1)).clamp(1, GROUPS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::team::at_work;

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
                let work = Work::new::<f32>(Some(threads), 1);
                let states = fold_blocks(&rows, work, GROUPS, Vec::new, || (), fold);
                assert_eq!(states.concat(), numbers);
                let merge = |left: &mut Vec<f32>, right: &Vec<f32>| left.extend(right);
                let all = reduce_blocks(&rows, work, GROUPS, Vec::new, || (), fold, merge);
                assert_eq!(all.unwrap_or_default(), numbers);
            }
        }
    }

    /// Two shares of work are worth a second thread; what is summed knows nothing of it.
    #[test]
    fn small_work_stays_on_its_thread_and_has_the_same_bits() {
        // 32 rows are worth two threads.
        let each = Load::OF_A_START.products / 16 - A_ROW;
        for (n, worth) in [(1, 1), (31, 1), (32, 2), (2048, 22)] {
            assert_eq!(Work::new::<f32>(None, each).worth(n, 4 * n), worth);
            let numbers: Vec<f32> = (0..n).map(|i| 1.0 / (1 + i) as f32).collect();
            let rows = Rows::new(vec![numbers.as_slice()], n, 1);
            let fold = |sum: &mut f32, (): &mut (), block: RowBlock<'_, '_, f32>| {
                *sum += block.rows.iter().map(|row| row[0]).sum::<f32>();
            };
            let sum = |threads| {
                let work = Work::new::<f32>(Some(threads), each);
                reduce_blocks(&rows, work, GROUPS, || 0.0, || (), fold, |a, b| *a += b)
            };
            assert_eq!(sum(1), sum(16), "{n} rows");
        }
    }

    #[test]
    fn a_pass_counts_as_long_as_it_lasts() {
        let work = Work::new::<f64>(Some(3), 1 << 20);
        assert!(map(100, work, |_| at_work()).into_iter().all(|threads| threads >= 3));
    }

    #[test]
    fn what_is_mapped_comes_in_order() {
        for each in [0, 1 << 20] {
            let squares = map(100, Work::new::<f64>(Some(7), each), |i| i * i);
            assert!(squares.into_iter().eq((0..100).map(|i| i * i)));
        }
    }
}
