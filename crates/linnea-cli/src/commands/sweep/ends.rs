//! How the settings' runs ended: who did not come to an optimum, and what to do about it.

use linnea::{Candidate, Convergence, Reason, SweepFit};
use serde_json::{Value, json};

use crate::table::things;

fn convergence(candidate: &Candidate) -> Option<&Convergence> {
    candidate.fit.as_ref().ok().and_then(|fit| fit.convergence.as_ref())
}

/// Why a candidate's numbers are not those of an optimum, in a word; SGD does not say.
pub(super) fn mark(candidate: &Candidate) -> Option<String> {
    match convergence(candidate) {
        Some(end) if end.reason == Reason::Separable => return Some("separable".into()),
        Some(end) if !end.converged => return Some("not converged".into()),
        _ => {}
    }
    let folds = candidate.cross_validation.as_ref().filter(|folds| folds.unconverged > 0)?;
    Some(format!("{} not converged", things(folds.unconverged, "fold")))
}

/// The solver's object of a candidate, by the names that `train` has for the same.
pub(super) fn json(candidate: &Candidate) -> Value {
    let end = convergence(candidate);
    let provenance = candidate.fit.as_ref().ok().map(|fit| &fit.model.card().provenance);
    json!({
        "converged": end.map(|end| end.converged),
        "reason": end.map(|end| end.reason),
        "gradient_norm": provenance.map(|provenance| provenance.gradient_norm),
        "gap": end.and_then(|end| end.gap),
    })
}

/// A word where some did not come to an optimum.
pub(super) fn advice(swept: &SweepFit, chosen: usize) -> Option<String> {
    let unfinished: Vec<_> = (0..swept.candidates.len())
        .filter(|&index| mark(&swept.candidates[index]).is_some())
        .collect();
    if unfinished.is_empty() {
        return None;
    }
    let kept = if unfinished.contains(&chosen) { ", the one that is kept among them" } else { "" };
    Some(format!(
        "{} of {} did not converge{kept}, so that their losses are not those of an optimum; {}",
        unfinished.len(),
        things(swept.candidates.len(), "setting"),
        remedy(unfinished.iter().map(|&index| &swept.candidates[index])),
    ))
}

/// What helps all of them. More iterations are of no use where there is no optimum.
fn remedy<'a>(unfinished: impl Iterator<Item = &'a Candidate>) -> &'static str {
    let is_separable =
        |candidate| convergence(candidate).is_some_and(|end| end.reason == Reason::Separable);
    let separable: Vec<bool> = unfinished.map(is_separable).collect();
    match (separable.contains(&true), separable.contains(&false)) {
        (true, false) => {
            "separable classes have no optimum without a penalty: leave 0 out, and try small ones such as \
             --l2 1e-4"
        }
        (true, true) => {
            "separable classes need a penalty such as --l2 1e-4, others more --max-iterations or a larger \
             --tol"
        }
        _ => "more --max-iterations, a larger --tol, or larger penalties",
    }
}
