//! The models that are trained side by side, and what each of them is told in a step.

use std::ops::Range;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::folds::Folds;
use crate::parameters::Parameters;
use crate::settings::Recipe;
use linnea_kernels::{Packed, Real};

/// All heads. Head h owns the columns h·q … (h + 1)·q of weights, logits and residuals.
pub(super) struct Heads<'a> {
    pub(super) recipes: &'a [Recipe],
    pub(super) outputs: usize,
    folds: &'a Folds,
}

/// What a head does in one step.
#[derive(Debug, Clone)]
pub(super) struct HeadStep {
    pub(super) columns: Range<usize>,
    pub(super) learning_rate: f64,
    pub(super) momentum: f64,
    pub(super) l2: f64,
    /// The rows of the minibatch that it learns from, times the mean weight of all that it learns from.
    pub(super) rows: f64,
}

impl<'a> Heads<'a> {
    pub(super) fn new(recipes: &'a [Recipe], outputs: usize, folds: &'a Folds) -> Self {
        Self { recipes, outputs, folds }
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
        let seen = match self.folds.of(head) {
            None => rows.len(),
            Some(share) => rows.iter().filter(|&&row| share.learns_from(row as usize)).count(),
        };
        let factor = recipe.schedule.factor(done, steps.saturating_mul(recipe.epochs));
        (seen > 0).then(|| HeadStep {
            columns: self.own(head),
            learning_rate: recipe.learning_rate * factor,
            momentum: recipe.momentum,
            l2: recipe.l2,
            rows: seen as f64 * self.folds.mean_weight(head),
        })
    }

    /// The weight of the rows that a head learns from in an epoch.
    pub(super) fn weight(&self, head: usize) -> f64 {
        self.folds.weight(head)
    }

    /// Takes from each head what belongs to the rows that it does not learn from.
    pub(super) fn hold_out<A: Real>(
        &self,
        rows: &[u32],
        residuals: &mut Packed<A>,
        losses: &mut Packed<f64>,
    ) {
        for head in 0..self.recipes.len() {
            self.folds.hold_out(head, head, rows, residuals, losses);
        }
    }
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
