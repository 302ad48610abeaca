//! Which settings did best.

use super::{Candidate, CrossValidation};
use crate::model::Metrics;

/// What candidates are judged by; the smaller, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Score {
    /// The loss that they all have.
    Loss,
    /// The mean absolute error, where losses differ.
    Error,
}

impl Score {
    /// The score of some metrics; of classes always the loss, of which there is one.
    fn of(self, metrics: &Metrics) -> f64 {
        match (self, metrics.mae()) {
            (Self::Error, Some(error)) => error,
            _ => metrics.loss(),
        }
    }

    /// The mean score of the folds, and its standard error.
    fn of_folds(self, folds: &CrossValidation) -> [f64; 2] {
        match (self, folds.mae, folds.mae_standard_error) {
            (Self::Error, Some(error), Some(spread)) => [error, spread],
            _ => [folds.loss, folds.standard_error],
        }
    }

    /// The score by which a candidate is judged; infinite where there is none. Where others were judged by
    /// rows that were held out, the rows that it learned from say nothing.
    fn judges(self, candidate: &Candidate, with_folds: bool) -> f64 {
        if candidate.fit.is_err() {
            return f64::INFINITY;
        }
        let held_out = candidate.cross_validation.as_ref().map(|folds| self.of_folds(folds)[0]);
        let of = |metrics: &Option<Metrics>| metrics.as_ref().map(|metrics| self.of(metrics));
        let train = of(&candidate.train).filter(|_| !with_folds);
        let score = of(&candidate.valid).or(held_out).or(train);
        score.filter(|score| score.is_finite()).unwrap_or(f64::INFINITY)
    }
}

/// The candidates, the best first; of equals, the first of the grid. Those that failed stand last.
pub(super) fn ranking(candidates: &[Candidate], by: Score) -> Vec<usize> {
    let judged = |one: &Candidate| one.fit.is_ok() && one.cross_validation.is_some();
    let with_folds = candidates.iter().any(judged);
    let score = |index: usize| by.judges(&candidates[index], with_folds);
    let failed = |index: usize| candidates[index].fit.is_err();
    let mut ranking: Vec<usize> = (0..candidates.len()).collect();
    ranking.sort_by(|&a, &b| score(a).total_cmp(&score(b)).then(failed(a).cmp(&failed(b))));
    ranking
}

/// Of the candidates within one standard error of the best, the most penalised: the one with the
/// largest L1 penalty, and of those with the largest L2 penalty. The first in the ranking wins a tie.
pub(super) fn one_standard_error(
    candidates: &[Candidate],
    ranking: &[usize],
    by: Score,
) -> Option<usize> {
    let scores = |index: usize| {
        let folds = candidates[index].cross_validation.as_ref();
        folds.filter(|_| candidates[index].fit.is_ok()).map(|folds| by.of_folds(folds))
    };
    let score = |index: usize| scores(index).map_or(f64::INFINITY, |[score, _]| score);
    let judged = |&&index: &&usize| scores(index).is_some();
    let best = *ranking.iter().filter(judged).min_by(|&&a, &&b| score(a).total_cmp(&score(b)))?;
    let most = scores(best).map(|[score, spread]| score + spread)?;
    let penalty = |index: usize| (candidates[index].settings.l1, candidates[index].settings.l2);
    let near = ranking.iter().filter(judged).filter(|&&index| score(index) <= most);
    near.copied().reduce(|kept, next| if penalty(next) > penalty(kept) { next } else { kept })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::sweep::Sweep;
    use crate::trainer::Trainer;
    use linnea_data::Builtin;

    #[test]
    fn who_lost_a_fold_is_not_judged_by_the_rows_that_it_learned_from() {
        let (train, _) = Builtin::Diabetes.train_test().unwrap();
        let trainer = Trainer::new();
        let swept = Sweep::new(&trainer).l2(&[1e-3, 0.1, 10.0]).folds(3).fit(&train).unwrap();
        let mut candidates = swept.candidates;
        let training = |candidate: &Candidate| candidate.train.as_ref().unwrap().loss();
        assert!(training(&candidates[0]) < training(&candidates[1]));
        let others =
            |ranking: &[usize]| ranking.iter().copied().filter(|&i| i != 0).collect::<Vec<_>>();
        let before = ranking(&candidates, Score::Loss);
        candidates[0].cross_validation = None;
        let without = ranking(&candidates, Score::Loss);
        assert_eq!((others(&without), without[2]), (others(&before), 0));
        // Who failed stands behind even those of whom nothing is known.
        candidates.iter_mut().for_each(|candidate| candidate.cross_validation = None);
        candidates.iter_mut().for_each(|candidate| candidate.train = None);
        candidates[0].fit = Err(Error::Interrupted);
        assert_eq!(ranking(&candidates, Score::Loss), [1, 2, 0]);
    }
}
