//! The backward product D = Xᵀ G in tiles of M vectors of features × C classes.

use bytemuck::Zeroable;
use pulp::{Simd, WithSimd};

use super::element::Element;
use super::packed::Packed;
use super::real::Real;
use super::tile::{class_tiles, with_tile};

type Vector<T, S> = <<T as Element>::Real as Real>::Vector<S>;

/// See [`super::Level::backward`].
pub(super) struct Backward<'a, T: Element> {
    pub(super) rows: &'a [&'a [T]],
    pub(super) start: usize,
    pub(super) residuals: &'a [T::Real],
    pub(super) gradient: &'a mut Packed<T::Real>,
}

/// What every tile of one call shares.
#[derive(Clone, Copy)]
struct Operands<'a, T: Element> {
    rows: &'a [&'a [T]],
    start: usize,
    features: usize,
    residuals: &'a [T::Real],
    q: usize,
}

impl<T: Element> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, start, residuals, gradient } = self;
        let (features, q) = (gradient.features(), gradient.classes());
        let operands = Operands { rows, start, features, residuals, q };
        let gradient: &mut [Vector<T, S>] = bytemuck::cast_slice_mut(gradient.as_mut_slice());
        for (first, width) in class_tiles::<S>(q) {
            with_tile!(width, along::<S, T>(simd, operands, first, gradient));
        }
    }
}

/// All features against one tile of classes.
#[inline(always)]
fn along<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    operands: Operands<'_, T>,
    first: usize,
    gradient: &mut [Vector<T, S>],
) {
    let lanes = T::Real::lanes::<S>();
    let (features, q) = (operands.features, operands.q);
    let mut next = 0;
    while next + M * lanes <= features {
        let out = &mut gradient[next / lanes * q..][..M * q];
        tile::<S, T, M, C>(simd, operands, next, lanes, first, out);
        next += M * lanes;
    }
    while next < features {
        let width = lanes.min(features - next);
        let out = &mut gradient[next / lanes * q..][..q];
        tile::<S, T, 1, C>(simd, operands, next, width, first, out);
        next += lanes;
    }
}

/// M vectors of features from `feature` on; the last may hold fewer than a vector's `width`.
#[inline(always)]
fn tile<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    operands: Operands<'_, T>,
    feature: usize,
    width: usize,
    first: usize,
    gradient: &mut [Vector<T, S>],
) {
    let lanes = T::Real::lanes::<S>();
    let Operands { rows, start, residuals, q, .. } = operands;
    let columns = start + feature..start + feature + (M - 1) * lanes + width;
    let mut sums = [[Vector::<T, S>::zeroed(); M]; C];
    for (row, residuals) in rows.iter().zip(residuals.chunks_exact(q)) {
        let row = &row[columns.clone()];
        let x: [_; M] = std::array::from_fn(|m| T::load(simd, &row[m * lanes..][..width]));
        for (sums, &g) in sums.iter_mut().zip(&residuals[first..][..C]) {
            let g = T::Real::splat(simd, g);
            for (sum, &x) in sums.iter_mut().zip(&x) {
                *sum = T::Real::mul_add(simd, x, g, *sum);
            }
        }
    }
    for (c, sums) in sums.iter().enumerate() {
        for (m, &sum) in sums.iter().enumerate() {
            gradient[m * q + first + c] = sum;
        }
    }
}
