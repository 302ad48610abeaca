//! How fast memory is read: the sum of a buffer that no cache holds.

use std::hint::black_box;

use bytemuck::Zeroable;
use pulp::{Simd, WithSimd};

use super::machine::Machine;
use super::{Effort, stopwatch};
use crate::error::{Error, Result};
use crate::team::part;
use linnea_kernels::Level;

/// With fewer bytes than these, nothing can be said about memory.
const FEWEST_BYTES: usize = 64 << 20;

/// How many sums a thread keeps: more than additions are under way at once, so that loads are what
/// it waits for, and few enough for 16 registers.
const SUMS: usize = 8;

/// How many bytes to read in a pass: several times the last-level cache, but at most a quarter of
/// the memory that is available. A virtual machine is shown the whole cache of its host, hundreds
/// of megabytes, so the cache alone must not be a reason to refuse.
pub(super) fn buffer_bytes(machine: &Machine, effort: Effort) -> Result<usize> {
    let cache = machine.last_level_cache.unwrap_or(0);
    let wanted = match effort {
        Effort::Quick => cache.saturating_mul(2).max(256 << 20),
        Effort::Full => cache.saturating_mul(4).max(1 << 30),
    };
    let available = machine.available_memory.unwrap_or(usize::MAX);
    if available / 4 < FEWEST_BYTES {
        let what = "measuring the read bandwidth".into();
        return Err(Error::Memory { what, needed: 4 * FEWEST_BYTES, available });
    }
    Ok(wanted.min(available / 4))
}

/// What `threads` threads read in a second, in 10⁹ bytes, each its part of `bytes` bytes.
pub(super) fn measure(level: Level, threads: usize, bytes: usize, effort: Effort) -> Result<f64> {
    let count = bytes / size_of::<f32>();
    let buffers = (0..threads).map(|thread| reserve(part(count, thread, threads).len()));
    let passes = if effort == Effort::Quick { 3 } else { 8 };
    let fill = |(mut buffer, count): (Vec<f32>, usize)| {
        // Pages that were never written are all the same page, which a cache holds.
        buffer.resize(count, 1.0);
        buffer
    };
    let read = |buffer: &Vec<f32>| {
        black_box(level.run(Sum(black_box(buffer))));
    };
    let seconds = stopwatch::best(buffers.collect::<Result<_>>()?, passes, fill, read)?;
    Ok((count * size_of::<f32>()) as f64 / seconds / 1e9)
}

/// Room for `count` numbers, which nobody has touched yet.
fn reserve(count: usize) -> Result<(Vec<f32>, usize)> {
    let mut buffer = Vec::new();
    let refused = |_| {
        let what = "measuring the read bandwidth".into();
        let needed = count * size_of::<f32>();
        Error::Memory { what, needed, available: 0 }
    };
    buffer.try_reserve_exact(count).map_err(refused)?;
    Ok((buffer, count))
}

/// The sum of some numbers, as fast as they can be loaded. Numbers at the ends that fill no whole
/// step of vectors are left out: the sum itself is of no use to anybody.
struct Sum<'a>(&'a [f32]);

impl WithSimd for Sum<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let lanes = size_of::<S::f32s>() / size_of::<f32>();
        // A vector that spans two cache lines is loaded twice.
        let unaligned = self.0.as_ptr().align_offset(size_of::<S::f32s>()).min(self.0.len());
        let numbers = &self.0[unaligned..];
        let whole = &numbers[..numbers.len() / lanes * lanes];
        let (steps, _) = bytemuck::cast_slice::<f32, S::f32s>(whole).as_chunks::<SUMS>();
        let mut sums = [S::f32s::zeroed(); SUMS];
        for step in steps {
            for (sum, &vector) in sums.iter_mut().zip(step) {
                *sum = simd.add_f32s(*sum, vector);
            }
        }
        sums.into_iter().map(|sum| simd.reduce_sum_f32s(sum)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_numbers_are_read() {
        for level in Level::available() {
            // At most a step at each end is left out.
            let ones = vec![1.0_f32; 100_003];
            let left_out = 100_003.0 - level.run(Sum(&ones));
            let step = (SUMS * level.lanes::<f32>()) as f32;
            assert!((0.0..2.0 * step).contains(&left_out), "{level:?}: {left_out}");
            assert_eq!(level.run(Sum(&ones[..1])), 0.0);
            assert_eq!(level.run(Sum(&[])), 0.0);
        }
    }

    #[test]
    fn the_buffer_is_beyond_the_cache_and_within_memory() {
        let bytes = |cache, available, effort| {
            let machine =
                Machine { last_level_cache: cache, available_memory: available, ..Machine::look() };
            buffer_bytes(&machine, effort)
        };
        assert_eq!(bytes(None, None, Effort::Full).unwrap(), 1 << 30);
        assert_eq!(bytes(Some(300 << 20), Some(64 << 30), Effort::Full).unwrap(), 1200 << 20);
        assert_eq!(bytes(Some(300 << 20), Some(64 << 30), Effort::Quick).unwrap(), 600 << 20);
        assert_eq!(bytes(Some(300 << 20), Some(1 << 30), Effort::Full).unwrap(), 256 << 20);
        let message = bytes(None, Some(200 << 20), Effort::Quick).unwrap_err().to_string();
        assert_eq!(
            message,
            "measuring the read bandwidth needs 269 MB of memory where the system gives 209 MB; \
             free some, or do less (--quick)"
        );
    }

    #[test]
    fn a_small_buffer_is_measured_on_any_number_of_threads() {
        for threads in [1, 2, 5] {
            let speed = measure(Level::detect(), threads, 1 << 20, Effort::Quick).unwrap();
            assert!(speed.is_finite() && speed > 0.0);
        }
    }
}
