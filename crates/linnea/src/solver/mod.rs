//! Full-batch solvers, written against rounds.
//!
//! A [`Method`] says what it wants to know next ([`Method::ask`]: a point, and what to compute there)
//! and takes the answer ([`Method::tell`]: sums over all rows). It holds no data and does not know where
//! the sums come from: here from [`Rounds`], in passes that threads share. So any number of heads go in
//! lockstep, and one pass serves all that want one; and so the sums might come from a cluster.

mod choice;
mod columns;
mod convergence;
mod curvature;
mod descent;
mod exact;
mod gap;
mod gram;
mod guide;
mod kept;
mod lbfgs;
mod line_search;
mod logits;
mod metric;
mod newton;
mod path;
mod preconditioner;
mod problem;
mod products;
mod products_alone;
mod proximal;
mod rounds;
mod row_model;
mod run;
#[cfg(test)]
mod tests;
mod vector;
mod walk;
mod working_set;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

pub use choice::Solver;
pub(crate) use choice::{Choice, SMALL, choose_all, products};
pub use convergence::{Convergence, Reason};

use lbfgs::Memory;
pub(crate) use problem::Course;
use problem::Problem;
use rounds::Rounds;
pub(crate) use run::{Finished, Task, defaults};

use crate::exact::Factorization;
use crate::objective::Value;
use crate::parameters::Parameters;
use crate::pass::{Work, map};
use linnea_kernels::Element;

/// About what a method remembers, in vectors of all parameters.
const REMEMBERED: usize = 64;

/// What rows are multiplied in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    /// That of their storage: `f32`, for all that is not `f64`.
    Stored,
    /// `f64`: two to three times slower where it is not that of the storage.
    Double,
}

/// What a method wants to know.
pub(crate) enum Step<'a> {
    /// The mean loss and its gradient at a point.
    Point { at: &'a Parameters, arithmetic: Arithmetic },
    /// The mean loss and its slope at `from + length·direction`. The first length on a line costs a
    /// forward pass; the logits are kept, and more lengths on it cost none.
    Line { line: usize, from: &'a Parameters, direction: &'a Parameters, length: f64 },
    /// The Hessian of the mean loss at a point, times a vector.
    Product { at: &'a Parameters, vector: &'a Parameters, arithmetic: Arithmetic },
    /// Nothing more.
    Done,
}

/// The answer to a [`Step`].
pub(crate) enum State {
    Value(Value),
    Product(Parameters),
    Line(Line),
}

impl State {
    /// What a method makes of it, in multiply-adds: with a gradient it solves a triangle of all features
    /// and goes over what it remembers.
    fn cost(&self) -> usize {
        match self {
            Self::Value(Value { gradient: told, .. }) | Self::Product(told) => {
                told.weight.len() * (told.features + REMEMBERED)
            }
            Self::Line(_) => 0,
        }
    }
}

/// Value and slope of the mean loss along a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) loss: f64,
    pub(crate) slope: f64,
    /// Whether it took a pass over the rows.
    pub(crate) passed: bool,
}

/// A solver of one head.
pub(crate) trait Method: Send {
    /// What to compute next.
    fn ask(&self) -> Step<'_>;
    /// Takes what was asked for.
    fn tell(&mut self, state: State);
    /// Ends where it is.
    fn interrupt(&mut self);
    /// How far it has come.
    fn course(&self) -> &Course;
    /// The point that it came to.
    fn outcome(self: Box<Self>) -> Outcome;
}

/// Where a method ended.
pub(crate) struct Outcome {
    pub(crate) at: Parameters,
    /// The mean loss there and its gradient, if they are known in `f64`.
    pub(crate) loss: Option<Value>,
    pub(crate) course: Course,
    memory: Memory,
    /// Of an exact solution.
    factorization: Option<Factorization>,
}

impl Outcome {
    /// Of a method that remembers nothing.
    fn new(at: Parameters, loss: Option<Value>, course: Course) -> Self {
        Self { at, loss, course, memory: Memory::default(), factorization: None }
    }
}

/// What has ended already, beside methods that have not.
struct Ended(Outcome);

impl Method for Ended {
    fn ask(&self) -> Step<'_> {
        Step::Done
    }

    fn tell(&mut self, _: State) {}

    fn interrupt(&mut self) {}

    fn course(&self) -> &Course {
        &self.0.course
    }

    fn outcome(self: Box<Self>) -> Outcome {
        self.0
    }
}

/// Goes round until every method is done or somebody interrupts. The first method is the head with
/// number `first`; `report` is told which head has taken an iteration.
pub(crate) fn solve<T: Element>(
    rounds: &mut Rounds<'_, T>,
    mut methods: Vec<Box<dyn Method + '_>>,
    first: usize,
    interrupt: &AtomicBool,
    report: &mut dyn FnMut(usize, &Course),
) -> Vec<Outcome> {
    let mut seen = vec![0; methods.len()];
    loop {
        if interrupt.load(Ordering::Relaxed) {
            methods.iter_mut().for_each(|method| method.interrupt());
        }
        let states = rounds.answer(&methods, first);
        if states.is_empty() {
            return methods.into_iter().map(Method::outcome).collect();
        }
        tell_all(&mut methods, states, rounds.objective.threads);
        for (i, (method, seen)) in methods.iter().zip(&mut seen).enumerate() {
            let course = method.course();
            if course.iterations > *seen {
                *seen = course.iterations;
                report(first + i, course);
            }
        }
    }
}

/// Tells methods what they asked for. What each makes of it is its own, so that threads may share them.
fn tell_all(
    methods: &mut [Box<dyn Method + '_>],
    mut states: Vec<(usize, State)>,
    threads: Option<usize>,
) {
    states.sort_unstable_by_key(|(method, _)| *method);
    let each = states.iter().map(|(_, state)| state.cost()).max().unwrap_or(0);
    let work = Work::new::<f64>(threads, each);
    let mut states = states.into_iter().peekable();
    let asked = methods.iter_mut().enumerate().filter_map(|(i, method)| {
        let (_, state) = states.next_if(|(asked, _)| *asked == i)?;
        Some(Mutex::new(Some((method, state))))
    });
    let asked: Vec<_> = asked.collect();
    map(asked.len(), work, |i| {
        let told = asked[i].lock().unwrap_or_else(PoisonError::into_inner).take();
        told.into_iter().for_each(|(method, state)| method.tell(state));
    });
}
