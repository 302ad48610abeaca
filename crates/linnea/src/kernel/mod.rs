//! The two products of a linear network, over rows that may lie anywhere in memory.
//!
//! For a minibatch of rows X (m×d), weights W (d×q) and residuals G (m×q), training needs
//!
//! ```text
//! forward   O = X W       for each row r, class c:     O[r][c] = Σ_j X[r][j] W[j][c]
//! backward  D = Xᵀ G      for each feature j, class c: D[j][c] = Σ_r X[r][j] G[r][c]
//! ```
//!
//! and nothing else that costs n·d. Both are done in register tiles of M×C accumulators:
//!
//! - *forward* holds M rows × C classes, walks along the features a vector at a time, and sums each
//!   accumulator's lanes at the end;
//! - *backward* holds M vectors of features × C classes, walks down the rows, and needs no sum
//!   across lanes at all.
//!
//! Deviations from the plain loops, each with its reason:
//!
//! - **W is packed** ([`Packed`]): for each vector of features, the classes' vectors stand side by
//!   side, so that a tile reads one stream without gaps, and gradient and momentum, laid out alike,
//!   are updated by plain loops over memory.
//! - **Rows are a list of slices.** A shuffled minibatch is gathered by pointing, not by copying,
//!   and each element is widened from its storage ([`Element`]) as it is loaded.
//! - **The tile's shape depends on C alone** (`tile.rs`): with many classes M is 2, with few it
//!   grows, so that about 16 independent sums hide the latency of a multiply-add. Classes are cut
//!   into tiles of equal size, at most 10 with 32 vector registers and 6 with 16.
//!
//! A sum's order depends on the instruction set and on nothing else: not on M, not on how many rows
//! or tiles there are, not on threads. That is what makes results reproducible to the bit.

mod backward;
mod element;
mod exp;
mod forward;
#[cfg(test)]
mod naive;
mod packed;
mod real;
mod tile;

pub(crate) use element::Element;
pub(crate) use packed::Packed;
pub(crate) use real::Real;

use pulp::{Arch, Scalar256b, Simd, WithSimd};

/// The instruction set to compute with, detected once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    /// Arrays of numbers that the compiler vectorises as it can.
    Portable,
    /// What the processor has: AVX-512, AVX2 with FMA, or NEON.
    Native(Arch),
}

impl Level {
    pub(crate) fn detect() -> Self {
        match Arch::new() {
            Arch::Scalar => Self::Portable,
            arch => Self::Native(arch),
        }
    }

    /// The instruction set's short name: `avx512`, `avx2`, `neon`, or `portable` for none.
    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Native(Arch::V4(_)) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Native(Arch::V3(_)) => "avx2",
            #[cfg(target_arch = "aarch64")]
            Self::Native(Arch::Neon(_)) => "neon",
            // A level that a later `pulp` knows has no name here yet.
            Self::Native(_) => "native",
            Self::Portable => "portable",
        }
    }

    /// Every level that this machine can run.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        let mut levels = vec![Self::Portable, Self::detect()];
        #[cfg(target_arch = "x86_64")]
        levels.extend(pulp::x86::V3::try_new().map(|v3| Self::Native(Arch::V3(v3))));
        levels
    }

    pub(crate) fn run<Op: WithSimd>(self, op: Op) -> Op::Output {
        match self {
            Self::Portable => Scalar256b.vectorize(op),
            Self::Native(arch) => arch.dispatch(op),
        }
    }

    /// How many numbers of type `A` a vector holds.
    pub(crate) fn lanes<A: Real>(self) -> usize {
        struct Lanes<A>(std::marker::PhantomData<A>);
        impl<A: Real> WithSimd for Lanes<A> {
            type Output = usize;
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> usize {
                A::lanes::<S>()
            }
        }
        self.run(Lanes::<A>(std::marker::PhantomData))
    }

    /// Replaces every number by its exponential.
    pub(crate) fn exp<A: Real>(self, numbers: &mut [A]) {
        A::exp_all(self, numbers);
    }

    /// `logits[r][c] = Σ_j rows[r][start + j] · weights[j][c]`, row-major, overwritten.
    ///
    /// `start` is where the weights' features begin in a row.
    pub(crate) fn forward<T: Element>(
        self,
        rows: &[&[T]],
        start: usize,
        weights: &Packed<T::Real>,
        logits: &mut [T::Real],
    ) {
        self.run(forward::Forward { rows, start, weights, logits });
    }

    /// `gradient[j][c] = Σ_r rows[r][start + j] · residuals[r][c]`, overwritten.
    pub(crate) fn backward<T: Element>(
        self,
        rows: &[&[T]],
        start: usize,
        residuals: &[T::Real],
        gradient: &mut Packed<T::Real>,
    ) {
        self.run(backward::Backward { rows, start, residuals, gradient });
    }
}
