//! The number types in which X is stored, and how a vector of them is loaded.

use bytemuck::Zeroable;
use pulp::Simd;

use super::real::Real;

/// A stored number: what it is computed in, and how to load it.
pub(crate) trait Element: Copy + Send + Sync + 'static {
    /// What it is widened to.
    type Real: Real + Element<Real = Self::Real>;

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

    /// The last vector of `row`, which may not be full: the rest is 0.
    #[inline(always)]
    fn load_tail<S: Simd>(
        simd: S,
        row: &[Self],
        tail: Tail<S, Self::Real>,
    ) -> <Self::Real as Real>::Vector<S> {
        let lanes = Self::Real::lanes::<S>();
        if row.len() < lanes {
            return Self::load(simd, row);
        }
        let last = Self::load(simd, &row[row.len() - lanes..][..lanes]);
        let last = Self::Real::rotate(simd, last, tail.width);
        let nothing = <Self::Real as Real>::Vector::<S>::zeroed();
        Self::Real::select(simd, tail.mask, last, nothing)
    }
}

/// How the last vector of a row is loaded when it is not full: a whole vector that ends where the
/// row ends, turned so that the features stand in front, and the others blanked. That is faster than
/// a load of fewer numbers.
#[derive(Clone, Copy)]
pub(super) struct Tail<S: Simd, A: Real> {
    width: usize,
    mask: A::Mask<S>,
}

impl<S: Simd, A: Real> Tail<S, A> {
    #[inline(always)]
    pub(super) fn new(simd: S, features: usize) -> Self {
        let width = features % A::lanes::<S>();
        Self { width, mask: A::below(simd, width) }
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
