//! The number types in which X is stored, and how a vector of them is loaded.

use bytemuck::Zeroable;
use pulp::Simd;

use super::real::Real;

/// A stored number: what it is computed in, and how to load it.
pub(crate) trait Element: Copy + Send + Sync + 'static {
    /// What it is widened to.
    type Real: Real;

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

impl Element for f32 {
    type Real = f32;

    #[inline(always)]
    fn to_real(self) -> f32 {
        self
    }
}

impl Element for f64 {
    type Real = f64;

    #[inline(always)]
    fn to_real(self) -> f64 {
        self
    }
}

impl Element for u8 {
    type Real = f32;

    #[inline(always)]
    fn to_real(self) -> f32 {
        f32::from(self)
    }
}
