//! Columns of a table read as categories: all that are wanted in one further pass over the text.

use std::collections::HashMap;

use csv::ByteRecord;

use super::cell::{Cell, shorten, text_of};
use super::table::Table;
use crate::error::Result;

/// The code of a missing cell.
pub(crate) const MISSING: u32 = u32::MAX;

/// From here on whole numbers have neighbours in `f64` that are further away than 1.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A column's distinct texts and, for each row, which one it has.
pub(crate) struct Categories {
    pub(crate) levels: Vec<String>,
    /// Indices into `levels`, or [`MISSING`].
    pub(crate) codes: Vec<u32>,
}

/// A column that is to be read as categories.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) column: usize,
    /// Whether they are numbers, of which `1` and `1.0` are the same: labels of classes may be.
    pub(crate) numeric: bool,
    /// More levels than these are an error.
    pub(crate) most: usize,
}

/// A column being read.
struct Column {
    wanted: Wanted,
    /// Every spelling that was seen: a label is made once for each, not once for each row.
    spellings: HashMap<Vec<u8>, u32>,
    index: HashMap<String, u32>,
    found: Categories,
}

impl Table {
    /// Reads the columns that have not been read yet.
    pub(crate) fn read_categories(&mut self, wanted: &[Wanted]) -> Result<()> {
        let unread = wanted.iter().filter(|wanted| !self.categories.contains_key(&wanted.column));
        let mut columns: Vec<Column> = unread.map(|&wanted| Column::new(wanted)).collect();
        if columns.is_empty() {
            return Ok(());
        }
        let (mut reader, mut record) = (self.records()?, ByteRecord::new());
        while self.next(&mut reader, &mut record)? {
            for column in &mut columns {
                column.add(record.get(column.wanted.column).unwrap_or_default().trim_ascii());
                column.check(self)?;
            }
        }
        let found = columns.into_iter().map(|column| (column.wanted.column, column.found));
        self.categories.extend(found);
        Ok(())
    }

    /// A column that has been read.
    pub(crate) fn categories(&self, column: usize) -> &Categories {
        self.categories.get(&column).unwrap_or_else(|| unreachable!("column {column} is not read"))
    }
}

impl Column {
    fn new(wanted: Wanted) -> Self {
        let found = Categories { levels: Vec::new(), codes: Vec::new() };
        Self { wanted, spellings: HashMap::new(), index: HashMap::new(), found }
    }

    fn add(&mut self, raw: &[u8]) {
        let code = match self.spellings.get(raw) {
            Some(&code) => code,
            None => self.code_of_new(raw),
        };
        self.found.codes.push(code);
    }

    fn code_of_new(&mut self, raw: &[u8]) -> u32 {
        let code = if Cell::parse(raw) == Cell::Missing {
            MISSING
        } else {
            let levels = &mut self.found.levels;
            *self.index.entry(label_of(raw, self.wanted.numeric)).or_insert_with_key(|label| {
                levels.push(label.clone());
                levels.len() as u32 - 1
            })
        };
        self.spellings.insert(raw.to_vec(), code);
        code
    }

    fn check(&self, table: &Table) -> Result<()> {
        let (levels, most) = (&self.found.levels, self.wanted.most);
        if levels.len() <= most {
            return Ok(());
        }
        let some: Vec<String> =
            levels.iter().take(3).map(|level| format!("{:?}", shorten(level))).collect();
        let reason = format!(
            "more than {most} different texts ({}, …) are too many for categories; leave the \
             column out with --ignore, or write numbers without units and separators",
            some.join(", ")
        );
        Err(table.column_error(self.wanted.column, reason))
    }
}

/// Whether labels are those of a numeric target: each is the shortest form of its number.
pub(super) fn are_numeric(labels: &[String]) -> bool {
    let shortest = |label: &String| label.parse::<f64>().is_ok_and(|n| n.to_string() == *label);
    labels.iter().all(shortest)
}

/// What a cell is called. A label that is a plain number is written in its shortest form; one with
/// leading zeros, or with more digits than a number keeps, is a name and stays as it is.
fn label_of(raw: &[u8], numeric: bool) -> String {
    let digits = raw.strip_prefix(b"-").unwrap_or(raw);
    let padded = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
    match Cell::parse(raw) {
        Cell::Number(number) if numeric && !padded && number.abs() < EXACT => number.to_string(),
        _ => text_of(raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_one_where_they_mean_one() {
        let labels = [&b"1"[..], b"1.0", b"+1", b"01", b"0", b"0.5", b"9007199254740993", b"a"];
        let labels = labels.map(|raw| label_of(raw, true));
        assert_eq!(labels, ["1", "1", "1", "01", "0", "0.5", "9007199254740993", "a"]);
        assert_eq!(label_of(b"1.0", false), "1.0");
    }
}
