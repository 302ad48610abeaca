//! The data sets inside the binary. Sources and licences: `data/README.md`.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::block::{Block, Values};
use crate::dataset::{BLOCK_ROWS, Dataset, Targets};
use crate::error::{DataError, Result};
use crate::schema::{Column, ColumnKind, Schema, Target, TargetKind};
use crate::split::split;

/// The share of a built-in set's rows that is its test set, and the seed of the split.
const TEST: (f64, u64) = (0.2, 0);

const DIABETES: [&str; 10] = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"];

/// A data set inside the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builtin {
    /// 1,797 handwritten digits of 8×8 pixels, 10 classes.
    Digits,
    /// 442 patients, ten measurements, the disease's progression one year later.
    Diabetes,
}

impl Builtin {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Digits, Self::Diabetes];

    /// The name by which the command knows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Diabetes => "diabetes",
        }
    }

    /// All rows, in the order of the source.
    ///
    /// # Errors
    /// None in a binary that is whole.
    pub fn read(self) -> Result<Dataset> {
        match self {
            Self::Digits => digits(),
            Self::Diabetes => diabetes(),
        }
    }

    /// The training rows and the test rows: always the same, 80 % and 20 %, stratified.
    ///
    /// # Errors
    /// None in a binary that is whole.
    pub fn train_test(self) -> Result<(Dataset, Dataset)> {
        Ok(split(&self.read()?, TEST.0, TEST.1))
    }

    /// Writes all rows as a CSV file with a header into `folder`, for other programs to read.
    ///
    /// # Errors
    /// [`DataError::Write`] if that cannot be done.
    pub fn write_csv(self, folder: &Path) -> Result<PathBuf> {
        let path = self.csv_path(folder);
        let fail = |source| DataError::Write { path: path.clone(), source };
        std::fs::create_dir_all(folder).map_err(fail)?;
        crate::atomic::write(&path, self.csv()?.as_bytes()).map_err(fail)?;
        Ok(path)
    }

    pub(crate) fn csv_path(self, folder: &Path) -> PathBuf {
        folder.join(self.name()).with_extension("csv")
    }

    fn csv(self) -> Result<String> {
        let data = self.read()?;
        let header: Vec<String> = match self {
            Self::Digits => (0..64).map(|i| format!("pixel_{}_{}", i / 8, i % 8)).collect(),
            Self::Diabetes => DIABETES.map(String::from).to_vec(),
        };
        let target = data.schema().target.as_ref().map_or("", |target| &target.name);
        let mut text = format!("{},{target}\n", header.join(","));
        for block in data.blocks() {
            for row in 0..block.rows() {
                let cells =
                    (0..block.features()).map(|j| block.values().get(row * block.features() + j));
                cells.for_each(|cell| text += &format!("{cell},"));
                text += &format!("{}\n", target_text(data.targets(), row));
            }
        }
        Ok(text)
    }
}

fn target_text(targets: &Targets, row: usize) -> String {
    match targets {
        Targets::Absent => String::new(),
        Targets::Classes(classes) => classes[row].to_string(),
        Targets::Values(values) => values[row].to_string(),
    }
}

fn digits() -> Result<Dataset> {
    let text = unpack(include_bytes!("../data/digits.csv.gz"))?;
    let (mut pixels, mut classes) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let numbers: Vec<u8> = numbers(line.split(','))?;
        let Some((&digit, row)) = numbers.split_last() else {
            continue;
        };
        pixels.extend_from_slice(row);
        classes.push(u32::from(digit));
    }
    let columns = vec![Column::new("pixel", ColumnKind::Grid { shape: vec![8, 8] })];
    let labels = (0..10).map(|digit| digit.to_string()).collect();
    let target = Target { name: "digit".into(), kind: TargetKind::Classes { labels } };
    let blocks = vec![Block::new(64, Values::U8(pixels))];
    let schema = Schema { columns, target: Some(target), weight: None };
    Dataset::new(schema, blocks, BLOCK_ROWS, Targets::Classes(classes))
}

fn diabetes() -> Result<Dataset> {
    let x =
        numbers(unpack(include_bytes!("../data/diabetes_data_raw.csv.gz"))?.split_whitespace())?;
    let y = numbers(unpack(include_bytes!("../data/diabetes_target.csv.gz"))?.split_whitespace())?;
    let columns = DIABETES.map(|name| Column::new(name, ColumnKind::Numeric)).to_vec();
    let target = Target { name: "progression".into(), kind: TargetKind::Value };
    let blocks = vec![Block::new(DIABETES.len(), Values::F64(x))];
    Dataset::new(
        Schema { columns, target: Some(target), weight: None },
        blocks,
        BLOCK_ROWS,
        Targets::Values(y),
    )
}

fn unpack(packed: &[u8]) -> Result<String> {
    let mut text = String::new();
    let read = GzDecoder::new(packed).read_to_string(&mut text);
    read.map_err(|source| crate::io::io_error("built-in data", source))?;
    Ok(text)
}

fn numbers<'a, T: std::str::FromStr>(cells: impl Iterator<Item = &'a str>) -> Result<Vec<T>> {
    let bad = |cell| DataError::Format {
        origin: "built-in data".into(),
        reason: format!("{cell:?} is not a number; the program's file is damaged"),
    };
    cells.map(|cell| cell.parse().map_err(|_| bad(cell))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_uci() {
        let data = Builtin::Digits.read().unwrap();
        assert_eq!((data.rows(), data.features()), (1797, 64));
        let sum: f64 = (0..1797 * 64).map(|i| data.blocks()[0].values().get(i)).sum();
        assert_eq!(sum, 561_718.0);
        let (train, test) = Builtin::Digits.train_test().unwrap();
        assert_eq!((train.rows(), test.rows()), (1438, 359));
    }

    #[test]
    fn diabetes_is_that_of_efron() {
        let data = Builtin::Diabetes.read().unwrap();
        assert_eq!((data.rows(), data.features()), (442, 10));
        let Targets::Values(y) = data.targets() else { panic!("a regression") };
        assert_eq!(y.iter().sum::<f64>(), 67243.0);
        assert_eq!(data.blocks()[0].values().get(0), 59.0);
    }

    #[test]
    fn the_csv_holds_the_same_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = Builtin::Diabetes.write_csv(folder.path()).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert!(
            text.starts_with("age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,progression\n59,2,32.1,101,157,")
        );
        assert_eq!(text.lines().count(), 443);
    }
}
