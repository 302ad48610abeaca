//! Statistics of fitted models: how sure coefficients are, and how well a model fits.
//!
//! - [`LinearStatistics`]: linear regression, after [`LeastSquares`](crate::LeastSquares).
//! - [`WaldStatistics`]: softmax and logistic regression, at a model's parameters.
//!
//! Conventions are those of statsmodels 0.15; where R differs, the field says so.

mod beta;
mod coefficient;
mod covariance;
mod distribution;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_tests;
mod influence;
mod information;
mod intervals;
mod linear;
mod meat;
mod scores;
mod wald;

pub use coefficient::CoefficientStatistics;
pub use covariance::Covariance;
pub use distribution::Reference;
pub use influence::Influence;
pub use intervals::Interval;
pub use linear::LinearStatistics;
pub use wald::WaldStatistics;

pub(crate) use linear::Parts;
