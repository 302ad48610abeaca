//! From a table to a data set, by a schema.

use super::infer::refuse_text;
use super::table::{Categories, MISSING, Table};
use crate::block::{Block, Values};
use crate::dataset::{BLOCK_ROWS, Dataset, Targets, is_usable};
use crate::error::{DataError, Result};
use crate::notice::Notice;
use crate::options::Missing;
use crate::schema::{Column, ColumnKind, Schema, Target, TargetKind};

/// The code of a category that the schema does not know.
const UNSEEN: u32 = u32::MAX - 1;

/// What to do about a text that is to be one, where the model has learned numbers.
const RETRAIN: &str = "train again with the column as categories or classes";

/// What the data are for, which says what they must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Every row needs a target: rows without one are left out.
    Learn,
    /// Targets are ignored, and no row may be left out.
    Predict,
}

/// The rows of `table` as features and targets. Missing features stay NaN.
pub(crate) fn encode(
    table: &Table,
    schema: &Schema,
    missing: Missing,
    purpose: Purpose,
    notices: &mut Vec<Notice>,
) -> Result<Dataset> {
    let columns = schema
        .columns
        .iter()
        .map(|column| Source::find(table, column, notices))
        .collect::<Result<Vec<_>>>()?;
    let targets = match (&schema.target, purpose) {
        (Some(target), Purpose::Learn) => TargetSource::find(table, target)?,
        _ => TargetSource::Absent,
    };
    let rows = usable_rows(table, &columns, &targets, missing, purpose, notices)?;
    let width = schema.features();
    let blocks = rows
        .chunks(BLOCK_ROWS)
        .map(|rows| block(table, &columns, rows, width))
        .collect::<Result<Vec<_>>>()?;
    let targets = targets.select(table, &rows)?;
    let mut schema = schema.clone();
    if targets == Targets::Absent {
        schema.target = None;
    }
    Dataset::new(schema, blocks, BLOCK_ROWS, targets)
}

/// Where a schema's column comes from in a table.
enum Source {
    Numeric { column: usize },
    Categorical { column: usize, codes: Vec<u32>, levels: usize },
}

impl Source {
    fn find(table: &Table, wanted: &Column, notices: &mut Vec<Notice>) -> Result<Self> {
        let column = table.column(&wanted.name, "feature")?;
        match &wanted.kind {
            ColumnKind::Numeric => {
                refuse_text(table, column, RETRAIN)?;
                Ok(Self::Numeric { column })
            }
            ColumnKind::Categorical { levels } => {
                let found = table.categories(column, false, usize::MAX)?;
                let codes = recode(&found, levels);
                notices.extend(unseen(&wanted.name, &found, &codes));
                Ok(Self::Categorical { column, codes, levels: levels.len() })
            }
            ColumnKind::Grid { .. } => Err(DataError::Format {
                origin: table.origin.clone(),
                reason: "the model was trained on images, which text does not hold".into(),
            }),
        }
    }

    fn column(&self) -> usize {
        match self {
            Self::Numeric { column } | Self::Categorical { column, .. } => *column,
        }
    }

    fn is_missing(&self, table: &Table, row: usize) -> bool {
        match self {
            Self::Numeric { column } => table.number(row, *column).is_nan(),
            Self::Categorical { codes, .. } => codes[row] == MISSING,
        }
    }

    fn push(&self, table: &Table, row: usize, into: &mut Vec<f64>) -> Result<()> {
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
    let index: std::collections::HashMap<&String, u32> = levels.iter().zip(0..).collect();
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
        if levels.len() < 3 && !levels.contains(level) {
            levels.push(level.clone());
        }
    }
    let column = name.to_owned();
    (!rows.is_empty()).then_some(Notice::Unseen { column, levels, rows: rows.len() })
}

/// Where the targets come from.
enum TargetSource {
    Absent,
    Value { column: usize },
    Classes { column: usize, codes: Vec<u32> },
}

impl TargetSource {
    fn find(table: &Table, wanted: &Target) -> Result<Self> {
        let column = table.column(&wanted.name, "target")?;
        match &wanted.kind {
            TargetKind::Value => {
                refuse_text(table, column, RETRAIN)?;
                Ok(Self::Value { column })
            }
            TargetKind::Classes { labels } => {
                let found = table.categories(column, true, usize::MAX)?;
                let codes = recode(&found, labels);
                if let Some(row) = codes.iter().position(|&code| code == UNSEEN) {
                    let label = &found.levels[found.codes[row] as usize];
                    let reason = format!("the model does not know the class {label:?}");
                    return Err(table.cell_error(table.line(row), column, reason));
                }
                Ok(Self::Classes { column, codes })
            }
        }
    }

    fn column_if_missing(&self, table: &Table, row: usize) -> Option<usize> {
        match self {
            Self::Absent => None,
            Self::Value { column } => table.number(row, *column).is_nan().then_some(*column),
            Self::Classes { column, codes } => (codes[row] == MISSING).then_some(*column),
        }
    }

    fn select(&self, table: &Table, rows: &[usize]) -> Result<Targets> {
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

/// The rows to keep: all that have a target, less those with missing cells if they are dropped.
fn usable_rows(
    table: &Table,
    columns: &[Source],
    targets: &TargetSource,
    missing: Missing,
    purpose: Purpose,
    notices: &mut Vec<Notice>,
) -> Result<Vec<usize>> {
    let mut counts = vec![0; columns.len()];
    let mut rows = Vec::with_capacity(table.rows());
    let (mut without_target, mut with_gaps) = (0, 0);
    for row in 0..table.rows() {
        if let Some(column) = targets.column_if_missing(table, row) {
            if missing == Missing::Error {
                return Err(missing_error(table, row, column));
            }
            without_target += 1;
            continue;
        }
        let mut gaps = 0;
        for (source, count) in columns.iter().zip(&mut counts) {
            if source.is_missing(table, row) {
                if missing == Missing::Error {
                    return Err(missing_error(table, row, source.column()));
                }
                *count += 1;
                gaps += 1;
            }
        }
        if gaps > 0 && missing == Missing::Drop && purpose == Purpose::Learn {
            with_gaps += 1;
        } else {
            rows.push(row);
        }
    }
    let column_name = |source: &Source| table.names[source.column()].clone();
    let columns: Vec<(String, usize)> =
        columns.iter().map(column_name).zip(counts).filter(|(_, count)| *count > 0).collect();
    if !columns.is_empty() {
        let remedy = if with_gaps > 0 { "rows left out" } else { "the training mean stands in" };
        notices.push(Notice::Missing { columns, remedy });
    }
    notices.extend(dropped(without_target, "the target is missing"));
    notices.extend(dropped(with_gaps, "a value is missing"));
    if rows.is_empty() {
        let reason = "no row is left: each lacks its target or another value; try --missing mean";
        return Err(DataError::Format { origin: table.origin.clone(), reason: reason.into() });
    }
    Ok(rows)
}

fn dropped(rows: usize, because: &str) -> Option<Notice> {
    (rows > 0).then(|| Notice::RowsDropped { rows, because: because.to_owned() })
}

fn missing_error(table: &Table, row: usize, column: usize) -> DataError {
    let reason = "the value is missing; give it, or choose --missing mean or --missing drop";
    table.cell_error(table.line(row), column, reason.into())
}

fn block(table: &Table, columns: &[Source], rows: &[usize], width: usize) -> Result<Block> {
    let mut values = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        for source in columns {
            source.push(table, row, &mut values)?;
        }
    }
    Ok(Block::new(width, Values::F64(values)))
}
