//! Gram matrices: G ← G + PᵀP for panels of rows P, the upper triangle.
//!
//! A panel is packed 128 rows at a time, twice: in strips of two vectors of columns, and in strips of as
//! many columns as a tile is high, whose numbers are broadcast. A tile of 6 × 2 vectors of G (8 × 2 where
//! there are 32 registers) stays in registers while a strip of each goes by: for every row, 2 loads and
//! 6 broadcasts feed 12 multiply-adds, which with their operands are all that 16 registers hold. A strip
//! of columns stays in L1 while the others come from L2, side by side. G is kept tile by tile, so that
//! what a block of rows adds goes by memory in one stream, and the lower triangle takes no room.
//!
//! Where the strips' sizes do not meet the diagonal, some of the lower triangle is computed too: it is
//! not to be read. The order of summing depends on the level, and on how rows are cut into panels.

use pulp::{Simd, WithSimd};

use crate::aligned::Aligned;
use crate::level::Level;
use crate::real::Real;

/// Rows that are packed and summed at once.
const DEPTH: usize = 128;
/// Vectors of columns in a strip.
const VECTORS: usize = 2;
/// Tiles' heights that meet every strip of columns before the next do: in `f64`, 128 kB of L2 or less.
const GROUP: usize = 16;

/// A sum of Gram matrices: Σ pₐᵀpₐ over rows p of `columns` numbers each.
///
/// ```
/// use linnea_kernels::{GramSum, Level, Strips};
///
/// let mut gram = GramSum::new(Level::detect(), 2);
/// // Rows (1, 2) and (3, 4); a third number of each is not looked at.
/// gram.add(&[1.0, 2.0, 9.0, 3.0, 4.0, 9.0], 3, &mut Strips::default());
/// assert_eq!(gram.to_vec(), [10.0, 14.0, 14.0, 20.0]);
/// ```
#[derive(Debug)]
pub struct GramSum<A> {
    level: Level,
    columns: usize,
    shape: Shape,
    /// Where the tiles of each strip begin.
    starts: Vec<usize>,
    tiles: Aligned<A>,
}

/// A panel as [`GramSum::add`] reads it: room that a thread uses again and again.
#[derive(Debug)]
pub struct Strips<A> {
    /// `strips × apart(rows) × width`
    columns: Aligned<A>,
    /// `strips × apart(rows) × height`
    multipliers: Aligned<A>,
}

impl<A: Real> Default for Strips<A> {
    fn default() -> Self {
        Self { columns: Aligned::zeros(0), multipliers: Aligned::zeros(0) }
    }
}

/// Rows and columns of a tile of G.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    height: usize,
    width: usize,
}

impl Shape {
    fn of<S: Simd, A: Real>() -> Self {
        let height = if const { S::REGISTER_COUNT >= 32 } { 8 } else { 6 };
        Self { height, width: VECTORS * A::lanes::<S>() }
    }

    fn on<A: Real>(level: Level) -> Self {
        struct Ask<A>(std::marker::PhantomData<A>);
        impl<A: Real> WithSimd for Ask<A> {
            type Output = Shape;
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> Shape {
                Shape::of::<S, A>()
            }
        }
        level.run(Ask::<A>(std::marker::PhantomData))
    }
}

impl<A: Real> GramSum<A> {
    /// The sum over no rows.
    pub fn new(level: Level, columns: usize) -> Self {
        let shape = Shape::on::<A>(level);
        let mut starts = vec![0];
        for strip in 0..columns.div_ceil(shape.width) {
            let edge = ((strip + 1) * shape.width).min(columns);
            let tiles = edge.div_ceil(shape.height) * shape.height * shape.width;
            starts.push(starts[strip] + tiles);
        }
        let tiles = Aligned::zeros(starts[starts.len() - 1]);
        Self { level, columns, shape, starts, tiles }
    }

    /// Adds rows, which begin `stride` numbers apart.
    ///
    /// # Panics
    /// If rows are shorter than the sum's columns.
    pub fn add(&mut self, panel: &[A], stride: usize, strips: &mut Strips<A>) {
        assert!(stride >= self.columns, "rows of {stride} numbers for {} columns", self.columns);
        if self.columns > 0 {
            A::add_square(self.level, Square { panel, stride, strips, sum: self });
        }
    }

    /// Adds another sum over rows of the same length.
    ///
    /// # Panics
    /// If their columns differ, or the tiles of their levels.
    pub fn merge(&mut self, other: &Self) {
        let of = |sum: &Self| (sum.columns, sum.shape);
        assert_eq!(of(self), of(other), "sums are of rows of one length, in tiles of one shape");
        let pairs = self.tiles.iter_mut().zip(&*other.tiles);
        pairs.for_each(|(sum, x)| *sum += *x);
    }

    /// All of the symmetric matrix, row after row.
    pub fn to_vec(&self) -> Vec<A> {
        let (columns, width) = (self.columns, self.shape.width);
        let mut all = vec![A::ZERO; columns * columns];
        for (strip, starts) in self.starts.windows(2).enumerate() {
            let first = strip * width;
            let rows = self.tiles[starts[0]..starts[1]].chunks_exact(width);
            for (i, row) in rows.take(columns).enumerate() {
                for (j, &number) in (first..columns).zip(row).skip(i.saturating_sub(first)) {
                    all[i * columns + j] = number;
                    all[j * columns + i] = number;
                }
            }
        }
        all
    }
}

/// The work of [`GramSum::add`].
pub struct Square<'a, A> {
    panel: &'a [A],
    stride: usize,
    strips: &'a mut Strips<A>,
    sum: &'a mut GramSum<A>,
}

impl<A: Real> WithSimd for Square<'_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { panel, stride, strips, sum } = self;
        for rows in panel.chunks(DEPTH * stride) {
            if const { S::REGISTER_COUNT >= 32 } {
                strips.pack::<S, 8>(rows, stride, sum.columns);
                sum.add_strips::<S, 8>(simd, strips, rows.len() / stride);
            } else {
                strips.pack::<S, 6>(rows, stride, sum.columns);
                sum.add_strips::<S, 6>(simd, strips, rows.len() / stride);
            }
        }
    }
}

/// How many rows strips of some rows begin apart: of 128, all would begin in the same sets of L1.
fn apart(rows: usize) -> usize {
    rows + 1
}

impl<A: Real> Strips<A> {
    /// Packs rows of which the first `columns` numbers count.
    #[inline(always)]
    fn pack<S: Simd, const R: usize>(&mut self, panel: &[A], stride: usize, columns: usize) {
        let rows = panel.chunks_exact(stride).map(|row| &row[..columns]);
        let apart = apart(rows.len());
        for (strips, width) in
            [(&mut self.columns, VECTORS * A::lanes::<S>()), (&mut self.multipliers, R)]
        {
            let length = columns.div_ceil(width) * width * apart;
            if strips.len() < length {
                *strips = Aligned::zeros(length);
            }
        }
        for (r, row) in rows.enumerate() {
            // Whole arrays and vectors: slices of unknown length would each be a call of `memcpy`.
            let (heights, left) = row.as_chunks::<R>();
            for (strip, numbers) in heights.iter().enumerate() {
                let place = (strip * apart + r) * R;
                self.multipliers[place..][..R].copy_from_slice(numbers);
            }
            fill(&mut self.multipliers, (heights.len() * apart + r) * R, R, left);

            let width = VECTORS * A::lanes::<S>();
            let (whole, left) = row.split_at(columns / width * width);
            let vectors: &[A::Vector<S>] = bytemuck::cast_slice(whole);
            let (pairs, _) = vectors.as_chunks::<VECTORS>();
            for (strip, pair) in pairs.iter().enumerate() {
                let place = (strip * apart + r) * width;
                let place: &mut [A::Vector<S>] =
                    bytemuck::cast_slice_mut(&mut self.columns[place..][..width]);
                place.copy_from_slice(pair);
            }
            fill(&mut self.columns, (pairs.len() * apart + r) * width, width, left);
        }
    }
}

/// Puts what is left of a row, if anything, and zeros behind it.
fn fill<A: Real>(strips: &mut [A], place: usize, width: usize, left: &[A]) {
    if !left.is_empty() {
        let (used, padding) = strips[place..][..width].split_at_mut(left.len());
        used.copy_from_slice(left);
        padding.fill(A::ZERO);
    }
}

impl<A: Real> GramSum<A> {
    /// Adds packed rows to all tiles, which are `R` high.
    #[inline(always)]
    fn add_strips<S: Simd, const R: usize>(&mut self, simd: S, strips: &Strips<A>, rows: usize) {
        let Self { columns, shape: Shape { width, .. }, ref starts, ref mut tiles, .. } = *self;
        let (count, apart) = (columns.div_ceil(width), apart(rows));
        for group in (0..columns.div_ceil(R)).step_by(GROUP) {
            for strip in group * R / width..count {
                let end = ((strip + 1) * width).min(columns).div_ceil(R).min(group + GROUP);
                let vectors = &strips.columns[strip * apart * width..][..rows * width];
                for j in group..end {
                    let multipliers = &strips.multipliers[j * apart * R..][..rows * R];
                    let into = &mut tiles[starts[strip] + j * R * width..][..R * width];
                    // Not the vector that is left of the diagonal, nor one without columns.
                    let lanes = width / VECTORS;
                    if j * R >= strip * width + lanes {
                        add_tile::<S, A, R, 1>(simd, multipliers, vectors, into, 1);
                    } else if columns <= strip * width + lanes {
                        add_tile::<S, A, R, 1>(simd, multipliers, vectors, into, 0);
                    } else {
                        add_tile::<S, A, R, VECTORS>(simd, multipliers, vectors, into, 0);
                    }
                }
            }
        }
    }
}

/// Adds to `R` rows of G what a strip of columns, of which `V` vectors from the `first` on, gives.
#[inline(always)]
fn add_tile<S: Simd, A: Real, const R: usize, const V: usize>(
    simd: S,
    multipliers: &[A],
    columns: &[A],
    into: &mut [A],
    first: usize,
) {
    let (multipliers, _) = multipliers.as_chunks::<R>();
    let columns: &[A::Vector<S>] = bytemuck::cast_slice(columns);
    let mut tile = [[A::splat(simd, A::ZERO); V]; R];
    for (multipliers, columns) in multipliers.iter().zip(columns.chunks_exact(VECTORS)) {
        let columns = &columns[first..first + V];
        for (sums, &multiplier) in tile.iter_mut().zip(multipliers) {
            let multiplier = A::splat(simd, multiplier);
            for (sum, &column) in sums.iter_mut().zip(columns) {
                *sum = A::mul_add(simd, column, multiplier, *sum);
            }
        }
    }
    let into: &mut [A::Vector<S>] = bytemuck::cast_slice_mut(into);
    for (into, sums) in into.chunks_exact_mut(VECTORS).zip(&tile) {
        for (into, &sum) in into[first..].iter_mut().zip(sums) {
            *into = <A as Real>::add(simd, *into, sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use linnea_tensor::Tensor;

    use super::*;

    /// Against PᵀP of the tensor twin, for a panel that is added in two parts.
    fn check<A: Real>(level: Level, [rows, columns, stride]: [usize; 3]) {
        // Multiples of 1/8 of which every order of summing gives the same, in `f32` too.
        let number = |k: usize| ((k * 37 % 101) as f64 - 50.0) / 8.0;
        let numbers: Vec<f64> = (0..rows * stride).map(number).collect();
        let panel: Vec<A> = numbers.iter().map(|&x| A::from_f64(x)).collect();
        let (mut sum, mut strips) = (GramSum::new(level, columns), Strips::default());
        let mut other = GramSum::new(level, columns);
        let (above, below) = panel.split_at(rows / 3 * stride);
        sum.add(below, stride, &mut strips);
        other.add(above, stride, &mut strips);
        sum.merge(&other);
        let panel = Tensor::from_vec(numbers, [rows, stride]).expect("a number for each place");
        let panel = panel.narrow(1, 0, columns).expect("a part of each row");
        let want = panel.t().expect("a matrix").matmul(&panel).expect("shapes fit").to_f64_vec();
        let got: Vec<f64> = sum.to_vec().into_iter().map(A::to_f64).collect();
        assert_eq!(got, want, "{level:?}, {rows} × {columns}");
    }

    #[test]
    fn it_is_the_product() {
        for level in Level::available() {
            for columns in [1, 2, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 49, 102, 201] {
                for rows in [0, 1, 2, 127, 128, 300] {
                    check::<f64>(level, [rows, columns, columns]);
                    check::<f32>(level, [rows, columns, columns + 3]);
                }
            }
        }
    }

    #[test]
    fn there_may_be_no_columns() {
        let mut sum = GramSum::<f64>::new(Level::Portable, 0);
        sum.add(&[1.0, 2.0], 1, &mut Strips::default());
        sum.add(&[], 0, &mut Strips::default());
    }
}
