//! The two arithmetics of the exact solver: `f64`, and pairs of `f64` for small and hard problems.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A real number that the factorizations are done in.
pub(crate) trait Scalar:
    Copy
    + PartialEq
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    const ZERO: Self;
    const ONE: Self;
    /// How many times longer a multiply-add takes than one of `f64`, about.
    const TIMES: usize;
    /// The same number.
    fn of(value: f64) -> Self;
    /// The nearest `f64`.
    fn round(self) -> f64;
    fn root(self) -> Self;
}

impl Scalar for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const TIMES: usize = 1;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn round(self) -> f64 {
        self
    }

    fn root(self) -> Self {
        self.sqrt()
    }
}

/// The unevaluated sum of two `f64`, the second at most half a unit in the last place of the first:
/// about 31 digits (Dekker, *A floating-point technique for extending the available precision*, 1971;
/// products by fused multiply-adds). A library's type would do, but its operations are not inlined
/// into vectors, and no library factors matrices of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Double(f64, f64);

impl Double {
    /// a + b, for |a| ≥ |b|.
    #[inline(always)]
    fn ordered_sum(a: f64, b: f64) -> Self {
        let sum = a + b;
        Self(sum, b - (sum - a))
    }

    /// a + b, exactly.
    #[inline(always)]
    fn sum(a: f64, b: f64) -> Self {
        let sum = a + b;
        let part = sum - a;
        Self(sum, (a - (sum - part)) + (b - part))
    }

    /// a·b, exactly.
    #[inline(always)]
    fn product(a: f64, b: f64) -> Self {
        let product = a * b;
        Self(product, a.mul_add(b, -product))
    }
}

impl Add for Double {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let high = Self::sum(self.0, other.0);
        let low = Self::sum(self.1, other.1);
        let high = Self::ordered_sum(high.0, high.1 + low.0);
        Self::ordered_sum(high.0, high.1 + low.1)
    }
}

impl Neg for Double {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl Sub for Double {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let high = Self::product(self.0, other.0);
        let low = self.0.mul_add(other.1, self.1.mul_add(other.0, high.1));
        Self::ordered_sum(high.0, low)
    }
}

impl Div for Double {
    type Output = Self;

    /// By long division, three digits of base 2⁵³.
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self - other * Self(first, 0.0);
        let second = rest.0 / other.0;
        let rest = rest - other * Self(second, 0.0);
        Self::ordered_sum(first, second) + Self(rest.0 / other.0, 0.0)
    }
}

impl Scalar for Double {
    const ZERO: Self = Self(0.0, 0.0);
    const TIMES: usize = 64;
    const ONE: Self = Self(1.0, 0.0);

    #[inline(always)]
    fn of(value: f64) -> Self {
        Self(value, 0.0)
    }

    #[inline(always)]
    fn round(self) -> f64 {
        self.0
    }

    /// One step of Newton's from the `f64` root.
    fn root(self) -> Self {
        let root = self.0.sqrt();
        // Of 0, and of what is no number, there is nothing to improve.
        if root == 0.0 || !root.is_finite() {
            return Self(root, 0.0);
        }
        let rest = self - Self::product(root, root);
        Self::ordered_sum(root, rest.0 / (2.0 * root))
    }
}

/// Σ xᵢ²
pub(crate) fn squares<S: Scalar>(numbers: impl Iterator<Item = S>) -> S {
    numbers.fold(S::ZERO, |sum, x| sum + x * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_keep_what_a_float_loses() {
        let [two, three] = [2.0, 3.0].map(Double::of);
        let left = Double::ONE / three * three - Double::ONE;
        assert!(left.round().abs() < 1e-31);
        assert!((two.root() * two.root() - two).round().abs() < 1e-31);
        assert_eq!(Double::ZERO.root(), Double::ZERO);
        assert!(Double::of(-1.0).root().round().is_nan());
        let small = Double::of(1e-20);
        assert_eq!((Double::ONE + small - Double::ONE).round(), 1e-20);
    }
}
