//! How data are to be read.

use serde::{Deserialize, Serialize};

/// How to read data that have no schema yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether line 1 of a text holds the columns' names.
    pub header: Header,
    /// The column to predict; the last one if `None`.
    pub target: Option<String>,
    /// Whether the target is a class or a number.
    pub task: Task,
    /// What to do about missing cells.
    pub missing: Missing,
    /// Columns to take for categories although they hold numbers.
    pub categorical: Vec<String>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// The column of the rows' weights: how many rows each counts for.
    pub weight: Option<String>,
    /// The column of the rows' groups: rows of one group depend on each other.
    pub group: Option<String>,
    /// The column of the rows' times: numbers, or dates such as `2024-01-31`.
    pub time: Option<String>,
    /// Whether data will do that have no target, as images without labels and a table of one column: to look
    /// at, and not to learn from.
    pub may_lack_target: bool,
}

/// Whether line 1 of a text holds the columns' names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Header {
    /// Judge by the text: names stand above numbers, or nowhere else.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It does not: the columns are called `c1`, `c2`, …
    No,
}

/// Whether a target is a class or a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Judge by the target: text, or whole numbers with few values, are classes.
    #[default]
    Auto,
    /// The target is a number.
    Regression,
    /// The target is a class.
    Classification,
}

/// What to do about missing cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// Put the mean over the training rows there (for categories: each level's share).
    #[default]
    Mean,
    /// Leave the row out.
    Drop,
    /// Stop with the first one's place.
    Error,
}
