//! Writing to standard output and to files.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use linnea::data::atomic;

use crate::table::visible;

/// Writes text to standard output.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write the output")
}

/// Writes a line to standard error; if nobody can read it, that is no reason to stop.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr(), "{}", visible(line));
}

/// Writes one JSON object and a newline to standard output.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<()> {
    print(&(serde_json::to_string(value)? + "\n"))
}

/// Finds out whether an output can be written to `path`, which must be none of the `inputs`.
pub(crate) fn check<'a>(path: &Path, inputs: impl Iterator<Item = &'a Path>) -> Result<()> {
    let same = |input: &Path| match (path.canonicalize(), input.canonicalize()) {
        (Ok(path), Ok(input)) => path == input,
        _ => false,
    };
    if inputs.into_iter().any(same) {
        bail!("{} is an input, which would be overwritten; name another output", path.display());
    }
    atomic::check(path).with_context(|| format!("cannot write {}", path.display()))
}

/// Whether whoever was reading the output has gone.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    })
}
