//! Metrics: one pass over the rows, its states merged in order.

use linnea_data::{Dataset, Targets};

use super::metrics::{Classification, Metrics};
use super::predict::likeliest;
use super::{Model, OTHER_KIND};
use crate::error::{Error, Result};
use crate::loss::{Loss, softmax_in_place};
use linnea_kernels::{Level, check_level};

/// The most classes for which a confusion matrix is kept.
const MOST_CONFUSED: usize = 20;

impl Model {
    /// How well the model does on `data`. `threads` is one a processor if `None`; it does not change
    /// the result.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the rows have another number of features, no targets, or targets of
    /// another kind; [`Error::NotFinite`] if a number among them is not finite; of a model of counts
    /// [`Error::NegativeCount`], and [`Error::Overflow`] if a predicted mean is too large for a number.
    pub fn evaluate(&self, data: &Dataset, threads: Option<usize>) -> Result<Metrics> {
        check_level()?;
        let mismatch = |reason: &str| Err(Error::Mismatch(reason.into()));
        if data.rows() == 0 {
            return mismatch("there are no rows to evaluate on");
        }
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
        let add = |sums: &mut Tally, row: usize, logits: &mut [f64]| {
            sums.add(classes[row] as usize, logits, level);
        };
        let states = self.fold_logits(data, threads, 1, || Tally::new(q), add)?;
        let mut sums = Tally::new(q);
        states.iter().for_each(|state| sums.merge(state));
        Ok(sums.metrics(data.rows() as f64))
    }
}

/// Sums over some rows of a classification.
struct Tally {
    loss: f64,
    right: u64,
    /// Rows by class and predicted class; empty if there are too many classes.
    confusion: Vec<Vec<u64>>,
}

impl Tally {
    fn new(classes: usize) -> Self {
        let kept = if classes <= MOST_CONFUSED { classes } else { 0 };
        Self { loss: 0.0, right: 0, confusion: vec![vec![0; kept]; kept] }
    }

    fn add(&mut self, class: usize, logits: &mut [f64], level: Level) {
        let (predicted, target) = (likeliest(logits), logits[class]);
        self.loss += softmax_in_place(level, logits) - target;
        self.right += u64::from(predicted == class);
        if let Some(row) = self.confusion.get_mut(class) {
            row[predicted] += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.loss += other.loss;
        self.right += other.right;
        let counts = self.confusion.iter_mut().flatten().zip(other.confusion.iter().flatten());
        counts.for_each(|(sum, count)| *sum += count);
    }

    fn metrics(self, rows: f64) -> Metrics {
        Metrics::Classification(Classification {
            loss: self.loss / rows,
            accuracy: self.right as f64 / rows,
            confusion: (!self.confusion.is_empty()).then_some(self.confusion),
        })
    }
}
