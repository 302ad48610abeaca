//! Many numbers to one, over any axes.
//!
//! Every reduction sees its numbers as **rows**: one row for each place of the result, holding the
//! numbers over the axes that go ([`Rows`]). So a reduction is a function of a slice, whatever the
//! axes and strides. Floating-point rows are reduced in f64 ([`Real`]) and rounded once.

mod cumulative;
mod extreme;
mod logic;
mod mean;
mod product;
mod real;
mod rows;
mod sum;
mod variance;

pub(crate) use real::Real;
pub(crate) use rows::Rows;
pub(crate) use sum::sum_of;
