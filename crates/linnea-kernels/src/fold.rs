//! The sums over the lanes of many vectors at once.
//!
//! Summing the lanes of one vector takes log₂ lanes shuffles and additions, all but the first of
//! which work for a part of the vector only. Two vectors a and b are folded together at the same
//! price: in the lanes where `lane & half` is 0 what is left of a, in the others what is left of b.
//! So each level halves the number of vectors, and 16 vectors of 16 lanes become one vector of
//! their 16 sums in 15 folds, where 16 × 4 would be needed one by one.
//!
//! The sum of a vector is formed in the same order whatever its company is.

use bytemuck::Zeroable;
use pulp::Simd;

use crate::real::{MOST_LANES, Real};

/// Vectors of so many bytes are better summed one by one: instruction sets of shorter vectors turn them
/// slowly.
const FEW_BYTES: usize = 32;
/// The most vectors that are folded together.
const MOST: usize = 32;

/// The sums of the lanes of vectors, in an order that [`place`] knows.
///
/// `vectors` are at most 32; of how many there are, the compiler should know, so that all of them
/// stay in registers.
#[inline(always)]
pub(crate) fn lane_sums<S: Simd, A: Real>(
    simd: S,
    vectors: &[A::Vector<S>],
) -> [A::Vector<S>; MOST] {
    let mut folded = [A::Vector::<S>::zeroed(); MOST];
    if const { size_of::<A::Vector<S>>() <= FEW_BYTES } {
        one_by_one::<S, A>(vectors, &mut folded);
        return folded;
    }
    folded[..vectors.len()].copy_from_slice(vectors);
    // 16 lanes have one level more than 8.
    let (wide, count) = (A::lanes::<S>() > 8, vectors.len());
    if wide {
        fold_pairs::<S, A>(simd, &mut folded, count, 8);
    }
    let count = if wide { count.div_ceil(2) } else { count };
    fold_pairs::<S, A>(simd, &mut folded, count, 4);
    fold_pairs::<S, A>(simd, &mut folded, count.div_ceil(2), 2);
    fold_pairs::<S, A>(simd, &mut folded, count.div_ceil(4), 1);
    folded
}

/// Folds each of the first `count` vectors with its neighbour. Pair by pair in words, because a loop that is not
/// unrolled would put all vectors into memory: that cost a tenth of the forward product.
#[inline(always)]
fn fold_pairs<S: Simd, A: Real>(
    simd: S,
    folded: &mut [A::Vector<S>; MOST],
    count: usize,
    half: usize,
) {
    macro_rules! pairs {
        ($($i:literal)*) => {$(
            if 2 * $i < count {
                folded[$i] = fold::<S, A>(simd, folded[2 * $i], folded[2 * $i + 1], half);
            }
        )*};
    }
    pairs!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

/// Which of all numbers of the folded vectors is the sum of vector `i`: the first level put the last
/// bit of i where the lanes' highest bit is, and so on.
#[inline(always)]
pub(crate) fn place(i: usize, lanes: usize) -> usize {
    const REVERSED: [[u8; MOST_LANES]; 5] = reversed();
    i / lanes * lanes + REVERSED[lanes.trailing_zeros() as usize][i % lanes] as usize
}

/// For 0 to 4 bits, every number with its bits in reverse.
const fn reversed() -> [[u8; MOST_LANES]; 5] {
    let mut tables = [[0; MOST_LANES]; 5];
    let mut bits = 1;
    while bits < 5 {
        let mut i = 0;
        while i < 1 << bits {
            tables[bits][i] = ((i as u8).reverse_bits()) >> (8 - bits);
            i += 1;
        }
        bits += 1;
    }
    tables
}

/// The same sums in the same order, a vector at a time.
#[inline(always)]
fn one_by_one<S: Simd, A: Real>(vectors: &[A::Vector<S>], folded: &mut [A::Vector<S>; MOST]) {
    let lanes = A::lanes::<S>();
    let sums: &mut [A] = bytemuck::cast_slice_mut(folded);
    for (i, vector) in vectors.iter().enumerate() {
        let mut numbers = [A::ZERO; MOST_LANES];
        numbers[..lanes].copy_from_slice(bytemuck::cast_slice(std::slice::from_ref(vector)));
        let mut half = lanes / 2;
        while half > 0 {
            for lane in 0..half {
                numbers[lane] += numbers[lane + half];
            }
            half /= 2;
        }
        sums[place(i, lanes)] = numbers[0];
    }
}

/// Lanes that are `half` apart summed: those of `a` where `lane & half` is 0, of `b` elsewhere.
#[inline(always)]
fn fold<S: Simd, A: Real>(simd: S, a: A::Vector<S>, b: A::Vector<S>, half: usize) -> A::Vector<S> {
    let lanes = A::lanes::<S>();
    let mask = A::lanes_without::<S>(simd, half);
    let own = A::select(simd, mask, a, b);
    let other = if 2 * half == lanes {
        A::rotate(simd, A::select(simd, mask, b, a), half)
    } else {
        A::select(simd, mask, A::rotate(simd, a, lanes - half), A::rotate(simd, b, half))
    };
    <A as Real>::add(simd, own, other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;
    use pulp::WithSimd;

    struct Sums<const N: usize>;

    impl<const N: usize> WithSimd for Sums<N> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            check::<S, f32, N>(simd);
            check::<S, f64, N>(simd);
        }
    }

    #[inline(always)]
    fn check<S: Simd, A: Real, const N: usize>(simd: S) {
        let lanes = A::lanes::<S>();
        let mut vectors = [A::Vector::<S>::zeroed(); N];
        let numbers: &mut [A] = bytemuck::cast_slice_mut(&mut vectors);
        numbers.iter_mut().enumerate().for_each(|(i, x)| *x = A::from_f64((i * i % 101) as f64));
        let wanted: Vec<f64> =
            numbers.chunks(lanes).map(|vector| vector.iter().map(|x| x.to_f64()).sum()).collect();
        let folded = lane_sums::<S, A>(simd, &vectors);
        let sums: &[A] = bytemuck::cast_slice(&folded);
        for (i, wanted) in wanted.into_iter().enumerate() {
            assert_eq!(sums[place(i, lanes)].to_f64(), wanted, "{N} vectors, sum {i}");
        }
    }

    #[test]
    fn every_sum_is_where_it_belongs() {
        for level in Level::available() {
            level.run(Sums::<1>);
            level.run(Sums::<2>);
            level.run(Sums::<7>);
            level.run(Sums::<16>);
            level.run(Sums::<20>);
            level.run(Sums::<32>);
        }
    }
}
