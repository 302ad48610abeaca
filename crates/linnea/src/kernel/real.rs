//! The number types that the kernels compute in.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Sub};

use bytemuck::Pod;
use pulp::Simd;

use super::Level;
use super::exp::Exp;

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
    fn ln(self) -> Self;
    /// Replaces every number by its exponential.
    fn exp_all(level: Level, numbers: &mut [Self]);
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

// The `_e` products are fused where the processor can and rounded twice where it cannot: without
// the instruction, a fused product is a slow call.
macro_rules! real {
    ($type:ty, $vector:ident, $splat:ident, $mul_add:ident, $sum:ident, $exp_all:expr) => {
        impl Real for $type {
            type Vector<S: Simd> = S::$vector;

            const ZERO: Self = 0.0;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }
            #[inline(always)]
            fn ln(self) -> Self {
                self.ln()
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.max(other)
            }
            fn exp_all(level: Level, numbers: &mut [Self]) {
                $exp_all(level, numbers);
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

real!(f32, f32s, splat_f32s, mul_add_e_f32s, reduce_sum_f32s, exp_all_f32);
real!(f64, f64s, splat_f64s, mul_add_e_f64s, reduce_sum_f64s, exp_all_f64);

fn exp_all_f32(level: Level, numbers: &mut [f32]) {
    level.run(Exp(numbers));
}

fn exp_all_f64(_: Level, numbers: &mut [f64]) {
    numbers.iter_mut().for_each(|x| *x = x.exp());
}
