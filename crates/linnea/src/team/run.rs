//! How a team starts and ends.

use std::io;
use std::thread;

use super::barrier::Barrier;
use super::gate::Gate;
use super::place::Place;

/// Breaks the barrier if its thread panics, so that the others do not wait for ever.
struct Guard<'a>(&'a Barrier);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.break_up();
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
    let gate = Gate::new();
    let enter = |seat| enter(barrier, &gate, || work(seat));
    let enter = &enter;
    let place = &Place::of_this_thread();
    thread::scope(|scope| {
        let mut seats = seats.into_iter();
        let Some(first) = seats.next() else { return Ok(Vec::new()) };
        let count = seats.len();
        let spawn = |(index, seat)| {
            let work = move || {
                place.take(index, count);
                enter(seat)
            };
            thread::Builder::new().spawn_scoped(scope, work)
        };
        let others: io::Result<Vec<_>> = seats.enumerate().map(spawn).collect();
        gate.open(others.is_ok());
        let others = others?;
        let mut results = vec![enter(first)];
        for other in others {
            results.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        Ok(results.into_iter().flatten().collect())
    })
}

/// What each member does: its work, if all have started.
pub(super) fn enter<O>(barrier: &Barrier, gate: &Gate, work: impl FnOnce() -> O) -> Option<O> {
    let _guard = Guard(barrier);
    gate.wait().then(work)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

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

    /// Longer than anybody looks without sleeping.
    const LONG: Duration = Duration::from_millis(30);

    #[test]
    fn who_waits_long_is_woken() {
        let barrier = Barrier::new(3);
        let work = |seat| {
            for late in 0..3 {
                if seat == late {
                    thread::sleep(LONG);
                }
                barrier.wait();
            }
        };
        assert_eq!(run(&barrier, vec![0, 1, 2], work).unwrap().len(), 3);
    }

    #[test]
    fn a_panic_wakes_who_waits_long() {
        let barrier = Barrier::new(3);
        let result = std::panic::catch_unwind(|| {
            run(&barrier, vec![0, 1, 2], |seat| {
                if seat == 1 {
                    thread::sleep(LONG);
                    panic!("on purpose");
                }
                barrier.wait();
            })
        });
        assert!(result.is_err());
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
}
