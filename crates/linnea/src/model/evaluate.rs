//! Metrics: one pass over the rows, its states merged in order.

use linnea_data::{Dataset, Targets};

use super::Model;
use super::metrics::{Classification, Metrics, Regression};
use super::predict::likeliest;
use crate::check::check_weights;
use crate::error::{Error, Result};
use crate::loss::{Loss, softmax_in_place};
use crate::row_weights::row_weights;
use linnea_kernels::{Level, check_level};

/// The most classes for which a confusion matrix is kept.
const MOST_CONFUSED: usize = 20;

impl Model {
    /// How well the model does on `data`, whose rows count by their weights, if they have some. `threads` is one a processor if `None`; it does not change
    /// the result.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the rows have another number of features, no targets, or targets of
    /// another kind; [`Error::Unlearnable`] if no row has a weight; [`Error::NotFinite`] if a number among them is not finite.
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
            (Loss::Squared, Targets::Values(values)) => self.regress(data, values, threads),
            _ => mismatch("the target is not of the kind that the model predicts"),
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
            let weight = weights.as_ref().map_or(1.0, |weights| weights[row]);
            sums.add(classes[row] as usize, weight, logits, level);
        };
        let states = self.fold_logits(data, threads, 1, || Tally::new(q), add)?;
        let mut sums = Tally::new(q);
        states.iter().for_each(|state| sums.merge(state));
        Ok(sums.metrics(data.rows() as f64))
    }

    fn regress(&self, data: &Dataset, values: &[f64], threads: Option<usize>) -> Result<Metrics> {
        let weights = row_weights(data);
        let weight = |row: usize| weights.as_ref().map_or(1.0, |weights| weights[row]);
        let add = |sums: &mut [f64; 2], row: usize, logits: &mut [f64]| {
            let (residual, weight) = (logits[0] - values[row], weight(row));
            sums[0] += weight * (residual * residual);
            sums[1] += weight * residual.abs();
        };
        let states = self.fold_logits(data, threads, 1, || [0.0; 2], add)?;
        let [squares, magnitudes] =
            states.iter().fold([0.0; 2], |[a, b], [squares, abs]| [a + squares, b + abs]);
        let rows = values.len() as f64;
        let weighted = values.iter().enumerate().map(|(row, &y)| (weight(row), y));
        let mean = weighted.clone().map(|(weight, y)| weight * y).sum::<f64>() / rows;
        let variation: f64 = weighted.map(|(weight, y)| weight * (y - mean).powi(2)).sum();
        Ok(Metrics::Regression(Regression {
            loss: squares / 2.0 / rows,
            rmse: (squares / rows).sqrt(),
            mae: magnitudes / rows,
            r2: (variation > 0.0).then(|| 1.0 - squares / variation),
        }))
    }
}

/// Sums over some rows of a classification.
struct Tally {
    loss: f64,
    /// The weight of the rows whose likeliest class is theirs.
    right: f64,
    /// Rows by class and predicted class; empty if there are too many classes.
    confusion: Vec<Vec<u64>>,
}

impl Tally {
    fn new(classes: usize) -> Self {
        let kept = if classes <= MOST_CONFUSED { classes } else { 0 };
        Self { loss: 0.0, right: 0.0, confusion: vec![vec![0; kept]; kept] }
    }

    fn add(&mut self, class: usize, weight: f64, logits: &mut [f64], level: Level) {
        let (predicted, target) = (likeliest(logits), logits[class]);
        self.loss += weight * (softmax_in_place(level, logits) - target);
        self.right += if predicted == class { weight } else { 0.0 };
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
            accuracy: self.right / rows,
            confusion: (!self.confusion.is_empty()).then_some(self.confusion),
        })
    }
}
