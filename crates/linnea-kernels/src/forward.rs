//! The forward product O = X W in tiles of M rows × C classes.

use std::ops::Range;

use bytemuck::Zeroable;
use pulp::{Simd, WithSimd};

use crate::aligned::Aligned;
use crate::element::{Element, Tail, load_tail};
use crate::fold::{lane_sums, place};
use crate::packed::Packed;
use crate::prefetch::{Ahead, Pace};
use crate::real::Real;
use crate::tile::{ForwardShape, forward_fits, with_tile};

/// How many rows are widened at a time, where they are: whole vectors of any length.
const WIDENED: usize = 32;

type Vector<T, S> = <<T as Element>::Real as Real>::Vector<S>;

/// See [`crate::Level::forward`].
pub struct Forward<'a, T: Element> {
    pub(crate) rows: &'a [&'a [T]],
    pub(crate) start: usize,
    pub(crate) weights: &'a Packed<T::Real>,
    /// The weights as [`pack`] lays them out, if that is done.
    pub(crate) packed: Option<&'a [T::Real]>,
    /// Laid out as [`Packed`] does.
    pub(crate) logits: &'a mut [T::Real],
    pub(crate) ahead: Ahead<'a, T>,
}

/// What every tile of one call shares.
struct Operands<S: Simd, T: Element> {
    columns: Range<usize>,
    q: usize,
    tail: Tail<S, T::Real>,
}

impl<T: Element> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if const { T::DIRECT } { self.directly(simd) } else { self.widened(simd) }
    }
}

impl<T: Element> Forward<'_, T> {
    /// Rows are widened, a few at a time.
    #[inline(always)]
    fn widened<S: Simd>(self, simd: S) {
        let Self { rows, start, weights, logits, ahead, .. } = self;
        let features = weights.rows();
        let packed = pack::<S, T::Real>(weights);
        let packed = packed.as_deref();
        let mut wide = vec![T::Real::ZERO; WIDENED * features];
        let mut pace = ahead.over(rows.len());
        let logits = logits.chunks_mut((WIDENED * weights.columns()).max(1));
        for (rows, logits) in rows.chunks(WIDENED).zip(logits) {
            for (row, wide) in rows.iter().zip(wide.chunks_exact_mut(features)) {
                let row = &row[start..start + features];
                for (wide, x) in wide.iter_mut().zip(row) {
                    *wide = x.to_real();
                }
                pace.go();
            }
            let mut near = [&wide[..0]; WIDENED];
            near.iter_mut().zip(wide.chunks_exact(features)).for_each(|(to, row)| *to = row);
            let (rows, ahead) = (&near[..rows.len()], Ahead::nothing());
            simd.vectorize(Forward::<T::Real> { rows, start: 0, weights, packed, logits, ahead });
        }
    }

    #[inline(always)]
    fn directly<S: Simd>(self, simd: S) {
        let Self { rows, start, weights, packed, logits, ahead } = self;
        let (features, q) = (weights.rows(), weights.columns());
        let (columns, tail) = (start..start + features, Tail::new(simd, features));
        let operands = Operands::<S, T> { columns, q, tail };
        let vectors = features.div_ceil(T::Real::lanes::<S>());
        let shape = ForwardShape::new::<S>();
        let own = if packed.is_none() { pack::<S, T::Real>(weights) } else { None };
        let weights = packed.or(own.as_deref()).unwrap_or(weights.as_slice());
        let weights: &[Vector<T, S>] = bytemuck::cast_slice(weights);
        let tiles = |(_, width)| rows.len().div_ceil(shape.height::<S>(width, rows.len()));
        let mut pace = ahead.over(vectors * shape.class_tiles(q).map(tiles).sum::<usize>());
        let block_rows = shape.block_rows(q);
        for (block, rows) in rows.chunks(block_rows).enumerate() {
            for (first, width) in shape.class_tiles(q) {
                let weights = &weights[first * vectors..][..width * vectors];
                let mut done = 0;
                while done < rows.len() {
                    let height = shape.height::<S>(width, rows.len() - done);
                    let (row, rows) = (block * block_rows + done, &rows[done..done + height]);
                    with_tile!(
                        forward height,
                        width,
                        tile::<S, T>(simd, &operands, weights, rows, (row, first), logits, &mut pace)
                    );
                    done += height;
                }
            }
        }
    }
}

/// The weights of every tile of classes by themselves, if there are several: read one after another, they
/// stay in L1.
#[inline(always)]
fn pack<S: Simd, A: Real>(weights: &Packed<A>) -> Option<Aligned<A>> {
    let (shape, q) = (ForwardShape::new::<S>(), weights.columns());
    if weights.rows() == 0 || shape.class_tiles(q).count() == 1 {
        return None;
    }
    let mut packed = Aligned::zeros(weights.as_slice().len());
    let from: &[A::Vector<S>] = bytemuck::cast_slice(weights.as_slice());
    let into: &mut [A::Vector<S>] = bytemuck::cast_slice_mut(&mut packed);
    let vectors = from.len() / q;
    for (first, width) in shape.class_tiles(q) {
        let own = &mut into[first * vectors..][..width * vectors];
        // A class at a time: slices of unknown length would each be a call of `memcpy`.
        for c in 0..width {
            let from = from[first + c..].iter().step_by(q);
            own[c..].iter_mut().step_by(width).zip(from).for_each(|(to, from)| *to = *from);
        }
    }
    Some(packed)
}

/// M rows, the first of which is number `row`, times the C classes from `first` on.
#[inline(always)]
fn tile<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    operands: &Operands<S, T>,
    weights: &[Vector<T, S>],
    rows: &[&[T]],
    (row, first): (usize, usize),
    logits: &mut [T::Real],
    pace: &mut Pace,
) {
    let lanes = T::Real::lanes::<S>();
    let Operands { columns, q, tail } = operands;
    let (weights, _) = weights.as_chunks::<C>();
    let full = columns.len() / lanes;
    // Loops, not `from_fn` or `map`: a call that is not inlined would put the sums into memory.
    let mut sums = [[Vector::<T, S>::zeroed(); C]; M];
    let mut x = [&rows[0][..0]; M];
    x.iter_mut().zip(rows).for_each(|(x, row)| *x = &row[columns.start..][..full * lanes]);
    for (k, weights) in weights[..full].iter().enumerate() {
        let load = |m: usize| T::load(simd, &x[m][k * lanes..][..lanes]);
        accumulate::<S, T, M, C>(simd, load, weights, &mut sums);
        pace.go_in_loop::<S>(k, full, 16);
    }
    if full * lanes < columns.len() {
        let load = |m: usize| load_tail(simd, &rows[m][columns.clone()], *tail);
        accumulate::<S, T, M, C>(simd, load, &weights[full], &mut sums);
        pace.go();
    }
    let folded = lane_sums::<S, T::Real>(simd, sums.as_flattened());
    let sums: &[T::Real] = bytemuck::cast_slice(&folded);
    for m in 0..M {
        let (vector, lane) = ((row + m) / lanes, (row + m) % lanes);
        let out = &mut logits[(vector * q + first) * lanes + lane..][..(C - 1) * lanes + 1];
        for c in 0..C {
            out[c * lanes] = sums[place(m * C + c, lanes)];
        }
    }
}

/// One vector of every row times that of every class. What there is less of stays in registers meanwhile,
/// of the other one vector at a time: with 16 registers there is room for no more.
#[inline(always)]
fn accumulate<S: Simd, T: Element, const M: usize, const C: usize>(
    simd: S,
    load: impl Fn(usize) -> Vector<T, S>,
    weights: &[Vector<T, S>; C],
    sums: &mut [[Vector<T, S>; C]; M],
) {
    if const { M <= C } {
        let mut x = [Vector::<T, S>::zeroed(); M];
        // A loop: a closure is code without the instruction set, and calls each of its instructions, if it is
        // not inlined.
        for (m, x) in x.iter_mut().enumerate() {
            *x = load(m);
        }
        for (c, &weight) in weights.iter().enumerate() {
            for (sums, &x) in sums.iter_mut().zip(&x) {
                sums[c] = T::Real::mul_add(simd, x, weight, sums[c]);
            }
        }
    } else {
        for (m, sums) in sums.iter_mut().enumerate() {
            let x = load(m);
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum = T::Real::mul_add(simd, x, weight, *sum);
            }
        }
    }
}
