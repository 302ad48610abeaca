//! Rows that can be separated: without a penalty the weights grow for ever, and there is no optimum,
//! though the gradient becomes as small as anybody asks (Albert & Anderson, *On the existence of maximum
//! likelihood estimates in logistic regression models*, Biometrika 71 (1984) 1–10).
//!
//! There is no optimum if some direction D of the parameters raises no row's loss however far one goes,
//! and lowers some row's. Where a solver has come to, some are looked at:
//!
//! - **The parameters**: if every row is on its own class's side, they are such a direction.
//! - **The drift** from the solution under one small penalty to that under a smaller (`vanishing.rs`), where
//!   logits are far apart. If some row's own logit rises, no row's falls behind another, what falls comes to
//!   rest, and the drift is as long as the one before, D is such a direction: of separated classes, groups
//!   of classes, or rows of one class that have a feature to themselves (quasi-separation). Of counts, the
//!   logit must fall where the count is 0, and stand still elsewhere.
//! - **A class's plane**: its logit less the mean of all, in the parameters and in the drift. If every row
//!   that has the class is above every row that has not, adding more of this very function to the
//!   class's logit lowers every row's loss. It names the class.
//!
//! Where there is a direction that the solver has not turned to yet, nothing is said.

use linnea_data::{Dataset, Targets};

use crate::error::Result;
use crate::model::Model;
use crate::row_weights::{row_weights, weight_of};

/// Logits that fall by less than this stand still.
const STILL: f64 = 0.01;
/// A drift that changes no row's logits by so much is none.
const GROWN: f64 = 1.0;
/// The share of the last drift that one is which goes on for ever; on the way to an optimum it is a hundredth.
const AS_FAR: f64 = 0.3;
/// The share of what it was before by which a logit falls that comes to rest: a hundredth, and this at most.
const AT_REST: f64 = 0.1;
/// Solutions are not known better.
const NOISE: f64 = 1e-9;
/// Logits that are nowhere so far apart leave no probability below exp(−7).
const STEEP: f64 = 7.0;

/// What is said in the end.
#[derive(Debug, Clone)]
pub(crate) struct Separation {
    /// Whether there is no optimum.
    pub(crate) is_separable: bool,
    /// Whether logits are so far apart that there may be none all the same.
    pub(crate) is_steep: bool,
    /// The classes that a plane separates from all others.
    pub(crate) classes: Vec<usize>,
}

impl Separation {
    /// By the direction of the parameters, and by those of two drifts, one after the other.
    pub(crate) fn new(at: &Direction, drifts: Option<&(Direction, Direction)>) -> Self {
        let mut classes = at.planes();
        classes.extend(drifts.iter().flat_map(|(_, last)| last.planes()));
        classes.sort_unstable();
        classes.dedup();
        let goes_on = |(first, last): &(Direction, Direction)| last.goes_on_from(first);
        let recedes = at.loses_nothing() || drifts.is_some_and(goes_on);
        let is_separable = recedes || !classes.is_empty();
        Self { is_separable, is_steep: at.lowered >= STEEP, classes }
    }
}

/// What all rows say of a direction.
#[derive(Debug, Clone)]
pub(crate) struct Direction {
    /// The least of a class's own rows and the greatest of all others, for every class.
    edges: Vec<(f64, f64)>,
    /// The most by which a row's loss can be raised, and lowered, by a step.
    raised: f64,
    lowered: f64,
}

impl Model {
    /// What the rows that count say of the direction of this model's parameters.
    pub(crate) fn direction(
        &self,
        data: &Dataset,
        threads: Option<usize>,
        counts: impl Fn(usize) -> bool + Sync,
    ) -> Result<Direction> {
        let weights = row_weights(data);
        let start = || Direction::new(self.outputs());
        let add = |direction: &mut Direction, row: usize, logits: &mut [f64]| {
            if counts(row) && weight_of(weights.as_deref(), row) > 0.0 {
                direction.see(data.targets(), row, logits);
            }
        };
        let parts = self.fold_logits(data, threads, 1, start, add)?;
        Ok(parts.into_iter().fold(start(), Direction::with))
    }
}

impl Direction {
    fn new(outputs: usize) -> Self {
        let edges = vec![(f64::INFINITY, f64::NEG_INFINITY); outputs];
        Self { edges, raised: 0.0, lowered: 0.0 }
    }

    /// Whether no row's loss rises along it, and some row's falls. One row that is far from all others may
    /// fall by any amount, so that it is no measure of what stands still.
    fn is_of_recession(&self) -> bool {
        self.lowered >= GROWN && self.raised <= STILL
    }

    /// Whether it is such a direction, and leads on as the last one did, while what the penalty held back
    /// has come to rest. On the way to an optimum that is far, because one row is, the others go on too,
    /// however little beside it.
    fn goes_on_from(&self, before: &Self) -> bool {
        let leads_on = self.is_of_recession() && self.lowered >= AS_FAR * before.lowered;
        leads_on && self.raised <= AT_REST * before.raised + NOISE
    }

    /// Whether no row's loss rises along it at all, as where every row is on its own class's side.
    fn loses_nothing(&self) -> bool {
        self.raised <= 0.0 && self.lowered > 0.0
    }

    /// The classes that a plane separates from the rest.
    pub(crate) fn planes(&self) -> Vec<usize> {
        // A class without rows, or one that all rows have, is not what this is about.
        let apart = |&(own, others): &(f64, f64)| {
            own > others && own < f64::INFINITY && others > f64::NEG_INFINITY
        };
        (0..self.edges.len()).filter(|&class| apart(&self.edges[class])).collect()
    }

    fn see(&mut self, targets: &Targets, row: usize, logits: &[f64]) {
        match targets {
            Targets::Classes(classes) => self.see_class(classes[row] as usize, logits),
            Targets::Values(counts) if counts[row] > 0.0 => self.widen(logits[0].abs(), 0.0),
            Targets::Values(_) => self.widen(logits[0], -logits[0]),
            _ => {}
        }
    }

    fn see_class(&mut self, class: usize, logits: &[f64]) {
        let mean = logits.iter().sum::<f64>() / logits.len() as f64;
        for (other, (edge, logit)) in self.edges.iter_mut().zip(logits).enumerate() {
            let height = logit - mean;
            if other == class {
                edge.0 = edge.0.min(height);
            } else {
                edge.1 = edge.1.max(height);
            }
        }
        let own = logits[class];
        let ahead = |least: f64, logit: &f64| least.min(own - logit);
        let behind = |most: f64, logit: &f64| most.max(own - logit);
        self.widen(-logits.iter().fold(0.0, ahead), logits.iter().fold(0.0, behind));
    }

    fn widen(&mut self, raised: f64, lowered: f64) {
        self.raised = self.raised.max(raised);
        self.lowered = self.lowered.max(lowered);
    }

    fn with(mut self, other: Self) -> Self {
        for (edge, other) in self.edges.iter_mut().zip(other.edges) {
            *edge = (edge.0.min(other.0), edge.1.max(other.1));
        }
        self.widen(other.raised, other.lowered);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(classes: &[usize], logits: &[[f64; 3]]) -> Direction {
        let mut direction = Direction::new(3);
        classes.iter().zip(logits).for_each(|(&class, row)| direction.see_class(class, row));
        direction
    }

    #[test]
    fn a_group_of_classes_recedes_without_a_plane_of_its_own() {
        // Classes 0 and 1 go together, away from class 2; neither is apart from the other.
        let both = [2.0, 2.0, -4.0];
        let direction = seen(&[0, 1, 2], &[both, both, both.map(|x| -x)]);
        assert!(direction.is_of_recession());
        assert_eq!(direction.planes(), [2]);
    }

    #[test]
    fn a_row_that_loses_forbids_it() {
        let direction = seen(&[0, 2], &[[3.0, 0.0, -3.0], [1.0, 0.0, -1.0]]);
        assert!(!direction.is_of_recession());
    }

    #[test]
    fn what_has_hardly_moved_is_no_direction() {
        assert!(!seen(&[0], &[[1e-3, 0.0, 0.0]]).is_of_recession());
    }

    #[test]
    fn a_drift_that_becomes_short_leads_to_an_optimum() {
        let [long, short] = [4.6, 1.1].map(|by| seen(&[0], &[[by, 0.0, 0.0]]));
        assert!(long.goes_on_from(&long) && !short.goes_on_from(&long));
        // Two rows on each other's side: at rest, and still moving beside one that is far away.
        let beside = |by: f64| seen(&[0, 0, 1], &[[4.6, 0.0, 0.0], [by, 0.0, 0.0], [by, 0.0, 0.0]]);
        assert!(beside(1e-5).goes_on_from(&beside(1e-3)));
        assert!(!beside(1e-6).goes_on_from(&beside(1e-6)));
    }

    #[test]
    fn counts_recede_where_they_are_0() {
        let of = |counts: &[f64], logits: &[f64]| {
            let mut direction = Direction::new(1);
            let targets = Targets::Values(counts.to_vec());
            let rows = logits.iter().enumerate();
            rows.for_each(|(row, logit)| direction.see(&targets, row, &[*logit]));
            direction.is_of_recession()
        };
        assert!(of(&[0.0, 0.0, 3.0], &[-9.0, 0.0, 1e-4]));
        assert!(!of(&[0.0, 1.0, 3.0], &[-9.0, -9.0, 0.0]));
        assert!(!of(&[0.0, 0.0, 3.0], &[-9.0, 2.0, 0.0]));
    }
}
