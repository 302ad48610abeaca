//! Precision, recall and F1 of every class, top-k accuracy, the Brier score, calibration.

use linnea_data::Dataset;
use linnea_kernels::Level;
use serde::Serialize;

use super::reliability::{Bin, Reliability};
use crate::error::Result;
use crate::loss::softmax_in_place;
use crate::model::{Classification, Model, likeliest};
use crate::row_weights::{row_weights, weight_of};

/// The most ranks for which top-k accuracy is given.
const MOST_RANKS: usize = 10;

/// How a classification does. Shares and means are by the rows' weights, if they have some; numbers of
/// rows are not.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Classes {
    /// What [`Model::evaluate`] says. Its loss is what others call the log loss.
    #[serde(flatten)]
    pub metrics: Classification,
    /// The share of rows whose class is among the k likeliest, for k = 1, 2, …, 10 but fewer than the
    /// classes.
    pub top_k: Vec<f64>,
    /// The mean over the classes of precision, recall and F1, a class without one counting as 0;
    /// classes that neither rows nor predictions have are left out, as scikit-learn does.
    pub macro_precision: f64,
    /// See `macro_precision`.
    pub macro_recall: f64,
    /// See `macro_precision`.
    pub macro_f1: f64,
    /// The mean over the classes of their area under the ROC curve; `None` if no class has one.
    pub auc: Option<f64>,
    /// The mean squared distance between probabilities and what came, Σ (p − y)² (Brier 1950): 0 to 2,
    /// or with two classes its half, from 0 to 1.
    pub brier: f64,
    /// The expected calibration error: the mean distance between confidence and accuracy in
    /// `reliability`'s bins, weighed by rows (Guo et al., *On calibration of modern neural networks*,
    /// 2017).
    pub calibration_error: f64,
    /// Confidence against accuracy, in bins that are not empty.
    pub reliability: Vec<Bin>,
    /// Each class, in the order of the labels.
    pub per_class: Vec<ClassScores>,
}

/// How one class does against all others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClassScores {
    /// Of the rows that are predicted to have this class, the share that has it; `None` if there are
    /// none.
    pub precision: Option<f64>,
    /// Of the rows that have it, the share that is predicted to; `None` if there are none.
    pub recall: Option<f64>,
    /// The harmonic mean of both; `None` if neither rows nor predictions have the class.
    pub f1: Option<f64>,
    /// The area under the ROC curve of this class against the rest: how often a row that has it gets a
    /// larger probability of it than one that has not, ties counting half. `None` if there are not both.
    pub auc: Option<f64>,
    /// The rows that have it, each counted once whatever its weight.
    pub rows: u64,
}

impl Model {
    /// All but the areas under ROC curves.
    pub(super) fn class_scores(
        &self,
        data: &Dataset,
        classes: &[u32],
        threads: Option<usize>,
        metrics: Classification,
    ) -> Result<Classes> {
        let (q, level) = (self.outputs(), Level::detect());
        let weights = row_weights(data);
        let add = |sums: &mut Tally, row: usize, logits: &mut [f64]| {
            let weight = weight_of(weights.as_deref(), row);
            sums.add(classes[row] as usize, weight, logits, level);
        };
        let states = self.fold_logits(data, threads, 1, || Tally::new(q), add)?;
        let mut sums = Tally::new(q);
        states.iter().for_each(|state| sums.merge(state));
        Ok(sums.scores(metrics))
    }
}

impl Classes {
    /// Takes the area under each class's ROC curve.
    pub(super) fn rank(&mut self, areas: Vec<Option<f64>>) {
        self.per_class.iter_mut().zip(&areas).for_each(|(class, &area)| class.auc = area);
        let known: Vec<f64> = areas.into_iter().flatten().collect();
        self.auc = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
    }
}

/// Sums over some rows, each times the row's weight.
struct Tally {
    weight: f64,
    /// Rows by how many classes are likelier than theirs.
    ranks: Vec<f64>,
    /// Of each class.
    counts: Vec<Counts>,
    squares: f64,
    reliability: Reliability,
}

/// The rows that have a class, and the weights of those that have it, are predicted to, and both.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    rows: u64,
    actual: f64,
    predicted: f64,
    right: f64,
}

impl Tally {
    fn new(classes: usize) -> Self {
        let ranks = vec![0.0; (classes - 1).min(MOST_RANKS)];
        let counts = vec![Counts::default(); classes];
        Self { weight: 0.0, ranks, counts, squares: 0.0, reliability: Reliability::default() }
    }

    fn add(&mut self, class: usize, weight: f64, logits: &mut [f64], level: Level) {
        let (predicted, rank) = (likeliest(logits), rank(logits, class));
        softmax_in_place(level, logits);
        self.weight += weight;
        if let Some(sum) = self.ranks.get_mut(rank) {
            *sum += weight;
        }
        self.counts[class].rows += 1;
        self.counts[class].actual += weight;
        self.counts[predicted].predicted += weight;
        self.counts[class].right += if predicted == class { weight } else { 0.0 };
        self.reliability.add(logits[predicted], predicted == class, weight);
        logits[class] -= 1.0;
        self.squares += weight * logits.iter().map(|residual| residual * residual).sum::<f64>();
    }

    fn merge(&mut self, other: &Self) {
        self.weight += other.weight;
        self.ranks.iter_mut().zip(&other.ranks).for_each(|(sum, weight)| *sum += weight);
        for (sum, counts) in self.counts.iter_mut().zip(&other.counts) {
            sum.rows += counts.rows;
            sum.actual += counts.actual;
            sum.predicted += counts.predicted;
            sum.right += counts.right;
        }
        self.squares += other.squares;
        self.reliability.merge(&other.reliability);
    }

    fn scores(&self, metrics: Classification) -> Classes {
        let per_class: Vec<ClassScores> = self.counts.iter().map(|c| c.scores()).collect();
        let seen: Vec<_> = per_class.iter().filter(|class| class.f1.is_some()).collect();
        let mean = |score: fn(&ClassScores) -> Option<f64>| {
            seen.iter().map(|class| score(class).unwrap_or(0.0)).sum::<f64>() / seen.len() as f64
        };
        let halves = if self.counts.len() == 2 { 0.5 } else { 1.0 };
        Classes {
            metrics,
            top_k: cumulative(&self.ranks).map(|right| (right / self.weight).min(1.0)).collect(),
            macro_precision: mean(|class| class.precision),
            macro_recall: mean(|class| class.recall),
            macro_f1: mean(|class| class.f1),
            auc: None,
            brier: halves * self.squares / self.weight,
            calibration_error: self.reliability.error(),
            reliability: self.reliability.bins(),
            per_class,
        }
    }
}

impl Counts {
    fn scores(self) -> ClassScores {
        let Self { rows, actual, predicted, right } = self;
        let share = |of: f64, right: f64| (of > 0.0).then(|| right / of);
        ClassScores {
            precision: share(predicted, right),
            recall: share(actual, right),
            f1: share(actual + predicted, 2.0 * right),
            auc: None,
            rows,
        }
    }
}

/// How many classes come before this one when they are ordered by their logits, equal ones by number.
fn rank(logits: &[f64], class: usize) -> usize {
    let own = logits[class];
    let before = |(other, logit): (usize, &f64)| *logit > own || (*logit == own && other < class);
    logits.iter().enumerate().filter(|&each| before(each)).count()
}

fn cumulative(weights: &[f64]) -> impl Iterator<Item = f64> {
    weights.iter().scan(0.0, |sum, weight| {
        *sum += weight;
        Some(*sum)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_logits_are_ranked_by_number() {
        assert_eq!([0, 1, 2, 3].map(|class| rank(&[1.0, 3.0, 1.0, 3.0], class)), [2, 0, 3, 1]);
    }

    #[test]
    fn a_class_that_nothing_has_has_no_scores() {
        let none = Counts::default().scores();
        assert_eq!((none.precision, none.recall, none.f1), (None, None, None));
        let missed = Counts { actual: 3.0, ..Counts::default() }.scores();
        assert_eq!((missed.precision, missed.recall, missed.f1), (None, Some(0.0), Some(0.0)));
    }
}
