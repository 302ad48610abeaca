//! The distributions that statistics are compared with: normal, Student's t, Fisher's F.

use serde::Serialize;

use crate::statistics::beta::incomplete_beta;

/// The distribution of a coefficient over its standard error, where the coefficient is 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Reference {
    /// Student's t with so many degrees of freedom.
    T(f64),
    /// The normal.
    Normal,
}

impl Reference {
    /// The probability of at least `statistic`, in magnitude. NaN for NaN.
    #[must_use]
    pub fn p_value(self, statistic: f64) -> f64 {
        let square = statistic * statistic;
        match self {
            _ if statistic.is_nan() => f64::NAN,
            Self::Normal => libm::erfc(statistic.abs() / std::f64::consts::SQRT_2),
            Self::T(df) if df.is_nan() || df <= 0.0 => f64::NAN,
            Self::T(_) if square == f64::INFINITY => 0.0,
            Self::T(df) => {
                incomplete_beta(df / 2.0, 0.5, df / (df + square), square / (df + square))
            }
        }
    }

    /// The number that `confidence` of the distribution lies within, in magnitude.
    #[must_use]
    pub fn quantile(self, confidence: f64) -> f64 {
        let beyond = 1.0 - confidence;
        let mut high = 1.0;
        while self.p_value(high) > beyond && high < 1e300 {
            high *= 2.0;
        }
        let p_value = self.p_value(high);
        if p_value.is_nan() {
            return p_value;
        }
        let mut low = 0.0;
        // Halving ends at neighbouring floats.
        loop {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                return middle;
            }
            *(if self.p_value(middle) > beyond { &mut low } else { &mut high }) = middle;
        }
    }
}

/// The probability that F with `numerator` and `denominator` degrees of freedom is at least `f`.
pub(crate) fn f_p_value(f: f64, numerator: f64, denominator: f64) -> f64 {
    let sound = numerator > 0.0 && denominator > 0.0 && f >= 0.0;
    let (n, d) = (numerator * f, denominator);
    match sound {
        false => f64::NAN,
        true if n == f64::INFINITY => 0.0,
        true => incomplete_beta(denominator / 2.0, numerator / 2.0, d / (n + d), n / (n + d)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: f64, want: f64, relative: f64) {
        assert!((got / want - 1.0).abs() < relative, "{got:e} {want:e}");
    }

    /// Against mpmath with 40 digits: `golden/probabilities.py`.
    #[test]
    fn probabilities_are_right_to_13_digits() {
        let cases = include_str!("../../golden/probabilities.json");
        let cases: Vec<(String, f64, f64, f64, f64)> = serde_json::from_str(cases).unwrap();
        for (kind, a, b, x, want) in cases {
            let got = match kind.as_str() {
                "t" => Reference::T(a).p_value(x),
                "normal" => Reference::Normal.p_value(x),
                _ => f_p_value(x, a, b),
            };
            close(got, want, 2e-13);
        }
    }

    #[test]
    fn quantiles_are_inverses() {
        for reference in
            [Reference::Normal, Reference::T(1.0), Reference::T(9.0), Reference::T(1e6)]
        {
            for confidence in [0.5, 0.9, 0.95, 0.999] {
                let quantile = reference.quantile(confidence);
                close(reference.p_value(quantile), 1.0 - confidence, 1e-12);
            }
        }
        close(Reference::T(1.0).quantile(0.5), 1.0, 1e-14);
        close(Reference::Normal.quantile(0.95), 1.959_963_984_540_054, 1e-14);
        assert!(Reference::T(0.0).quantile(0.95).is_nan());
    }
}
