//! What must hold in every order of events: loom runs each of these models in all of them.
//!
//! Numbers are written and read with relaxed atomics, which by themselves promise nothing about one
//! another: loom hands out an old value wherever barrier or gate do not forbid it.

use loom::model::Builder;
use loom::sync::Arc;
use loom::thread;

use super::barrier::Barrier;
use super::gate::Gate;
use super::run::enter;
use super::sync::{AtomicUsize, Ordering};

/// Runs `member` once for each of `members`, the first on this thread, and returns the results.
fn together<T: Send + 'static>(
    members: usize,
    member: impl Fn(usize) -> T + Send + Sync + 'static,
) -> Vec<T> {
    let member = Arc::new(member);
    let spawn = |id| {
        let member = Arc::clone(&member);
        thread::spawn(move || member(id))
    };
    let others: Vec<_> = (1..members).map(spawn).collect();
    let first = member(0);
    let others = others.into_iter().map(|other| other.join().expect("no member panics"));
    std::iter::once(first).chain(others).collect()
}

/// Every member writes its number, meets the others, and must see theirs.
fn members_see_one_another(members: usize, generations: usize) {
    let barrier = Barrier::new(members);
    let written: Vec<_> = (0..members).map(|_| AtomicUsize::new(0)).collect();
    together(members, move |id| {
        for generation in 1..=generations {
            written[id].store(generation, Ordering::Relaxed);
            assert!(barrier.meet());
            for number in &written {
                // Another may already have gone on and written its next number, but not the one after.
                let seen = number.load(Ordering::Relaxed);
                assert!(seen == generation || seen == generation + 1);
            }
        }
    });
}

#[test]
fn two_see_one_another() {
    loom::model(|| members_see_one_another(2, 2));
}

/// Meetings that follow one another use the same counters again: with up to three preemptions.
#[test]
fn two_see_one_another_again_and_again() {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| members_see_one_another(2, 4));
}

/// Three threads have too many orders; almost all mistakes need no more than three preemptions.
#[test]
fn three_see_one_another() {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| members_see_one_another(3, 2));
}

/// Whoever waits is let go when a member does not come, before or after it has met them once.
#[test]
fn a_broken_barrier_lets_all_go() {
    for members in [2, 3] {
        for meetings in [0, 1] {
            let mut builder = Builder::new();
            builder.preemption_bound = (members == 3).then_some(3);
            builder.check(move || {
                let barrier = Barrier::new(members);
                together(members, move |id| {
                    // As in training, a member that goes has come to every barrier before.
                    let came = (0..meetings).all(|_| barrier.meet());
                    if id == 0 {
                        barrier.break_up();
                    } else {
                        assert!(!(came && barrier.meet()));
                    }
                });
            });
        }
    }
}

/// All go in or none, and who goes in sees what was done before.
#[test]
fn a_gate_is_for_all_or_none() {
    for all_started in [true, false] {
        loom::model(move || {
            let (barrier, gate, prepared) = (Barrier::new(3), Gate::new(), AtomicUsize::new(0));
            let entered = together(3, move |id| {
                if id == 0 {
                    prepared.store(1, Ordering::Relaxed);
                    gate.open(all_started);
                }
                enter(&barrier, &gate, || prepared.load(Ordering::Relaxed))
            });
            assert_eq!(entered, [all_started.then_some(1); 3]);
        });
    }
}
