//! The forward product O = X W in tiles of M rows × C classes.

use bytemuck::Zeroable;
use pulp::{Simd, WithSimd};

use super::element::Element;
use super::packed::Packed;
use super::real::Real;
use super::tile::{class_tiles, with_tile};

/// How many rows all class tiles pass over before the next rows are taken: they stay in L1.
const ROW_BLOCK: usize = 24;

type Vector<T, S> = <<T as Element>::Real as Real>::Vector<S>;

/// See [`super::Level::forward`].
pub(super) struct Forward<'a, T: Element> {
    pub(super) rows: &'a [&'a [T]],
    pub(super) start: usize,
    pub(super) weights: &'a Packed<T::Real>,
    pub(super) logits: &'a mut [T::Real],
}

impl<T: Element> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let q = self.weights.classes();
        let columns = self.start..self.start + self.weights.features();
        let weights: &[Vector<T, S>] = bytemuck::cast_slice(self.weights.as_slice());
        let blocks = self.rows.chunks(ROW_BLOCK).zip(self.logits.chunks_mut(ROW_BLOCK * q));
        for (rows, logits) in blocks {
            for (first, width) in class_tiles::<S>(q) {
                let columns = columns.clone();
                with_tile!(width, down::<S, T>(simd, rows, columns, weights, q, first, logits));
            }
        }
    }
}

/// All rows of a block against one tile of classes.
#[inline(always)]
fn down<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    rows: &[&[T]],
    columns: std::ops::Range<usize>,
    weights: &[Vector<T, S>],
    q: usize,
    first: usize,
    logits: &mut [T::Real],
) {
    let (tiles, rest) = rows.as_chunks::<M>();
    let (full, last) = logits.split_at_mut(tiles.len() * M * q);
    for (rows, logits) in tiles.iter().zip(full.chunks_exact_mut(M * q)) {
        let rows = rows.map(|row| &row[columns.clone()]);
        tile::<S, T, M, C>(simd, rows, weights, q, first, logits);
    }
    for (row, logits) in rest.iter().zip(last.chunks_exact_mut(q)) {
        tile::<S, T, 1, C>(simd, [&row[columns.clone()]], weights, q, first, logits);
    }
}

#[inline(always)]
fn tile<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    rows: [&[T]; M],
    weights: &[Vector<T, S>],
    q: usize,
    first: usize,
    logits: &mut [T::Real],
) {
    let lanes = T::Real::lanes::<S>();
    let mut sums = [[Vector::<T, S>::zeroed(); C]; M];
    let full = rows[0].len() / lanes;
    for (k, weights) in weights.chunks_exact(q).take(full).enumerate() {
        let x = rows.map(|row| T::load(simd, &row[k * lanes..][..lanes]));
        accumulate::<S, T, M, C>(simd, x, &weights[first..], &mut sums);
    }
    if full * lanes < rows[0].len() {
        let x = rows.map(|row| T::load(simd, &row[full * lanes..]));
        accumulate::<S, T, M, C>(simd, x, &weights[full * q + first..], &mut sums);
    }
    // Constant bounds: the loops unroll, and the sums never leave their registers.
    for (m, sums) in sums.iter().enumerate() {
        let logits = &mut logits[m * q + first..][..C];
        for (c, &sum) in sums.iter().enumerate() {
            logits[c] = T::Real::sum(simd, sum);
        }
    }
}

#[inline(always)]
fn accumulate<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    x: [Vector<T, S>; M],
    weights: &[Vector<T, S>],
    sums: &mut [[Vector<T, S>; C]; M],
) {
    let weights = &weights[..C];
    for (sums, &x) in sums.iter_mut().zip(&x) {
        for (c, sum) in sums.iter_mut().enumerate() {
            *sum = T::Real::mul_add(simd, x, weights[c], *sum);
        }
    }
}
