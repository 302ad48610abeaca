//! From a table to a data set, by a schema.

use super::beside::Columns;
use super::field::{self, Field, TargetField};
use super::gaps::Gaps;
use super::table::Table;
use crate::block::{Block, Values};
use crate::dataset::{BLOCK_ROWS, Dataset, Targets};
use crate::error::{DataError, Result};
use crate::memory::room;
use crate::notice::Notice;
use crate::options::ReadOptions;
use crate::schema::Schema;

/// The most that the features may take in memory.
const MOST_BYTES: usize = 64 << 30;

/// What the data are for, which says what they must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Every row needs a target: rows without one are left out.
    Learn,
    /// Targets are ignored, and no row may be left out.
    Predict,
}

/// The rows of `table` as features and targets, with what the options name besides. Missing features
/// stay NaN.
pub(crate) fn encode(
    table: &mut Table,
    schema: &Schema,
    options: &ReadOptions,
    purpose: Purpose,
    notices: &mut Vec<Notice>,
) -> Result<Dataset> {
    let beside = match purpose {
        Purpose::Learn => {
            let (group, time) = (options.group.as_ref(), options.time.as_ref());
            Columns::find(table, schema.weight.as_ref(), group, time)?
        }
        Purpose::Predict => Columns::default(),
    };
    let mut wanted = field::wanted(table, schema, purpose)?;
    wanted.extend(beside.wanted(table));
    table.read_categories(&wanted)?;
    let table = &*table;
    let find = |column| Field::find(table, column, notices);
    let fields = schema.columns.iter().map(find).collect::<Result<Vec<_>>>()?;
    let targets = match (&schema.target, purpose) {
        (Some(target), Purpose::Learn) => TargetField::find(table, target)?,
        _ => TargetField::Absent,
    };
    let rows = Gaps::find(table, &fields, &targets, options.missing, purpose)?
        .report(table, &fields, notices)?;
    let width = schema.features();
    check_size(table, rows.len(), width)?;
    let blocks = rows
        .chunks(BLOCK_ROWS)
        .map(|rows| block(table, &fields, rows, width))
        .collect::<Result<Vec<_>>>()?;
    let (targets, beside) = (targets.select(table, &rows)?, beside.select(table, &rows)?);
    let mut schema = schema.clone();
    if targets == Targets::Absent {
        schema.target = None;
    }
    Ok(Dataset::new(schema, blocks, BLOCK_ROWS, targets)?.with_beside(beside))
}

/// Refuses what no machine has room for, before there is an attempt.
fn check_size(table: &Table, rows: usize, width: usize) -> Result<()> {
    let bytes = rows.saturating_mul(width).saturating_mul(size_of::<f64>());
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    Err(DataError::Format {
        origin: table.origin.clone(),
        reason: format!(
            "{rows} rows of {width} features would take {} GB; leave out text columns with many \
             categories (--ignore)",
            bytes >> 30
        ),
    })
}

fn block(table: &Table, fields: &[Field], rows: &[usize], width: usize) -> Result<Block> {
    let mut values = room(rows.len() * width);
    for &row in rows {
        for field in fields {
            field.push(table, row, &mut values)?;
        }
    }
    Ok(Block::new(width, Values::F64(values)))
}
