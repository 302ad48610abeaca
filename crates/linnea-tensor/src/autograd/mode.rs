//! Whether operations are recorded, thread by thread.

use std::cell::Cell;

thread_local! {
    static ENABLED: Cell<bool> = const { Cell::new(true) };
}

/// Whether this thread records operations for gradients.
#[must_use]
pub fn is_grad_enabled() -> bool {
    ENABLED.get()
}

/// Runs `f` without recording: parameters may be changed in place, and results require no gradient.
pub fn no_grad<R>(f: impl FnOnce() -> R) -> R {
    with_mode(false, f)
}

/// Runs `f` with recording, inside a [`no_grad`].
pub fn enable_grad<R>(f: impl FnOnce() -> R) -> R {
    with_mode(true, f)
}

pub(super) fn with_mode<R>(enabled: bool, f: impl FnOnce() -> R) -> R {
    /// Puts the mode back, also when `f` panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            ENABLED.set(self.0);
        }
    }
    let _restore = Restore(ENABLED.replace(enabled));
    f()
}
