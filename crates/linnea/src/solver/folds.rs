//! Which rows each head learns from.

use crate::settings::Fold;
use crate::sgd::deal;
use linnea_kernels::{Packed, Real};

/// Which rows each head learns from.
#[derive(Debug, Default)]
pub(crate) struct Folds {
    /// Of each head: the fold of every row, by its place in `dealt`, and the one that is held out.
    heads: Vec<Option<(usize, u32)>>,
    dealt: Vec<((usize, u64), Vec<u32>)>,
}

impl Folds {
    /// From every head's fold and seed.
    pub(crate) fn new(heads: &[(Option<Fold>, u64)], rows: usize) -> Self {
        let mut folds = Self::default();
        for &(fold, seed) in heads {
            let own = fold.map(|Fold { index, of }| {
                let known = folds.dealt.iter().position(|(key, _)| *key == (of, seed));
                let place = known.unwrap_or_else(|| {
                    folds.dealt.push(((of, seed), deal(rows, of, seed)));
                    folds.dealt.len() - 1
                });
                (place, index as u32)
            });
            folds.heads.push(own);
        }
        folds
    }

    fn of(&self, head: usize) -> Option<(&[u32], u32)> {
        let (place, own) = (*self.heads.get(head)?)?;
        Some((&self.dealt[place].1, own))
    }

    /// How many of `all` rows a head learns from.
    pub(crate) fn rows(&self, head: usize, all: usize) -> usize {
        self.of(head).map_or(all, |(folds, own)| folds.iter().filter(|&&f| f != own).count())
    }

    /// Takes from the columns of a head what belongs to rows that it does not learn from.
    pub(super) fn hold_out<A: Real>(
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
