//! Comparisons, number by number; the result is boolean and has no gradient. NaN equals nothing.

use super::arithmetic::Pair;
use crate::array::{Array, zip};
use crate::tensor::Operand;
use crate::{Result, Tensor};

macro_rules! comparisons {
    ($($(#[$doc:meta])+ $name:ident |$a:ident, $b:ident| $compare:expr;)+) => {
        impl Tensor {$(
            $(#[$doc])+
            ///
            /// # Errors
            /// If the shapes do not broadcast.
            pub fn $name(&self, other: impl Into<Operand>) -> Result<Self> {
                let Pair { left, right, shape, .. } = Pair::new(stringify!($name), &self.into(), &other.into())?;
                Ok(Self::new(Array::Bool(match (&left, &right) {
                    (Array::F64(x), Array::F64(y)) => zip(x, y, &shape, |$a, $b| $compare),
                    (Array::F32(x), Array::F32(y)) => zip(x, y, &shape, |$a, $b| $compare),
                    (Array::I64(x), Array::I64(y)) => zip(x, y, &shape, |$a, $b| $compare),
                    (Array::U8(x), Array::U8(y)) => zip(x, y, &shape, |$a, $b| $compare),
                    (Array::Bool(x), Array::Bool(y)) => {
                        zip(x, y, &shape, |x, y| {
                            let ($a, $b) = (u8::from(x), u8::from(y));
                            $compare
                        })
                    }
                    _ => unreachable!("a pair has one type"),
                })))
            }
        )+}
    };
}
comparisons! {
    /// Whether a = b.
    eq |x, y| x == y;
    /// Whether a ≠ b.
    ne |x, y| x != y;
    /// Whether a < b.
    lt |x, y| x < y;
    /// Whether a ≤ b.
    le |x, y| x <= y;
    /// Whether a > b.
    gt |x, y| x > y;
    /// Whether a ≥ b.
    ge |x, y| x >= y;
}

impl Tensor {
    /// Whether each number is not a number.
    #[must_use]
    pub fn isnan(&self) -> Self {
        self.classify(f32::is_nan, f64::is_nan, false)
    }

    /// Whether each number is neither infinite nor NaN.
    #[must_use]
    pub fn isfinite(&self) -> Self {
        self.classify(f32::is_finite, f64::is_finite, true)
    }

    /// Whether each number is +∞ or −∞.
    #[must_use]
    pub fn isinf(&self) -> Self {
        self.classify(f32::is_infinite, f64::is_infinite, false)
    }

    fn classify(&self, f32: fn(f32) -> bool, f64: fn(f64) -> bool, other: bool) -> Self {
        use crate::array::map;
        Self::new(match &self.array() {
            Array::F32(data) => Array::Bool(map(data, f32)),
            Array::F64(data) => Array::Bool(map(data, f64)),
            array => Array::full(array.shape(), other.into(), crate::DType::Bool),
        })
    }

    /// Whether shapes and numbers are equal; NaN equals nothing.
    #[must_use]
    pub fn equal(&self, other: &Self) -> bool {
        self.shape() == other.shape()
            && self.eq(other).is_ok_and(|same| same.to_f64_vec().iter().all(|&x| x != 0.0))
    }

    /// Whether shapes are equal and each |a − b| ≤ atol + rtol·|b|; equal infinities are close, NaN is not.
    #[must_use]
    pub fn allclose(&self, other: &Self, rtol: f64, atol: f64) -> bool {
        let close =
            |(a, b): (f64, f64)| a == b || (a - b).abs() <= atol + rtol * b.abs() && b.is_finite();
        self.shape() == other.shape()
            && self.to_f64_vec().into_iter().zip(other.to_f64_vec()).all(close)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Result, tensor};

    #[test]
    fn nan_equals_nothing() -> Result<()> {
        let x = tensor![f64::NAN, 1.0, f64::INFINITY];
        assert_eq!(x.eq(&x)?.to_vec::<bool>()?, [false, true, true]);
        assert_eq!(x.isnan().to_vec::<bool>()?, [true, false, false]);
        assert_eq!(x.isfinite().to_vec::<bool>()?, [false, true, false]);
        Ok(())
    }
}
