//! The shares of the rows that heads do not learn from.

use linnea_data::{Dataset, Targets};
use linnea_kernels::{Packed, Real};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::loss::RowLoss;
use crate::settings::{Fold, Recipe};

/// The stream of the seed from which rows are dealt to folds: no epoch has it.
const STREAM: u64 = u64::MAX;

/// The fold of every row of `data`, from 0, when it is dealt to `folds` of them with a seed: equally
/// large, give or take a row, and with as many rows of every class, give or take one. It is how
/// [`Fold`] and [`Sweep::folds`](crate::Sweep::folds) share rows.
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
    let classes = match data.targets() {
        Targets::Classes(classes) => Some(classes.as_slice()),
        _ => None,
    };
    deal(data.rows(), classes, folds, seed)
}

/// Deals rows in turn, those of a class together, in an order that the seed decides within each.
pub(crate) fn deal(rows: usize, classes: Option<&[u32]>, folds: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(STREAM);
    order.shuffle(&mut rng);
    if let Some(classes) = classes {
        order.sort_by_key(|&row| classes[row as usize]);
    }
    let mut dealt = vec![0; rows];
    order.iter().enumerate().for_each(|(i, &row)| dealt[row as usize] = (i % folds) as u32);
    dealt
}

/// Which rows each head learns from.
#[derive(Debug, Default)]
pub(crate) struct Folds {
    /// Of each head: the fold of every row, by its place in `dealt`, and the one that is held out.
    heads: Vec<Option<(usize, u32)>>,
    dealt: Vec<((usize, u64), Vec<u32>)>,
}

impl Folds {
    /// From every head's fold and seed.
    pub(crate) fn new<A>(recipes: &[Recipe], rows: usize, loss: &dyn RowLoss<A>) -> Self {
        let mut folds = Self::default();
        for &Recipe { fold, seed, .. } in recipes {
            let own = fold.map(|Fold { index, of }| {
                let known = folds.dealt.iter().position(|(key, _)| *key == (of, seed));
                let place = known.unwrap_or_else(|| {
                    folds.dealt.push(((of, seed), deal(rows, loss.classes(), of, seed)));
                    folds.dealt.len() - 1
                });
                (place, index as u32)
            });
            folds.heads.push(own);
        }
        folds
    }

    /// The folds of all rows, and the one that a head does not learn from.
    pub(crate) fn of(&self, head: usize) -> Option<(&[u32], u32)> {
        let (place, own) = (*self.heads.get(head)?)?;
        Some((&self.dealt[place].1, own))
    }

    /// How many of `all` rows a head learns from.
    pub(crate) fn rows(&self, head: usize, all: usize) -> usize {
        self.of(head).map_or(all, |(folds, own)| folds.iter().filter(|&&f| f != own).count())
    }

    /// The mean of the values of the rows that a head learns from; 0 without values.
    pub(crate) fn mean(&self, head: usize, values: &[f64]) -> f64 {
        let own = |row: usize| self.of(head).is_none_or(|(folds, own)| folds[row] != own);
        let seen = values.iter().enumerate().filter(|(row, _)| own(*row)).map(|(_, value)| value);
        seen.sum::<f64>() / self.rows(head, values.len()).max(1) as f64
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
        let Some((folds, own)) = self.of(head) else { return };
        let q = residuals.columns() / losses.columns();
        for (r, _) in rows.iter().enumerate().filter(|(_, row)| folds[**row as usize] == own) {
            for c in column * q..(column + 1) * q {
                let index = residuals.index(r, c);
                residuals.as_mut_slice()[index] = A::ZERO;
            }
            let index = losses.index(r, column);
            losses.as_mut_slice()[index] = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_of_equal_size_and_decided_by_the_seed() {
        let dealt = deal(103, None, 5, 7);
        let size = |fold| dealt.iter().filter(|&&f| f == fold).count();
        assert_eq!([0, 1, 2, 3, 4].map(size), [21, 21, 21, 20, 20]);
        assert_eq!(dealt, deal(103, None, 5, 7));
        assert_ne!(dealt, deal(103, None, 5, 8));
    }

    #[test]
    fn every_fold_has_its_share_of_every_class() {
        let classes: Vec<u32> = (0..100).map(|row| u32::from(row % 10 == 0)).collect();
        let dealt = deal(100, Some(&classes), 5, 0);
        for fold in 0..5 {
            let rare = (0..100).filter(|&row| classes[row] == 1 && dealt[row] == fold).count();
            assert_eq!(rare, 2);
        }
    }
}
