//! The number types that the kernels compute in.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Sub};

use bytemuck::Pod;
use pulp::Simd;

use crate::gram::Square;
use crate::level::Level;
use crate::{exp, exp64, ln, ln64};

/// No vector of any instruction set holds more numbers.
pub const MOST_LANES: usize = 16;

/// `f32` or `f64`: scalar arithmetic, and the vector operations that the kernels are made of.
pub trait Real:
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
    /// A choice of lanes.
    type Mask<S: Simd>: Copy;

    /// 0.
    const ZERO: Self;

    /// The nearest number of this type.
    fn from_f64(value: f64) -> Self;
    /// The same number.
    fn to_f64(self) -> f64;
    /// Replaces every number by its exponential.
    fn exp<S: Simd>(simd: S, numbers: &mut [Self]);
    /// Replaces every number, which is at least 1, by its natural logarithm.
    fn ln<S: Simd>(simd: S, numbers: &mut [Self]);
    /// Adds the products of a panel's columns to their sums: compiled here, and not in the crates that
    /// use it.
    fn add_square(level: Level, square: Square<'_, Self>);
    /// The larger of two; the other, if one is NaN.
    fn max(self, other: Self) -> Self;

    /// How many numbers a vector holds.
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Vector<S>>() / size_of::<Self>()
    }
    /// The number in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// a·b + c, lane by lane.
    fn mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// a + b, lane by lane.
    fn add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// Lane i is lane i − `by` of `vector`, around the end.
    fn rotate<S: Simd>(simd: S, vector: Self::Vector<S>, by: usize) -> Self::Vector<S>;
    /// `yes` in the lanes of `mask`, `no` in the others.
    fn select<S: Simd>(
        simd: S,
        mask: Self::Mask<S>,
        yes: Self::Vector<S>,
        no: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// The lanes below `width`.
    fn below<S: Simd>(simd: S, width: usize) -> Self::Mask<S>;
    /// The lanes in which `lane & bit` is 0.
    fn lanes_without<S: Simd>(simd: S, bit: usize) -> Self::Mask<S>;
}

// The `_e` products are fused where the processor can and rounded twice where it cannot: without
// the instruction, a fused product is a slow call.
macro_rules! real {
    (
        $type:ty, $index:ty, $vector:ident, $mask:ident, $splat:ident, $mul_add:ident, $add:ident,
        $rotate:ident, $select:ident, $between:ident, $indices:ident, $and:ident, $splat_index:ident,
        $equal:ident, $exp:expr, $ln:expr
    ) => {
        impl Real for $type {
            type Vector<S: Simd> = S::$vector;
            type Mask<S: Simd> = S::$mask;

            const ZERO: Self = 0.0;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }
            #[inline(never)]
            fn add_square(level: Level, square: Square<'_, Self>) {
                level.run(square);
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.max(other)
            }
            #[inline(always)]
            fn exp<S: Simd>(_: S, numbers: &mut [Self]) {
                for x in numbers {
                    *x = $exp(*x);
                }
            }
            #[inline(always)]
            fn ln<S: Simd>(_: S, numbers: &mut [Self]) {
                for x in numbers {
                    *x = $ln(*x);
                }
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
            fn add<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn rotate<S: Simd>(simd: S, vector: S::$vector, by: usize) -> S::$vector {
                simd.$rotate(vector, by)
            }
            #[inline(always)]
            fn select<S: Simd>(
                simd: S,
                mask: S::$mask,
                yes: S::$vector,
                no: S::$vector,
            ) -> S::$vector {
                simd.$select(mask, yes, no)
            }
            #[inline(always)]
            fn below<S: Simd>(simd: S, width: usize) -> S::$mask {
                simd.$between(0, width as $index).mask()
            }
            #[inline(always)]
            fn lanes_without<S: Simd>(simd: S, bit: usize) -> S::$mask {
                let indices: [$index; MOST_LANES] = std::array::from_fn(|lane| lane as $index);
                let indices = bytemuck::pod_read_unaligned::<S::$indices>(bytemuck::cast_slice(
                    &indices[..Self::lanes::<S>()],
                ));
                let bits = simd.$and(indices, simd.$splat_index(bit as $index));
                simd.$equal(bits, simd.$splat_index(0))
            }
        }
    };
}

real!(
    f32,
    u32,
    f32s,
    m32s,
    splat_f32s,
    mul_add_e_f32s,
    add_f32s,
    rotate_right_f32s,
    select_f32s,
    mask_between_m32s,
    u32s,
    and_u32s,
    splat_u32s,
    equal_u32s,
    exp::exp,
    ln::ln
);
real!(
    f64,
    u64,
    f64s,
    m64s,
    splat_f64s,
    mul_add_e_f64s,
    add_f64s,
    rotate_right_f64s,
    select_f64s,
    mask_between_m64s,
    u64s,
    and_u64s,
    splat_u64s,
    equal_u64s,
    exp64::exp,
    ln64::ln
);
