//! The area under the ROC curve of a class against the rest, exactly: the share of pairs of a row that
//! has the class and one that has not of which the first has the larger score, ties counting half
//! (Mann & Whitney 1947; Hanley & McNeil 1982).
//!
//! The score is the odds p/(1 − p). They order rows as the probability does, but do not become equal
//! where that is rounded to 1.

use linnea_data::Dataset;
use linnea_kernels::Level;

use crate::error::Result;
use crate::loss::softmax_in_place;
use crate::model::{Model, likeliest};
use crate::pass::map;
use crate::team::thread_count;

/// The scores of one pass take at most so many bytes; more classes take another pass.
const MOST_BYTES: usize = 256 << 20;

impl Model {
    /// The area of every class; `None` where rows do not both have it and have it not.
    pub(super) fn areas(
        &self,
        data: &Dataset,
        classes: &[u32],
        threads: Option<usize>,
    ) -> Result<Vec<Option<f64>>> {
        let q = self.outputs();
        let at_once = (MOST_BYTES / (classes.len() * size_of::<f64>())).clamp(1, q);
        let mut areas = Vec::with_capacity(q);
        for first in (0..q).step_by(at_once) {
            let some = first..(first + at_once).min(q);
            let scores = self.odds(data, some.clone(), threads)?;
            let of_class = |index: usize| {
                let scores = scores.iter().skip(index).step_by(some.len());
                area(scores.zip(classes).map(|(&s, &c)| (s, c as usize == first + index)).collect())
            };
            areas.extend(map(some.len(), thread_count(threads), of_class));
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

/// The area for rows by score and whether they have the class.
fn area(mut rows: Vec<(f64, bool)>) -> Option<f64> {
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut positives, mut halves) = (0_u64, 0_u64, 0_u128);
    for equal in rows.chunk_by(|a, b| a.0 == b.0) {
        let own = equal.iter().filter(|(_, has)| *has).count() as u64;
        let others = equal.len() as u64 - own;
        halves += u128::from(own) * u128::from(2 * below + others);
        positives += own;
        below += others;
    }
    let pairs = u128::from(positives) * u128::from(below);
    (pairs > 0).then(|| halves as f64 / 2.0 / pairs as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_class_that_all_rows_have_has_no_area() {
        assert_eq!(area(vec![(0.3, true), (0.2, true)]), None);
        assert_eq!(area(Vec::new()), None);
        assert_eq!(area(vec![(f64::INFINITY, true), (0.2, false)]), Some(1.0));
    }

    proptest! {
        #[test]
        fn pairs_are_counted(rows in prop::collection::vec((0_u8..9, any::<bool>()), 0..40)) {
            let rows: Vec<_> = rows.iter().map(|&(score, has)| (f64::from(score), has)).collect();
            let (mut won, mut pairs) = (0.0, 0.0);
            for own in rows.iter().filter(|row| row.1) {
                for other in rows.iter().filter(|row| !row.1) {
                    won += if own.0 > other.0 { 1.0 } else if own.0 == other.0 { 0.5 } else { 0.0 };
                    pairs += 1.0;
                }
            }
            prop_assert_eq!(area(rows), (pairs > 0.0).then(|| won / pairs));
        }
    }
}
