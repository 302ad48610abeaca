//! What can be wrong with data: each error is one sentence that says what, where and what to do.
//! Where the operating system gave a reason, it is the error's source.

use std::path::PathBuf;

/// Why data could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// There is neither a file nor a built-in data set of that name.
    #[error("{name}: no such file, folder or built-in data set{}", did_you_mean(nearest.as_deref()))]
    NotFound {
        /// The name as given.
        name: String,
        /// The known name that is most like it.
        nearest: Option<String>,
    },
    /// A data set that is known by name but is not on this machine.
    #[error("{name} is not on this machine; put it at {}, or set LINNEA_DATA", place.display())]
    NotHere {
        /// The data set's name.
        name: String,
        /// Where it is looked for.
        place: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read {origin}")]
    Io {
        /// The file, or what stands for it.
        origin: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file that the program does not understand.
    #[error("{origin}: {reason}")]
    Format {
        /// The file.
        origin: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A file with no bytes, or none but white space.
    #[error("{origin}: the file is empty; it needs a header line and at least one row")]
    Empty {
        /// The file.
        origin: String,
    },
    /// A file with a header and nothing below it.
    #[error("{origin}: the file has a header but no rows; add rows below line 1")]
    HeaderOnly {
        /// The file.
        origin: String,
    },
    /// A row with more or fewer cells than the header.
    #[error(
        "{origin}, line {line}: {found} cells where line 1 has {expected}; \
         mend the row or quote cells that hold the delimiter"
    )]
    Ragged {
        /// The file.
        origin: String,
        /// The row's line, from 1.
        line: u64,
        /// The header's number of cells.
        expected: usize,
        /// The row's number of cells.
        found: usize,
    },
    /// A cell that cannot be what its column is.
    #[error("{origin}, line {line}, column {column}: {reason}")]
    Cell {
        /// The file.
        origin: String,
        /// The cell's line, from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// What is wrong with the cell, and what to do.
        reason: String,
    },
    /// A column that was asked for and is not there.
    #[error("{origin}: there is no {role} column {name:?}{hint}")]
    NoColumn {
        /// The file.
        origin: String,
        /// What the column was wanted for: `target`, `feature` …
        role: &'static str,
        /// The name as given.
        name: String,
        /// The column whose name is most like it, or what columns there are.
        hint: String,
    },
    /// A column that cannot be used as asked.
    #[error("{origin}, column {column}: {reason}")]
    Column {
        /// The file.
        origin: String,
        /// The column's name.
        column: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// A target with nothing to tell apart.
    #[error(
        "{origin}, column {column}: every row has the class {label:?}; classification needs at \
         least two classes (and a number --task regression)"
    )]
    OneClass {
        /// The file.
        origin: String,
        /// The target's name.
        column: String,
        /// The only class.
        label: String,
    },
    /// A file that could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Numbers that do not make a data set.
    #[error("{0}")]
    Shape(String),
}

/// A `Result` with a [`DataError`].
pub type Result<T> = std::result::Result<T, DataError>;

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

/// What to say of a column that is not there.
pub(crate) fn column_hint(name: &str, columns: &[String]) -> String {
    const LISTED: usize = 8;
    let found = nearest(name, columns.iter().map(String::as_str));
    if found.is_some() {
        return did_you_mean(found.as_deref());
    }
    let names: Vec<&str> = columns.iter().take(LISTED).map(String::as_str).collect();
    let more = if columns.len() > LISTED { ", …" } else { "" };
    format!("; the columns are {}{more}", names.join(", "))
}

/// The candidate most like `name`, if any is like it at all.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let lower = name.to_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}
