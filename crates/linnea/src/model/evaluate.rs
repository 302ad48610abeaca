//! Metrics: one pass over the rows, its states merged in order.

use linnea_data::{Dataset, Targets};

use super::metrics::{Classification, Metrics};
use super::predict::likeliest;
use super::{Model, OTHER_KIND};
use crate::check::check_weights;
use crate::error::{Error, Result};
use crate::loss::{Loss, softmax_in_place};
use crate::row_weights::{row_weights, weight_of};
use linnea_kernels::{Level, check_level};

/// The most classes for which a confusion matrix is kept.
const MOST_CONFUSED: usize = 20;

impl Model {
    /// How well the model does on `data`, whose rows count by their weights, if they have some; in the
    /// confusion matrix each counts once. `threads` is one a processor if `None`; it does not change the
    /// result.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the rows have another number of features, no targets, or targets of
    /// another kind; [`Error::Unlearnable`] if no row has a weight; [`Error::NotFinite`] if a number
    /// among them is not finite; of a model of counts [`Error::NegativeCount`], and [`Error::Overflow`]
    /// if a predicted mean is too large for a number.
    pub fn evaluate(&self, data: &Dataset, threads: Option<usize>) -> Result<Metrics> {
        check_level()?;
        let mismatch = |reason: &str| Err(Error::Mismatch(reason.into()));
        if data.rows() == 0 {
            return mismatch("there are no rows to evaluate on");
        }
        check_weights(data)?;
        match (self.card.loss, data.targets()) {
            (_, Targets::Absent) => mismatch("there is no target to compare with"),
            (Loss::Softmax, Targets::Classes(classes)) => self.classify(data, classes, threads),
            (Loss::Softmax, _) => mismatch(OTHER_KIND),
            (_, Targets::Values(values)) => self.regress(data, values, threads),
            _ => mismatch(OTHER_KIND),
        }
    }

    fn classify(&self, data: &Dataset, classes: &[u32], threads: Option<usize>) -> Result<Metrics> {
        let (q, level) = (self.outputs(), Level::detect());
        if classes.iter().any(|&class| class as usize >= q) {
            return Err(Error::Mismatch(format!(
                "the data have more than the model's {q} classes"
            )));
        }
        let weights = row_weights(data);
        let add = |sums: &mut Tally, row: usize, logits: &mut [f64]| {
            let weight = weight_of(weights.as_deref(), row);
            sums.add(classes[row] as usize, weight, logits, level);
        };
        let states = self.fold_logits(data, threads, 1, || Tally::new(q), add)?;
        let mut sums = Tally::new(q);
        states.iter().for_each(|state| sums.merge(state));
        Ok(sums.metrics())
    }
}

/// Sums over some rows of a classification.
struct Tally {
    weight: f64,
    loss: f64,
    /// The weight of the rows whose likeliest class is theirs.
    right: f64,
    /// Rows by class and predicted class; empty if there are too many classes.
    confusion: Vec<Vec<u64>>,
}

impl Tally {
    fn new(classes: usize) -> Self {
        let kept = if classes <= MOST_CONFUSED { classes } else { 0 };
        Self { weight: 0.0, loss: 0.0, right: 0.0, confusion: vec![vec![0; kept]; kept] }
    }

    fn add(&mut self, class: usize, weight: f64, logits: &mut [f64], level: Level) {
        let (predicted, target) = (likeliest(logits), logits[class]);
        self.weight += weight;
        self.loss += weight * (softmax_in_place(level, logits) - target);
        self.right += if predicted == class { weight } else { 0.0 };
        if let Some(row) = self.confusion.get_mut(class) {
            row[predicted] += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.weight += other.weight;
        self.loss += other.loss;
        self.right += other.right;
        let counts = self.confusion.iter_mut().flatten().zip(other.confusion.iter().flatten());
        counts.for_each(|(sum, count)| *sum += count);
    }

    fn metrics(self) -> Metrics {
        Metrics::Classification(Classification {
            loss: self.loss / self.weight,
            // In the same order as the weight is summed, so that it is 1 where all are right.
            accuracy: self.right / self.weight,
            confusion: (!self.confusion.is_empty()).then_some(self.confusion),
        })
    }
}
