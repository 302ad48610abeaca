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

/// Whether two paths name one file, which need not be there yet.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        path.canonicalize().ok().or_else(|| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        })
    };
    place(one).is_some_and(|place_of_one| Some(place_of_one) == place(other))
}

/// Finds out whether an output can be written to `path`, which must be none of the `inputs`.
pub(crate) fn check<'a>(path: &Path, inputs: impl Iterator<Item = &'a Path>) -> Result<()> {
    let same = |input: &Path| input.exists() && is_same(path, input);
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
