//! Exact least squares and ridge regression.
//!
//! - **Objective**: the mean over the rows, weighted if they have weights, of ½(y − b − xw)², plus
//!   λ/2·Σ(mⱼwⱼ)², for several targets y at once. The mⱼ are the features' standard deviations, so
//!   that the penalty is on the weights of standardised features, or 1. The intercept b is not
//!   penalised, and can be left out.
//! - **Method**: one pass over the rows leaves the triangle R of [1 X y] = QR, by one of the ways of
//!   [`Method`], which `choose.rs` decides by shape and condition; column-pivoted QR of R's
//!   features' part gives the solution, its rank and its covariance (`solution.rs`). Everything is in
//!   coordinates near the features' means (`frame.rs`). In `f64` another pass computes the residuals
//!   anew and corrects the solution until the correction is rounding (`correct.rs`).
//! - **Rank**: a column of which no more is left than its own rounding once a combination of others
//!   is taken away is aliased, and named (`rank.rs`); a Gram matrix leaves it to the rows to prove that
//!   (`aliases.rs`). Then the solution is that of least norm, or the one in which aliased columns have
//!   the weight 0.
//! - **Input**: rows of any storage, one number a row for each target, weights of rows that are not
//!   negative, λ, and whether aliased columns are dropped.
//! - **Stopping rule**: the solution is computed, not approached; corrections end when they are below
//!   10⁻¹³ of the solution, or after four.
//! - **Output**: weights and intercept, rank, condition number, residual squares and covariance.
//! - **Certificate**: the gradient's norm at the solution, recomputed from the rows in `f64`.
//! - **Sources**: Björck, *Numerical Methods for Least Squares Problems* (1996); Golub & Van Loan,
//!   *Matrix Computations* (4th ed. 2013), chapter 5; Demmel et al. (2012) for the pass in blocks.
//!
//! Sums are made in groups of rows that the number of rows and columns fix, and factorizations run on
//! one thread, so the result does not depend on the number of threads.

mod aliases;
mod certificate;
mod choose;
mod condition;
mod correct;
mod estimate;
mod factorization;
mod frame;
mod gram;
mod householder;
mod least_squares;
mod matrix;
mod optimum;
mod panel;
mod penalty;
mod rank;
mod residuals;
mod scalar;
mod semidefinite;
mod solution;
mod triangle;
mod tsqr;

pub use choose::Method;
pub use factorization::Factorization;
pub(crate) use least_squares::feature_order;
pub use least_squares::{LeastSquares, LinearFit};

pub(crate) use certificate::{NOTHING, allowed, certificate};
pub(crate) use choose::{Exact, Wanted, solve};
pub(crate) use estimate::Estimate;
pub(crate) use frame::Frame;
pub(crate) use matrix::{Algebra, Matrix};
pub(crate) use optimum::optimum;
pub(crate) use panel::{Panel, System};
pub(crate) use penalty::{Measure, Penalty};
pub(crate) use residuals::dot;
pub(crate) use solution::Deficient;
