//! The book's machinery: every Rust block of every chapter is a test, every figure is drawn by code,
//! and the pages are built from the chapters.
//!
//! `cargo test -p linnea-book` compiles and runs the blocks, draws the figures again and compares,
//! and holds the two languages together. `cargo xtask book` builds `target/book`, and
//! `cargo xtask figures` draws `book/figures` anew.

pub mod chapter;
pub mod figures;
pub mod html;
pub mod markdown;
pub mod plot;

use std::path::PathBuf;

/// The folder of the book.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A module of each chapter, with the chapter as its documentation: its blocks are its tests.
#[cfg(doctest)]
macro_rules! chapters {
    ($language:ident: $($name:ident = $path:literal),+ $(,)?) => {
        mod $language {
            $(
                #[doc = include_str!(concat!("../", $path))]
                mod $name {}
            )+
        }
    };
}

#[cfg(doctest)]
chapters! {
    en:
    readme = "en/README.md",
    norms = "en/norms.md",
    linear_regression = "en/linear-regression.md",
    softmax_regression = "en/softmax-regression.md",
    softmin = "en/softmin.md",
}

#[cfg(doctest)]
chapters! {
    zh:
    readme = "zh/README.md",
    norms = "zh/norms.md",
    linear_regression = "zh/linear-regression.md",
    softmax_regression = "zh/softmax-regression.md",
    softmin = "zh/softmin.md",
}
