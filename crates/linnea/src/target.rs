//! The units in which training sees a numeric target.

use linnea_kernels::Real;

/// The target in the units that training works in: (y − mean)/scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetUnits {
    pub(crate) mean: f64,
    pub(crate) scale: f64,
}

impl TargetUnits {
    /// Those in which it comes.
    pub(crate) const NONE: Self = Self { mean: 0.0, scale: 1.0 };

    /// Units in which `values`, weighted if they have weights, whose mean is 1, have mean 0 and
    /// standard deviation 1, or 0 if they are all the same.
    pub(crate) fn of(values: &[f64], weights: Option<&[f64]>) -> Self {
        let n = values.len() as f64;
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let sum = |number: &dyn Fn(f64) -> f64| -> f64 {
            values.iter().enumerate().map(|(row, &y)| weight(row) * number(y)).sum()
        };
        let mean = sum(&|y| y) / n;
        let squares = sum(&|y| (y - mean).powi(2));
        let deviation = (squares / n).sqrt();
        // What is left of equal numbers is the rounding of their mean.
        let varies = deviation > 1e-14 * mean.abs();
        Self { mean, scale: if varies { deviation } else { 1.0 } }
    }

    pub(crate) fn apply<A: Real>(self, values: &[f64]) -> Vec<A> {
        values.iter().map(|y| A::from_f64((y - self.mean) / self.scale)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_mean_0_and_deviation_1() {
        let units = TargetUnits::of(&[1.0, 3.0], None);
        assert_eq!(units.apply::<f64>(&[1.0, 3.0]), [-1.0, 1.0]);
        assert_eq!(TargetUnits::of(&[0.1; 3], None).scale, 1.0);
        let units = TargetUnits::of(&[1.0, 3.0, 7.0], Some(&[0.5, 2.5, 0.0]));
        let same = TargetUnits::of(&[1.0, 3.0, 3.0, 3.0, 3.0, 3.0], None);
        assert!((units.mean - same.mean).abs() < 1e-15 && (units.scale - same.scale).abs() < 1e-15);
    }
}
