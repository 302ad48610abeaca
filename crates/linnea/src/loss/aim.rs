//! What a run makes small: a loss, and what it is told besides the targets.

use linnea_data::{Dataset, Targets};

use super::{Huber, Loss, Poisson, RowLoss, Softmax, Squared, weighted};
use crate::error::{Error, Result};
use crate::row_weights::weight_of;
use crate::settings::Settings;
use crate::target::TargetUnits;
use linnea_kernels::Real;

/// With this threshold, in standard deviations of normal residuals, the Huber loss has 95 % of the
/// squared loss's efficiency (Huber 1964; Holland & Welsch 1977).
const EFFICIENT: f64 = 1.345;
/// The standard deviation of a normal distribution, in median absolute deviations.
const DEVIATIONS: f64 = 1.482_602_218_505_602;

/// A loss, and the threshold of the Huber loss in the target's own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Aim {
    pub(crate) loss: Loss,
    pub(crate) delta: Option<f64>,
}

impl Aim {
    /// What settings mean for some data, whose rows may have weights of the mean 1: without a loss, the
    /// target decides.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the loss and the target do not go together, or a threshold is given to
    /// another loss than Huber's; [`Error::NegativeCount`] if a count is below 0,
    /// [`Error::Unlearnable`] if all that count are 0.
    pub(crate) fn new(
        settings: &Settings,
        data: &Dataset,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let of_classes = matches!(data.targets(), Targets::Classes(_));
        let own = if of_classes { Loss::Softmax } else { Loss::Squared };
        let loss = settings.loss.unwrap_or(own);
        if loss.is_of_classes() != of_classes {
            let [wants, has] =
                if of_classes { ["a number", "a class"] } else { ["a class", "a number"] };
            return Err(Error::Mismatch(format!(
                "the loss {loss} is for a target that is {wants}, and this one is {has}; take {own}"
            )));
        }
        if loss != Loss::Huber && settings.delta.is_some() {
            return Err(Error::Mismatch(format!(
                "the threshold delta does not go with the loss {loss}; take huber, or leave it out"
            )));
        }
        let values = values(data.targets());
        if loss == Loss::Poisson {
            check_counts(values)?;
            if (0..values.len()).all(|row| weight_of(weights, row) * values[row] == 0.0) {
                let reason = "every count is 0, so that no mean above 0 is the likeliest";
                return Err(Error::Unlearnable(reason.into()));
            }
        }
        // The weights as they came are sums of exact numbers where they are whole.
        let by = weights.and(data.weights());
        let own = || settings.delta.unwrap_or_else(|| spread(values, by));
        let delta = (loss == Loss::Huber).then(own);
        Ok(Self { loss, delta })
    }

    /// The units in which training sees the targets.
    pub(crate) fn units(self, targets: &Targets, weights: Option<&[f64]>) -> TargetUnits {
        match self.loss {
            Loss::Softmax => TargetUnits::NONE,
            Loss::Poisson => TargetUnits::of_counts(values(targets), weights),
            Loss::Squared | Loss::Huber => TargetUnits::of(values(targets), weights),
        }
    }

    /// The threshold in training's units; 0 where there is none.
    pub(crate) fn delta_in(self, units: TargetUnits) -> f64 {
        self.delta.map_or(0.0, |delta| units.length(delta))
    }

    /// The loss over targets of its kind, times the rows' weights, for `outputs` outputs.
    pub(crate) fn over<'a, A: Real>(
        self,
        targets: &'a Targets,
        outputs: usize,
        units: TargetUnits,
        weights: Option<&'a [f64]>,
    ) -> Box<dyn RowLoss<A> + 'a> {
        let numbers = || units.apply(values(targets));
        let loss: Box<dyn RowLoss<A> + 'a> = match (targets, self.loss) {
            (Targets::Classes(classes), _) => Box::new(Softmax { classes, count: outputs }),
            (_, Loss::Huber) => {
                let delta = A::from_f64(self.delta_in(units));
                Box::new(Huber { targets: numbers(), delta })
            }
            (_, Loss::Poisson) => Box::new(Poisson { targets: numbers() }),
            (_, Loss::Squared | Loss::Softmax) => Box::new(Squared { targets: numbers() }),
        };
        weighted(loss, weights, outputs)
    }
}

/// The targets that are numbers.
fn values(targets: &Targets) -> &[f64] {
    match targets {
        Targets::Values(values) => values,
        _ => &[],
    }
}

/// Refuses a count below 0, with its row.
pub(crate) fn check_counts(values: &[f64]) -> Result<()> {
    match values.iter().position(|&y| y < 0.0) {
        Some(row) => Err(Error::NegativeCount { row, value: values[row] }),
        None => Ok(()),
    }
}

/// The threshold where nobody gives one: 1.345 times the targets' standard deviation as their median
/// absolute deviation from the median has it, which outliers do not move; if more than half are
/// equal, the standard deviation itself. A row counts by its weight in each of them.
fn spread(values: &[f64], weights: Option<&[f64]>) -> f64 {
    let middle = median(values.to_vec(), weights);
    let distances = values.iter().map(|y| (y - middle).abs()).collect();
    let deviation = DEVIATIONS * median(distances, weights);
    if deviation > 0.0 {
        return EFFICIENT * deviation;
    }
    EFFICIENT * TargetUnits::of(values, weights).length_unit()
}

/// The median: the least value such that more than half of the rows, or of their weight, is not above
/// it; so of an even number of values the upper of the two in the middle.
fn median(mut values: Vec<f64>, weights: Option<&[f64]>) -> f64 {
    let Some(weights) = weights else {
        let middle = values.len() / 2;
        if values.is_empty() {
            return 0.0;
        }
        return *values.select_nth_unstable_by(middle, f64::total_cmp).1;
    };
    let mut pairs: Vec<_> = values.into_iter().zip(weights).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (half, mut sum) = (weights.iter().sum::<f64>() / 2.0, 0.0);
    let middle = pairs.iter().find(|(_, weight)| {
        sum += **weight;
        sum > half
    });
    middle.map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_does_not_see_outliers() {
        let mut values: Vec<f64> = (0..1001).map(|i| f64::from(i) / 500.0 - 1.0).collect();
        let before = spread(&values, None);
        // The median absolute deviation of a uniform distribution on ±1 is 1/2.
        assert!((before - EFFICIENT * DEVIATIONS * 0.5).abs() < 1e-3, "{before}");
        values[..100].iter_mut().for_each(|y| *y = -1e9);
        assert!(spread(&values, None) < 1.3 * before);
        assert_eq!(spread(&[3.0; 9], None), EFFICIENT);
    }

    #[test]
    fn the_threshold_counts_rows_by_their_weights() {
        let (values, weights) = ([5.0, 1.0, 9.0, 2.0], [1.0, 3.0, 0.0, 2.0]);
        let repeated = [5.0, 1.0, 1.0, 1.0, 2.0, 2.0];
        assert_eq!(median(values.into(), Some(&weights)), median(repeated.into(), None));
        assert_eq!(spread(&values, Some(&weights)), spread(&repeated, None));
        let (values, repeated) = ([4.0, 1.0], [4.0, 1.0, 1.0, 1.0]);
        let [a, b] = [spread(&values, Some(&[1.0, 3.0])), spread(&repeated, None)];
        assert!((a / b - 1.0).abs() < 1e-15, "{a} {b}");
    }
}
