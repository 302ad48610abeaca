//! Plain tables for a terminal: columns aligned, numbers to the right.

/// Lines of text from rows of cells. The first column is aligned to the left, the others to the
/// right; `indent` spaces stand before each line.
pub(crate) fn render(rows: &[Vec<String>], indent: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            let cell = visible(cell);
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        text += &format!("{:indent$}{}\n", "", line.trim_end());
    }
    text
}

/// Text that cannot move a terminal's cursor: a control character is shown as a question mark.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// A number with about five digits that count, as short as it can be read.
pub(crate) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 || !value.is_finite() {
        format!("{value}")
    } else if !(1e-3..1e7).contains(&magnitude) {
        format!("{value:.3e}")
    } else if magnitude >= 1e4 {
        format!("{value:.0}")
    } else {
        let digits = 4 - (magnitude.log10().floor() as i32).max(0);
        format!("{value:.*}", digits.max(0) as usize)
    }
}

/// A number as it was given: the shortest text that reads as the same one, with an exponent where zeros
/// would fill it.
pub(crate) fn exact(value: f64) -> String {
    let is_plain = value == 0.0 || (1e-4..1e5).contains(&value.abs());
    if is_plain { value.to_string() } else { format!("{value:e}") }
}

/// A share of something, of which only the size counts.
pub(crate) fn share(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        _ if (1e-2..1e3).contains(&value) => format!("{value:.2}"),
        _ => format!("{value:.1e}"),
    }
}

/// A whole number with commas between thousands.
pub(crate) fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 row`, `1,438 rows`, `2 classes`.
pub(crate) fn things(value: usize, name: &str) -> String {
    let ending = match name {
        _ if value == 1 => "",
        _ if name.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {name}{ending}", count(value))
}

/// Text cut to at most `most` characters.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_digits_that_count() {
        let shown = [0.0, 0.97771, 12.3456, 1234.5678, 68513.9, 2.3e9, 1e-5, -0.5].map(number);
        assert_eq!(
            shown,
            ["0", "0.9777", "12.346", "1234.6", "68514", "2.300e9", "1.000e-5", "-0.5000"]
        );
        assert_eq!(
            [0.0, 1e-4, 0.1, 99_999.5, 1e-5, 123_456_789.0, 1e308, -2e5].map(exact),
            ["0", "0.0001", "0.1", "99999.5", "1e-5", "1.23456789e8", "1e308", "-2e5"]
        );
        assert_eq!([0.0, 1.04e-6, 1.0].map(share), ["0", "1.0e-6", "1.00"]);
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(
            [(1, "row"), (2, "row"), (0, "class")].map(|(n, name)| things(n, name)),
            ["1 row", "2 rows", "0 classes"]
        );
        assert_eq!(visible("a\u{1b}[31m\nb"), "a?[31m?b");
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["a".into(), "10".into()], vec!["bcd".into(), "5".into()]];
        assert_eq!(render(&rows, 2), "  a    10\n  bcd   5\n");
    }
}
