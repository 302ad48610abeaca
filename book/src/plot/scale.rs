//! From a value to a fraction of an axis.

/// How values lie along an axis, from its start (0) to its end (1).
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    from: f64,
    to: f64,
    logarithmic: bool,
}

impl Scale {
    /// Equal differences, equal distances.
    #[must_use]
    pub fn linear(from: f64, to: f64) -> Self {
        Self { from, to, logarithmic: false }
    }

    /// Equal ratios, equal distances; both ends are positive.
    #[must_use]
    pub fn logarithmic(from: f64, to: f64) -> Self {
        Self { from: from.ln(), to: to.ln(), logarithmic: true }
    }

    /// Where a value lies.
    #[must_use]
    pub fn fraction(self, value: f64) -> f64 {
        let value = if self.logarithmic { value.ln() } else { value };
        (value - self.from) / (self.to - self.from)
    }

    /// The value at a fraction of the axis.
    #[must_use]
    pub fn value(self, fraction: f64) -> f64 {
        let value = self.from + fraction * (self.to - self.from);
        if self.logarithmic { value.exp() } else { value }
    }

    /// As many values, at equal distances along the axis, both ends among them.
    #[must_use]
    pub fn values(self, count: usize) -> Vec<f64> {
        (0..count).map(|i| self.value(i as f64 / (count - 1) as f64)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_the_mean_that_fits_the_scale() {
        assert_eq!(Scale::linear(-2.0, 4.0).fraction(1.0), 0.5);
        assert!((Scale::logarithmic(0.1, 1000.0).fraction(10.0) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn values_end_where_the_axis_ends() {
        let values = Scale::logarithmic(0.5, 8.0).values(5);
        let expected = [0.5, 1.0, 2.0, 4.0, 8.0];
        assert!(values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{values:?}");
    }
}
