//! Temperature scaling (Guo, Pleiss, Sun & Weinberger, *On calibration of modern neural networks*, ICML
//! 2017): logits are divided by the temperature T that makes the mean cross-entropy of rows that were
//! not learned from smallest. A linear model divided by T is a linear model again.
//!
//! *Objective*: the mean of log Σ exp βo − βo_y in β = 1/T, by the rows' weights, which is convex.
//! *Inputs*: the logits of the rows. *Stopping rule*: Newton's steps, kept in a bracket of the slope's
//! zero, until one moves β by less than 1e-10 of itself. *Output*: T, and the model with weights and
//! intercepts times β.

use linnea_data::{Dataset, Targets};
use linnea_kernels::Level;

use crate::error::{Error, Result};
use crate::loss::softmax_in_place;
use crate::model::Model;
use crate::row_weights::{row_weights, weight_of};

const TOLERANCE: f64 = 1e-10;
/// Newton's steps are fewer than ten; halving a bracket takes no more than this.
const MOST_STEPS: usize = 100;

/// A model whose probabilities were fitted to rows that it had not learned from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Calibrated {
    /// The model: the same classes for all rows, other probabilities.
    pub model: Model,
    /// What its logits were divided by: above 1 where the model was too sure of itself.
    pub temperature: f64,
    /// The mean cross-entropy of the rows before.
    pub loss_before: f64,
    /// And after.
    pub loss: f64,
}

impl Model {
    /// Fits a temperature on `data`, which the model should not have learned from, and whose rows count by
    /// their weights, if they have some. `threads` is one a
    /// processor if `None`; it does not change the result.
    ///
    /// ```
    /// use linnea::prelude::*;
    ///
    /// let (train, held_out) = Builtin::Digits.train_test()?;
    /// let model = Trainer::new().fit(&train)?.model;
    /// let calibrated = model.calibrate(&held_out, None)?;
    /// assert!(calibrated.loss <= calibrated.loss_before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Model::evaluate`]; [`Error::Uncalibratable`] if the model predicts numbers, or no
    /// temperature is best.
    pub fn calibrate(&self, data: &Dataset, threads: Option<usize>) -> Result<Calibrated> {
        let before = self.evaluate(data, threads)?;
        let Targets::Classes(classes) = data.targets() else {
            return refuse("numbers have no probabilities to calibrate");
        };
        if before.accuracy() == Some(1.0) {
            return refuse(
                "every row is predicted right, so that the surest model is the best; calibrate on \
                 more rows",
            );
        }
        let weights = row_weights(data);
        let slopes = |beta| self.slopes(data, classes, weights.as_deref(), beta, threads);
        if slopes(0.0)?.first >= 0.0 {
            return refuse("the rows' own classes have no larger logits than the others");
        }
        let beta = minimum(slopes)?;
        let model = self.cooled(beta);
        let loss = model.evaluate(data, threads)?.loss();
        Ok(Calibrated { model, temperature: 1.0 / beta, loss_before: before.loss(), loss })
    }

    /// This model with its logits times `beta`.
    fn cooled(&self, beta: f64) -> Self {
        let mut model = self.clone();
        model.parameters.weight.iter_mut().for_each(|weight| *weight *= beta);
        model.parameters.bias.iter_mut().for_each(|bias| *bias *= beta);
        let temperature = &mut model.card.provenance.temperature;
        *temperature = Some(temperature.unwrap_or(1.0) / beta);
        model
    }

    /// The slopes of the mean loss in β: the means of Σ p·o − o_y and of the variance of o under p.
    fn slopes(
        &self,
        data: &Dataset,
        classes: &[u32],
        weights: Option<&[f64]>,
        beta: f64,
        threads: Option<usize>,
    ) -> Result<Slopes> {
        let level = Level::detect();
        let add = |(powers, sums): &mut (Vec<f64>, Slopes), row: usize, logits: &mut [f64]| {
            let own = logits[classes[row] as usize];
            logits.iter_mut().for_each(|logit| *logit -= own);
            powers.clear();
            powers.extend(logits.iter().map(|logit| beta * logit));
            softmax_in_place(level, powers);
            let mean: f64 = powers.iter().zip(&*logits).map(|(p, o)| p * o).sum();
            let variance = powers.iter().zip(&*logits).map(|(p, o)| p * (o - mean).powi(2));
            let weight = weight_of(weights, row);
            sums.first += weight * mean;
            sums.second += weight * variance.sum::<f64>();
        };
        let states = self.fold_logits(data, threads, 1, Default::default, add)?;
        let rows = classes.len() as f64;
        let sum = |of: fn(&Slopes) -> f64| states.iter().map(|(_, s)| of(s)).sum::<f64>() / rows;
        Ok(Slopes { first: sum(|s| s.first), second: sum(|s| s.second) })
    }
}

/// The first and second derivative of a function.
#[derive(Debug, Clone, Copy, Default)]
struct Slopes {
    first: f64,
    second: f64,
}

/// Where a convex function of a positive number, which falls at 0 and rises in the end, is smallest.
fn minimum(slopes: impl Fn(f64) -> Result<Slopes>) -> Result<f64> {
    let (mut low, mut high, mut beta) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..MOST_STEPS {
        let Slopes { first, second } = slopes(beta)?;
        (low, high) = if first < 0.0 { (beta, high) } else { (low, beta) };
        let newton = beta - first / second;
        let next = match (low..=high).contains(&newton) {
            true => newton,
            false if high.is_finite() => f64::midpoint(low, high),
            false => 2.0 * beta,
        };
        let moved = (next - beta).abs();
        beta = next;
        if moved <= TOLERANCE * beta {
            break;
        }
    }
    Ok(beta)
}

fn refuse<T>(reason: &'static str) -> Result<T> {
    Err(Error::Uncalibratable(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_is_found_from_far_away() {
        for place in [1e-6, 0.3, 1.0, 7.0, 1e6] {
            // β − place·ln β is convex; its Newton steps overshoot from afar.
            let slopes =
                |beta: f64| Ok(Slopes { first: 1.0 - place / beta, second: place / beta.powi(2) });
            let found = minimum(slopes).unwrap();
            assert!((found / place - 1.0).abs() < 1e-9, "{found} {place}");
        }
    }
}
