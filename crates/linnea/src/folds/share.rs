//! Which rows a fold learns from, and which it is judged by.

use super::fold::{Fold, Folding};

/// A fold's view of the rows as they were dealt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share<'a> {
    /// Of every row: its fold or, by time, its block.
    dealt: &'a [u32],
    own: u32,
    /// Whether what comes after is not seen either.
    forward: bool,
}

impl<'a> Share<'a> {
    pub(super) fn new(dealt: &'a [u32], fold: Fold) -> Self {
        // By time, no fold is judged by the first block.
        let forward = fold.by == Folding::ByTime;
        Self { dealt, own: fold.index as u32 + u32::from(forward), forward }
    }

    #[inline]
    pub(crate) fn learns_from(&self, row: usize) -> bool {
        let place = self.dealt[row];
        if self.forward { place < self.own } else { place != self.own }
    }

    pub(super) fn is_judged_by(&self, row: usize) -> bool {
        self.dealt[row] == self.own
    }

    /// How many rows are learned from.
    pub(super) fn learned(&self) -> impl Iterator<Item = usize> + use<'_> {
        (0..self.dealt.len()).filter(|&row| self.learns_from(row))
    }
}
