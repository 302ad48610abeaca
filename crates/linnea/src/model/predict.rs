//! Predictions: one pass over the rows.

use std::sync::atomic::{AtomicBool, Ordering};

use linnea_data::{Dataset, Values};

use super::{Model, overflow};
use crate::check::check_features;
use crate::error::{Error, Result};
use crate::loss::{Loss, softmax_in_place};
use crate::pass::{A_LOGIT, RowBlock, Work, fold_blocks, groups_for};
use crate::rows::{OverRows, Rows, over_rows};
use linnea_kernels::{Ahead, Element, Level, Packed, Real, check_level};

/// One prediction a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Predictions {
    /// Numbers: means, for counts.
    Values(Vec<f64>),
    /// Indices into the schema's labels.
    Classes(Vec<u32>),
}

impl Model {
    /// The prediction for every row, in order. `threads` is one a processor if `None`; it does not
    /// change the result.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the rows have another number of features, [`Error::NotFinite`] if a
    /// number among them is not finite, [`Error::Overflow`] if the mean of a count is too large for a
    /// number.
    pub fn predict(&self, data: &Dataset, threads: Option<usize>) -> Result<Predictions> {
        check_level()?;
        Ok(match self.card.loss {
            Loss::Softmax => {
                let push = |found: &mut Vec<u32>, _: usize, logits: &mut [f64]| {
                    found.push(likeliest(logits) as u32);
                };
                Predictions::Classes(self.fold_logits(data, threads, 1, Vec::new, push)?.concat())
            }
            loss => {
                let push = |found: &mut Vec<f64>, _: usize, logits: &mut [f64]| {
                    found.push(logits[0]);
                };
                let logits = self.fold_logits(data, threads, 1, Vec::new, push)?.concat();
                Predictions::Values(means(loss, logits)?)
            }
        })
    }

    /// The probability of every class for every row, `rows × classes`, row-major.
    ///
    /// # Errors
    /// As [`Model::predict`], and [`Error::Mismatch`] if the model predicts numbers, which have no
    /// probability.
    pub fn probabilities(&self, data: &Dataset, threads: Option<usize>) -> Result<Vec<f64>> {
        check_level()?;
        if !self.card.loss.is_of_classes() {
            let reason = "a model of numbers has no probabilities; leave --proba out";
            return Err(Error::Mismatch(reason.into()));
        }
        let level = Level::detect();
        let push = |found: &mut Vec<f64>, _: usize, logits: &mut [f64]| {
            softmax_in_place(level, logits);
            found.extend_from_slice(logits);
        };
        Ok(self.fold_logits(data, threads, 1, Vec::new, push)?.concat())
    }

    /// Folds the logits of every row, in `f64`, into the state of its group of rows, which takes
    /// about `size` bytes.
    pub(crate) fn fold_logits<S: Send>(
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
        let bad = AtomicBool::new(false);
        let bad_logits = &bad;
        let states =
            over_rows(data, FoldLogits { model: self, threads, size, start, fold, bad_logits });
        // Numbers that cannot be computed with give logits that are none, so that good data need
        // not be read twice. Tables, which hold `f64`, may hide them behind a weight of 0.
        let doubtful = data.blocks().first().is_some_and(|b| matches!(b.values(), Values::F64(_)));
        if doubtful || bad.load(Ordering::Relaxed) {
            check_features(data)?;
        }
        Ok(states)
    }
}

/// The predicted means for the logits of all rows.
fn means(loss: Loss, mut logits: Vec<f64>) -> Result<Vec<f64>> {
    for (row, logit) in logits.iter_mut().enumerate() {
        let mean = loss.mean(*logit);
        if mean.is_infinite() {
            return Err(overflow(row, *logit));
        }
        *logit = mean;
    }
    Ok(logits)
}

/// The index of the largest logit, the first of equals.
pub(crate) fn likeliest(logits: &[f64]) -> usize {
    let mut best = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = class;
        }
    }
    best
}

struct FoldLogits<'a, Start, Fold> {
    model: &'a Model,
    threads: Option<usize>,
    size: usize,
    start: Start,
    fold: Fold,
    /// Set if a logit is not finite.
    bad_logits: &'a AtomicBool,
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
        fold_blocks(
            rows,
            Work::new::<T::Real>(self.threads, (weights.rows() + A_LOGIT) * q),
            groups_for(self.size),
            self.start,
            || (Packed::zeros(0, q, weights.lanes()), Vec::new()),
            |state, (narrow, wide), block| {
                let RowBlock { first, rows, next } = block;
                let ahead = Ahead { rows: next, start: 0, features: weights.rows() };
                level.forward(rows, 0, &weights, narrow, ahead);
                narrow.add_to_columns(&bias);
                let mut finite = true;
                for i in 0..rows.len() {
                    wide.clear();
                    wide.extend(narrow.row(i).map(Real::to_f64));
                    finite &= wide.iter().all(|logit| logit.is_finite());
                    (self.fold)(state, first + i, wide);
                }
                if !finite {
                    self.bad_logits.store(true, Ordering::Relaxed);
                }
            },
        )
    }
}
