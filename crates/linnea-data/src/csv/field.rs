//! A schema's columns and target, found in a table: what stands in each row.

use std::collections::HashMap;

use super::categories::{Categories, MISSING, Wanted, are_numeric};
use super::cell::shorten;
use super::encode::Purpose;
use super::infer::refuse_text;
use super::table::Table;
use crate::dataset::{Targets, is_usable};
use crate::error::{DataError, Result};
use crate::notice::Notice;
use crate::schema::{Column, ColumnKind, Schema, Target, TargetKind};

/// The code of a category that the schema does not know.
const UNSEEN: u32 = u32::MAX - 1;

/// What to do about a text that is to be one, where the model has learned numbers.
const RETRAIN: &str = "train again with the column as categories or classes";

/// The columns of a table that a schema has as categories or classes.
pub(super) fn wanted(table: &Table, schema: &Schema, purpose: Purpose) -> Result<Vec<Wanted>> {
    let mut wanted = Vec::new();
    for column in &schema.columns {
        if matches!(column.kind, ColumnKind::Categorical { .. }) {
            let column = table.column(&column.name, "feature")?;
            wanted.push(Wanted { column, numeric: false, most: usize::MAX });
        }
    }
    if let (Some(Target { name, kind: TargetKind::Classes { labels } }), Purpose::Learn) =
        (&schema.target, purpose)
    {
        let column = table.column(name, "target")?;
        wanted.push(Wanted { column, numeric: are_numeric(labels), most: usize::MAX });
    }
    Ok(wanted)
}

/// Where the features of a schema's column come from in a table.
pub(super) enum Field {
    Numeric { column: usize },
    Categorical { column: usize, codes: Vec<u32>, levels: usize },
}

impl Field {
    pub(super) fn find(table: &Table, wanted: &Column, notices: &mut Vec<Notice>) -> Result<Self> {
        let column = table.column(&wanted.name, "feature")?;
        match &wanted.kind {
            ColumnKind::Numeric => {
                refuse_text(table, column, RETRAIN)?;
                Ok(Self::Numeric { column })
            }
            ColumnKind::Categorical { levels } => {
                let found = table.categories(column);
                let codes = recode(found, levels);
                notices.extend(unseen(&wanted.name, found, &codes));
                Ok(Self::Categorical { column, codes, levels: levels.len() })
            }
            ColumnKind::Grid { .. } => Err(DataError::Format {
                origin: table.origin.clone(),
                reason: "the model was trained on images, which text does not hold".into(),
            }),
        }
    }

    pub(super) fn column(&self) -> usize {
        match self {
            Self::Numeric { column } | Self::Categorical { column, .. } => *column,
        }
    }

    pub(super) fn is_missing(&self, table: &Table, row: usize) -> bool {
        match self {
            Self::Numeric { column } => table.number(row, *column).is_nan(),
            Self::Categorical { codes, .. } => codes[row] == MISSING,
        }
    }

    pub(super) fn push(&self, table: &Table, row: usize, into: &mut Vec<f64>) -> Result<()> {
        match self {
            Self::Numeric { column } => into.push(finite(table, row, *column)?),
            Self::Categorical { codes, levels, .. } => match codes[row] {
                MISSING => into.resize(into.len() + levels, f64::NAN),
                code => into.extend((0..*levels).map(|l| f64::from(l as u32 == code))),
            },
        }
        Ok(())
    }
}

/// A cell's number, which may be missing but not infinite or nearly so.
fn finite(table: &Table, row: usize, column: usize) -> Result<f64> {
    let number = table.number(row, column);
    if !number.is_nan() && !is_usable(number) {
        let reason =
            format!("the number is {number:e}; every number must be finite, within ±1e100");
        return Err(table.cell_error(table.line(row), column, reason));
    }
    Ok(number)
}

/// The codes of `found` as indices into `levels`.
fn recode(found: &Categories, levels: &[String]) -> Vec<u32> {
    let index: HashMap<&String, u32> = levels.iter().zip(0..).collect();
    let new: Vec<u32> =
        found.levels.iter().map(|level| index.get(level).copied().unwrap_or(UNSEEN)).collect();
    let recode = |&code: &u32| {
        if code == MISSING { MISSING } else { new[code as usize] }
    };
    found.codes.iter().map(recode).collect()
}

fn unseen(name: &str, found: &Categories, codes: &[u32]) -> Option<Notice> {
    let rows: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] == UNSEEN).collect();
    let mut levels = Vec::new();
    for level in rows.iter().map(|&row| &found.levels[found.codes[row] as usize]) {
        if levels.len() < 3 && !levels.contains(&shorten(level)) {
            levels.push(shorten(level));
        }
    }
    let column = name.to_owned();
    (!rows.is_empty()).then_some(Notice::Unseen { column, levels, rows: rows.len() })
}

/// Where the targets come from.
pub(super) enum TargetField {
    Absent,
    Value { column: usize },
    Classes { column: usize, codes: Vec<u32> },
}

impl TargetField {
    pub(super) fn find(table: &Table, wanted: &Target) -> Result<Self> {
        let column = table.column(&wanted.name, "target")?;
        match &wanted.kind {
            TargetKind::Value => {
                refuse_text(table, column, RETRAIN)?;
                Ok(Self::Value { column })
            }
            TargetKind::Classes { labels } => {
                let found = table.categories(column);
                let codes = recode(found, labels);
                if let Some(row) = codes.iter().position(|&code| code == UNSEEN) {
                    let label = shorten(&found.levels[found.codes[row] as usize]);
                    let reason = format!("the model does not know the class {label:?}");
                    return Err(table.cell_error(table.line(row), column, reason));
                }
                Ok(Self::Classes { column, codes })
            }
        }
    }

    pub(super) fn column_if_missing(&self, table: &Table, row: usize) -> Option<usize> {
        match self {
            Self::Absent => None,
            Self::Value { column } => table.number(row, *column).is_nan().then_some(*column),
            Self::Classes { column, codes } => (codes[row] == MISSING).then_some(*column),
        }
    }

    pub(super) fn select(&self, table: &Table, rows: &[usize]) -> Result<Targets> {
        Ok(match self {
            Self::Absent => Targets::Absent,
            Self::Value { column } => Targets::Values(
                rows.iter().map(|&row| finite(table, row, *column)).collect::<Result<_>>()?,
            ),
            Self::Classes { codes, .. } => {
                Targets::Classes(rows.iter().map(|&row| codes[row]).collect())
            }
        })
    }
}
