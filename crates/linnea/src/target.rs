//! The units in which training sees a numeric target.
//!
//! Training works with targets of about the size 1, whatever they are measured in. Each kind of unit
//! has a change of variables under which objectives differ by a factor and a constant alone, so that
//! both have the same optimum:
//! - *(y − m)/s*, for losses of ŷ − y that are homogeneous: ŷ = m + s·ŷ′, and losses are s² times
//!   those in training. ‖V‖₁ = s·‖V′‖₁ and ‖V‖² = s²·‖V′‖², so l1 becomes l1/s and l2 stays.
//! - *y/m*, for counts with the loss exp o − y·o: o = o′ + log m, and losses are m times those in
//!   training, less m·log m·ȳ′. The weights are the same, so both penalties are divided by m.

use linnea_kernels::Real;

use crate::parameters::Parameters;
use crate::row_weights::weight_of;

/// The target's units in training.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TargetUnits {
    /// (y − mean)/scale.
    Standard { mean: f64, scale: f64 },
    /// y/mean, for counts.
    Counts { mean: f64 },
}

impl TargetUnits {
    /// Those in which it comes.
    pub(crate) const NONE: Self = Self::Standard { mean: 0.0, scale: 1.0 };

    /// Units in which `values`, weighted if they have weights, have mean 0 and standard deviation 1, or 0
    /// if they are all the same.
    pub(crate) fn of(values: &[f64], weights: Option<&[f64]>) -> Self {
        let n: f64 = weights.map_or(values.len() as f64, |weights| weights.iter().sum());
        let sum = |number: &dyn Fn(f64) -> f64| -> f64 {
            values.iter().enumerate().map(|(row, &y)| weight_of(weights, row) * number(y)).sum()
        };
        let mean = sum(&|y| y) / n;
        let squares = sum(&|y| (y - mean).powi(2));
        let deviation = (squares / n).sqrt();
        // What is left of equal numbers is the rounding of their mean.
        let varies = deviation > 1e-14 * mean.abs();
        Self::Standard { mean, scale: if varies { deviation } else { 1.0 } }
    }

    /// Units in which counts, not all of them 0, have mean 1, weighted if they have weights.
    pub(crate) fn of_counts(values: &[f64], weights: Option<&[f64]>) -> Self {
        let n: f64 = weights.map_or(values.len() as f64, |weights| weights.iter().sum());
        let weighted = values.iter().enumerate().map(|(row, y)| weight_of(weights, row) * y);
        Self::Counts { mean: weighted.sum::<f64>() / n }
    }

    pub(crate) fn apply<A: Real>(self, values: &[f64]) -> Vec<A> {
        let apply = |y: &f64| match self {
            Self::Standard { mean, scale } => (y - mean) / scale,
            Self::Counts { mean } => y / mean,
        };
        values.iter().map(|y| A::from_f64(apply(y))).collect()
    }

    /// One unit, in those of the target.
    pub(crate) fn length_unit(self) -> f64 {
        match self {
            Self::Standard { scale, .. } => scale,
            Self::Counts { mean } => mean,
        }
    }

    /// A difference of targets.
    pub(crate) fn length(self, length: f64) -> f64 {
        length / self.length_unit()
    }

    /// A difference of losses as the user sees it.
    pub(crate) fn loss_difference(self, difference: f64) -> f64 {
        match self {
            Self::Standard { scale, .. } => difference * scale * scale,
            Self::Counts { mean } => difference * mean,
        }
    }

    /// A mean loss as the user sees it, of rows whose targets have the mean `own` in training's units.
    pub(crate) fn loss(self, loss: f64, own: f64) -> f64 {
        let least = match self {
            Self::Standard { .. } => 0.0,
            Self::Counts { mean } => mean * mean.ln() * own,
        };
        self.loss_difference(loss) - least
    }

    /// The penalty l1 on the weights in training.
    pub(crate) fn l1(self, l1: f64) -> f64 {
        l1 / self.length_unit()
    }

    /// The penalty l2 on the weights in training.
    pub(crate) fn l2(self, l2: f64) -> f64 {
        match self {
            Self::Standard { .. } => l2,
            Self::Counts { mean } => l2 / mean,
        }
    }

    /// Training's parameters, for the target as it comes.
    pub(crate) fn parameters(self, parameters: Parameters) -> Parameters {
        match self {
            Self::Standard { mean, scale } => parameters.unscale_target(mean, scale),
            Self::Counts { mean } => parameters.unscale_target(mean.ln(), 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_mean_0_and_deviation_1() {
        let units = TargetUnits::of(&[1.0, 3.0], None);
        assert_eq!(units.apply::<f64>(&[1.0, 3.0]), [-1.0, 1.0]);
        assert_eq!(TargetUnits::of(&[0.1; 3], None).length_unit(), 1.0);
        let units = TargetUnits::of(&[1.0, 3.0, 7.0], Some(&[0.5, 2.5, 0.0]));
        let same = TargetUnits::of(&[1.0, 3.0, 3.0, 3.0, 3.0, 3.0], None);
        let apart =
            |number: f64| units.apply::<f64>(&[number])[0] - same.apply::<f64>(&[number])[0];
        assert!(apart(0.0).abs() < 1e-14 && apart(5.0).abs() < 1e-14);
    }

    #[test]
    fn losses_of_counts_come_back() {
        let (counts, logit) = ([0.0, 7.0, 2.0], 0.4);
        let units = TargetUnits::of_counts(&counts, None);
        assert_eq!(units.apply::<f64>(&counts).iter().sum::<f64>(), 3.0);
        let mean = |counts: &[f64], o: f64| {
            counts.iter().map(|y| o.exp() - y * o).sum::<f64>() / counts.len() as f64
        };
        let in_training = mean(&units.apply::<f64>(&counts), logit);
        assert!((units.loss(in_training, 1.0) - mean(&counts, logit + 3.0_f64.ln())).abs() < 1e-14);
        let weighted = TargetUnits::of_counts(&counts, Some(&[1.0, 0.5, 1.5]));
        assert!((weighted.length_unit() - 6.5 / 3.0).abs() < 1e-15);
    }
}
