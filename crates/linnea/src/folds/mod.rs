//! The shares of the rows that heads do not learn from.

mod deal;
mod fold;
mod share;
#[cfg(test)]
mod tests;

pub(crate) use deal::{Keys, stratified};
pub use fold::{Fold, Folding};
pub(crate) use share::Share;

use linnea_data::Dataset;
use linnea_kernels::{Packed, Real};

use crate::error::{Error, Result};
use crate::row_weights::weight_of;
use crate::settings::Recipe;

/// The fold of every row of `data`, from 0, when it is dealt to `folds` of them with a seed: equally
/// large, give or take a row, and with as many rows of every class, give or take one. It is how
/// [`Folding::Stratified`] shares rows; [`Folding::split`] does it for every way.
///
/// ```
/// use linnea::prelude::*;
///
/// let (train, _) = Builtin::Digits.train_test()?;
/// let folds = linnea::fold_rows(&train, 5, 0);
/// assert!((0..5).all(|fold| folds.iter().filter(|&&f| f == fold).count().abs_diff(287) < 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// If `folds` is 0.
#[must_use]
pub fn fold_rows(data: &Dataset, folds: usize, seed: u64) -> Vec<u32> {
    assert!(folds > 0, "there must be folds to deal rows to");
    stratified(data.rows(), Keys::of(data).classes, folds, seed)
}

/// Which rows each head learns from, and how much they count.
#[derive(Debug, Default)]
pub(crate) struct Folds {
    heads: Vec<Head>,
    dealt: Vec<Dealt>,
}

/// A head's share.
#[derive(Debug)]
struct Head {
    /// Its fold, and where in `dealt` the rows' places are.
    fold: Option<(usize, Fold)>,
    /// How many rows it learns from, and the sum of their weights.
    rows: usize,
    weight: f64,
}

/// The rows as they were dealt in one way.
#[derive(Debug)]
struct Dealt {
    key: (usize, Folding, u64),
    places: Vec<u32>,
}

impl Folds {
    /// From every head's fold and seed, and the weights of the rows, if they have some.
    ///
    /// # Errors
    /// [`Error::Folds`] if the rows cannot be dealt so, or a head would learn from nothing.
    pub(crate) fn new(
        recipes: &[Recipe],
        keys: &Keys<'_>,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let mut folds = Self::default();
        for recipe in recipes {
            let fold = match recipe.fold {
                Some(fold) => Some((folds.deal(fold, recipe.seed, keys)?, fold)),
                None => None,
            };
            let head = folds.head(fold, keys.rows, weights)?;
            folds.heads.push(head);
        }
        Ok(folds)
    }

    /// Where the places of rows dealt for a fold are; they are dealt once.
    fn deal(&mut self, fold: Fold, seed: u64, keys: &Keys<'_>) -> Result<usize> {
        let key = (fold.of, fold.by, seed);
        if let Some(known) = self.dealt.iter().position(|dealt| dealt.key == key) {
            return Ok(known);
        }
        let places = deal::deal(keys, fold.by, fold.of, seed)?;
        self.dealt.push(Dealt { key, places });
        Ok(self.dealt.len() - 1)
    }

    fn head(
        &self,
        fold: Option<(usize, Fold)>,
        all: usize,
        weights: Option<&[f64]>,
    ) -> Result<Head> {
        let Some((place, own)) = fold else {
            // Weights have the mean 1 over all rows.
            return Ok(Head { fold, rows: all, weight: all as f64 });
        };
        let share = Share::new(&self.dealt[place].places, own);
        let rows = share.learned().count();
        let weight =
            weights.map_or(rows as f64, |weights| share.learned().map(|row| weights[row]).sum());
        if weight > 0.0 {
            return Ok(Head { fold, rows, weight });
        }
        Err(Error::Folds(format!(
            "fold {own} would learn from no row, or from none with a weight; take other folds"
        )))
    }

    /// What a head learns from; `None` for all rows.
    pub(crate) fn of(&self, head: usize) -> Option<Share<'_>> {
        let (place, own) = self.heads.get(head)?.fold?;
        Some(Share::new(&self.dealt[place].places, own))
    }

    /// The weight of all rows that a head learns from: by what its sums are divided. Their number, if
    /// all count alike.
    pub(crate) fn weight(&self, head: usize) -> f64 {
        self.heads[head].weight
    }

    /// The mean weight of the rows that a head learns from: 1, if all count alike.
    pub(crate) fn mean_weight(&self, head: usize) -> f64 {
        self.heads[head].weight / self.heads[head].rows as f64
    }

    /// The mean of the values of the rows that a head learns from, weighted if these have weights; 0
    /// without values.
    pub(crate) fn mean(&self, head: usize, weights: Option<&[f64]>, values: &[f64]) -> f64 {
        let share = self.of(head);
        let learned = |row: usize| share.is_none_or(|share| share.learns_from(row));
        let seen = values.iter().enumerate().filter(|(row, _)| learned(*row));
        seen.map(|(row, value)| weight_of(weights, row) * value).sum::<f64>() / self.weight(head)
    }

    /// Takes from the columns of a head what belongs to rows that it does not learn from.
    pub(crate) fn hold_out<A: Real>(
        &self,
        head: usize,
        column: usize,
        rows: &[u32],
        residuals: &mut Packed<A>,
        losses: &mut Packed<f64>,
    ) {
        let Some(share) = self.of(head) else { return };
        let q = residuals.columns() / losses.columns();
        for (r, _) in rows.iter().enumerate().filter(|(_, row)| !share.learns_from(**row as usize))
        {
            for c in column * q..(column + 1) * q {
                let index = residuals.index(r, c);
                residuals.as_mut_slice()[index] = A::ZERO;
            }
            let index = losses.index(r, column);
            losses.as_mut_slice()[index] = 0.0;
        }
    }
}
