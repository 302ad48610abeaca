//! Tables in files: a record for each row, as CSV or as JSON lines.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use linnea::data::atomic;
use serde_json::Value;

/// A text format of records.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    Csv,
    JsonLines,
}

impl Format {
    /// By the extension of the file that is to hold `what`.
    pub(crate) fn of(path: &Path, what: &str) -> Result<Self> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl") => Ok(Self::JsonLines),
            _ if path.is_dir() => {
                bail!("{} is a folder; name a .csv or .jsonl file in it", path.display())
            }
            _ => bail!("{}: {what} are written as .csv or .jsonl", path.display()),
        }
    }
}

/// Numbers that belong to rows, one record a row. What does not exist is NaN here, an empty cell in CSV,
/// and `null` in JSON.
pub(crate) struct Numbers {
    /// The names of the numbers of a record, besides the row's.
    pub(crate) names: &'static [&'static str],
    pub(crate) records: Vec<Vec<f64>>,
}

impl Numbers {
    pub(crate) fn write(&self, format: Format, out: &mut dyn Write) -> Result<()> {
        match format {
            Format::Csv => self.write_csv(out),
            Format::JsonLines => self.write_json_lines(out),
        }
    }

    fn write_csv(&self, out: &mut dyn Write) -> Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        let header = std::iter::once("row").chain(self.names.iter().copied());
        csv.write_record(header).map_err(into_io)?;
        for (row, record) in self.records.iter().enumerate() {
            let cells = record.iter().map(|&number| known(number));
            csv.write_record(std::iter::once(row.to_string()).chain(cells)).map_err(into_io)?;
        }
        csv.flush()?;
        Ok(())
    }

    /// Written by hand, because a map would put the numbers in the order of their names.
    fn write_json_lines(&self, out: &mut dyn Write) -> Result<()> {
        for (row, record) in self.records.iter().enumerate() {
            let fields = self.names.iter().zip(record);
            let fields =
                fields.map(|(name, &number)| format!(",\"{name}\":{}", Value::from(number)));
            writeln!(out, "{{\"row\":{row}{}}}", fields.collect::<String>())?;
        }
        Ok(())
    }
}

/// Puts what `write` makes into a file, which is whole or not there.
pub(crate) fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut bytes = Vec::new();
    write(&mut bytes)?;
    atomic::write(path, &bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// A number, or nothing where there is none.
fn known(number: f64) -> String {
    if number.is_nan() { String::new() } else { shortest(number) }
}

/// The shortest text that reads as the same number: with an exponent where zeros would fill it.
pub(crate) fn shortest(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-5..1e16).contains(&magnitude) {
        return format!("{number:e}");
    }
    number.to_string()
}

/// The error of a closed pipe is to be known as such.
pub(crate) fn into_io(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(io) => io.into(),
        other => anyhow::anyhow!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_its_row_and_what_does_not_exist_is_nothing() {
        let numbers =
            Numbers { names: &["z", "a"], records: vec![vec![1.5, 1e-20], vec![f64::NAN, -0.1]] };
        let text = |format| {
            let mut bytes = Vec::new();
            numbers.write(format, &mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(text(Format::Csv), "row,z,a\n0,1.5,1e-20\n1,,-0.1\n");
        let lines = "{\"row\":0,\"z\":1.5,\"a\":1e-20}\n{\"row\":1,\"z\":null,\"a\":-0.1}\n";
        assert_eq!(text(Format::JsonLines), lines);
    }
}
