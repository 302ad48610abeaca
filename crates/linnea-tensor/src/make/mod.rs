//! Where tensors come from.

mod constant;
mod generator;
mod literal;
mod ndarray;
mod one_hot;
mod random;
mod range;

pub(crate) use generator::with_default;
pub use generator::{Generator, manual_seed};
pub use literal::{Literal, Nested};
