//! The two products of a linear network, over rows that may lie anywhere in memory.
//!
//! For a minibatch of rows X (m×d), weights W (d×q) and residuals G (m×q), training needs
//!
//! ```text
//! forward   O = X W       for each row r, class c:     O[r][c] = Σ_j X[r][j] W[j][c]
//! backward  D = Xᵀ G      for each feature j, class c: D[j][c] = Σ_r X[r][j] G[r][c]
//! ```
//!
//! and nothing else that costs n·d. [`Level`] has both, for every storage of
//! [`Element`]. They are done in register tiles of M×C accumulators:
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
//!   and each element is widened from its storage ([`Element`]) as it is loaded; half-precision rows,
//!   and features that many tiles of classes use, are widened first.
//! - **The tile's shape depends on C and the registers** (`tile.rs`): with few classes M grows, so that about 16
//!   independent sums hide the latency of a multiply-add. Classes are cut into tiles of equal size,
//!   backward at most 10 (of a single vector of features, where there are 16 registers), forward at most 5
//!   with 32 registers and 6 with 16: then a tile is nearly square, and its weights stay in L1.
//!
//! A sum's order depends on the instruction set and on the shape of its own operands: a gradient is
//! summed in blocks of 256 rows. It does not depend on M, on what other rows or classes there are, or
//! on threads. That is what makes results reproducible to the bit.

mod aligned;
mod backward;
#[cfg(test)]
mod double_double;
mod element;
mod exp;
mod exp64;
mod fold;
mod forward;
mod gram;
mod largest;
mod level;
mod ln;
mod ln64;
#[cfg(test)]
mod naive;
mod packed;
mod prefetch;
mod products;
mod real;
mod tile;

pub use element::Element;
pub use gram::{GramSum, Strips};
pub use level::{Level, UnknownLevel, check_level};
pub use packed::Packed;
pub use prefetch::Ahead;
pub use real::{MOST_LANES, Real};
