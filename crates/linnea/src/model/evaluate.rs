//! Predictions and metrics: one pass over the rows, its states merged in order.

use linnea_data::{Dataset, Targets};
use serde::Serialize;

use super::Model;
use crate::error::{Error, Result};
use crate::kernel::{Element, Level, Real};
use crate::loss::{Loss, softmax_in_place};
use crate::pass::{fold_blocks, groups_for};
use crate::rows::{OverRows, Rows, over_rows};
use crate::team::thread_count;

/// The most classes for which a confusion matrix is kept.
const MOST_CONFUSED: usize = 20;

/// One prediction a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Predictions {
    /// Numbers.
    Values(Vec<f64>),
    /// Indices into the schema's labels.
    Classes(Vec<u32>),
}

/// How well a model does on some rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Metrics {
    /// Of classes.
    Classification(Classification),
    /// Of numbers.
    Regression(Regression),
}

/// Metrics of classification.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Classification {
    /// The mean cross-entropy, in nats, without the penalty.
    pub loss: f64,
    /// The share of rows whose likeliest class is theirs.
    pub accuracy: f64,
    /// Rows by class (first index) and predicted class, for up to 20 classes.
    pub confusion: Option<Vec<Vec<u64>>>,
}

/// Metrics of regression, in the target's units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Regression {
    /// The mean of half the squared residuals, without the penalty.
    pub loss: f64,
    /// The root of the mean squared residual.
    pub rmse: f64,
    /// The mean absolute residual.
    pub mae: f64,
    /// The share of the target's variance that is explained; `None` if it has none.
    pub r2: Option<f64>,
}

impl Metrics {
    /// The mean loss.
    #[must_use]
    pub fn loss(&self) -> f64 {
        match self {
            Self::Classification(metrics) => metrics.loss,
            Self::Regression(metrics) => metrics.loss,
        }
    }
}

impl Model {
    /// The prediction for every row, in order. `threads` is one a processor if `None`; it does not
    /// change the result.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the rows have another number of features.
    pub fn predict(&self, data: &Dataset, threads: Option<usize>) -> Result<Predictions> {
        let regression = self.card.loss == Loss::Squared;
        let fold = |found: &mut Vec<f64>, _: usize, logits: &mut [f64]| {
            found.push(if regression { logits[0] } else { likeliest(logits) as f64 });
        };
        let found = self.fold_logits(data, threads, size_of::<f64>(), Vec::new, fold)?.concat();
        Ok(if regression {
            Predictions::Values(found)
        } else {
            Predictions::Classes(found.into_iter().map(|class| class as u32).collect())
        })
    }

    /// The probability of every class for every row, `rows × classes`, row-major.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the rows have another number of features, or the model predicts
    /// numbers, which have no probability.
    pub fn probabilities(&self, data: &Dataset, threads: Option<usize>) -> Result<Vec<f64>> {
        if self.card.loss == Loss::Squared {
            let reason = "a model of numbers has no probabilities; leave --proba out";
            return Err(Error::Mismatch(reason.into()));
        }
        let level = Level::detect();
        let fold = |found: &mut Vec<f64>, _: usize, logits: &mut [f64]| {
            softmax_in_place(level, logits);
            found.extend_from_slice(logits);
        };
        let size = self.outputs() * size_of::<f64>();
        Ok(self.fold_logits(data, threads, size, Vec::new, fold)?.concat())
    }

    /// How well the model does on `data`. `threads` is one a processor if `None`; it does not change
    /// the result.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the rows have another number of features, no targets, or targets of
    /// another kind.
    pub fn evaluate(&self, data: &Dataset, threads: Option<usize>) -> Result<Metrics> {
        let mismatch = |reason: &str| Err(Error::Mismatch(reason.into()));
        if data.rows() == 0 {
            return mismatch("there are no rows to evaluate on");
        }
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
        let tracked = if q <= MOST_CONFUSED { q } else { 0 };
        let start = || (0.0, 0_u64, vec![vec![0_u64; tracked]; tracked]);
        let fold = |(loss, right, confusion): &mut (f64, u64, Vec<Vec<u64>>),
                    row: usize,
                    logits: &mut [f64]| {
            let class = classes[row] as usize;
            let (predicted, target) = (likeliest(logits), logits[class]);
            *loss += (softmax_in_place(level, logits) - target).max(0.0);
            *right += u64::from(predicted == class);
            if let Some(row) = confusion.get_mut(class) {
                row[predicted] += 1;
            }
        };
        let states = self.fold_logits(data, threads, 1, start, fold)?;
        let rows = data.rows() as f64;
        let (mut loss, mut right, mut confusion) = start();
        for (losses, rights, counts) in states {
            loss += losses;
            right += rights;
            confusion
                .iter_mut()
                .flatten()
                .zip(counts.iter().flatten())
                .for_each(|(sum, count)| *sum += count);
        }
        Ok(Metrics::Classification(Classification {
            loss: loss / rows,
            accuracy: right as f64 / rows,
            confusion: (tracked > 0).then_some(confusion),
        }))
    }

    fn regress(&self, data: &Dataset, values: &[f64], threads: Option<usize>) -> Result<Metrics> {
        let fold = |sums: &mut [f64; 2], row: usize, logits: &mut [f64]| {
            let residual = logits[0] - values[row];
            sums[0] += residual * residual;
            sums[1] += residual.abs();
        };
        let states = self.fold_logits(data, threads, 1, || [0.0; 2], fold)?;
        let [squares, magnitudes] =
            states.iter().fold([0.0; 2], |[a, b], [squares, abs]| [a + squares, b + abs]);
        let rows = values.len() as f64;
        let mean = values.iter().sum::<f64>() / rows;
        let variation: f64 = values.iter().map(|y| (y - mean).powi(2)).sum();
        Ok(Metrics::Regression(Regression {
            loss: squares / 2.0 / rows,
            rmse: (squares / rows).sqrt(),
            mae: magnitudes / rows,
            r2: (variation > 0.0).then(|| 1.0 - squares / variation),
        }))
    }

    /// Folds the logits of every row, in `f64`, into the state of its group of rows, of which each
    /// row adds `size` bytes or so.
    fn fold_logits<S: Send>(
        &self,
        data: &Dataset,
        threads: Option<usize>,
        size: usize,
        start: impl Fn() -> S + Sync,
        fold: impl Fn(&mut S, usize, &mut [f64]) + Sync,
    ) -> Result<Vec<S>> {
        if data.features() != self.features() {
            return Err(Error::Mismatch(format!(
                "the rows have {} features but the model was trained on {}",
                data.features(),
                self.features()
            )));
        }
        let threads = thread_count(threads);
        Ok(over_rows(data, FoldLogits { model: self, threads, size, start, fold }))
    }
}

/// The index of the largest logit, the first of equals.
fn likeliest(logits: &[f64]) -> usize {
    let first = (0, logits[0]);
    logits
        .iter()
        .copied()
        .enumerate()
        .fold(first, |best, next| if next.1 > best.1 { next } else { best })
        .0
}

struct FoldLogits<'a, Start, Fold> {
    model: &'a Model,
    threads: usize,
    size: usize,
    start: Start,
    fold: Fold,
}

impl<S, Start, Fold> OverRows for FoldLogits<'_, Start, Fold>
where
    S: Send,
    Start: Fn() -> S + Sync,
    Fold: Fn(&mut S, usize, &mut [f64]) + Sync,
{
    type Output = Vec<S>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Vec<S> {
        let level = Level::detect();
        let parameters = &self.model.parameters;
        let (weights, q) =
            (parameters.pack::<T::Real>(level.lanes::<T::Real>()), parameters.outputs);
        let bias = parameters.bias_as::<T::Real>();
        let states = fold_blocks(
            rows,
            self.threads,
            groups_for(self.size),
            || ((self.start)(), Vec::new(), Vec::new()),
            |(state, narrow, wide), first, rows| {
                narrow.resize(rows.len() * q, T::Real::ZERO);
                level.forward(rows, 0, &weights, narrow);
                for (i, logits) in narrow.chunks_exact(q).enumerate() {
                    wide.clear();
                    wide.extend(logits.iter().zip(&bias).map(|(&o, &b)| (o + b).to_f64()));
                    (self.fold)(state, first + i, wide);
                }
            },
        );
        states.into_iter().map(|(state, _, _)| state).collect()
    }
}
