//! The grid of settings: every combination of the lists.

use crate::loss::Loss;
use crate::settings::Settings;

/// What is to be tried; an empty list leaves the trainer's own setting.
#[derive(Debug, Clone, Default)]
pub(super) struct Grid {
    pub(super) losses: Vec<Loss>,
    pub(super) learning_rates: Vec<f64>,
    pub(super) l2: Vec<f64>,
    pub(super) l1: Vec<f64>,
    pub(super) momenta: Vec<f64>,
    pub(super) epochs: Vec<usize>,
    pub(super) init_seeds: Vec<u64>,
}

impl Grid {
    /// Every combination, the last list's entries changing fastest.
    pub(super) fn settings(&self, base: &Settings) -> Vec<Settings> {
        let mut all = vec![base.clone()];
        vary(&mut all, &self.losses, |settings, &loss| {
            settings.loss = Some(loss);
            settings.delta = base.delta.filter(|_| loss == Loss::Huber);
        });
        vary(&mut all, &self.epochs, |settings, &epochs| settings.epochs = Some(epochs));
        vary(&mut all, &self.init_seeds, |settings, &seed| settings.init_seed = Some(seed));
        vary(&mut all, &self.momenta, |settings, &momentum| settings.momentum = Some(momentum));
        vary(&mut all, &self.learning_rates, |settings, &rate| settings.learning_rate = Some(rate));
        vary(&mut all, &self.l1, |settings, &l1| settings.l1 = l1);
        vary(&mut all, &self.l2, |settings, &l2| settings.l2 = l2);
        all
    }
}

/// Puts a copy for each of `values` in the place of every setting.
fn vary<V>(all: &mut Vec<Settings>, values: &[V], set: impl Fn(&mut Settings, &V)) {
    if values.is_empty() {
        return;
    }
    let copies = |settings: &Settings| {
        let copy = |value| {
            let mut copy = settings.clone();
            set(&mut copy, value);
            copy
        };
        values.iter().map(copy).collect::<Vec<_>>()
    };
    *all = all.iter().flat_map(copies).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_there_once() {
        let grid =
            Grid { learning_rates: vec![0.1, 0.2], l2: vec![0.0, 1.0, 2.0], ..Grid::default() };
        let all = grid.settings(&Settings::default());
        let pairs: Vec<_> = all.iter().map(|s| (s.learning_rate, s.l2)).collect();
        let rates = [Some(0.1), Some(0.2)];
        let wanted = rates.iter().flat_map(|&rate| [0.0, 1.0, 2.0].map(|l2| (rate, l2)));
        assert!(pairs.into_iter().eq(wanted));
        assert_eq!(Grid::default().settings(&Settings::default()).len(), 1);
    }
}
