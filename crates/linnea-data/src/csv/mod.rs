//! Delimited text: CSV, TSV and their relatives, with or without a header.
//!
//! The text is read once into a [`Table`] of numbers and a tally of each column. From the tallies
//! comes a schema ([`infer()`]); the schema turns the table into a [`Dataset`](crate::Dataset)
//! ([`encode()`]), whether it was just inferred or came with a model. If there are columns of
//! categories, the text is read once more for them ([`categories`]).

mod beside;
mod categories;
mod cell;
mod encode;
mod field;
mod gaps;
mod infer;
mod sniff;
mod table;

pub(crate) use encode::{Purpose, encode};
pub(crate) use infer::infer;
pub(crate) use table::{Table, is_numbered};
