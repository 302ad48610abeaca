//! Where the threads of a team begin.
//!
//! A new thread often begins on the processor of the one that started it, and some milliseconds pass
//! until the system parts them: as long as the first epochs of small data. So each new thread moves to
//! another processor at once, and may then be moved as any.

#[cfg(target_os = "linux")]
pub(crate) use linux::Place;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::Place;

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod linux {
    use std::mem;

    /// The processors that a thread may use besides the one that it is on.
    #[derive(Debug)]
    pub(crate) struct Place {
        allowed: libc::cpu_set_t,
        others: Vec<usize>,
    }

    impl Place {
        /// As this thread sees it.
        pub(crate) fn of_this_thread() -> Self {
            let allowed = allowed();
            // SAFETY: it takes nothing and changes nothing.
            let here = usize::try_from(unsafe { libc::sched_getcpu() }).ok();
            let usable = |&cpu: &usize| {
                // SAFETY: `cpu` is below the number of bits of the set.
                Some(cpu) != here && unsafe { libc::CPU_ISSET(cpu, &allowed) }
            };
            let others = (0..libc::CPU_SETSIZE as usize).filter(usable).collect();
            Self { allowed, others }
        }

        /// Moves the calling thread, the `index`-th of `count` that were started, to a processor of its
        /// own, if there are so many. It may use all of them afterwards, as before.
        pub(crate) fn take(&self, index: usize, count: usize) {
            if count > self.others.len() {
                return;
            }
            let mut own = none();
            // SAFETY: as above.
            unsafe { libc::CPU_SET(self.others[index], &mut own) };
            if set(&own) {
                set(&self.allowed);
            }
        }
    }

    fn none() -> libc::cpu_set_t {
        // SAFETY: a set of bits, for which all bits 0 is a value: no processor.
        unsafe { mem::zeroed() }
    }

    fn allowed() -> libc::cpu_set_t {
        let mut set = none();
        // SAFETY: it writes a set of the size that it is told. If it fails, the set stays empty.
        unsafe { libc::sched_getaffinity(0, size_of_val(&set), &mut set) };
        set
    }

    /// Whether the calling thread uses these processors alone from now on.
    fn set(processors: &libc::cpu_set_t) -> bool {
        // SAFETY: it reads a set of the size that it is told.
        unsafe { libc::sched_setaffinity(0, size_of_val(processors), processors) == 0 }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_thread_that_moved_may_use_what_it_could_before() {
            let place = Place::of_this_thread();
            let before = allowed();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    place.take(0, 1);
                    // SAFETY: both are sets.
                    assert!(unsafe { libc::CPU_EQUAL(&before, &allowed()) });
                });
            });
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    /// The system places threads.
    #[derive(Debug)]
    pub(crate) struct Place;

    impl Place {
        pub(crate) fn of_this_thread() -> Self {
            Self
        }

        pub(crate) fn take(&self, _: usize, _: usize) {}
    }
}
