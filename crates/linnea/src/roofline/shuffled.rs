//! How fast rows are read in a random order, which is how an epoch of SGD meets them.
//!
//! The read bandwidth of [`super::bandwidth`] is that of neighbours. A row that is anywhere begins in
//! another page and another row of the memory chips; short rows come several times slower so.

use std::hint::black_box;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::stopwatch;
use crate::error::Result;
use crate::rows::{OverRows, Rows};
use crate::team::part;
use linnea_kernels::{Ahead, Element, Real};

/// A row is asked for so many rows before it is read. Tried from 1 to 256 with rows of 400 bytes: 8 to
/// 16 are the best.
const AHEAD: usize = 16;
/// The bytes of a cache line.
const LINE: usize = 64;
/// How often all rows are read.
const PASSES: usize = 5;

/// The least time, in seconds, in which so many threads read all rows, each once.
pub(super) struct Shuffled {
    pub(super) threads: usize,
}

impl OverRows for Shuffled {
    type Output = Result<f64>;

    fn run<T: Element>(self, rows: &Rows<'_, T>) -> Result<f64> {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
        let own = |seat| &order[part(order.len(), seat, self.threads)];
        let seats = (0..self.threads).map(own).collect();
        stopwatch::best(
            seats,
            PASSES,
            |own| own,
            |own| {
                black_box(read(rows, own));
            },
        )
    }
}

/// The sum of a number of each line of all rows.
fn read<T: Element>(rows: &Rows<'_, T>, order: &[usize]) -> f64 {
    let later = order.iter().skip(AHEAD).map(Some).chain(std::iter::repeat(None));
    let lines = |row: &[T]| -> f64 {
        let numbers = row.iter().step_by(LINE / size_of::<T>());
        numbers.map(|x| x.to_real()).fold(T::Real::ZERO, |sum, x| sum + x).to_f64()
    };
    let one = |(&row, later): (&usize, Option<&usize>)| {
        if let Some(&later) = later {
            Ahead { rows: &[rows.row(later)], start: 0, features: rows.features() }.ask();
        }
        lines(rows.row(row))
    };
    order.iter().zip(later).map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_once() {
        let numbers: Vec<f32> = (0..300).map(|i| f32::from(i as u16)).collect();
        let rows = Rows::new(vec![numbers.as_slice()], 100, 3);
        // A row of three numbers is in one line: its first number is what is read.
        let firsts: f64 = (0..100).map(|row| 3.0 * f64::from(row)).sum();
        assert_eq!(read(&rows, &(0..100).rev().collect::<Vec<_>>()), firsts);
        for threads in [1, 3, 200] {
            assert!(Shuffled { threads }.run(&rows).unwrap().is_finite());
        }
    }
}
