//! Which settings did best.

use super::Candidate;
use crate::model::Metrics;

/// The loss by which a candidate is judged; infinite where there is none.
fn score(candidate: &Candidate) -> f64 {
    if candidate.fit.is_err() {
        return f64::INFINITY;
    }
    let held_out = candidate.cross_validation.as_ref().map(|scores| scores.loss);
    let valid = candidate.valid.as_ref().map(Metrics::loss);
    let train = candidate.train.as_ref().map(Metrics::loss);
    let loss = valid.or(held_out).or(train).unwrap_or(f64::INFINITY);
    if loss.is_finite() { loss } else { f64::INFINITY }
}

/// The candidates, the best first; of equals, the first of the grid.
pub(super) fn ranking(candidates: &[Candidate]) -> Vec<usize> {
    let mut ranking: Vec<usize> = (0..candidates.len()).collect();
    ranking.sort_by(|&a, &b| score(&candidates[a]).total_cmp(&score(&candidates[b])));
    ranking
}

/// Of the candidates within one standard error of the best, the most penalised: the one with the
/// largest L1 penalty, and of those with the largest L2 penalty. The first in the ranking wins a tie.
pub(super) fn one_standard_error(candidates: &[Candidate], ranking: &[usize]) -> Option<usize> {
    let scores = |index: usize| candidates[index].cross_validation.as_ref();
    let by_folds = |&&index: &&usize| candidates[index].fit.is_ok() && scores(index).is_some();
    let loss = |index: usize| scores(index).map_or(f64::INFINITY, |scores| scores.loss);
    let best = *ranking.iter().filter(by_folds).min_by(|&&a, &&b| loss(a).total_cmp(&loss(b)))?;
    let most = scores(best).map(|scores| scores.loss + scores.standard_error)?;
    let penalty = |index: usize| (candidates[index].settings.l1, candidates[index].settings.l2);
    let near = ranking.iter().filter(by_folds).filter(|&&index| loss(index) <= most);
    near.copied().reduce(|kept, next| if penalty(next) > penalty(kept) { next } else { kept })
}
