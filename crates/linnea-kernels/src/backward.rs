//! The backward product D = Xᵀ G in tiles of M vectors of features × C classes.

use std::ops::Range;

use bytemuck::Zeroable;
use pulp::{Simd, WithSimd};

use crate::element::{Element, Tail, load_tail};
use crate::packed::Packed;
use crate::prefetch::{Ahead, Pace};
use crate::real::Real;
use crate::tile::{class_tiles, most_classes, next_height, with_tile};

type Vector<T, S> = <<T as Element>::Real as Real>::Vector<S>;

/// See [`crate::Level::backward`].
pub struct Backward<'a, T: Element> {
    pub(crate) rows: &'a [&'a [T]],
    pub(crate) start: usize,
    pub(crate) residuals: &'a [T::Real],
    pub(crate) gradient: &'a mut Packed<T::Real>,
    pub(crate) ahead: Ahead<'a, T>,
}

/// What every tile of one call shares.
struct Operands<'a, S: Simd, T: Element> {
    rows: &'a [&'a [T]],
    start: usize,
    features: usize,
    residuals: &'a [T::Real],
    q: usize,
    tail: Tail<S, T::Real>,
    /// Whether the products are added to what the gradient is.
    add: bool,
}

/// Rows are passed over in blocks of so many; a block's sums are added to those of the blocks before.
const BLOCK: usize = 256;
/// With more than one tile of classes, so many vectors of features of a block are first copied to
/// where they stand together: they are used once for every tile, and rows of many features lie so far
/// apart that each has a page of its own.
const PANEL: usize = 2;

impl<T: Element> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, start, residuals, gradient, ahead } = self;
        let (features, q, lanes) = (gradient.rows(), gradient.columns(), T::Real::lanes::<S>());
        if rows.is_empty() {
            gradient.as_mut_slice().fill(T::Real::ZERO);
        }
        let gradient: &mut [Vector<T, S>] = bytemuck::cast_slice_mut(gradient.as_mut_slice());
        let tiles = class_tiles::<S>(q).count();
        let direct = T::DIRECT && tiles == 1;
        let vectors = features.div_ceil(lanes);
        let height = if direct { next_height(q, vectors) } else { PANEL };
        let mut pace = ahead.over(rows.len() * vectors.div_ceil(height) * tiles);
        let tail = Tail::new(simd, features);
        for (block, rows) in rows.chunks(BLOCK).enumerate() {
            let (residuals, add) = (&residuals[block * BLOCK * q..], block > 0);
            let operands = Operands::<S, T> { rows, start, features, residuals, q, tail, add };
            if !direct {
                by_panels(simd, &operands, gradient, &mut pace);
            } else if const { T::DIRECT } {
                directly(simd, &operands, gradient, &mut pace);
            }
        }
    }
}

/// One tile of classes: every number is used once.
#[inline(always)]
fn directly<S: Simd, T: Element>(
    simd: S,
    operands: &Operands<'_, S, T>,
    gradient: &mut [Vector<T, S>],
    pace: &mut Pace<'_, T>,
) {
    let Operands { features, q, .. } = *operands;
    let (lanes, vectors) = (T::Real::lanes::<S>(), gradient.len() / q);
    let mut done = 0;
    while done < vectors {
        let height = next_height(q, vectors - done);
        let columns = done * lanes..features.min((done + height) * lanes);
        let out = &mut gradient[done * q..(done + height) * q];
        with_tile!(height, q, tile::<S, T>(simd, operands, columns, 0, out, pace));
        done += height;
    }
}

/// Many tiles of classes: every number is used once for each.
#[inline(always)]
fn by_panels<S: Simd, T: Element>(
    simd: S,
    operands: &Operands<'_, S, T>,
    gradient: &mut [Vector<T, S>],
    pace: &mut Pace<'_, T>,
) {
    let Operands { features, residuals, q, add, .. } = *operands;
    let lanes = T::Real::lanes::<S>();
    let mut panel = [Vector::<T, S>::zeroed(); BLOCK * PANEL];
    for (i, out) in gradient.chunks_mut(PANEL * q).enumerate() {
        let count = out.len() / q;
        let columns = i * PANEL * lanes..features.min((i * PANEL + count) * lanes);
        copy_panel(simd, operands, columns, count, &mut panel);
        let panel: &[T::Real] = bytemuck::cast_slice(&panel);
        let mut rows = [&panel[..0]; BLOCK];
        rows.iter_mut().zip(panel.chunks(count * lanes)).for_each(|(to, row)| *to = row);
        let rows = &rows[..operands.rows.len()];
        for (first, width) in class_tiles::<S>(q) {
            pace.go_on(rows.len());
            let out = bytemuck::cast_slice_mut(&mut *out);
            simd.vectorize(PanelTile { rows, count, residuals, q, first, width, out, add });
        }
    }
}

/// The product of one panel and one tile of classes: compiled once for all storages.
struct PanelTile<'a, A> {
    rows: &'a [&'a [A]],
    /// The vectors of features.
    count: usize,
    residuals: &'a [A],
    q: usize,
    first: usize,
    width: usize,
    out: &'a mut [A],
    add: bool,
}

impl<A: Element<Real = A> + Real> WithSimd for PanelTile<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, count, residuals, q, first, width, out, add } = self;
        let features = count * A::lanes::<S>();
        let (tail, columns) = (Tail::new(simd, features), 0..features);
        let operands = &Operands::<S, A> { rows, start: 0, features, residuals, q, tail, add };
        let out: &mut [A::Vector<S>] = bytemuck::cast_slice_mut(out);
        let pace = &mut Ahead::<A>::nothing().over(0);
        match count {
            1 => with_tile!(1, width, tile::<S, A>(simd, operands, columns, first, out, pace)),
            _ => with_tile!(2, width, tile::<S, A>(simd, operands, columns, first, out, pace)),
        }
    }
}

/// Copies `count` vectors of every row, widened.
#[inline(always)]
fn copy_panel<S: Simd, T: Element>(
    simd: S,
    operands: &Operands<'_, S, T>,
    columns: Range<usize>,
    count: usize,
    panel: &mut [Vector<T, S>],
) {
    let lanes = T::Real::lanes::<S>();
    let Operands { rows, start, tail, .. } = *operands;
    for (row, vectors) in rows.iter().zip(panel.chunks_exact_mut(count)) {
        let row = &row[start..start + columns.end];
        for (m, vector) in vectors.iter_mut().enumerate() {
            let first = columns.start + m * lanes;
            *vector = if first + lanes <= row.len() {
                T::load(simd, &row[first..][..lanes])
            } else {
                load_tail(simd, row, tail)
            };
        }
    }
}

/// M vectors of features, the last of which may hold fewer than a vector does.
#[inline(always)]
fn tile<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    operands: &Operands<'_, S, T>,
    columns: Range<usize>,
    first: usize,
    gradient: &mut [Vector<T, S>],
    pace: &mut Pace<'_, impl Sized>,
) {
    let lanes = T::Real::lanes::<S>();
    let Operands { rows, start, residuals, q, tail, add, .. } = operands;
    let whole = columns.len() == M * lanes;
    let mut sums = [[Vector::<T, S>::zeroed(); M]; C];
    for (t, rows) in rows.chunks(lanes).enumerate() {
        let residuals = &residuals[(t * q + first) * lanes..][..C * lanes];
        for (r, row) in rows.iter().enumerate() {
            let row = &row[*start..start + columns.end];
            // Loops, not `from_fn`: a call that is not inlined would put the sums into memory.
            let mut x = [Vector::<T, S>::zeroed(); M];
            for (m, x) in x.iter_mut().enumerate() {
                *x = if m + 1 < M || whole {
                    T::load(simd, &row[columns.start + m * lanes..][..lanes])
                } else {
                    load_tail(simd, row, *tail)
                };
            }
            for (c, sums) in sums.iter_mut().enumerate() {
                let g = T::Real::splat(simd, residuals[c * lanes + r]);
                for (sum, &x) in sums.iter_mut().zip(&x) {
                    *sum = T::Real::mul_add(simd, x, g, *sum);
                }
            }
            pace.go();
        }
    }
    for (c, sums) in sums.iter().enumerate() {
        for (m, &sum) in sums.iter().enumerate() {
            let out = &mut gradient[m * q + first + c];
            *out = if *add { <T::Real as Real>::add(simd, *out, sum) } else { sum };
        }
    }
}
