//! Where started threads wait to hear whether all have started.

use super::barrier::SPINS;
use super::bell::Bell;
use super::sync::{AtomicU8, Ordering};

/// Where started threads wait until it is known whether all have started. They hardly ever sleep: a
/// thread that is woken may begin on its waker's processor, and the first epoch took twice as long.
///
/// Who goes through sees what was done before the gate was opened: opening it *releases* that, and
/// who waits *acquires* it (loom finds a failure if either is relaxed). The state changes once.
#[derive(Debug)]
pub(super) struct Gate {
    state: AtomicU8,
    bell: Bell,
}

impl Gate {
    const SHUT: u8 = 0;
    const OPEN: u8 = 1;
    const CALLED_OFF: u8 = 2;

    pub(super) fn new() -> Self {
        Self { state: AtomicU8::new(Self::SHUT), bell: Bell::new() }
    }

    pub(super) fn open(&self, all_started: bool) {
        let state = if all_started { Self::OPEN } else { Self::CALLED_OFF };
        self.state.store(state, Ordering::Release);
        self.bell.ring();
    }

    /// Whether all have started.
    pub(super) fn wait(&self) -> bool {
        self.bell.wait_for(SPINS, || match self.state.load(Ordering::Acquire) {
            Self::SHUT => None,
            state => Some(state == Self::OPEN),
        })
    }
}
