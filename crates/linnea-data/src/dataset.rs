//! A data set in memory: a schema, blocks of rows, and a target for each row.

use std::sync::Arc;

use half::{bf16, f16};

use crate::beside::Beside;
use crate::block::{Block, Values};
use crate::describe::FeatureSummary;
use crate::error::{DataError, Result};
use crate::schema::{Schema, Target, TargetKind};

/// Numbers must not be larger than this, or their squares and sums would overflow.
pub const LARGEST: f64 = 1e100;

/// Classes given as numbers are indices, so their largest is bounded.
const MOST_CLASSES: u32 = 1 << 20;

/// How many rows the readers put into a block.
pub const BLOCK_ROWS: usize = 8192;

/// What is to be predicted, one entry a row.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Targets {
    /// The data have no target: they can be predicted, not learned from.
    Absent,
    /// The index of each row's class in the schema's labels.
    Classes(Vec<u32>),
    /// Each row's number.
    Values(Vec<f64>),
}

impl Targets {
    fn len(&self) -> Option<usize> {
        match self {
            Self::Absent => None,
            Self::Classes(classes) => Some(classes.len()),
            Self::Values(values) => Some(values.len()),
        }
    }

    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Absent => Self::Absent,
            Self::Classes(classes) => Self::Classes(rows.iter().map(|&r| classes[r]).collect()),
            Self::Values(values) => Self::Values(rows.iter().map(|&r| values[r]).collect()),
        }
    }
}

/// Rows of features with their targets, in memory, as a list of [`Block`]s; and what else is known of
/// them: weights, groups, times.
///
/// A feature may be missing (NaN) after reading; [`Dataset::fill_missing`] puts a number there.
///
/// ```
/// use linnea_data::{Dataset, Targets, Values};
///
/// let x = Values::F32(vec![0.0, 1.0, 1.0, 0.0, 2.0, 2.0]);
/// let data = Dataset::dense(2, x, Targets::Values(vec![1.0, 2.0, 6.0]))?;
/// assert_eq!((data.rows(), data.features()), (3, 2));
/// # Ok::<(), linnea_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    schema: Arc<Schema>,
    blocks: Vec<Block>,
    block_rows: usize,
    targets: Targets,
    /// As long as there are rows.
    pub(crate) beside: Beside,
}

impl Dataset {
    /// A data set from one row-major run of numbers: `features` to a row, named `x0`, `x1`, …;
    /// classes are labelled by their index.
    ///
    /// # Errors
    /// [`DataError::Shape`] if the numbers do not make rows or the targets do not match them.
    pub fn dense(features: usize, values: Values, targets: Targets) -> Result<Self> {
        if features == 0 || !values.len().is_multiple_of(features) {
            return Err(DataError::Shape(format!(
                "{} values do not make rows of {features} features; \
                 pass rows × features numbers, row after row",
                values.len()
            )));
        }
        if let Targets::Classes(classes) = &targets
            && let Some(class) = classes.iter().find(|&&class| class >= MOST_CLASSES)
        {
            return Err(DataError::Shape(format!(
                "class {class} is too large; number the classes from 0, below {MOST_CLASSES}"
            )));
        }
        let schema = Schema::numeric(features, target_of(&targets));
        let rows = values.len() / features;
        Self::new(schema, vec![Block::new(features, values)], rows.max(1), targets)
    }

    /// A data set from blocks that hold `block_rows` rows each, but for the last.
    ///
    /// # Errors
    /// [`DataError::Shape`] if schema, blocks and targets do not fit together.
    pub fn new(
        schema: Schema,
        blocks: Vec<Block>,
        block_rows: usize,
        targets: Targets,
    ) -> Result<Self> {
        let features = schema.features();
        if let Some(block) = blocks.iter().find(|block| block.features() != features) {
            return Err(DataError::Shape(format!(
                "a block has {} features where the schema has {features}",
                block.features()
            )));
        }
        let full = blocks.len().saturating_sub(1);
        if blocks.iter().take(full).any(|b| b.rows() != block_rows)
            || blocks.last().is_some_and(|b| b.rows() > block_rows)
            || blocks.windows(2).any(|p| p[0].values().dtype() != p[1].values().dtype())
        {
            return Err(DataError::Shape(format!(
                "blocks but the last must hold {block_rows} rows of one number type"
            )));
        }
        let rows: usize = blocks.iter().map(Block::rows).sum();
        if targets.len().is_some_and(|n| n != rows) {
            return Err(DataError::Shape(format!(
                "{} targets for {rows} rows; there must be one for each",
                targets.len().unwrap_or(0)
            )));
        }
        check_classes(&schema, &targets)?;
        let beside = Beside::default();
        Ok(Self { schema: Arc::new(schema), blocks, block_rows, targets, beside })
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.blocks.iter().map(Block::rows).sum()
    }

    /// The number of features in a row.
    #[must_use]
    pub fn features(&self) -> usize {
        self.schema.features()
    }

    /// What the columns are.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The rows.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// How many rows every block but the last holds: row `i` is in block `i / block_rows`.
    #[must_use]
    pub fn block_rows(&self) -> usize {
        self.block_rows
    }

    /// The targets.
    #[must_use]
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// A copy of some rows, in the order given.
    ///
    /// # Panics
    /// If a row is out of range.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let blocks = rows
            .chunks(BLOCK_ROWS)
            .map(|chunk| Block::select(&self.blocks, self.block_rows, chunk))
            .collect();
        Self {
            schema: Arc::clone(&self.schema),
            blocks,
            block_rows: BLOCK_ROWS,
            targets: self.targets.select(rows),
            beside: self.beside.select(rows),
        }
    }

    /// The first number that cannot be computed with, as its row and feature: NaN, infinite, or
    /// beyond ±[`LARGEST`].
    #[must_use]
    pub fn find_unusable(&self) -> Option<(usize, usize)> {
        let d = self.features();
        self.blocks.iter().enumerate().find_map(|(b, block)| {
            let index = match block.values() {
                Values::F32(values) => first(values, |v| !v.is_finite()),
                Values::F64(values) => first(values, |v| !is_usable(v)),
                Values::U8(_) => None,
                Values::F16(values) => first(values, |v| !v.is_finite()),
                Values::Bf16(values) => first(values, |v| !v.is_finite()),
            }?;
            Some((b * self.block_rows + index / d, index % d))
        })
    }

    /// The mean of every feature over the rows in which it is present; 0 where it never is.
    #[must_use]
    pub fn present_means(&self) -> Vec<f64> {
        let mean = |summary: &FeatureSummary| {
            if summary.present > 0 { summary.mean } else { 0.0 }
        };
        self.describe().iter().map(mean).collect()
    }

    /// The same rows with a number in every missing place, and a schema that remembers the numbers.
    ///
    /// # Panics
    /// If `fills` has not one number a feature.
    #[must_use]
    pub fn fill_missing(mut self, fills: &[f64]) -> Self {
        assert_eq!(fills.len(), self.features(), "one fill a feature");
        for block in &mut self.blocks {
            match block.values_mut() {
                Values::F32(values) => fill(values, fills, |f| f as f32, f32::is_nan),
                Values::F64(values) => fill(values, fills, |f| f, f64::is_nan),
                Values::U8(_) => {}
                Values::F16(values) => fill(values, fills, f16::from_f64, f16::is_nan),
                Values::Bf16(values) => fill(values, fills, bf16::from_f64, bf16::is_nan),
            }
        }
        let mut rest = fills;
        for column in &mut Arc::make_mut(&mut self.schema).columns {
            let (mine, others) = rest.split_at(column.width());
            column.fill = mine.to_vec();
            rest = others;
        }
        self
    }
}

/// Whether a number can be computed with.
#[must_use]
pub fn is_usable(number: f64) -> bool {
    number.abs() <= LARGEST
}

fn fill<T: Copy>(values: &mut [T], fills: &[f64], cast: fn(f64) -> T, missing: fn(T) -> bool) {
    for row in values.chunks_mut(fills.len()) {
        for (value, &fill) in row.iter_mut().zip(fills) {
            if missing(*value) {
                *value = cast(fill);
            }
        }
    }
}

fn target_of(targets: &Targets) -> Option<Target> {
    let kind = match targets {
        Targets::Absent => return None,
        Targets::Values(_) => TargetKind::Value,
        Targets::Classes(classes) => {
            let count = classes.iter().max().map_or(0, |&largest| largest + 1);
            TargetKind::Classes { labels: (0..count).map(|c| c.to_string()).collect() }
        }
    };
    Some(Target { name: "y".into(), kind })
}

fn check_classes(schema: &Schema, targets: &Targets) -> Result<()> {
    let Targets::Classes(classes) = targets else {
        return Ok(());
    };
    let count = schema.labels().map_or(0, <[String]>::len);
    match classes.iter().position(|&class| class as usize >= count) {
        None => Ok(()),
        Some(row) => Err(DataError::Shape(format!(
            "row {row} has class {} where the schema has {count} classes",
            classes[row]
        ))),
    }
}

/// Where the first bad number is. Runs of numbers are asked for as a whole first, which the compiler
/// turns into vectors.
fn first<T: Copy>(numbers: &[T], bad: impl Fn(T) -> bool) -> Option<usize> {
    const RUN: usize = 4096;
    let any = |run: &[T]| run.iter().fold(false, |any, &number| any | bad(number));
    let run = numbers.chunks(RUN).position(any)?;
    let start = run * RUN;
    numbers[start..].iter().position(|&number| bad(number)).map(|index| start + index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three_rows() -> Dataset {
        let x = Values::F64(vec![1.0, f64::NAN, 3.0, 4.0, f64::NAN, 8.0]);
        Dataset::dense(2, x, Targets::Classes(vec![0, 1, 0])).unwrap()
    }

    #[test]
    fn missing_places_take_the_mean_of_the_present_ones() {
        let data = three_rows();
        assert_eq!(data.find_unusable(), Some((0, 1)));
        let means = data.present_means();
        assert_eq!(means, [2.0, 6.0]);
        let filled = data.fill_missing(&means);
        assert_eq!(filled.find_unusable(), None);
        assert_eq!(filled.blocks()[0].values(), &Values::F64(vec![1.0, 6.0, 3.0, 4.0, 2.0, 8.0]));
        assert_eq!(filled.schema().fills(), Some(vec![2.0, 6.0]));
    }

    #[test]
    fn select_keeps_the_order_and_the_targets() {
        let picked = three_rows().select(&[1, 0]);
        assert_eq!(picked.targets(), &Targets::Classes(vec![1, 0]));
        assert_eq!(picked.blocks()[0].values().get(0), 3.0);
    }

    #[test]
    fn halves_are_filled_found_and_selected() {
        let x = [1.0, f64::NAN, 3.0, 4.0, f64::INFINITY, 8.0];
        let halves = Values::F16(x.map(f16::from_f64).to_vec());
        let brains = Values::Bf16(x.map(bf16::from_f64).to_vec());
        for (values, dtype) in [(halves, "f16"), (brains, "bf16")] {
            assert_eq!((values.len(), values.dtype()), (6, dtype));
            let data = Dataset::dense(2, values, Targets::Absent).unwrap();
            assert_eq!(data.find_unusable(), Some((0, 1)));
            let summary = data.describe()[1];
            assert_eq!((summary.present, summary.min, summary.mean), (2, 4.0, 6.0));
            let filled = data.fill_missing(&[2.0, 6.0]);
            assert_eq!(filled.find_unusable(), Some((2, 0)));
            let picked = filled.select(&[1, 0]);
            let numbers: Vec<f64> = (0..4).map(|i| picked.blocks()[0].values().get(i)).collect();
            assert_eq!(numbers, [3.0, 4.0, 1.0, 6.0]);
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(Dataset::dense(2, Values::U8(vec![1, 2, 3]), Targets::Absent).is_err());
        assert!(Dataset::dense(0, Values::U8(vec![]), Targets::Absent).is_err());
        let short = Targets::Values(vec![1.0]);
        assert!(Dataset::dense(1, Values::U8(vec![1, 2, 3]), short).is_err());
    }
}
