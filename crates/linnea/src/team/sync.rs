//! The atomics that the team is made of, and how a thread waits: loom's in a build for loom.

#[cfg(loom)]
pub(super) use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
#[cfg(not(loom))]
pub(super) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

#[cfg(not(loom))]
mod patience {
    use std::time::Duration;

    /// How often a thread lets others run before it sleeps: then the wait is not one for a step.
    pub(super) const YIELDS: u32 = 200;
    /// How long it sleeps before it looks again.
    pub(super) const NAP: Duration = Duration::from_micros(100);
}

/// Looks until there is an answer: `spins` times at once, then letting others run, then with naps.
#[cfg(not(loom))]
pub(super) fn wait_for<T>(spins: u32, look: impl Fn() -> Option<T>) -> T {
    let mut looks = 0_u32;
    loop {
        if let Some(answer) = look() {
            return answer;
        }
        looks = looks.saturating_add(1);
        if looks < spins {
            std::hint::spin_loop();
        } else if looks < spins + patience::YIELDS {
            std::thread::yield_now();
        } else {
            std::thread::sleep(patience::NAP);
        }
    }
}

/// Looks until there is an answer. Loom has no time: a thread that looks in vain lets another run.
///
/// Two threads could let one another run for ever, while a third is the one they wait for. So after a
/// few looks in vain loom stops branching, and ends this order of events by its fairest choice.
#[cfg(loom)]
pub(super) fn wait_for<T>(_: u32, look: impl Fn() -> Option<T>) -> T {
    const LOOKS: u32 = 3;
    for looks in 1_u32.. {
        if let Some(answer) = look() {
            return answer;
        }
        if looks == LOOKS {
            loom::skip_branch();
        }
        loom::thread::yield_now();
    }
    unreachable!("loom counts its branches, and stops a model with too many")
}
