//! The Gram matrix of a panel: G ← G + PᵀP, the upper triangle.
//!
//! A tile of 8 rows × up to 3 vectors of G stays in registers while the panel's rows go by: for each,
//! up to 3 loads and 8 broadcasts feed 24 multiply-adds. With 16 registers a tile is 4 rows × 2 vectors:
//! with 3 vectors a compiler runs out of them, and a fourth of the sums goes by way of memory. The
//! panel is walked 128 rows at a time, which for a hundred columns stay near the core. Tiles begin at the
//! diagonal, so that little of the lower triangle is computed; what is, is not to be read. A general
//! product over whole panels did 39 Gflop/s of this triangle where this does 60–68 (one core, AVX-512).

use pulp::{Simd, WithSimd};

/// Rows of the panel that are walked at once.
const DEPTH: usize = 128;

/// Adds the Gram matrix of `panel`, rows of `width` numbers, to `sum`, `width × width`, row-major.
pub(crate) struct Syrk<'a> {
    pub(crate) panel: &'a [f64],
    pub(crate) width: usize,
    pub(crate) sum: &'a mut [f64],
}

impl WithSimd for Syrk<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if const { S::REGISTER_COUNT >= 32 } {
            self.in_tiles::<S, 8>(simd);
        } else {
            self.in_tiles::<S, 4>(simd);
        }
    }
}

impl Syrk<'_> {
    /// In tiles of `R` rows, a number of vectors' lanes that divides those of a panel.
    #[inline(always)]
    fn in_tiles<S: Simd, const R: usize>(self, simd: S) {
        let Self { panel, width, sum } = self;
        let lanes = S::F64_LANES;
        for block in panel.chunks(DEPTH * width) {
            for j in (0..width).step_by(R) {
                let mut i = j;
                while i < width {
                    let at = Tile { width, j, i };
                    // Four vectors are two and two, not three and one.
                    i += lanes
                        * match (width - i) / lanes {
                            1 => at.add::<S, R, 1>(simd, block, sum),
                            2 | 4 => at.add::<S, R, 2>(simd, block, sum),
                            _ if R < 8 => at.add::<S, R, 2>(simd, block, sum),
                            _ => at.add::<S, R, 3>(simd, block, sum),
                        };
                }
            }
        }
    }
}

/// Some rows from `j` on and columns from `i` on.
#[derive(Clone, Copy)]
struct Tile {
    width: usize,
    j: usize,
    i: usize,
}

impl Tile {
    /// Adds `R` rows of `V` vectors of columns, and says how many vectors.
    #[inline(always)]
    fn add<S: Simd, const R: usize, const V: usize>(
        self,
        simd: S,
        panel: &[f64],
        sum: &mut [f64],
    ) -> usize {
        let Self { width, j, i } = self;
        let mut tile = [[simd.splat_f64s(0.0); V]; R];
        for row in panel.chunks_exact(width) {
            let (columns, _) = S::as_simd_f64s(&row[i..i + V * S::F64_LANES]);
            let multipliers = &row[j..j + R];
            for c in 0..R {
                let multiplier = simd.splat_f64s(multipliers[c]);
                for v in 0..V {
                    tile[c][v] = simd.mul_add_e_f64s(columns[v], multiplier, tile[c][v]);
                }
            }
        }
        for (c, vectors) in tile.iter().enumerate() {
            let into = &mut sum[(j + c) * width + i..][..V * S::F64_LANES];
            let (into, _) = S::as_mut_simd_f64s(into);
            for (into, vector) in into.iter_mut().zip(vectors) {
                *into = simd.add_f64s(*into, *vector);
            }
        }
        V
    }
}

#[cfg(test)]
mod tests {
    use linnea_kernels::Level;

    use super::*;

    #[test]
    fn the_upper_triangle_is_that_of_the_product() {
        for width in [8, 16, 24, 32, 40, 64, 104] {
            for rows in [0, 1, 127, 300] {
                let number = |k: usize| ((k * 37 % 101) as f64 - 50.0) / 8.0;
                let panel: Vec<f64> = (0..rows * width).map(number).collect();
                for level in Level::available() {
                    let mut sum = vec![1.0; width * width];
                    level.run(Syrk { panel: &panel, width, sum: &mut sum });
                    for (j, i) in (0..width).flat_map(|j| (j..width).map(move |i| (j, i))) {
                        let products = panel.chunks(width).map(|row| row[j] * row[i]);
                        // Multiples of 1/64, so that every order of summing gives the same.
                        assert_eq!(sum[j * width + i], 1.0 + products.sum::<f64>());
                    }
                }
            }
        }
    }
}
