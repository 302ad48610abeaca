//! One file a command.

mod assessment;
mod coefficients;
mod datasets;
mod diagnostics;
mod evaluate;
mod inspect;
mod kept;
mod predict;
mod roofline;
mod shell;
mod statistics;
mod summary;
mod sweep;
mod train;

pub(crate) use datasets::datasets;
pub(crate) use evaluate::evaluate;
pub(crate) use inspect::inspect;
pub(crate) use predict::predict;
pub(crate) use roofline::roofline;
pub(crate) use shell::{completions, man};
pub(crate) use sweep::sweep;
pub(crate) use train::train;

/// How a command that did not fail has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As asked.
    Done,
    /// By Ctrl-C, with the work so far saved.
    Interrupted,
}
