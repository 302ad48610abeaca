//! What a reader decided or mended on its own, to be said aloud.

use std::fmt;

/// Something that a user should know about how the data were read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// No target was named, so the last column is it.
    TargetIsLast {
        /// The column's name.
        column: String,
    },
    /// What kind of target a column was taken for, and why.
    TaskGuessed {
        /// The column's name.
        column: String,
        /// `classification` or `regression`.
        task: &'static str,
        /// What it was judged by.
        because: String,
    },
    /// Cells without a value.
    Missing {
        /// Columns and how many of their cells are missing.
        columns: Vec<(String, usize)>,
        /// What is done about them.
        remedy: &'static str,
    },
    /// Rows that were left out.
    RowsDropped {
        /// How many.
        rows: usize,
        /// Why.
        because: String,
    },
    /// Categories that the schema does not know.
    Unseen {
        /// The column's name.
        column: String,
        /// Some of the categories.
        levels: Vec<String>,
        /// In how many rows they stand.
        rows: usize,
    },
    /// The first line was taken for data.
    NoHeader {
        /// The file.
        origin: String,
    },
    /// Most rows have a category or class of their own.
    Many {
        /// The column's name.
        column: String,
        /// How many categories or classes there are.
        levels: usize,
        /// `categories` or `classes`.
        what: &'static str,
        /// In how many rows.
        rows: usize,
    },
    /// Text columns were taken for categories.
    Categories {
        /// Columns and how many categories each has.
        columns: Vec<(String, usize)>,
    },
    /// A column that is empty and left out.
    Empty {
        /// The column's name.
        column: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TargetIsLast { column } => {
                write!(f, "the target is the last column, {column:?}; choose another with --target")
            }
            Self::TaskGuessed { column, task, because } => {
                write!(f, "{column:?} is {because}: {task}; choose with --task")
            }
            Self::Missing { columns, remedy } => {
                let total: usize = columns.iter().map(|(_, count)| count).sum();
                let plural = if total == 1 { "value" } else { "values" };
                let name = |(name, count): &(String, usize)| match columns.as_slice() {
                    [_] => format!("{name:?}"),
                    _ => format!("{name:?} ({count})"),
                };
                let names: Vec<String> = columns.iter().map(name).collect();
                write!(f, "{total} missing {plural} in {}: {remedy}", names.join(", "))
            }
            Self::RowsDropped { rows, because } => {
                write!(f, "{rows} {} left out: {because}", if *rows == 1 { "row" } else { "rows" })
            }
            Self::Unseen { column, levels, rows } => write!(
                f,
                "column {column:?} has categories not seen in training ({}) in {rows} {}; \
                 they count as none of the known ones",
                levels.join(", "),
                if *rows == 1 { "row" } else { "rows" }
            ),
            Self::NoHeader { origin } => {
                write!(f, "{origin}: line 1 looks like data, so columns are named c1, c2, …")
            }
            Self::Many { column, levels, what, rows } => write!(
                f,
                "column {column:?} has {levels} {what} in {rows} rows; if they are numbers, write them \
                 like 1234.5, if they are names, leave the column out with --ignore"
            ),
            Self::Categories { columns } => {
                let names: Vec<String> =
                    columns.iter().map(|(name, count)| format!("{name:?} ({count})")).collect();
                write!(f, "text taken for categories, each a feature: {}", names.join(", "))
            }
            Self::Empty { column } => {
                write!(f, "column {column:?} has no value in any row and is left out")
            }
        }
    }
}
