//! What the team is made of: the standard library's, or loom's in a build for loom.

#[cfg(not(loom))]
pub(super) use std::{
    convert::identity as looks,
    hint::spin_loop as spin,
    sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering},
    sync::{Condvar, Mutex, MutexGuard},
};

#[cfg(loom)]
pub(super) use loom::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering},
};

/// A lock for what is there as long as the process. Loom makes its own anew for every order of events, and
/// no model looks at what this one holds.
pub(super) use std::sync::Mutex as StaticMutex;

/// One look before falling asleep comes, in some order of events, before what is waited for, and in another
/// after it.
#[cfg(loom)]
pub(super) fn looks(_: u32) -> u32 {
    1
}

/// Loom itself lets another thread run.
#[cfg(loom)]
pub(super) fn spin() {}
