//! Files and streams to blocks of rows with a schema: the way of the data into Linnea.
//!
//! A [`Source`] is what a user names; reading it gives [`Loaded`] data and [`Notice`]s of what was
//! decided on the way; [`Loaded::prepare`] holds rows out and fills gaps. A [`Dataset`] is a
//! [`Schema`], a list of [`Block`]s (dense rows in the number type in which they are stored) and a
//! target for each row.
//!
//! ```
//! use linnea_data::{ReadOptions, Source};
//!
//! let loaded = Source::find("diabetes")?.read(&ReadOptions::default())?;
//! assert_eq!((loaded.train.rows(), loaded.train.features()), (354, 10));
//! assert_eq!(loaded.train.schema().columns[2].name, "bmi");
//! # Ok::<(), linnea_data::DataError>(())
//! ```

pub mod atomic;
mod beside;
mod block;
mod builtin;
mod catalog;
mod csv;
mod dataset;
mod describe;
mod error;
mod idx;
mod images;
mod io;
mod memory;
mod notice;
mod options;
mod schema;
mod source;
mod split;

pub use block::{Block, Values};
pub use builtin::Builtin;
pub use catalog::{CATALOG, Known, Place, data_home};
pub use dataset::{BLOCK_ROWS, Dataset, LARGEST, Targets, is_usable};
pub use describe::FeatureSummary;
pub use error::{DataError, Result};
/// The number types of [`Values::F16`] and [`Values::Bf16`]: the crate `half`.
pub use half::{bf16, f16};
pub use memory::room;
pub use notice::Notice;
pub use options::{Header, Missing, ReadOptions, Task};
pub use schema::{Column, ColumnKind, Schema, Target, TargetKind};
pub use source::{Loaded, Parts, Source};
pub use split::{split, split_rows};
