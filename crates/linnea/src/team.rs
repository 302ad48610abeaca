//! A team of threads that work in step: each does its part, and all wait for one another.

use std::io;
use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::Duration;

/// How often a waiting thread looks before it lets others run: long enough for a step's imbalance,
/// short enough to do little harm when others want the processor.
const SPINS: u32 = 2_000;
/// The same when there are more threads than processors: the one waited for may need this one's.
const SPINS_CROWDED: u32 = 20;
/// How often it lets others run before it sleeps: then the wait is not one for a step.
const YIELDS: u32 = 200;
/// How long it sleeps before it looks again.
const NAP: Duration = Duration::from_micros(100);

/// The number of threads to use: `wanted`, or one for each processor.
#[must_use]
pub fn thread_count(wanted: Option<usize>) -> usize {
    let processors = || thread::available_parallelism().map_or(1, NonZero::get);
    wanted.unwrap_or_else(processors).max(1)
}

/// A point that no thread passes before all have reached it.
///
/// The standard library's barrier sleeps, which takes longer than a step of training. This one
/// looks at a counter of generations, and sleeps only when the wait is long.
#[derive(Debug)]
pub(crate) struct Barrier {
    members: usize,
    spins: u32,
    arrived: AtomicUsize,
    generation: AtomicUsize,
    broken: AtomicBool,
}

impl Barrier {
    pub(crate) fn new(members: usize) -> Self {
        Self {
            members,
            spins: if members > thread_count(None) { SPINS_CROWDED } else { SPINS },
            arrived: AtomicUsize::new(0),
            generation: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
        }
    }

    /// Waits for all members. What each did before is visible to all after.
    ///
    /// # Panics
    /// If a member has panicked, or could not be started: it will not come.
    pub(crate) fn wait(&self) {
        let generation = self.generation.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.members {
            self.arrived.store(0, Ordering::Relaxed);
            self.generation.store(generation.wrapping_add(1), Ordering::Release);
            return;
        }
        wait_until(self.spins, || {
            assert!(!self.broken.load(Ordering::Relaxed), "another thread of the team panicked");
            self.generation.load(Ordering::Acquire) != generation
        });
    }
}

/// Looks until something is so: `spins` times at once, then letting others run, then with naps.
fn wait_until(spins: u32, is_so: impl Fn() -> bool) {
    let mut looks = 0_u32;
    while !is_so() {
        looks = looks.saturating_add(1);
        if looks < spins {
            std::hint::spin_loop();
        } else if looks < spins + YIELDS {
            thread::yield_now();
        } else {
            thread::sleep(NAP);
        }
    }
}

/// Breaks the barrier if its thread panics, so that the others do not wait for ever.
struct Guard<'a>(&'a Barrier);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.broken.store(true, Ordering::Relaxed);
        }
    }
}

/// Runs `work` once for each of `seats`, the first on this thread, the others on threads of their
/// own, and returns what they return, in order. They meet at barriers, so either all start or none.
///
/// # Errors
/// If the system has not so many threads; no work has been done then.
pub(crate) fn run<I: Send, O: Send>(
    barrier: &Barrier,
    seats: Vec<I>,
    work: impl Fn(I) -> O + Sync,
) -> io::Result<Vec<O>> {
    let gate = Gate::default();
    let enter = |seat| {
        let _guard = Guard(barrier);
        gate.wait().then(|| work(seat))
    };
    let enter = &enter;
    thread::scope(|scope| {
        let mut seats = seats.into_iter();
        let Some(first) = seats.next() else { return Ok(Vec::new()) };
        let spawn = |seat| thread::Builder::new().spawn_scoped(scope, move || enter(seat));
        let others: io::Result<Vec<_>> = seats.map(spawn).collect();
        gate.open(others.is_ok());
        let others = others?;
        let mut results = vec![enter(first)];
        for other in others {
            results.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        Ok(results.into_iter().flatten().collect())
    })
}

/// Where started threads wait until it is known whether all have started. They do not sleep: a
/// thread that is woken begins on its waker's processor, and the first epoch took twice as long.
#[derive(Debug, Default)]
struct Gate(AtomicU8);

impl Gate {
    const SHUT: u8 = 0;
    const OPEN: u8 = 1;
    const CALLED_OFF: u8 = 2;

    fn open(&self, all_started: bool) {
        let state = if all_started { Self::OPEN } else { Self::CALLED_OFF };
        self.0.store(state, Ordering::Release);
    }

    /// Whether all have started.
    fn wait(&self) -> bool {
        wait_until(SPINS, || self.0.load(Ordering::Acquire) != Self::SHUT);
        self.0.load(Ordering::Acquire) == Self::OPEN
    }
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
    fn all_see_what_all_did_before_the_barrier() {
        for members in [1, 2, 5] {
            let barrier = Barrier::new(members);
            let counters: Vec<AtomicUsize> = (0..members).map(|_| AtomicUsize::new(0)).collect();
            let seats = (0..members).collect();
            run(&barrier, seats, |seat: usize| {
                for round in 1..200 {
                    counters[seat].store(round, Ordering::Relaxed);
                    barrier.wait();
                    assert!(
                        counters.iter().all(|counter| counter.load(Ordering::Relaxed) == round)
                    );
                    barrier.wait();
                }
            })
            .unwrap();
        }
    }

    #[test]
    fn a_panic_ends_the_team() {
        let barrier = Barrier::new(3);
        let result = std::panic::catch_unwind(|| {
            run(&barrier, vec![0, 1, 2], |seat| {
                assert!(seat != 1, "on purpose");
                barrier.wait();
            })
        });
        assert!(result.is_err());
    }

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
