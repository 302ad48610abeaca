//! Numbers as unevaluated sums of two f64: about 106 bits (Dekker 1971; Hida, Li & Bailey 2001).

use std::ops::{Add, Div, Mul, Neg};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Double(f64, f64);

/// a + b and its rounding error (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

impl From<f64> for Double {
    fn from(x: f64) -> Self {
        Self(x, 0.0)
    }
}

impl Add for Double {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, low) = two_sum(self.0, other.0);
        let (low, lower) = two_sum(low, self.1);
        let (low, lowest) = two_sum(low, other.1);
        let (high, low) = two_sum(high, low);
        Self::normal(high, low + (lower + lowest))
    }
}

impl Neg for Double {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl Mul for Double {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let (high, low) = two_product(self.0, other.0);
        Self::normal(high, low + (self.0 * other.1 + self.1 * other.0))
    }
}

impl Div for Double {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self + -(other * first.into());
        let second = rest.0 / other.0;
        let rest = rest + -(other * second.into());
        Self::normal(first, second) + (rest.0 / other.0).into()
    }
}

impl Double {
    pub(crate) const ZERO: Self = Self(0.0, 0.0);
    const LN_2: Self = Self(std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17);

    fn normal(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self(sum, low - (sum - high))
    }

    /// a − b, exactly.
    pub(crate) fn difference(a: f64, b: f64) -> Self {
        let (high, low) = two_sum(a, -b);
        Self(high, low)
    }

    pub(crate) fn high(self) -> f64 {
        self.0
    }

    /// |x − self|.
    pub(crate) fn distance(self, x: f64) -> f64 {
        ((x - self.0) - self.1).abs()
    }

    /// eˣ: with x = k·log 2 + 512·r, by a Taylor series for eʳ − 1 and nine doublings.
    pub(crate) fn exp(self) -> Self {
        if self.0 < -800.0 {
            return Self::ZERO;
        }
        let k = (self.0 / std::f64::consts::LN_2).round();
        let r = (self + -(Self::LN_2 * k.into())) * (1.0 / 512.0).into();
        let series =
            (1..=10).rev().fold(Self::ZERO, |sum, n| (sum + 1.0.into()) * r / f64::from(n).into());
        // (1 + s)² − 1 = 2s + s².
        let grown = (0..9).fold(series, |s, _| s * s + s * 2.0.into());
        let Self(high, low) = grown + 1.0.into();
        // In two steps, as the whole power may be below the least normal number.
        let (first, second) = (2_f64.powi(k as i32 / 2), 2_f64.powi(k as i32 - k as i32 / 2));
        Self(high * first * second, low * first * second)
    }

    /// The logarithm of a number from 1, by Newton's steps y + x·e⁻ʸ − 1.
    pub(crate) fn ln(self) -> Self {
        (0..2).fold(self.0.ln().into(), |y: Self, _| y + (self * (-y).exp() + (-1.0).into()))
    }

    /// log(1 + x) for x ≥ 0; the series where 1 + x would lose digits.
    pub(crate) fn ln_1p(self) -> Self {
        if self.0 > 1e-5 {
            return (self + 1.0.into()).ln();
        }
        (1..=7)
            .rev()
            .fold(Self::ZERO, |sum, n| self * (Self::from(1.0) / f64::from(n).into() + -sum))
    }
}

/// Constants to 40 digits, computed with mpmath and split into two f64.
#[test]
fn known_constants() {
    let near = |x: Double, high: f64, low: f64| {
        let error = ((x.0 - high) + (x.1 - low)).abs();
        assert!(error <= 1e-29 * high.abs(), "{x:?} is not {high:e} + {low:e}");
    };
    near(Double::from(1.0).exp(), std::f64::consts::E, 1.4456468917292502e-16);
    near(Double::from(-50.5).exp(), 1.1698459177061964e-22, 2.683726991538036e-39);
    near(Double::from(-600.0).exp(), 2.6503965530043108e-261, 6.377342817491395e-278);
    near(Double::from(10.0).ln(), std::f64::consts::LN_10, -2.1707562233822494e-16);
    near(Double::from(1000.0).ln(), 6.907755278982137, 2.369515526854504e-16);
    near(Double::from(1e-3).ln_1p(), 0.0009995003330835331, 3.8971025988294614e-20);
    near(Double::from(1e-9).ln_1p(), 9.999999995e-10, 7.493897403823754e-26);
    near(Double::from(1.0) / Double::from(3.0), 0.3333333333333333, 1.850371707708594e-17);
}
