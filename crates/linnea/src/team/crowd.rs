//! Who is at work in this process, so that calls that come at the same time do not each take all
//! processors.
//!
//! Four fits at once, each with a thread a processor, take twice as long as with one thread each. So
//! passes and teams are counted while they last, and where nobody has said how many threads to take, the
//! next takes what the others leave, but no less than an equal share: who came first may stay for long.
//! A call within another, as when the leader of a team evaluates an epoch, finds its own threads asleep,
//! and takes their place.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::{MutexGuard, PoisonError};

use super::sync::StaticMutex;
use super::thread_count;

/// Calls that are at work, and their threads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    calls: usize,
    threads: usize,
}

/// All who are at work.
#[derive(Debug)]
struct Crowd(StaticMutex<Count>);

/// The threads of one call, at work until this is dropped: where it was made, because what is this
/// thread's own is noted there.
#[derive(Debug)]
pub(crate) struct Crew<'c> {
    crowd: &'c Crowd,
    threads: usize,
    added: Count,
    here: PhantomData<*const ()>,
}

static CROWD: Crowd = Crowd::new();

thread_local! {
    /// Those at work for calls of this thread.
    static OWN: Cell<Count> = const { Cell::new(Count { calls: 0, threads: 0 }) };
}

impl Crew<'static> {
    /// As many threads as are `wanted`, or as the others leave; at most `most`, at least one.
    pub(crate) fn gather(wanted: Option<usize>, most: usize) -> Self {
        CROWD.gather(wanted, most, thread_count(None))
    }
}

impl Crew<'_> {
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }
}

impl Drop for Crew<'_> {
    fn drop(&mut self) {
        let mut all = self.crowd.lock();
        *all = all.without(self.added);
        OWN.set(OWN.get().without(self.added));
    }
}

impl Crowd {
    const fn new() -> Self {
        Self(StaticMutex::new(Count { calls: 0, threads: 0 }))
    }

    fn gather(&self, wanted: Option<usize>, most: usize, processors: usize) -> Crew<'_> {
        let (mut all, own) = (self.lock(), OWN.get());
        let free = || all.without(own).leave(processors);
        let threads = wanted.unwrap_or_else(free).min(most).max(1);
        let added = Count {
            calls: usize::from(own.calls == 0),
            threads: threads.saturating_sub(own.threads),
        };
        *all = all.with(added);
        OWN.set(own.with(added));
        Crew { crowd: self, threads, added, here: PhantomData }
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn with(self, other: Self) -> Self {
        Self { calls: self.calls + other.calls, threads: self.threads + other.threads }
    }

    fn without(self, other: Self) -> Self {
        Self { calls: self.calls - other.calls, threads: self.threads - other.threads }
    }

    /// What is left beside these of so many processors, or an equal share.
    fn leave(self, processors: usize) -> usize {
        processors.saturating_sub(self.threads).max(processors / (self.calls + 1)).max(1)
    }
}

/// How many threads are at work now.
#[cfg(test)]
pub(crate) fn at_work() -> usize {
    CROWD.lock().threads
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: usize = 64;

    /// On a thread of its own, as another caller.
    fn beside<T: Send>(call: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| scope.spawn(call).join().unwrap())
    }

    #[test]
    fn a_call_takes_what_the_others_leave_and_no_less_than_its_share() {
        let crowd = &Crowd::new();
        let first = crowd.gather(None, MANY, 8);
        assert_eq!(first.threads(), 8);
        beside(|| {
            let second = crowd.gather(None, MANY, 8);
            assert_eq!(second.threads(), 4);
            assert_eq!(beside(|| crowd.gather(None, MANY, 8).threads()), 2);
            assert_eq!(*crowd.lock(), Count { calls: 2, threads: 12 });
        });
        drop(first);
        assert_eq!(*crowd.lock(), Count::default());

        let _few = crowd.gather(None, 3, 8);
        assert_eq!(beside(|| crowd.gather(None, MANY, 8).threads()), 5);
    }

    #[test]
    fn who_says_how_many_gets_them_and_is_counted() {
        let crowd = &Crowd::new();
        let _first = crowd.gather(Some(7), MANY, 2);
        assert_eq!(beside(|| crowd.gather(Some(5), MANY, 2).threads()), 5);
        assert_eq!(beside(|| crowd.gather(None, MANY, 2).threads()), 1);
        assert_eq!(beside(|| crowd.gather(Some(5), 2, 2).threads()), 2);
        assert_eq!(crowd.lock().threads, 7);
    }

    #[test]
    fn a_call_within_another_takes_its_place() {
        let crowd = &Crowd::new();
        let outer = crowd.gather(Some(3), MANY, 4);
        for (wanted, threads) in [(None, 4), (Some(2), 2)] {
            let inner = crowd.gather(wanted, MANY, 4);
            assert_eq!(inner.threads(), threads);
            assert_eq!(*crowd.lock(), Count { calls: 1, threads: threads.max(3) });
        }
        drop(outer);
        assert_eq!(*crowd.lock(), Count::default());
    }

    #[test]
    fn a_panic_ends_the_work() {
        let crowd = &Crowd::new();
        let panics = || {
            let _crew = crowd.gather(None, MANY, 4);
            panic!("on purpose");
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
        assert_eq!(*crowd.lock(), Count::default());
        assert_eq!(OWN.get(), Count::default());
    }
}
