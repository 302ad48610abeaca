//! One fold among several, and the ways to share rows out to them.

use std::fmt;

use linnea_data::Dataset;
use serde::{Deserialize, Serialize};

use super::deal::{Keys, deal};
use super::share::Share;
use crate::error::Result;

/// One of several shares of the rows, which is not learned from. The seed of the settings deals the
/// rows; [`Folding::split`] says which rows are where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Which share, from 0.
    pub index: usize,
    /// How many shares there are, at least 2.
    pub of: usize,
    /// By what rows are shared out.
    #[serde(default, skip_serializing_if = "Folding::is_stratified")]
    pub by: Folding,
}

/// By what rows are shared out to folds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Folding {
    /// At random by the seed, those of every class alike: folds of equal size, give or take a row, and
    /// with as many rows of every class, give or take one.
    #[default]
    Stratified,
    /// By the rows' groups, none of which is in two folds. The largest group goes first, each to the
    /// fold that has the fewest rows; the seed decides between groups of equal size.
    Grouped,
    /// By the rows' times: they are cut in order into one block more than there are folds. Fold `i` is
    /// judged by block `i + 1`, learns from all blocks before it, and does not see what comes later.
    /// The blocks are of equal size, but for the first, which takes the rest, and rows of one time are
    /// never parted: all are in the block of the first of them.
    ByTime,
}

impl Fold {
    /// Fold `index` of `of`, stratified.
    #[must_use]
    pub fn new(index: usize, of: usize) -> Self {
        Self { index, of, by: Folding::Stratified }
    }
}

impl fmt::Display for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.index, self.of)
    }
}

impl Folding {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_stratified(&self) -> bool {
        *self == Self::Stratified
    }

    /// For each of `folds` folds, the rows that it learns from and those that it is judged by, in order.
    ///
    /// ```
    /// use linnea::Folding;
    /// use linnea::prelude::*;
    ///
    /// let data = Dataset::dense(1, Values::U8(vec![0; 6]), Targets::Values(vec![0.0; 6]))?;
    /// let data = data.with_times(vec![3.0, 1.0, 2.0, 6.0, 5.0, 4.0])?;
    /// let split = Folding::ByTime.split(&data, 2, 0)?;
    /// assert_eq!(split[0], (vec![1, 2], vec![0, 5]));
    /// assert_eq!(split[1], (vec![0, 1, 2, 5], vec![3, 4]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Folds`](crate::Error::Folds) if there are fewer than two folds, if the rows have no
    /// groups or times, or if they are too few for so many folds.
    pub fn split(
        self,
        data: &Dataset,
        folds: usize,
        seed: u64,
    ) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
        let dealt = deal(&Keys::of(data), self, folds, seed)?;
        let parts = |index| {
            let share = Share::new(&dealt, Fold { index, of: folds, by: self });
            let rows = 0..data.rows();
            let learned = rows.clone().filter(|&row| share.learns_from(row)).collect();
            (learned, rows.filter(|&row| share.is_judged_by(row)).collect())
        };
        Ok((0..folds).map(parts).collect())
    }
}
