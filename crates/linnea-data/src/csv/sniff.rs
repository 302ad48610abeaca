//! Finding out how a text file is laid out: its delimiter, and whether line 1 is a header.

use csv::{ByteRecord, ReaderBuilder};

use super::cell::Cell;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
const SAMPLE_BYTES: usize = 1 << 16;
const SAMPLE_RECORDS: usize = 50;

/// How a text file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) delimiter: u8,
    pub(crate) header: bool,
}

/// Judges by the first records: the delimiter that gives most rows the same, largest number of
/// cells; a header if line 1 has text above a column of numbers, or nothing but texts that stand
/// nowhere else.
pub(crate) fn sniff(text: &[u8]) -> Layout {
    let (delimiter, records) = DELIMITERS
        .iter()
        .map(|&delimiter| (delimiter, sample(text, delimiter)))
        .max_by_key(|(delimiter, records)| {
            let preference =
                DELIMITERS.len() - DELIMITERS.iter().position(|d| d == delimiter).unwrap_or(0);
            (consistency(records), preference)
        })
        .unwrap_or((b',', Vec::new()));
    Layout { delimiter, header: has_header(&records) }
}

fn sample(text: &[u8], delimiter: u8) -> Vec<ByteRecord> {
    let cut = text.len().min(SAMPLE_BYTES);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(&text[..cut]);
    let mut records: Vec<_> =
        reader.byte_records().take(SAMPLE_RECORDS).filter_map(Result::ok).collect();
    if cut < text.len() && records.len() > 1 && records.len() < SAMPLE_RECORDS {
        records.pop();
    }
    records
}

/// How many records have as many cells as the first, in thousandths, and how many cells that is;
/// nothing for a delimiter that does not occur.
fn consistency(records: &[ByteRecord]) -> (usize, usize) {
    let cells = records.first().map_or(0, ByteRecord::len);
    if cells < 2 {
        return (0, 0);
    }
    let alike = records.iter().filter(|record| record.len() == cells).count();
    (alike * 1000 / records.len(), cells)
}

fn has_header(records: &[ByteRecord]) -> bool {
    let Some((first, rest)) = records.split_first() else {
        return false;
    };
    let kinds: Vec<Cell> = first.iter().map(Cell::parse).collect();
    let above_numbers = kinds
        .iter()
        .enumerate()
        .any(|(column, kind)| *kind == Cell::Text && mostly_numbers(rest, column));
    let any_number = kinds.iter().any(|kind| matches!(kind, Cell::Number(_)));
    above_numbers || !(any_number || looks_like_a_row(first, rest))
}

/// Whether a text of the first row stands twice in it, or again below: names do neither.
fn looks_like_a_row(first: &ByteRecord, rest: &[ByteRecord]) -> bool {
    let recurs = |(column, name): (usize, &[u8])| {
        !name.trim_ascii().is_empty()
            && (first.iter().take(column).any(|other| other == name)
                || rest.iter().any(|row| row.get(column) == Some(name)))
    };
    first.iter().enumerate().any(recurs)
}

fn mostly_numbers(rows: &[ByteRecord], column: usize) -> bool {
    let cells = rows.iter().filter_map(|row| row.get(column)).map(Cell::parse);
    let (mut numbers, mut texts) = (0, 0);
    cells.for_each(|cell| match cell {
        Cell::Number(_) => numbers += 1,
        Cell::Text => texts += 1,
        Cell::Missing => {}
    });
    numbers > texts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> (char, bool) {
        let Layout { delimiter, header } = sniff(text.as_bytes());
        (char::from(delimiter), header)
    }

    #[test]
    fn layouts_are_recognised() {
        assert_eq!(layout("a,b\n1,2\n"), (',', true));
        assert_eq!(layout("1,2\n3,4\n"), (',', false));
        assert_eq!(layout("a;b;c\n1,5;2,5;3\n"), (';', true));
        assert_eq!(layout("a\tb\n1\tx\n"), ('\t', true));
        assert_eq!(layout("5.1,3.5,setosa\n4.9,3.0,setosa\n"), (',', false));
        assert_eq!(layout("0,1,y\n5,6,7\n8,9,10\n"), (',', true));
        assert_eq!(layout("name,sea\nx,yes\n"), (',', true));
        assert_eq!(layout("y\n1\n2\n"), (',', true));
        assert_eq!(layout("a,b\n1,2\n1,2,3\n"), (',', true));
        assert_eq!(layout("p,x,p\ne,y,p\n"), (',', false));
        assert_eq!(layout("x,a\nx,b\ny,a\n"), (',', false));
    }
}
