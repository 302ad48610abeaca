//! Where the members of a team meet.

use super::bell::Bell;
use super::sync::{AtomicBool, AtomicUsize, Ordering};
use super::thread_count;

/// How often a waiting thread looks before it sleeps: long enough for a step's imbalance, short enough to
/// do little harm when others want the processor.
pub(super) const SPINS: u32 = 2_000;
/// The same when there are more threads than processors: the one waited for may need this one's.
const SPINS_CROWDED: u32 = 20;

/// A point that no thread passes before all have reached it.
///
/// The standard library's barrier sleeps, which takes longer than a step of training. This one
/// looks at a counter of generations, and sleeps only when the wait is long ([`Bell`]).
///
/// # Memory order
///
/// What a member did before must be seen by all after. It goes by way of the last to arrive:
///
/// 1. *member → last*. The members add to `arrived`. Each *releases* what it did; the last
///    *acquires* it from all, since a chain of additions is one release sequence. One operation is
///    both, because a member does not know before whether it is the last: AcqRel.
/// 2. *last → member*. The last *releases* the new `generation`, and who waits *acquires* it.
///
/// The rest may be relaxed:
///
/// - The reset of `arrived` comes before the release of the new generation, and a member adds again
///   only after it has acquired that.
/// - The first look at `generation` can only find the current one. It is not older: the member has
///   itself read or written the current one when it passed the barrier before (or got the first with
///   the barrier). It is not newer: for that this member would have to arrive.
/// - `broken` carries nothing but itself.
///
/// Loom finds a failure (`loom_models.rs`) if either half of AcqRel, the Release or the Acquire is
/// relaxed.
#[derive(Debug)]
pub(crate) struct Barrier {
    members: usize,
    spins: u32,
    arrived: AtomicUsize,
    generation: AtomicUsize,
    broken: AtomicBool,
    bell: Bell,
}

impl Barrier {
    pub(crate) fn new(members: usize) -> Self {
        Self {
            members,
            spins: if members > thread_count(None) { SPINS_CROWDED } else { SPINS },
            arrived: AtomicUsize::new(0),
            generation: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            bell: Bell::new(),
        }
    }

    /// Waits for all members. What each did before is visible to all after.
    ///
    /// # Panics
    /// If a member has panicked, or could not be started: it will not come.
    pub(crate) fn wait(&self) {
        assert!(self.meet(), "another thread of the team panicked");
    }

    /// Waits for all members, and says whether they came.
    pub(super) fn meet(&self) -> bool {
        let generation = self.generation.load(Ordering::Relaxed);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.members {
            self.arrived.store(0, Ordering::Relaxed);
            self.generation.store(generation.wrapping_add(1), Ordering::Release);
            self.bell.ring();
            return true;
        }
        self.bell.wait_for(self.spins, || {
            let all_came = self.generation.load(Ordering::Acquire) != generation;
            (all_came || self.broken.load(Ordering::Relaxed)).then_some(all_came)
        })
    }

    /// Lets all go who wait, now and later: a member will not come.
    pub(super) fn break_up(&self) {
        self.broken.store(true, Ordering::Relaxed);
        self.bell.ring();
    }
}
