//! What a run makes small: a loss, and what it is told besides the targets.

use linnea_data::{Dataset, Targets};

use super::{Huber, Loss, Poisson, RowLoss, Softmax, Squared};
use crate::error::{Error, Result};
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
    /// What settings mean for some data: without a loss, the target decides.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if the loss and the target do not go together, or a threshold is given to
    /// another loss than Huber's; [`Error::NegativeCount`] if a count is below 0,
    /// [`Error::Unlearnable`] if all are 0.
    pub(crate) fn new(settings: &Settings, data: &Dataset) -> Result<Self> {
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
            if values.iter().all(|&y| y == 0.0) {
                let reason = "every count is 0, so that no mean above 0 is the likeliest";
                return Err(Error::Unlearnable(reason.into()));
            }
        }
        let delta = (loss == Loss::Huber).then(|| settings.delta.unwrap_or_else(|| spread(values)));
        Ok(Self { loss, delta })
    }

    /// The units in which training sees the targets.
    pub(crate) fn units(self, targets: &Targets) -> TargetUnits {
        match self.loss {
            Loss::Softmax => TargetUnits::NONE,
            Loss::Poisson => TargetUnits::of_counts(values(targets)),
            Loss::Squared | Loss::Huber => TargetUnits::of(values(targets)),
        }
    }

    /// The threshold in training's units; 0 where there is none.
    pub(crate) fn delta_in(self, units: TargetUnits) -> f64 {
        self.delta.map_or(0.0, |delta| units.length(delta))
    }

    /// The loss over targets of its kind, for `outputs` outputs.
    pub(crate) fn over<'a, A: Real>(
        self,
        targets: &'a Targets,
        outputs: usize,
        units: TargetUnits,
    ) -> Box<dyn RowLoss<A> + 'a> {
        let targets = match targets {
            Targets::Classes(classes) => return Box::new(Softmax { classes, count: outputs }),
            other => units.apply(values(other)),
        };
        match self.loss {
            Loss::Huber => Box::new(Huber { targets, delta: A::from_f64(self.delta_in(units)) }),
            Loss::Poisson => Box::new(Poisson { targets }),
            Loss::Squared | Loss::Softmax => Box::new(Squared { targets }),
        }
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
/// equal, the standard deviation itself.
fn spread(values: &[f64]) -> f64 {
    let middle = median(values.to_vec());
    let deviation = DEVIATIONS * median(values.iter().map(|y| (y - middle).abs()).collect());
    let scale = if deviation > 0.0 { deviation } else { TargetUnits::of(values).length_unit() };
    EFFICIENT * scale
}

/// The median; of an even number of values the upper of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_does_not_see_outliers() {
        let mut values: Vec<f64> = (0..1001).map(|i| f64::from(i) / 500.0 - 1.0).collect();
        let before = spread(&values);
        // The median absolute deviation of a uniform distribution on ±1 is 1/2.
        assert!((before - EFFICIENT * DEVIATIONS * 0.5).abs() < 1e-3, "{before}");
        values[..100].iter_mut().for_each(|y| *y = -1e9);
        assert!(spread(&values) < 1.3 * before);
        assert_eq!(spread(&[3.0; 9]), EFFICIENT);
    }
}
