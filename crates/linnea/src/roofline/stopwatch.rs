//! Timing of threads that do the same thing at the same time.

use std::time::Instant;

use crate::error::{Error, Result};
use crate::team::{self, Barrier};

/// The least of `passes` times, in seconds, in which a thread for each of `seats` does `pass` once.
///
/// Each thread first makes what it works on from its seat, by `prepare` and outside the clock:
/// memory that a thread touches first lies near its processor. All threads begin a pass together,
/// and it ends when the last of them has.
pub(super) fn best<I: Send, P>(
    seats: Vec<I>,
    passes: usize,
    prepare: impl Fn(I) -> P + Sync,
    pass: impl Fn(&P) + Sync,
) -> Result<f64> {
    let threads = seats.len();
    let barrier = Barrier::new(threads);
    let one = |own: &P| {
        barrier.wait();
        let start = Instant::now();
        pass(own);
        barrier.wait();
        start.elapsed().as_secs_f64()
    };
    let all = |seat| {
        let own = prepare(seat);
        (0..passes).map(|_| one(&own)).fold(f64::INFINITY, f64::min)
    };
    let times = team::run(&barrier, seats, all);
    // Every thread has had the same passes; one clock is enough.
    times
        .map(|times| times.first().copied().unwrap_or(f64::INFINITY))
        .map_err(|source| Error::Threads { threads, source })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn every_thread_does_every_pass() {
        let counter = AtomicUsize::new(0);
        let pass = |amount: &usize| {
            counter.fetch_add(*amount, Ordering::Relaxed);
        };
        let seconds = best(vec![1, 10, 100], 7, |seat| seat, pass).unwrap();
        assert_eq!(counter.into_inner(), 777);
        assert!(seconds.is_finite());
    }
}
