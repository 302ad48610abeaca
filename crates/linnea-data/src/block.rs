//! Blocks: runs of rows, dense and row-major, in the number type in which they are stored.

use half::{bf16, f16};

use crate::memory::room;

/// The numbers of a block, row after row.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// Single precision; the engine computes in `f32`.
    F32(Vec<f32>),
    /// Double precision; the engine computes in `f64`. Tables read from text come so.
    F64(Vec<f64>),
    /// Bytes, as images are stored; the engine widens them as it loads and computes in `f32`.
    U8(Vec<u8>),
    /// Half precision (IEEE 754 binary16: 11 bits, up to ±65,504); the engine widens and computes in
    /// `f32`. Two bytes a number, as embeddings are often kept.
    F16(Vec<f16>),
    /// The upper half of an `f32`: its range with 8 bits; the engine widens and computes in `f32`.
    Bf16(Vec<bf16>),
}

impl Values {
    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::U8(values) => values.len(),
            Self::F16(values) => values.len(),
            Self::Bf16(values) => values.len(),
        }
    }

    /// Whether there is no number at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type's short name: `f32`, `f64`, `u8`, `f16` or `bf16`.
    #[must_use]
    pub fn dtype(&self) -> &'static str {
        match self {
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::U8(_) => "u8",
            Self::F16(_) => "f16",
            Self::Bf16(_) => "bf16",
        }
    }

    /// The number at `index`, widened to `f64`.
    ///
    /// # Panics
    /// If `index` is not below [`Values::len`].
    #[must_use]
    pub fn get(&self, index: usize) -> f64 {
        match self {
            Self::F32(values) => f64::from(values[index]),
            Self::F64(values) => values[index],
            Self::U8(values) => f64::from(values[index]),
            Self::F16(values) => f64::from(values[index]),
            Self::Bf16(values) => f64::from(values[index]),
        }
    }

    /// Appends the `width` numbers of `from` that begin at `start`.
    fn extend_from(&mut self, from: &Self, start: usize, width: usize) {
        let range = start..start + width;
        match (self, from) {
            (Self::F32(to), Self::F32(from)) => to.extend_from_slice(&from[range]),
            (Self::F64(to), Self::F64(from)) => to.extend_from_slice(&from[range]),
            (Self::U8(to), Self::U8(from)) => to.extend_from_slice(&from[range]),
            (Self::F16(to), Self::F16(from)) => to.extend_from_slice(&from[range]),
            (Self::Bf16(to), Self::Bf16(from)) => to.extend_from_slice(&from[range]),
            _ => unreachable!("the blocks of a data set share their number type"),
        }
    }

    /// An empty vector of the same type with room for `capacity` numbers.
    fn empty_like(&self, capacity: usize) -> Self {
        match self {
            Self::F32(_) => Self::F32(room(capacity)),
            Self::F64(_) => Self::F64(room(capacity)),
            Self::U8(_) => Self::U8(room(capacity)),
            Self::F16(_) => Self::F16(room(capacity)),
            Self::Bf16(_) => Self::Bf16(room(capacity)),
        }
    }
}

/// A run of consecutive rows, all with the same number of features.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    features: usize,
    rows: usize,
    values: Values,
}

impl Block {
    /// A block of `values.len() / features` rows.
    ///
    /// # Panics
    /// If `features` is 0 or does not divide the number of values: that is a reader's bug, not a
    /// user's mistake.
    #[must_use]
    pub fn new(features: usize, values: Values) -> Self {
        assert!(
            features > 0 && values.len().is_multiple_of(features),
            "{} values do not make rows of {features}",
            values.len()
        );
        Self { features, rows: values.len() / features, values }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of features in a row.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features
    }

    /// The numbers, row-major, `rows × features` of them.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    pub(crate) fn values_mut(&mut self) -> &mut Values {
        &mut self.values
    }

    /// Copies some rows of some blocks, in the order asked for, into one new block.
    pub(crate) fn select(blocks: &[Self], block_rows: usize, rows: &[usize]) -> Self {
        let features = blocks[0].features;
        let mut values = blocks[0].values.empty_like(rows.len() * features);
        for &row in rows {
            let block = &blocks[row / block_rows];
            let start = (row % block_rows) * features;
            values.extend_from(&block.values, start, features);
        }
        Self { features, rows: rows.len(), values }
    }
}
