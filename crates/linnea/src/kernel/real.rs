//! The number types that the kernels compute in.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Sub};

use bytemuck::Pod;
use pulp::Simd;

/// `f32` or `f64`: scalar arithmetic, and the vector operations that the kernels are made of.
pub(crate) trait Real:
    Pod
    + Debug
    + Display
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// A vector register full of these numbers.
    type Vector<S: Simd>: Pod + Debug;

    const ZERO: Self;

    fn from_f64(value: f64) -> Self;
    fn to_f64(self) -> f64;
    fn exp(self) -> Self;
    fn ln(self) -> Self;
    fn max(self, other: Self) -> Self;

    /// How many numbers a vector holds.
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Vector<S>>() / size_of::<Self>()
    }
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    fn mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    fn sum<S: Simd>(simd: S, vector: Self::Vector<S>) -> Self;
}

macro_rules! real {
    ($type:ty, $vector:ident, $splat:ident, $mul_add:ident, $sum:ident, $from:expr, $to:expr) => {
        impl Real for $type {
            type Vector<S: Simd> = S::$vector;

            const ZERO: Self = 0.0;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                $from(value)
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                $to(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                self.exp()
            }
            #[inline(always)]
            fn ln(self) -> Self {
                self.ln()
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.max(other)
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> S::$vector {
                simd.$splat(value)
            }
            #[inline(always)]
            fn mul_add<S: Simd>(
                simd: S,
                a: S::$vector,
                b: S::$vector,
                c: S::$vector,
            ) -> S::$vector {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn sum<S: Simd>(simd: S, vector: S::$vector) -> Self {
                simd.$sum(vector)
            }
        }
    };
}

// The `_e` products are fused where the processor can and rounded twice where it cannot: without
// the instruction, a fused product is a slow call.
real!(f32, f32s, splat_f32s, mul_add_e_f32s, reduce_sum_f32s, |value: f64| value as f32, f64::from);
real!(f64, f64s, splat_f64s, mul_add_e_f64s, reduce_sum_f64s, |value: f64| value, |value: f64| {
    value
});
