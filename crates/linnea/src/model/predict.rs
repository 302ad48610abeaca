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
                let likeliest = Likeliest { level: Level::detect() };
                Predictions::Classes(self.fold_blocks(data, threads, 1, likeliest)?.concat())
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
        self.fold_blocks(data, threads, size, RowByRow { start, fold })
    }

    /// Folds the logits of every block of rows into the state of its group of rows, which takes about
    /// `size` bytes.
    fn fold_blocks<F: FoldBlock>(
        &self,
        data: &Dataset,
        threads: Option<usize>,
        size: usize,
        fold: F,
    ) -> Result<Vec<F::State>> {
        if data.features() != self.features() {
            return Err(Error::Mismatch(format!(
                "the rows have {} features but the model was trained on {}",
                data.features(),
                self.features()
            )));
        }
        let bad = AtomicBool::new(false);
        let bad_logits = &bad;
        let states = over_rows(data, FoldLogits { model: self, threads, size, fold, bad_logits });
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

/// What is done with the logits of a block of rows, in the arithmetic in which they were made.
trait FoldBlock: Sync {
    /// What the logits of a group of rows come to.
    type State: Send;

    /// The state of a group without rows.
    fn start(&self) -> Self::State;

    /// Takes the logits of the rows from number `first` on, and says whether all are finite.
    fn fold<A: Real>(&self, state: &mut Self::State, first: usize, logits: &Packed<A>) -> bool;
}

/// Finds each row's class.
struct Likeliest {
    level: Level,
}

impl FoldBlock for Likeliest {
    type State = Vec<u32>;

    fn start(&self) -> Vec<u32> {
        Vec::new()
    }

    fn fold<A: Real>(&self, found: &mut Vec<u32>, _: usize, logits: &Packed<A>) -> bool {
        self.level.largest(logits, found)
    }
}

/// Widens every row's logits to `f64`.
struct RowByRow<Start, Fold> {
    start: Start,
    fold: Fold,
}

impl<S, Start, Fold> FoldBlock for RowByRow<Start, Fold>
where
    S: Send,
    Start: Fn() -> S + Sync,
    Fold: Fn(&mut S, usize, &mut [f64]) + Sync,
{
    type State = S;

    fn start(&self) -> S {
        (self.start)()
    }

    fn fold<A: Real>(&self, state: &mut S, first: usize, logits: &Packed<A>) -> bool {
        let (mut wide, mut finite) = (Vec::with_capacity(logits.columns()), true);
        for i in 0..logits.rows() {
            wide.clear();
            wide.extend(logits.row(i).map(Real::to_f64));
            finite &= wide.iter().all(|logit| logit.is_finite());
            (self.fold)(state, first + i, &mut wide);
        }
        finite
    }
}

struct FoldLogits<'a, F> {
    model: &'a Model,
    threads: Option<usize>,
    size: usize,
    fold: F,
    /// Set if a logit is not finite.
    bad_logits: &'a AtomicBool,
}

impl<F: FoldBlock> OverRows for FoldLogits<'_, F> {
    type Output = Vec<F::State>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Vec<F::State> {
        let level = Level::detect();
        let parameters = &self.model.parameters;
        let (weights, q) =
            (parameters.pack::<T::Real>(level.lanes::<T::Real>()), parameters.outputs);
        let bias = parameters.bias_as::<T::Real>();
        fold_blocks(
            rows,
            Work::new::<T::Real>(self.threads, (weights.rows() + A_LOGIT) * q),
            groups_for(self.size),
            || self.fold.start(),
            || Packed::zeros(0, q, weights.lanes()),
            |state, logits, block| {
                let RowBlock { first, rows, next } = block;
                let ahead = Ahead { rows: next, start: 0, features: weights.rows() };
                level.forward(rows, 0, &weights, logits, ahead);
                logits.add_to_columns(&bias);
                if !self.fold.fold(state, first, logits) {
                    self.bad_logits.store(true, Ordering::Relaxed);
                }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Parameters;
    use crate::trainer::Trainer;
    use linnea_data::{Targets, f16};

    const FEATURES: usize = 7;
    const ROWS: usize = 1000;

    /// Small integers, so that many logits are equal, and the same in every arithmetic.
    fn small(i: usize) -> f64 {
        (i.wrapping_mul(0x9e37_79b9) >> 7 & 3) as f64
    }

    fn model(classes: usize) -> Model {
        let values = Values::F64(vec![0.0, 1.0, 2.0]);
        let data = Dataset::dense(1, values, Targets::Classes(vec![0, 1, 0])).expect("a data set");
        let mut model = Trainer::new().l2(1.0).fit(&data).expect("a fit").model;
        let weight = (0..classes * FEATURES).map(|i| small(i) - 1.0).collect();
        let bias = (0..classes).map(|i| small(i + 99)).collect();
        model.parameters = Parameters { outputs: classes, features: FEATURES, weight, bias };
        model
    }

    fn rows(values: Values) -> Dataset {
        Dataset::dense(FEATURES, values, Targets::Absent).expect("a data set")
    }

    #[test]
    fn classes_are_those_of_one_row_after_the_other() {
        let numbers: Vec<f64> = (0..ROWS * FEATURES).map(|i| small(i + 7)).collect();
        let storages = [
            Values::F64(numbers.clone()),
            Values::F32(numbers.iter().map(|&x| x as f32).collect()),
            Values::U8(numbers.iter().map(|&x| x as u8).collect()),
            Values::F16(numbers.iter().map(|&x| f16::from_f64(x)).collect()),
        ];
        for data in storages.map(rows) {
            for classes in [1, 2, 10, 33] {
                let model = model(classes);
                let push = |found: &mut Vec<u32>, _: usize, logits: &mut [f64]| {
                    found.push(likeliest(logits) as u32);
                };
                let expected = model.fold_logits(&data, Some(1), 1, Vec::new, push);
                let expected = Predictions::Classes(expected.expect("logits").concat());
                for threads in [1, 3] {
                    assert_eq!(model.predict(&data, Some(threads)).expect("classes"), expected);
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_has_no_class() {
        for place in [0, 5 * FEATURES + 2, ROWS * FEATURES - 1] {
            let mut numbers = vec![1.0; ROWS * FEATURES];
            numbers[place] = f64::NAN;
            let single = numbers.iter().map(|&x| x as f32).collect();
            for values in [Values::F32(single), Values::F64(numbers)] {
                match model(10).predict(&rows(values), None) {
                    Err(Error::NotFinite { row, .. }) => assert_eq!(row, place / FEATURES),
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}
