//! What a cell of a text file is.

/// A cell, as its characters read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    /// Empty, or one of the words for nothing.
    Missing,
    /// A number, perhaps infinite.
    Number(f64),
    /// Anything else.
    Text,
}

/// The words that stand for a missing value, in lower case.
const MISSING: [&str; 8] = ["na", "n/a", "nan", "null", "none", "nil", "?", "#n/a"];

impl Cell {
    pub(crate) fn parse(raw: &[u8]) -> Self {
        let cell = raw.trim_ascii();
        if cell.is_empty() || is_missing_word(cell) {
            return Self::Missing;
        }
        match str::from_utf8(cell).ok().and_then(|text| text.parse::<f64>().ok()) {
            Some(number) if number.is_nan() => Self::Missing,
            Some(number) => Self::Number(number),
            None => Self::Text,
        }
    }
}

fn is_missing_word(cell: &[u8]) -> bool {
    // No number is longer than the longest word and begins like one, so the common case is short.
    cell.len() <= 4 && MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word.as_bytes()))
}

/// A cell as text: trimmed, and bytes that are no UTF-8 replaced.
pub(crate) fn text_of(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw.trim_ascii()).into_owned()
}

/// A text cut to what a message can show.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_people_write() {
        for missing in ["", "  ", "NA", "NaN", "nan", "-nan", "N/A", "null", "None", "?"] {
            assert_eq!(Cell::parse(missing.as_bytes()), Cell::Missing, "{missing:?}");
        }
        for (text, number) in [("1", 1.0), (" -2.5e3 ", -2500.0), ("+.5", 0.5), ("1.", 1.0)] {
            assert_eq!(Cell::parse(text.as_bytes()), Cell::Number(number));
        }
        assert_eq!(Cell::parse(b"inf"), Cell::Number(f64::INFINITY));
        for text in ["1,234", "12%", "nano", "1 2", "\u{ff}"] {
            assert_eq!(Cell::parse(text.as_bytes()), Cell::Text, "{text:?}");
        }
    }
}
