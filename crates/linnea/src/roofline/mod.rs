//! The two ceilings of a machine, and the floor that they put under a piece of work.
//!
//! A piece of work must move some bytes from memory and do some multiplications and additions. A
//! machine reads so many bytes a second and does so many operations a second, so the work takes at
//! least the larger of the two times (Williams, Waterman & Patterson 2009, "Roofline"). A pass of
//! training over n rows of d features with q outputs reads `n·d·sizeof(x)` bytes once and does
//! `4·n·d·q` operations: a multiplication and an addition in each of two products.
//!
//! [`Roofline::measure`] measures the ceilings, [`Roofline::floor`] says what they mean for a piece
//! of work, and [`Work`] has standard pieces of training to hold against it.
//!
//! ```no_run
//! use linnea::roofline::{Effort, Roofline, Work};
//!
//! let roofline = Roofline::measure(2, Effort::Quick, |_| {})?;
//! for work in Work::standard(Effort::Quick) {
//!     let floor = roofline.floor(work.bytes(), work.operations(), work.precision(), 2);
//!     let timing = work.measure(&[2])?[0];
//!     println!("{}: {:.0} % of the floor", work.name(), 100.0 * floor.seconds / timing.epoch);
//! }
//! # Ok::<(), linnea::Error>(())
//! ```

mod bandwidth;
mod machine;
mod multiply;
mod shuffled;
mod stopwatch;
mod work;

pub use machine::Machine;
pub use work::{Storage, Timing, Work};

use crate::error::Result;
use linnea_kernels::{Level, check_level};

/// How much to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// A few seconds: fewer passes, and work that the caches may hold in part.
    Quick,
    /// As long as steady numbers take, which is well under a minute.
    Full,
}

/// The arithmetic that work is done in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Precision {
    /// Its short name: `f32` or `f64`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// How fast some threads together read memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bandwidth {
    /// How many threads read.
    pub threads: usize,
    /// What they read in a second, in 10⁹ bytes.
    pub gb_per_s: f64,
}

/// How fast some threads together multiply and add numbers that are in registers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The numbers' type.
    pub dtype: Precision,
    /// How many threads compute.
    pub threads: usize,
    /// 10⁹ operations a second; a multiply-add is two.
    pub gflop_per_s: f64,
}

/// What bounds a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Reading its bytes takes longer than its operations.
    Bytes,
    /// Its operations take longer than reading its bytes.
    Operations,
}

impl Bound {
    /// Its name: `bytes` or `operations`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Operations => "operations",
        }
    }
}

/// The least time that a piece of work can take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// That time.
    pub seconds: f64,
    /// Which ceiling it comes from.
    pub bound: Bound,
}

/// The ceilings of a machine, for 1, 2, 4, … and all threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Roofline {
    /// The instruction set: `avx512`, `avx2`, `neon` or `portable`.
    pub level: String,
    /// How fast memory is read, in the order of threads.
    pub read: Vec<Bandwidth>,
    /// How fast numbers are multiplied, by type and in the order of threads.
    pub multiply: Vec<Rate>,
    /// How many bytes were read in a pass. Where that is not several times the last-level cache
    /// ([`Machine::last_level_cache`]), `read` may be the cache's speed, not the memory's.
    pub read_bytes: usize,
}

impl Roofline {
    /// Measures this machine with 1, 2, 4, … and `threads` threads (at least 1), and says each time
    /// to `report` what comes next.
    ///
    /// # Errors
    /// [`crate::Error::Memory`] if there is too little memory for a buffer that no cache holds, and
    /// [`crate::Error::Threads`] if the system has not so many threads.
    pub fn measure(threads: usize, effort: Effort, mut report: impl FnMut(&str)) -> Result<Self> {
        check_level()?;
        let level = Level::detect();
        let machine = Machine::look();
        let read_bytes = bandwidth::buffer_bytes(&machine, effort)?;
        let mut roofline =
            Self { level: level.name().into(), read: vec![], multiply: vec![], read_bytes };
        for threads in doublings(threads) {
            report(&format!("read bandwidth, threads: {threads}"));
            let gb_per_s = bandwidth::measure(level, threads, read_bytes, effort)?;
            roofline.read.push(Bandwidth { threads, gb_per_s });
        }
        for dtype in [Precision::F32, Precision::F64] {
            for threads in doublings(threads) {
                report(&format!("multiply rate, {}, threads: {threads}", dtype.name()));
                let gflop_per_s = multiply::measure(level, dtype, threads, effort)?;
                roofline.multiply.push(Rate { dtype, threads, gflop_per_s });
            }
        }
        Ok(roofline)
    }

    /// The least time in which `threads` threads can read `bytes` bytes and do `operations`
    /// operations in `dtype`: the larger of the two times. A number of threads that was not
    /// measured has the ceilings of the next smaller one that was; what was not measured at all
    /// sets no bound.
    ///
    /// ```
    /// use linnea::roofline::{Bandwidth, Bound, Precision, Rate, Roofline};
    ///
    /// let roofline = Roofline {
    ///     level: "avx512".into(),
    ///     read: vec![Bandwidth { threads: 1, gb_per_s: 10.0 }],
    ///     multiply: vec![Rate { dtype: Precision::F32, threads: 1, gflop_per_s: 100.0 }],
    ///     read_bytes: 1 << 30,
    /// };
    /// let floor = roofline.floor(1e9, 2e9, Precision::F32, 1);
    /// assert_eq!((floor.seconds, floor.bound), (0.1, Bound::Bytes));
    /// ```
    #[must_use]
    pub fn floor(&self, bytes: f64, operations: f64, dtype: Precision, threads: usize) -> Floor {
        let read = self.read.iter().map(|read| (read.threads, read.gb_per_s));
        let rates = self.multiply.iter().filter(|rate| rate.dtype == dtype);
        let rates = rates.map(|rate| (rate.threads, rate.gflop_per_s));
        let reading = bytes / 1e9 / ceiling(read, threads);
        let computing = operations / 1e9 / ceiling(rates, threads);
        if reading >= computing {
            Floor { seconds: reading, bound: Bound::Bytes }
        } else {
            Floor { seconds: computing, bound: Bound::Operations }
        }
    }
}

/// The ceiling of the most threads that are not more than `threads`.
fn ceiling(measured: impl Iterator<Item = (usize, f64)>, threads: usize) -> f64 {
    let fitting = measured.filter(|(count, _)| *count <= threads);
    fitting.max_by_key(|(count, _)| *count).map_or(f64::INFINITY, |(_, ceiling)| ceiling)
}

/// 1, 2, 4, … below `threads`, and `threads`: the steps between say little more and take long.
fn doublings(threads: usize) -> impl Iterator<Item = usize> {
    let threads = threads.max(1);
    let below = std::iter::successors(Some(1_usize), |count| count.checked_mul(2));
    below.take_while(move |count| *count < threads).chain([threads])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Roofline {
        let rate = |dtype, threads, gflop_per_s| Rate { dtype, threads, gflop_per_s };
        let (single, double) = (Precision::F32, Precision::F64);
        Roofline {
            level: "avx2".into(),
            read: [(1, 10.0), (2, 16.0), (4, 20.0)]
                .map(|(threads, gb_per_s)| Bandwidth { threads, gb_per_s })
                .to_vec(),
            multiply: vec![rate(single, 1, 100.0), rate(single, 2, 200.0), rate(double, 1, 50.0)],
            read_bytes: 1 << 30,
        }
    }

    #[test]
    fn the_floor_is_the_larger_time() {
        let bytes = machine().floor(1e9, 1e9, Precision::F32, 1);
        assert_eq!(bytes, Floor { seconds: 0.1, bound: Bound::Bytes });
        let operations = machine().floor(1e9, 3e10, Precision::F32, 1);
        assert_eq!(operations, Floor { seconds: 0.3, bound: Bound::Operations });
        let double = machine().floor(1e9, 3e10, Precision::F64, 1);
        assert_eq!(double, Floor { seconds: 0.6, bound: Bound::Operations });
    }

    #[test]
    fn threads_have_their_own_ceilings_or_the_next_smaller_ones() {
        let reading = |threads| machine().floor(1e9, 0.0, Precision::F32, threads).seconds;
        assert_eq!([1, 2, 3, 4, 64].map(reading), [0.1, 0.0625, 0.0625, 0.05, 0.05]);
        let computing = |threads| machine().floor(0.0, 1e9, Precision::F32, threads).seconds;
        assert_eq!([1, 2, 4].map(computing), [0.01, 0.005, 0.005]);
        assert_eq!(machine().floor(0.0, 1e9, Precision::F64, 0).seconds, 0.0);
    }

    #[test]
    fn all_threads_are_measured_and_fewer_by_doubling() {
        let counts = |threads| doublings(threads).collect::<Vec<_>>();
        assert_eq!(counts(0), [1]);
        assert_eq!(counts(1), [1]);
        assert_eq!(counts(2), [1, 2]);
        assert_eq!(counts(6), [1, 2, 4, 6]);
        assert_eq!(counts(8), [1, 2, 4, 8]);
    }
}
