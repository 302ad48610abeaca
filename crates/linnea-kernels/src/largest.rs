//! The column of each row's largest number, for a vector of rows at a time: each lane is a row.
//!
//! A plain loop over rows would wait for every comparison, and jump or not with each. Here the largest
//! numbers so far and their columns stand in vectors, and a lane takes the larger or stays as it is.

use pulp::{Simd, WithSimd};

use crate::packed::Packed;
use crate::real::{MOST_LANES, Real};

/// See [`crate::Level::largest`].
pub(crate) struct Largest<'a, A> {
    pub(crate) numbers: &'a Packed<A>,
    pub(crate) columns: &'a mut Vec<u32>,
}

impl<A: Real> WithSimd for Largest<'_, A> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Self { numbers, columns } = self;
        let (lanes, rows) = (A::lanes::<S>(), numbers.rows());
        let vectors = numbers.as_slice().chunks_exact((numbers.columns() * lanes).max(1));
        let mut finite = true;
        for (i, vectors) in vectors.enumerate() {
            let (own, zeros) = of_vector(vectors, lanes);
            let used = (rows - i * lanes).min(lanes);
            columns.extend_from_slice(&own[..used]);
            for &zero in &zeros[..used] {
                finite &= zero == A::ZERO;
            }
        }
        finite
    }
}

/// The columns of a vector of rows, and for each row a 0, or NaN if a number is not finite.
#[inline(always)]
fn of_vector<A: Real>(vectors: &[A], lanes: usize) -> ([u32; MOST_LANES], [A; MOST_LANES]) {
    let (mut columns, [mut largest, mut zeros]) = ([0; MOST_LANES], [[A::ZERO; MOST_LANES]; 2]);
    largest[..lanes].copy_from_slice(&vectors[..lanes]);
    for (c, vector) in vectors.chunks_exact(lanes).enumerate() {
        for (lane, &number) in vector.iter().enumerate() {
            let larger = number > largest[lane];
            largest[lane] = if larger { number } else { largest[lane] };
            columns[lane] = if larger { c as u32 } else { columns[lane] };
            zeros[lane] += A::ZERO * number;
        }
    }
    (columns, zeros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    /// The twin: the first of the largest, and whether all numbers are finite, a row after the other.
    fn naive<A: Real>(numbers: &Packed<A>) -> (Vec<u32>, bool) {
        let (mut columns, mut finite) = (Vec::new(), true);
        for row in 0..numbers.rows() {
            let row: Vec<f64> = numbers.row(row).map(Real::to_f64).collect();
            let mut best = 0;
            for (c, number) in row.iter().enumerate() {
                best = if *number > row[best] { c } else { best };
            }
            columns.push(best as u32);
            finite &= row.iter().all(|number| number.is_finite());
        }
        (columns, finite)
    }

    /// Numbers of which many are equal, and a few are not finite.
    fn check<A: Real>(level: Level, rows: usize, columns: usize, odd: Option<f64>) {
        let lanes = level.lanes::<A>();
        let at = |r: usize, c: usize| match odd {
            Some(odd) if (r * 31 + c * 17) % 97 == 5 => odd,
            _ => ((r * 7 + c * c * 13 + r * c) % 11) as f64 - 9.0,
        };
        let numbers = Packed::from_fn(rows, columns, lanes, |r, c| A::from_f64(at(r, c)));
        let mut found = vec![7];
        let finite = level.largest(&numbers, &mut found);
        let (expected, all) = naive(&numbers);
        assert_eq!((found[0], &found[1..], finite), (7, expected.as_slice(), all), "{level:?}");
    }

    #[test]
    fn it_is_the_first_of_the_largest() {
        let odd = [None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY)];
        for level in Level::available() {
            for (rows, columns) in
                [0, 1, 7, 8, 33].into_iter().flat_map(|m| [1, 2, 3, 10, 33].map(|q| (m, q)))
            {
                for odd in odd {
                    check::<f32>(level, rows, columns, odd);
                    check::<f64>(level, rows, columns, odd);
                }
            }
        }
    }

    #[test]
    fn what_stands_in_the_padding_does_not_count() {
        let level = Level::detect();
        let mut numbers = Packed::from_fn(3, 2, level.lanes::<f32>(), |r, c| (r + c) as f32);
        let lanes = numbers.lanes();
        numbers.as_mut_slice().iter_mut().skip(3).step_by(lanes).for_each(|x| *x = f32::NAN);
        let mut columns = Vec::new();
        assert!(level.largest(&numbers, &mut columns));
        assert_eq!(columns, [1, 1, 1]);
    }
}
