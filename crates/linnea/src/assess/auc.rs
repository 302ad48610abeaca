//! The area under the ROC curve of a class against the rest, exactly: the share of pairs of a row that
//! has the class and one that has not of which the first has the larger score, ties counting half
//! (Mann & Whitney 1947; Hanley & McNeil 1982). A pair counts by the product of its rows' weights.
//!
//! The score is the odds p/(1 − p). They order rows as the probability does, but do not become equal
//! where that is rounded to 1.

use linnea_data::Dataset;
use linnea_kernels::Level;

use crate::error::Result;
use crate::loss::softmax_in_place;
use crate::model::{Model, likeliest};
use crate::pass::{Work, map};
use crate::row_weights::{row_weights, weight_of};

/// The scores of one pass take at most so many bytes; more classes take another pass.
const MOST_BYTES: usize = 256 << 20;
/// What a score costs to be ranked, in multiply-adds.
const A_SORT: usize = 1024;

impl Model {
    /// The area of every class; `None` where rows do not both have it and have it not.
    pub(super) fn areas(
        &self,
        data: &Dataset,
        classes: &[u32],
        threads: Option<usize>,
    ) -> Result<Vec<Option<f64>>> {
        let q = self.outputs();
        let weights = row_weights(data);
        let weights = weights.as_deref();
        let at_once = (MOST_BYTES / (classes.len() * size_of::<f64>())).clamp(1, q);
        let mut areas = Vec::with_capacity(q);
        for first in (0..q).step_by(at_once) {
            let some = first..(first + at_once).min(q);
            let scores = self.odds(data, some.clone(), threads)?;
            let of_class = |index: usize| {
                let scores = scores.iter().skip(index).step_by(some.len());
                let rows = scores.zip(classes).enumerate();
                area(rows.map(|(row, (&score, &class))| Scored {
                    score,
                    has: class as usize == first + index,
                    weight: weight_of(weights, row),
                }))
            };
            // Sorting the scores takes most.
            let work = Work::new::<f64>(threads, A_SORT * classes.len());
            areas.extend(map(some.len(), work, of_class));
        }
        Ok(areas)
    }

    /// The odds of some classes, row-major.
    fn odds(
        &self,
        data: &Dataset,
        some: std::ops::Range<usize>,
        threads: Option<usize>,
    ) -> Result<Vec<f64>> {
        let level = Level::detect();
        let push = |found: &mut Vec<f64>, _: usize, logits: &mut [f64]| {
            let best = likeliest(logits);
            softmax_in_place(level, logits);
            let odds = |class| logits[class] / rest(logits, class, best);
            found.extend(some.clone().map(odds));
        };
        Ok(self.fold_logits(data, threads, 1, Vec::new, push)?.concat())
    }
}

/// The probability of all classes but one: as a sum for the likeliest, whose own may be close to 1.
fn rest(probabilities: &[f64], class: usize, best: usize) -> f64 {
    if class != best {
        return 1.0 - probabilities[class];
    }
    let others = probabilities[..class].iter().chain(&probabilities[class + 1..]);
    others.sum()
}

/// A row's score for a class, whether it has the class, and how much it counts.
struct Scored {
    score: f64,
    has: bool,
    weight: f64,
}

/// The area for some rows.
fn area(rows: impl Iterator<Item = Scored>) -> Option<f64> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable_by(|a, b| a.score.total_cmp(&b.score));
    let (mut below, mut positives, mut halves) = (0.0, 0.0, 0.0);
    for equal in rows.chunk_by(|a, b| a.score == b.score) {
        let weight = |has: bool| -> f64 {
            equal.iter().filter(|row| row.has == has).map(|row| row.weight).sum()
        };
        let (own, others) = (weight(true), weight(false));
        halves += own * (2.0 * below + others);
        positives += own;
        below += others;
    }
    let pairs = positives * below;
    (pairs > 0.0).then(|| (halves / 2.0 / pairs).min(1.0))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    fn of(rows: &[(f64, bool, u32)]) -> Option<f64> {
        let rows = rows.iter();
        area(rows.map(|&(score, has, w)| Scored { score, has, weight: w.into() }))
    }

    #[test]
    fn a_class_that_all_rows_have_has_no_area() {
        assert_eq!(of(&[(0.3, true, 1), (0.2, true, 2)]), None);
        assert_eq!(of(&[(0.3, true, 1), (0.2, false, 0)]), None);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[(f64::INFINITY, true, 1), (0.2, false, 1)]), Some(1.0));
    }

    proptest! {
        #[test]
        fn pairs_are_counted(
            rows in prop::collection::vec((0_u8..9, any::<bool>(), 0_u32..4), 0..40)
        ) {
            let rows: Vec<_> = rows.iter().map(|&(s, has, w)| (f64::from(s), has, w)).collect();
            let (mut won, mut pairs) = (0.0, 0.0);
            for own in rows.iter().filter(|row| row.1) {
                for other in rows.iter().filter(|row| !row.1) {
                    let weight = f64::from(own.2 * other.2);
                    let share = match own.0.total_cmp(&other.0) {
                        Ordering::Greater => 1.0,
                        Ordering::Equal => 0.5,
                        Ordering::Less => 0.0,
                    };
                    won += weight * share;
                    pairs += weight;
                }
            }
            prop_assert_eq!(of(&rows), (pairs > 0.0).then(|| won / pairs));
        }
    }
}
