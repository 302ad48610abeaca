//! How fast numbers are multiplied: multiply-adds on registers alone.

use std::hint::black_box;

use pulp::{Simd, WithSimd};

use super::{Effort, Precision, stopwatch};
use crate::error::Result;
use linnea_kernels::{Level, Real};

/// How many multiply-adds stand in a chain in one pass: some milliseconds.
const LENGTH: usize = 1_000_000;

/// The most chains that a processor is given.
const MOST_CHAINS: usize = 24;

/// How many 10⁹ operations `threads` threads do in a second; a multiply-add is two.
pub(super) fn measure(
    level: Level,
    dtype: Precision,
    threads: usize,
    effort: Effort,
) -> Result<f64> {
    match dtype {
        Precision::F32 => rate::<f32>(level, threads, effort),
        Precision::F64 => rate::<f64>(level, threads, effort),
    }
}

fn rate<A: Real>(level: Level, threads: usize, effort: Effort) -> Result<f64> {
    let passes = if effort == Effort::Quick { 5 } else { 30 };
    let pass = |(): &()| {
        // What the compiler cannot see it cannot compute beforehand.
        black_box(level.run(black_box(Chains::<A>::new(level, LENGTH))));
    };
    let seconds = stopwatch::best(vec![(); threads], passes, |()| (), pass)?;
    let operations = 2 * LENGTH * chains(level) * level.lanes::<A>() * threads;
    Ok(operations as f64 / seconds / 1e9)
}

/// As many chains as hide the latency of a multiply-add (about 8) and as registers can hold beside
/// the factor and the addend: 24 of 32 registers, 12 of 16. Portable code has 16 registers of
/// half a vector.
fn chains(level: Level) -> usize {
    struct Registers;
    impl WithSimd for Registers {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::REGISTER_COUNT
        }
    }
    match level {
        Level::Portable => 6,
        Level::Native(_) if level.run(Registers) >= 32 => MOST_CHAINS,
        Level::Native(_) => 12,
    }
}

/// Chains of multiply-adds x ← x·factor + addend, each from a start of its own, in all lanes alike.
/// The result is the sum of all lanes of all chains.
struct Chains<A> {
    chains: usize,
    length: usize,
    factor: A,
    addend: A,
    /// Chains that started alike would be computed once.
    starts: [A; MOST_CHAINS],
}

impl<A: Real> Chains<A> {
    /// x ← x/2 + 1 from 0, 1, 2, …, which goes to 2: no number overflows or becomes subnormal.
    fn new(level: Level, length: usize) -> Self {
        let number = |x: f64| A::from_f64(x);
        let starts = std::array::from_fn(|chain| number(chain as f64));
        Self { chains: chains(level), length, factor: number(0.5), addend: number(1.0), starts }
    }
}

impl<A: Real> WithSimd for Chains<A> {
    type Output = A;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> A {
        // The number of chains is a constant, so that they stay in registers.
        match self.chains {
            MOST_CHAINS => run::<S, A, MOST_CHAINS>(simd, &self),
            12 => run::<S, A, 12>(simd, &self),
            _ => run::<S, A, 6>(simd, &self),
        }
    }
}

#[inline(always)]
fn run<S: Simd, A: Real, const CHAINS: usize>(simd: S, work: &Chains<A>) -> A {
    let (factor, addend) = (A::splat(simd, work.factor), A::splat(simd, work.addend));
    let mut chains: [A::Vector<S>; CHAINS] =
        std::array::from_fn(|chain| A::splat(simd, work.starts[chain]));
    for _ in 0..work.length {
        for x in &mut chains {
            *x = A::mul_add(simd, *x, factor, addend);
        }
    }
    let numbers: &[A] = bytemuck::cast_slice(chains.as_slice());
    numbers.iter().fold(A::ZERO, |total, &x| total + x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same in plain arithmetic. Every number is a multiple of 2⁻¹⁰, so every result is exact.
    fn plain(level: Level, lanes: usize, length: usize) -> f64 {
        let end = |start: usize| (0..length).fold(start as f64, |x, _| x * 0.5 + 1.0);
        lanes as f64 * (0..chains(level)).map(end).sum::<f64>()
    }

    #[test]
    fn chains_are_what_plain_arithmetic_gives() {
        for level in Level::available() {
            for length in [0, 1, 2, 10] {
                let single = level.run(Chains::<f32>::new(level, length));
                let want = plain(level, level.lanes::<f32>(), length);
                assert_eq!(f64::from(single), want, "{level:?} {length}");
                let double = level.run(Chains::<f64>::new(level, length));
                assert_eq!(double, plain(level, level.lanes::<f64>(), length), "{level:?}");
            }
        }
    }
}
