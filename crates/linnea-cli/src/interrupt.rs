//! Ctrl-C: at once while there is nothing to lose, at the next step while there is.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::output;

/// The exit status after Ctrl-C: 128 and the number of the signal, as shells have it.
pub(crate) const EXIT_CODE: u8 = 130;

/// Set by Ctrl-C while [`guarded`] work is going on.
pub(crate) static INTERRUPTED: AtomicBool = AtomicBool::new(false);

static GUARDED: AtomicBool = AtomicBool::new(false);

/// Starts to listen. The first Ctrl-C during guarded work asks it to stop; any other ends the
/// program.
pub(crate) fn install() {
    // Where no handler can be set, Ctrl-C ends the program as it always does.
    let _ = ctrlc::set_handler(|| {
        let again = INTERRUPTED.swap(true, Ordering::Relaxed);
        if again || !GUARDED.load(Ordering::Relaxed) {
            output::note("interrupted");
            std::process::exit(i32::from(EXIT_CODE));
        }
    });
}

/// Does work that looks at [`INTERRUPTED`] and has something to save.
pub(crate) fn guarded<R>(work: impl FnOnce() -> R) -> R {
    GUARDED.store(true, Ordering::Relaxed);
    let result = work();
    GUARDED.store(false, Ordering::Relaxed);
    result
}
