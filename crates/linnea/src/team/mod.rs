//! A team of threads that work in step: each does its part, and all wait for one another.
//!
//! - [`Barrier`] is where they meet, [`run()`] starts them and brings back what they made;
//! - [`part`] is a member's share, [`read`] and [`write()`] are how it looks at what they share;
//! - [`Load`] says how many of them some work is worth, [`Crew`] how many the machine has left.
//!
//! All atomics and locks come from `sync.rs`. A build with `--cfg loom` takes them from loom, which runs every
//! order of events that the memory model allows; `loom_models.rs` says what must hold in each of
//! them, and `cargo xtask loom` runs it.

mod barrier;
mod bell;
mod crowd;
mod gate;
mod load;
#[cfg(all(test, loom))]
mod loom_models;
mod place;
mod run;
mod sync;

use std::num::NonZero;
use std::ops::Range;
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;

pub(crate) use barrier::Barrier;
pub(crate) use crowd::Crew;
#[cfg(test)]
pub(crate) use crowd::at_work;
pub(crate) use load::Load;
pub(crate) use place::Place;
pub(crate) use run::run;

/// The most threads that share work: `wanted`, or one for each processor that the process had when it was
/// first asked. Where nobody wants a number there are fewer while other calls of the process are at work.
#[must_use]
pub fn thread_count(wanted: Option<usize>) -> usize {
    // The system takes longer to say so than a prediction takes.
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    let ask = || thread::available_parallelism().map_or(1, NonZero::get);
    wanted.unwrap_or_else(|| *PROCESSORS.get_or_init(ask)).max(1)
}

/// The `index`-th of `parts` equal parts of `0..length`, give or take one.
pub(crate) fn part(length: usize, index: usize, parts: usize) -> Range<usize> {
    index * length / parts..(index + 1) * length / parts
}

/// A lock whose holder panicked holds numbers all the same: the panic itself is what is reported.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// See [`read`].
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_everything_once() {
        for length in [0, 1, 5, 16] {
            for parts in 1..7 {
                let all = (0..parts).flat_map(|index| part(length, index, parts));
                assert!(all.eq(0..length));
            }
        }
    }
}
