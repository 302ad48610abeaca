//! Where started threads wait to hear whether all have started.

use super::barrier::SPINS;
use super::sync::{AtomicU8, Ordering, wait_for};

/// Where started threads wait until it is known whether all have started. They do not sleep: a
/// thread that is woken begins on its waker's processor, and the first epoch took twice as long.
///
/// Who goes through sees what was done before the gate was opened: opening it *releases* that, and
/// who waits *acquires* it (loom finds a failure if either is relaxed). The state changes once.
#[derive(Debug)]
pub(super) struct Gate(AtomicU8);

impl Gate {
    const SHUT: u8 = 0;
    const OPEN: u8 = 1;
    const CALLED_OFF: u8 = 2;

    pub(super) fn new() -> Self {
        Self(AtomicU8::new(Self::SHUT))
    }

    pub(super) fn open(&self, all_started: bool) {
        let state = if all_started { Self::OPEN } else { Self::CALLED_OFF };
        self.0.store(state, Ordering::Release);
    }

    /// Whether all have started.
    pub(super) fn wait(&self) -> bool {
        wait_for(SPINS, || match self.0.load(Ordering::Acquire) {
            Self::SHUT => None,
            state => Some(state == Self::OPEN),
        })
    }
}
