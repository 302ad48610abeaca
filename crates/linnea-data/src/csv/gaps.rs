//! Which rows of a table can be used, and what is missing in them.

use super::encode::Purpose;
use super::field::{Field, TargetField};
use super::table::Table;
use crate::error::{DataError, Result};
use crate::notice::Notice;
use crate::options::Missing;

/// The rows to keep, and what is missing where.
pub(super) struct Gaps {
    rows: Vec<usize>,
    /// Of each field, in how many rows it is missing.
    missing: Vec<usize>,
    without_target: usize,
    with_gaps: usize,
}

impl Gaps {
    /// Keeps the rows that have a target, less those with gaps if they are to be dropped.
    pub(super) fn find(
        table: &Table,
        fields: &[Field],
        target: &TargetField,
        missing: Missing,
        purpose: Purpose,
    ) -> Result<Self> {
        let mut gaps = Self {
            rows: Vec::new(),
            missing: vec![0; fields.len()],
            without_target: 0,
            with_gaps: 0,
        };
        let drop = missing == Missing::Drop && purpose == Purpose::Learn;
        for row in 0..table.rows() {
            let first = gaps.add(table, fields, target, row, drop);
            if let (Some(column), Missing::Error) = (first, missing) {
                let reason =
                    "the value is missing; give it, or choose --missing mean or --missing drop";
                return Err(table.cell_error(table.line(row), column, reason.into()));
            }
        }
        Ok(gaps)
    }

    /// Keeps a row or not, and returns the first column in which it lacks something.
    fn add(
        &mut self,
        table: &Table,
        fields: &[Field],
        target: &TargetField,
        row: usize,
        drop: bool,
    ) -> Option<usize> {
        if let Some(column) = target.column_if_missing(table, row) {
            self.without_target += 1;
            return Some(column);
        }
        let mut first = None;
        for (field, missing) in fields.iter().zip(&mut self.missing) {
            if field.is_missing(table, row) {
                *missing += 1;
                first = first.or(Some(field.column()));
            }
        }
        if first.is_some() && drop {
            self.with_gaps += 1;
        } else {
            self.rows.push(row);
        }
        first
    }

    /// Says what was found, and gives the rows to keep, of which there must be some.
    pub(super) fn report(
        self,
        table: &Table,
        fields: &[Field],
        notices: &mut Vec<Notice>,
    ) -> Result<Vec<usize>> {
        let names = fields.iter().map(|field| table.names[field.column()].clone());
        let columns: Vec<_> = names.zip(self.missing).filter(|(_, count)| *count > 0).collect();
        if !columns.is_empty() {
            let dropped = self.with_gaps > 0;
            let remedy = if dropped { "rows left out" } else { "the training mean stands in" };
            notices.push(Notice::Missing { columns, remedy });
        }
        for (rows, because) in
            [(self.without_target, "the target is missing"), (self.with_gaps, "a value is missing")]
        {
            if rows > 0 {
                notices.push(Notice::RowsDropped { rows, because: because.to_owned() });
            }
        }
        if self.rows.is_empty() {
            let reason = "no row is left: each lacks its target or another value; \
                          try --missing mean";
            return Err(DataError::Format { origin: table.origin.clone(), reason: reason.into() });
        }
        Ok(self.rows)
    }
}
