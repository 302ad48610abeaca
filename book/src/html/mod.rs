//! The book as pages that stand alone: style, figures and formulas are in each file, and nothing is
//! fetched.

mod body;
mod highlight;
mod math;
mod page;

pub use highlight::highlight;
pub use math::mathml;

use crate::chapter::{Chapter, Language};
use std::error::Error;
use std::fs;
use std::path::Path;

/// Writes `en/*.html` and `zh/*.html` into a folder.
///
/// # Errors
/// If a chapter or a figure cannot be read, a formula is not understood, or a file cannot be
/// written.
pub fn build(folder: &Path) -> Result<(), Box<dyn Error>> {
    for language in Language::ALL {
        let chapters = Chapter::read_all(language)?;
        let folder = folder.join(language.code());
        fs::create_dir_all(&folder)?;
        for chapter in &chapters {
            let page = page::page(&chapters, chapter)?;
            fs::write(folder.join(file(chapter.name)), page)?;
        }
    }
    Ok(())
}

/// The identifiers of a chapter's headings, for links to them.
#[must_use]
pub fn anchors(chapter: &Chapter) -> Vec<String> {
    body::sections(chapter).into_iter().map(|section| section.id).collect()
}

/// The name of a chapter's page.
fn file(chapter: &str) -> String {
    match chapter {
        "README" => "index.html".to_owned(),
        name => format!("{name}.html"),
    }
}
