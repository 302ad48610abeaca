//! Softmax and its family: shares that are positive and sum to 1, and the smooth maximum.
//!
//! The crate's documentation has their accuracy in a table, which the test `accuracy` measures.

mod along;
mod exp;
mod log_sum_exp;
mod shares;
mod terms;

pub(crate) use along::Order;
pub(crate) use terms::{Exponential, Scale, Terms};

#[cfg(test)]
mod tests;
