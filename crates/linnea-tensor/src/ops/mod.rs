//! Operations number by number. Each file holds one family: what it computes, its local rules, and
//! its tests.

mod arithmetic;
mod compare;
mod convert;
mod in_place;
mod operators;
mod power;
mod select;
mod unary;

pub(crate) use arithmetic::Pair;
pub use select::Bound;
