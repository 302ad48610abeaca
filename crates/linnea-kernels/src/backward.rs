//! The backward product D = Xᵀ G in tiles of M vectors of features × C classes.

use bytemuck::Zeroable;
use pulp::{Simd, WithSimd};

use crate::element::{Element, Tail, load_tail};
use crate::packed::Packed;
use crate::prefetch::{Ahead, Pace};
use crate::real::Real;
use crate::tile::{MOST_DIRECT, class_tiles, fits, next_height, with_tile};

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
/// With more than [`MOST_DIRECT`] classes, and in storages that are slow to widen, so many vectors of
/// features of a block are first copied to where they stand together: they are used once for every tile
/// of classes, and rows of many features lie so far apart that each has a page of its own.
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
        let direct = T::DIRECT && q <= MOST_DIRECT;
        let vectors = features.div_ceil(lanes);
        let height = if direct { next_height::<S>(q.div_ceil(tiles), vectors) } else { PANEL };
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

/// By few tiles of classes, each of which loads every number.
#[inline(always)]
fn directly<S: Simd, T: Element>(
    simd: S,
    operands: &Operands<'_, S, T>,
    gradient: &mut [Vector<T, S>],
    pace: &mut Pace,
) {
    let Operands { features, q, .. } = *operands;
    let whole = features / T::Real::lanes::<S>();
    let widest = q.div_ceil(class_tiles::<S>(q).count());
    let mut done = 0;
    while done < whole {
        let height = next_height::<S>(widest, whole - done);
        let out = &mut gradient[done * q..(done + height) * q];
        for (first, width) in class_tiles::<S>(q) {
            with_tile!(height, width, tile::<S, T>(simd, operands, done, first, out, pace));
        }
        done += height;
    }
    if whole < gradient.len() / q {
        let out = &mut gradient[whole * q..];
        for (first, width) in class_tiles::<S>(q) {
            with_tile!(tail width, last_tile::<S, T>(simd, operands, first, out, pace));
        }
    }
}

/// By tiles of classes: every number is widened once, and loaded once for each.
#[inline(always)]
fn by_panels<S: Simd, T: Element>(
    simd: S,
    operands: &Operands<'_, S, T>,
    gradient: &mut [Vector<T, S>],
    pace: &mut Pace,
) {
    let Operands { residuals, q, add, .. } = *operands;
    let lanes = T::Real::lanes::<S>();
    let mut panel = [Vector::<T, S>::zeroed(); BLOCK * PANEL];
    for (i, out) in gradient.chunks_mut(PANEL * q).enumerate() {
        let count = out.len() / q;
        copy_panel(simd, operands, i * PANEL, count, &mut panel);
        let panel: &[T::Real] = bytemuck::cast_slice(&panel);
        let mut rows = [&panel[..0]; BLOCK];
        rows.iter_mut().zip(panel.chunks(count * lanes)).for_each(|(to, row)| *to = row);
        let rows = &rows[..operands.rows.len()];
        for (first, width) in class_tiles::<S>(q) {
            let (out, pace) = (bytemuck::cast_slice_mut(&mut *out), &mut *pace);
            simd.vectorize(PanelTile { rows, count, residuals, q, first, width, out, add, pace });
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
    pace: &'a mut Pace,
}

impl<A: Element<Real = A> + Real> WithSimd for PanelTile<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, count, residuals, q, first, width, out, add, pace } = self;
        let features = count * A::lanes::<S>();
        let tail = Tail::new(simd, features);
        let operands = &Operands::<S, A> { rows, start: 0, features, residuals, q, tail, add };
        let out: &mut [A::Vector<S>] = bytemuck::cast_slice_mut(out);
        match count {
            1 => with_tile!(1, width, tile::<S, A>(simd, operands, 0, first, out, pace)),
            _ => with_tile!(2, width, tile::<S, A>(simd, operands, 0, first, out, pace)),
        }
    }
}

/// Copies `count` vectors of every row, from number `first` on, widened.
#[inline(always)]
fn copy_panel<S: Simd, T: Element>(
    simd: S,
    operands: &Operands<'_, S, T>,
    first: usize,
    count: usize,
    panel: &mut [Vector<T, S>],
) {
    let lanes = T::Real::lanes::<S>();
    let Operands { rows, start, features, tail, .. } = *operands;
    for m in 0..count {
        let column = (first + m) * lanes;
        let vectors = panel[m..].iter_mut().step_by(count).zip(rows);
        // Loops, not closures, which if they are not inlined call each instruction of the set.
        if column + lanes <= features {
            for (to, row) in vectors {
                *to = T::load(simd, &row[start + column..][..lanes]);
            }
        } else {
            for (to, row) in vectors {
                *to = load_tail(simd, &row[start..start + features], tail);
            }
        }
    }
}

/// M vectors of features, from number `vector` on.
#[inline(always)]
fn tile<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    operands: &Operands<'_, S, T>,
    vector: usize,
    first: usize,
    gradient: &mut [Vector<T, S>],
    pace: &mut Pace,
) {
    let lanes = T::Real::lanes::<S>();
    let begin = operands.start + vector * lanes;
    let load = |row: &[T], x: &mut [Vector<T, S>; M]| {
        let own = &row[begin..begin + M * lanes];
        // A loop, not `from_fn`: a call that is not inlined would put the sums into memory.
        for (x, numbers) in x.iter_mut().zip(own.chunks_exact(lanes)) {
            *x = T::load(simd, numbers);
        }
    };
    sum_rows::<S, T, M, C>(simd, operands, load, first, gradient, pace);
}

/// The last vector of features, which is not full.
#[inline(always)]
fn last_tile<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    operands: &Operands<'_, S, T>,
    first: usize,
    gradient: &mut [Vector<T, S>],
    pace: &mut Pace,
) {
    let own = operands.start..operands.start + operands.features;
    let load = |row: &[T], x: &mut [Vector<T, S>; M]| {
        *x = [load_tail(simd, &row[own.clone()], operands.tail); M];
    };
    sum_rows::<S, T, M, C>(simd, operands, load, first, gradient, pace);
}

/// The products of what `load` takes of each row, summed over the rows.
#[inline(always)]
fn sum_rows<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    operands: &Operands<'_, S, T>,
    load: impl Fn(&[T], &mut [Vector<T, S>; M]),
    first: usize,
    gradient: &mut [Vector<T, S>],
    pace: &mut Pace,
) {
    let lanes = T::Real::lanes::<S>();
    let Operands { rows, residuals, q, add, .. } = operands;
    let mut sums = [[Vector::<T, S>::zeroed(); M]; C];
    for (t, rows) in rows.chunks(lanes).enumerate() {
        let residuals = &residuals[(t * q + first) * lanes..][..C * lanes];
        for (r, row) in rows.iter().enumerate() {
            let mut x = [Vector::<T, S>::zeroed(); M];
            load(row, &mut x);
            for (c, sums) in sums.iter_mut().enumerate() {
                let g = T::Real::splat(simd, residuals[c * lanes + r]);
                for (sum, &x) in sums.iter_mut().zip(&x) {
                    *sum = T::Real::mul_add(simd, x, g, *sum);
                }
            }
            pace.go_in_loop::<S>(r, rows.len(), 4);
        }
    }
    for (c, sums) in sums.iter().enumerate() {
        for (m, &sum) in sums.iter().enumerate() {
            let out = &mut gradient[m * q + first + c];
            *out = if *add { <T::Real as Real>::add(simd, *out, sum) } else { sum };
        }
    }
}
