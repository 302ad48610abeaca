//! From a table to a data set, by a schema.

use super::field::{Field, TargetField};
use super::gaps::Gaps;
use super::table::Table;
use crate::block::{Block, Values};
use crate::dataset::{BLOCK_ROWS, Dataset, Targets};
use crate::error::Result;
use crate::notice::Notice;
use crate::options::Missing;
use crate::schema::Schema;

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
    let fields = schema
        .columns
        .iter()
        .map(|column| Field::find(table, column, notices))
        .collect::<Result<Vec<_>>>()?;
    let targets = match (&schema.target, purpose) {
        (Some(target), Purpose::Learn) => TargetField::find(table, target)?,
        _ => TargetField::Absent,
    };
    let rows =
        Gaps::find(table, &fields, &targets, missing, purpose)?.report(table, &fields, notices)?;
    let width = schema.features();
    let blocks = rows
        .chunks(BLOCK_ROWS)
        .map(|rows| block(table, &fields, rows, width))
        .collect::<Result<Vec<_>>>()?;
    let targets = targets.select(table, &rows)?;
    let mut schema = schema.clone();
    if targets == Targets::Absent {
        schema.target = None;
    }
    Dataset::new(schema, blocks, BLOCK_ROWS, targets)
}

fn block(table: &Table, fields: &[Field], rows: &[usize], width: usize) -> Result<Block> {
    let mut values = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        for field in fields {
            field.push(table, row, &mut values)?;
        }
    }
    Ok(Block::new(width, Values::F64(values)))
}
