//! A text file as a table of numbers, with a tally of what each column holds.

use std::collections::{HashMap, HashSet};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::categories::Categories;
use super::cell::{Cell, shorten, text_of};
use super::sniff::{Layout, sniff};
use crate::error::{DataError, Result, column_hint};

/// A parsed text file.
pub(crate) struct Table {
    /// The file, for messages.
    pub(crate) origin: String,
    /// Whether line 1 held the names; otherwise the columns are `c1`, `c2`, …
    pub(crate) header: bool,
    /// The columns' names.
    pub(crate) names: Vec<String>,
    /// The columns' tallies.
    pub(crate) tallies: Vec<Tally>,
    /// Row-major numbers; NaN where a cell is missing or text.
    cells: Vec<f64>,
    /// The line on which each row begins, from 1.
    lines: Vec<u64>,
    layout: Layout,
    text: Vec<u8>,
    /// The columns that have been read as categories.
    pub(super) categories: HashMap<usize, Categories>,
}

/// What the cells of a column are.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    pub(crate) numbers: usize,
    pub(crate) texts: usize,
    pub(crate) missing: usize,
    /// Line and content of the first cell that is text.
    pub(crate) first_text: Option<(u64, String)>,
}

impl Table {
    /// Parses a text that has been read from `origin`. Whether line 1 is a header is up to
    /// `is_header`, which is told what it looks like, and its cells.
    pub(crate) fn parse(
        origin: String,
        mut text: Vec<u8>,
        is_header: impl Fn(bool, &[String]) -> bool,
    ) -> Result<Self> {
        refuse_foreign(&origin, &text)?;
        if text.starts_with(b"\xef\xbb\xbf") {
            text.drain(..3);
        }
        if text.trim_ascii().is_empty() {
            return Err(DataError::Empty { origin });
        }
        let mut layout = sniff(&text);
        let first = first_row(&origin, &text, layout)?;
        layout.header = is_header(layout.header, &first);
        let names = if layout.header { names(&origin, first)? } else { numbered(first.len()) };
        let mut table = Self {
            tallies: vec![Tally::default(); names.len()],
            header: layout.header,
            cells: Vec::new(),
            lines: Vec::new(),
            text: Vec::new(),
            categories: HashMap::new(),
            origin,
            names,
            layout,
        };
        table.read_rows(&text)?;
        table.text = text;
        Ok(table)
    }

    fn read_rows(&mut self, text: &[u8]) -> Result<()> {
        let mut record = ByteRecord::new();
        let mut reader = reader(text, self.layout);
        let mut last = None;
        if self.header {
            reader.read_byte_record(&mut record).map_err(|e| csv_error(&self.origin, text, &e))?;
        }
        while reader.read_byte_record(&mut record).map_err(|e| csv_error(&self.origin, text, &e))? {
            last = record.position().cloned();
            let line = record.position().map_or(0, |position| line_at(text, position));
            self.lines.push(line);
            for (raw, tally) in record.iter().zip(&mut self.tallies) {
                self.cells.push(tally.count(raw, line));
            }
        }
        if self.lines.is_empty() {
            return Err(DataError::HeaderOnly { origin: self.origin.clone() });
        }
        last.map_or(Ok(()), |last| refuse_open_quote(&self.origin, text, &last))
    }

    pub(crate) fn rows(&self) -> usize {
        self.lines.len()
    }

    /// The line on which a row begins.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// The number in a cell; NaN if it is missing or text.
    pub(crate) fn number(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.names.len() + column]
    }

    /// The numbers of a column, NaN where there is none.
    pub(crate) fn numbers(&self, column: usize) -> impl Iterator<Item = f64> {
        self.cells.iter().skip(column).step_by(self.names.len()).copied()
    }

    /// The index of the column called `name`.
    pub(crate) fn column(&self, name: &str, role: &'static str) -> Result<usize> {
        self.find(name).ok_or_else(|| DataError::NoColumn {
            origin: self.origin.clone(),
            role,
            name: name.to_owned(),
            hint: column_hint(name, &self.names),
        })
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|candidate| candidate == name)
    }

    pub(crate) fn column_error(&self, column: usize, reason: impl Into<String>) -> DataError {
        DataError::Column {
            origin: self.origin.clone(),
            column: self.names[column].clone(),
            reason: reason.into(),
        }
    }

    pub(crate) fn cell_error(&self, line: u64, column: usize, reason: String) -> DataError {
        DataError::Cell {
            origin: self.origin.clone(),
            line,
            column: self.names[column].clone(),
            reason,
        }
    }

    /// A second reader of the rows.
    pub(super) fn records(&self) -> Result<Reader<&[u8]>> {
        let mut reader = reader(&self.text, self.layout);
        if self.header {
            self.next(&mut reader, &mut ByteRecord::new())?;
        }
        Ok(reader)
    }

    /// Reads the next row, if there is one.
    pub(super) fn next(&self, reader: &mut Reader<&[u8]>, record: &mut ByteRecord) -> Result<bool> {
        reader.read_byte_record(record).map_err(|e| csv_error(&self.origin, &self.text, &e))
    }
}

impl Tally {
    /// Counts a cell, and gives its number.
    fn count(&mut self, raw: &[u8], line: u64) -> f64 {
        match Cell::parse(raw) {
            Cell::Number(number) => {
                self.numbers += 1;
                return number;
            }
            Cell::Missing => self.missing += 1,
            Cell::Text => {
                self.texts += 1;
                self.first_text.get_or_insert_with(|| (line, shorten(&text_of(raw))));
            }
        }
        f64::NAN
    }
}

fn reader(text: &[u8], layout: Layout) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(layout.delimiter).has_headers(false).from_reader(text)
}

fn first_row(origin: &str, text: &[u8], layout: Layout) -> Result<Vec<String>> {
    let mut first = ByteRecord::new();
    reader(text, layout).read_byte_record(&mut first).map_err(|e| csv_error(origin, text, &e))?;
    Ok(first.iter().map(text_of).collect())
}

/// Whether this is the name of a column that has none.
pub(crate) fn is_numbered(name: &str) -> bool {
    let number = name.strip_prefix('c');
    number.is_some_and(|number| number.parse::<usize>().is_ok_and(|number| number > 0))
}

/// The names of columns that have none.
fn numbered(columns: usize) -> Vec<String> {
    (1..=columns).map(|i| format!("c{i}")).collect()
}

/// The names of a header, which must differ; an empty one is numbered.
fn names(origin: &str, mut header: Vec<String>) -> Result<Vec<String>> {
    let numbers = numbered(header.len());
    for (name, number) in header.iter_mut().zip(numbers) {
        if name.is_empty() {
            *name = number;
        }
    }
    let mut seen = HashSet::new();
    if let Some(twice) = header.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(DataError::Format {
            origin: origin.to_owned(),
            reason: format!("two columns are called {twice:?}; rename one in line 1"),
        });
    }
    Ok(header)
}

/// The line of a record. The parser's position is before the empty lines that it passes over.
fn line_at(text: &[u8], position: &csv::Position) -> u64 {
    let rest = text.get(position.byte() as usize..).unwrap_or_default();
    let passed = rest.iter().take_while(|&&byte| byte == b'\n' || byte == b'\r');
    position.line() + passed.filter(|&&byte| byte == b'\n').count() as u64
}

/// A quote that is never closed makes one cell of all that follows: the last record then has several
/// lines and an odd number of quotes.
fn refuse_open_quote(origin: &str, text: &[u8], last: &csv::Position) -> Result<()> {
    let record = text.get(last.byte() as usize..).unwrap_or_default().trim_ascii();
    let quotes = record.iter().filter(|&&byte| byte == b'"').count();
    if quotes.is_multiple_of(2) || !record.contains(&b'\n') {
        return Ok(());
    }
    Err(DataError::Format {
        origin: origin.to_owned(),
        reason: format!(
            "line {}: a quote is opened and never closed; close it, or double it if it is text",
            line_at(text, last)
        ),
    })
}

fn csv_error(origin: &str, text: &[u8], error: &csv::Error) -> DataError {
    if let ErrorKind::UnequalLengths { pos: Some(position), .. } = error.kind()
        && let Err(error) = refuse_open_quote(origin, text, position)
    {
        return error;
    }
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => DataError::Ragged {
            origin: origin.to_owned(),
            line: pos.as_ref().map_or(0, |position| line_at(text, position)),
            expected: *expected_len as usize,
            found: *len as usize,
        },
        _ => DataError::Format { origin: origin.to_owned(), reason: error.to_string() },
    }
}

/// Only UTF-8 text is read; anything else is named for what it is.
fn refuse_foreign(origin: &str, text: &[u8]) -> Result<()> {
    let head = &text[..text.len().min(1024)];
    let reason = if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        "the text is UTF-16; save it as UTF-8".to_owned()
    } else if head.contains(&0) {
        "this is a binary file; CSV and TSV text and IDX files can be read, gzip or not".to_owned()
    } else if let Err(error) = str::from_utf8(text) {
        let line = 1 + text[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
        format!("line {line} is not UTF-8, so the text is in another encoding; save it as UTF-8")
    } else {
        return Ok(());
    };
    Err(DataError::Format { origin: origin.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &[u8]) -> String {
        Table::parse("t.csv".into(), text.into(), |guess, _| guess)
            .err()
            .map_or_else(String::new, |e| e.to_string())
    }

    #[test]
    fn other_encodings_are_named() {
        assert!(error(b"a,b\n1,gr\xfc\xdfe\n").contains("line 2 is not UTF-8"));
        assert!(error(b"\xff\xfea\0").contains("UTF-16"));
        assert!(error(b"PAR1\0").contains("binary"));
    }

    #[test]
    fn a_quote_left_open_is_found() {
        let message = "line 3: a quote is opened and never closed";
        assert!(error(b"a,b\n1,2\n3,\"x\n5,6\n7,8\n").contains(message));
        assert!(error(b"a,b\n1,2\n\"3,x\n5,6\n7,8\n").contains(message));
        assert_eq!(error(b"a,b\n1,2\" pipe\n3,\"x\"\n"), "");
    }

    #[test]
    fn lines_are_counted_through_quotes_and_blanks() {
        let text = "a,b\n\"x\ny\",1\n\n2,3,4\n";
        assert!(error(text.as_bytes()).contains("line 5: 3 cells where line 1 has 2"));
    }

    #[test]
    fn lines_end_as_windows_has_them() {
        assert!(error(b"a,b\r\n1,2\r\n1,2,3\r\n").contains("line 3: 3 cells"));
        let text = b"a,b\r\n1,2\r\n\r\n3,x\r\n5,6\r\n";
        let table = Table::parse("t.csv".into(), text.into(), |guess, _| guess).unwrap();
        assert_eq!(table.tallies[1].first_text, Some((4, "x".to_owned())));
    }

    #[test]
    fn somebody_else_may_decide_what_is_a_header() {
        let rows = |header: bool| {
            Table::parse("t.csv".into(), b"1,2\n3,4\n".into(), |_, _| header).unwrap().rows()
        };
        assert_eq!((rows(true), rows(false)), (1, 2));
    }
}
