//! The schema: what the columns of a data set are, and how they become features.
//!
//! A *column* is what a file has; a *feature* is a number in a row of X. A numeric column is one
//! feature, a categorical column is one feature a level (one-hot), a grid is one a cell.

use serde::{Deserialize, Serialize};

/// What a data set's columns are, in the order of the features, and its target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The columns that become features.
    pub columns: Vec<Column>,
    /// The column to predict; `None` for data without one.
    pub target: Option<Target>,
    /// The column that says how many rows a row counts for; `None` if each is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
}

/// A column of a file that becomes one or more features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the file's header.
    pub name: String,
    /// How it becomes features.
    pub kind: ColumnKind,
    /// How many of its cells were missing when the schema was made.
    pub missing: usize,
    /// What stands in for a missing cell, one number a feature: the mean over the training rows,
    /// which for a categorical column is each level's share. Empty until it has been computed.
    pub fill: Vec<f64>,
}

/// How a column becomes features.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ColumnKind {
    /// A number.
    Numeric,
    /// Text from a list: one feature a level, 1 where it is that level and 0 elsewhere.
    Categorical {
        /// The levels, sorted.
        levels: Vec<String>,
    },
    /// An array of numbers, such as an image's pixels.
    Grid {
        /// Its shape, for example `[28, 28]`.
        shape: Vec<usize>,
    },
}

/// The column to predict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its name in the file's header.
    pub name: String,
    /// Whether it is a class or a number.
    pub kind: TargetKind,
}

/// Whether a target is a class or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// One of several classes: classification.
    Classes {
        /// The classes' labels; a class is its index here.
        labels: Vec<String>,
    },
    /// A number: regression.
    Value,
}

impl Column {
    /// A column whose missing cells have not been counted.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self { name: name.into(), kind, missing: 0, fill: Vec::new() }
    }

    /// [`Column::width`], or `None` if that is more than a `usize` holds: a schema from a file may
    /// say anything.
    #[must_use]
    pub fn checked_width(&self) -> Option<usize> {
        match &self.kind {
            ColumnKind::Grid { shape } => {
                shape.iter().try_fold(1_usize, |product, &n| product.checked_mul(n))
            }
            _ => Some(self.width()),
        }
    }

    /// How many features it becomes.
    #[must_use]
    pub fn width(&self) -> usize {
        match &self.kind {
            ColumnKind::Numeric => 1,
            ColumnKind::Categorical { levels } => levels.len(),
            ColumnKind::Grid { shape } => shape.iter().product(),
        }
    }

    /// The names of its features: `age`, `ocean=INLAND`, `pixel[3,4]`.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        match &self.kind {
            ColumnKind::Numeric => vec![self.name.clone()],
            ColumnKind::Categorical { levels } => {
                levels.iter().map(|level| format!("{}={level}", self.name)).collect()
            }
            ColumnKind::Grid { shape } => (0..self.width())
                .map(|cell| format!("{}[{}]", self.name, at(cell, shape).join(",")))
                .collect(),
        }
    }
}

/// The indices of a grid's `cell`, the last one fastest.
fn at(mut cell: usize, shape: &[usize]) -> Vec<String> {
    let mut indices = vec![String::new(); shape.len()];
    for (index, &length) in indices.iter_mut().zip(shape).rev() {
        *index = (cell % length).to_string();
        cell /= length;
    }
    indices
}

impl Schema {
    /// The schema of `features` unnamed numbers a row: `x0`, `x1`, …
    #[must_use]
    pub fn numeric(features: usize, target: Option<Target>) -> Self {
        let columns =
            (0..features).map(|i| Column::new(format!("x{i}"), ColumnKind::Numeric)).collect();
        Self { columns, target, weight: None }
    }

    /// How many features a row has.
    #[must_use]
    pub fn features(&self) -> usize {
        self.columns.iter().map(Column::width).sum()
    }

    /// The features' names, in order.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        self.columns.iter().flat_map(Column::feature_names).collect()
    }

    /// The labels of the classes; `None` where the target is a number or there is none.
    #[must_use]
    pub fn labels(&self) -> Option<&[String]> {
        match &self.target {
            Some(Target { kind: TargetKind::Classes { labels }, .. }) => Some(labels),
            _ => None,
        }
    }

    /// Whether every column is a grid: images, whose features share one scale.
    #[must_use]
    pub fn is_grid(&self) -> bool {
        self.columns.iter().all(|column| matches!(column.kind, ColumnKind::Grid { .. }))
    }

    /// What stands in for a missing cell, feature by feature; `None` before it was computed.
    #[must_use]
    pub fn fills(&self) -> Option<Vec<f64>> {
        let fills: Vec<f64> = self.columns.iter().flat_map(|c| c.fill.iter().copied()).collect();
        (fills.len() == self.features()).then_some(fills)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_follow_the_columns() {
        let schema = Schema {
            columns: vec![
                Column::new("age", ColumnKind::Numeric),
                Column::new(
                    "sea",
                    ColumnKind::Categorical { levels: vec!["no".into(), "yes".into()] },
                ),
                Column::new("pixel", ColumnKind::Grid { shape: vec![2, 2] }),
            ],
            target: None,
            weight: None,
        };
        assert_eq!(schema.features(), 7);
        assert_eq!(schema.feature_names()[1..4], ["sea=no", "sea=yes", "pixel[0,0]"]);
        assert_eq!(schema.feature_names()[6], "pixel[1,1]");
    }
}
