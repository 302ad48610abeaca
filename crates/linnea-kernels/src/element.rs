//! The number types in which X is stored, and how a vector of them is loaded.

use bytemuck::Zeroable;
use half::{bf16, f16};
use pulp::Simd;

use crate::products::Products;
use crate::real::Real;

/// A stored number: what it is computed in, and how to load it.
pub trait Element: Products + Copy + Send + Sync + 'static {
    /// What it is widened to.
    type Real: Real + Element<Real = Self::Real>;

    /// Whether the tiles load such numbers themselves. Otherwise rows are widened first, so that the
    /// tiles need not be compiled for one storage more.
    const DIRECT: bool;

    /// The number itself: every storage is exact in its arithmetic.
    fn to_real(self) -> Self::Real;

    /// A vector of the numbers in `from`, which may be fewer than a vector holds: the rest is 0.
    #[inline(always)]
    fn load<S: Simd>(_: S, from: &[Self]) -> <Self::Real as Real>::Vector<S> {
        let mut vector = <Self::Real as Real>::Vector::<S>::zeroed();
        let lanes: &mut [Self::Real] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut vector));
        for (lane, &number) in lanes.iter_mut().zip(from) {
            *lane = number.to_real();
        }
        vector
    }
}

/// How the last vector of a row is loaded when it is not full: a whole vector that ends where the
/// row ends, turned so that the features stand in front, and the others blanked. That is faster than
/// a load of fewer numbers.
#[derive(Clone, Copy)]
pub(crate) struct Tail<S: Simd, A: Real> {
    width: usize,
    mask: A::Mask<S>,
}

impl<S: Simd, A: Real> Tail<S, A> {
    #[inline(always)]
    pub(crate) fn new(simd: S, features: usize) -> Self {
        let width = features % A::lanes::<S>();
        Self { width, mask: A::below(simd, width) }
    }
}

/// The last vector of `row`, which may not be full: the rest is 0.
#[inline(always)]
pub(crate) fn load_tail<S: Simd, T: Element>(
    simd: S,
    row: &[T],
    tail: Tail<S, T::Real>,
) -> <T::Real as Real>::Vector<S> {
    let lanes = T::Real::lanes::<S>();
    if row.len() < lanes {
        return T::load(simd, row);
    }
    let last = T::load(simd, &row[row.len() - lanes..][..lanes]);
    let last = T::Real::rotate(simd, last, tail.width);
    let nothing = <T::Real as Real>::Vector::<S>::zeroed();
    T::Real::select(simd, tail.mask, last, nothing)
}

impl Element for f32 {
    type Real = f32;

    const DIRECT: bool = true;

    #[inline(always)]
    fn to_real(self) -> f32 {
        self
    }
}

impl Element for f64 {
    type Real = f64;

    const DIRECT: bool = true;

    #[inline(always)]
    fn to_real(self) -> f64 {
        self
    }
}

impl Element for u8 {
    type Real = f32;

    const DIRECT: bool = true;

    #[inline(always)]
    fn to_real(self) -> f32 {
        f32::from(self)
    }
}

/// The upper half of an `f32`.
impl Element for bf16 {
    type Real = f32;

    const DIRECT: bool = false;

    #[inline(always)]
    fn to_real(self) -> f32 {
        f32::from_bits(u32::from(self.to_bits()) << 16)
    }
}

/// A sign, 5 bits of exponent with bias 15 and 10 of fraction: (−1)ˢ 2ᵉ⁻¹⁵ 1.f, subnormal for e = 0.
///
/// `half` converts with a branch or a call a number. This is plain arithmetic on bits, which the
/// compiler turns into seven instructions a vector. Extended with its sign and shifted by 13, every
/// bit is in its place in an `f32`, once the copies of the sign are taken out between sign and
/// exponent. The bias there is 127, so that the number is 2¹¹² too small; the product with 2¹¹² is
/// exact, also of a subnormal. Infinity and NaN (e = 31) come out as 2¹⁶ 1.f, beyond every finite
/// number, and get the largest exponent.
impl Element for f16 {
    type Real = f32;

    const DIRECT: bool = false;

    #[inline(always)]
    fn to_real(self) -> f32 {
        const IN_PLACE: u32 = 0x8fff_e000;
        const TWO_TO_112: f32 = f32::from_bits((127 + 112) << 23);
        const BEYOND: f32 = 65_536.0;
        const LARGEST_EXPONENT: u32 = 0xff << 23;
        let spread = i32::from(self.to_bits().cast_signed()) << 13;
        let scaled = f32::from_bits(spread.cast_unsigned() & IN_PLACE) * TWO_TO_112;
        let special = if scaled.abs() >= BEYOND { LARGEST_EXPONENT } else { 0 };
        f32::from_bits(scaled.to_bits() | special)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, Real};
    use pulp::WithSimd;

    /// Loads numbers as the kernels do.
    struct Widen<'a, T>(&'a [T]);

    impl<T: Element> WithSimd for Widen<'_, T> {
        type Output = Vec<T::Real>;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let mut numbers = Vec::new();
            for from in self.0.chunks(T::Real::lanes::<S>()) {
                numbers.extend_from_slice(bytemuck::cast_slice(&[T::load(simd, from)]));
            }
            numbers
        }
    }

    /// Every pattern of 16 bits, by the kernels' way and by `half`'s.
    fn check<T: Element<Real = f32>>(from_bits: fn(u16) -> T, by_half: fn(T) -> f32) {
        let all: Vec<T> = (0..=u16::MAX).map(from_bits).collect();
        for level in Level::available() {
            for (&number, got) in all.iter().zip(level.run(Widen(&all))) {
                let want = by_half(number);
                let same = if want.is_nan() {
                    got.is_nan() && got.is_sign_negative() == want.is_sign_negative()
                } else {
                    got.to_bits() == want.to_bits()
                };
                assert!(same, "{level:?}: {got} {want}");
            }
        }
    }

    #[test]
    fn every_half_is_widened_as_by_its_crate() {
        check(f16::from_bits, f16::to_f32);
        check(bf16::from_bits, bf16::to_f32);
    }
}
