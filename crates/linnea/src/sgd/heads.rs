//! The models that are trained side by side, and what each of them is told in a step.

use std::ops::Range;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::parameters::Parameters;
use crate::settings::{Fold, Recipe};
use linnea_kernels::{Packed, Real};

/// The stream of the seed from which rows are dealt to folds: no epoch has it.
const FOLDS: u64 = u64::MAX;

/// All heads. Head h owns the columns h·q … (h + 1)·q of weights, logits and residuals.
pub(super) struct Heads<'a> {
    pub(super) recipes: &'a [Recipe],
    pub(super) outputs: usize,
    /// For every number of folds that a head asks for: the fold of each row.
    dealt: Vec<(usize, Vec<u32>)>,
}

/// What a head does in one step.
#[derive(Debug, Clone)]
pub(super) struct HeadStep {
    pub(super) columns: Range<usize>,
    pub(super) learning_rate: f64,
    pub(super) momentum: f64,
    pub(super) l2: f64,
    /// The rows of the minibatch that it learns from.
    pub(super) rows: usize,
}

impl<'a> Heads<'a> {
    pub(super) fn new(recipes: &'a [Recipe], outputs: usize, rows: usize) -> Self {
        let mut dealt: Vec<(usize, Vec<u32>)> = Vec::new();
        for recipe in recipes {
            if let Some(Fold { of, .. }) = recipe.fold
                && dealt.iter().all(|(folds, _)| *folds != of)
            {
                dealt.push((of, deal(rows, of, recipe.seed)));
            }
        }
        Self { recipes, outputs, dealt }
    }

    /// The columns of all heads together.
    pub(super) fn columns(&self) -> usize {
        self.recipes.len() * self.outputs
    }

    pub(super) fn own(&self, head: usize) -> Range<usize> {
        head * self.outputs..(head + 1) * self.outputs
    }

    /// The longest run of epochs.
    pub(super) fn epochs(&self) -> usize {
        self.recipes.iter().map(|recipe| recipe.epochs).max().unwrap_or(0)
    }

    /// What a head does with some rows, in step `done` of `steps` an epoch; `None` if it learns from
    /// none of them.
    pub(super) fn step(
        &self,
        head: usize,
        rows: &[u32],
        done: usize,
        steps: usize,
    ) -> Option<HeadStep> {
        let recipe = &self.recipes[head];
        let seen = match self.fold(head) {
            None => rows.len(),
            Some((folds, own)) => rows.iter().filter(|&&row| folds[row as usize] != own).count(),
        };
        let factor = recipe.schedule.factor(done, steps.saturating_mul(recipe.epochs));
        (seen > 0).then(|| HeadStep {
            columns: self.own(head),
            learning_rate: recipe.learning_rate * factor,
            momentum: recipe.momentum,
            l2: recipe.l2,
            rows: seen,
        })
    }

    /// How many rows a head learns from in an epoch.
    pub(super) fn rows(&self, head: usize, all: usize) -> usize {
        self.fold(head).map_or(all, |(folds, own)| folds.iter().filter(|&&f| f != own).count())
    }

    /// Takes from each head what belongs to the rows that it does not learn from.
    pub(super) fn hold_out<A: Real>(
        &self,
        rows: &[u32],
        residuals: &mut Packed<A>,
        losses: &mut Packed<f64>,
    ) {
        for head in 0..self.recipes.len() {
            let Some((folds, own)) = self.fold(head) else { continue };
            for (r, _) in rows.iter().enumerate().filter(|(_, row)| folds[**row as usize] == own) {
                for column in self.own(head) {
                    let index = residuals.index(r, column);
                    residuals.as_mut_slice()[index] = A::ZERO;
                }
                let index = losses.index(r, head);
                losses.as_mut_slice()[index] = 0.0;
            }
        }
    }

    /// The folds of all rows, and the one that a head does not learn from.
    fn fold(&self, head: usize) -> Option<(&[u32], u32)> {
        let Fold { index, of } = self.recipes[head].fold?;
        let (_, dealt) = self.dealt.iter().find(|(folds, _)| *folds == of)?;
        Some((dealt, index as u32))
    }
}

/// Deals rows to folds of equal size, give or take one, in an order that the seed decides.
pub(crate) fn deal(rows: usize, folds: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(FOLDS);
    order.shuffle(&mut rng);
    let mut dealt = vec![0; rows];
    order.iter().enumerate().for_each(|(i, &row)| dealt[row as usize] = (i % folds) as u32);
    dealt
}

/// The weights at the start: 0, or with a seed uniform within ±1/√d, as PyTorch's `nn.Linear` has
/// them.
pub(super) fn start(recipe: &Recipe, outputs: usize, features: usize) -> Parameters {
    let mut parameters = Parameters::zeros(outputs, features);
    if let Some(seed) = recipe.init_seed {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let bound = 1.0 / (features as f64).sqrt();
        let all = parameters.weight.iter_mut().chain(&mut parameters.bias);
        all.for_each(|number| *number = bound * rng.random_range(-1.0..1.0));
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_of_equal_size_and_decided_by_the_seed() {
        let dealt = deal(103, 5, 7);
        let size = |fold| dealt.iter().filter(|&&f| f == fold).count();
        assert_eq!([0, 1, 2, 3, 4].map(size), [21, 21, 21, 20, 20]);
        assert_eq!(dealt, deal(103, 5, 7));
        assert_ne!(dealt, deal(103, 5, 8));
    }
}
