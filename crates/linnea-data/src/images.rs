//! Images with labels: the four IDX files of a data set like MNIST, or one pair of them.

use std::path::{Path, PathBuf};

use crate::dataset::{BLOCK_ROWS, Dataset, Targets};
use crate::error::{DataError, Result};
use crate::idx::Idx;
use crate::schema::{Column, ColumnKind, Schema, Target, TargetKind};

/// The names under which the files are known, `{kind}` being `images` or `labels`.
const PATTERNS: [&str; 4] = [
    "{part}-{kind}-idx{rank}-ubyte",
    "{part}-{kind}-idx{rank}-ubyte.gz",
    "{part}-{kind}.idx{rank}-ubyte",
    "{part}-{kind}.idx{rank}-ubyte.gz",
];

/// The images file of a folder's `train` or `t10k` part.
pub(crate) fn images_in(folder: &Path, part: &str) -> Option<PathBuf> {
    PATTERNS
        .iter()
        .map(|pattern| pattern.replace("{part}", part).replace("{kind}", "images"))
        .map(|name| folder.join(name.replace("{rank}", "3")))
        .find(|path| path.is_file())
}

/// The labels that belong to an images file: same folder, same name with `labels`, packed or not.
pub(crate) fn labels_of(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?;
    if !name.contains("images") {
        return None;
    }
    let name = name.replace("images", "labels").replace("idx3", "idx1");
    let other = name.strip_suffix(".gz").map_or_else(|| format!("{name}.gz"), str::to_owned);
    [name, other].into_iter().map(|name| images.with_file_name(name)).find(|path| path.is_file())
}

/// Reads images, and their labels where there are any. The classes are those of `labels`, or the
/// sorted distinct labels of the file.
pub(crate) fn read(
    images: &Path,
    labels: Option<&Path>,
    known: Option<&[String]>,
) -> Result<Dataset> {
    let idx = Idx::open(images)?;
    let shape = idx.item_shape().to_vec();
    let blocks = idx.read_blocks()?;
    let rows: usize = blocks.iter().map(crate::Block::rows).sum();
    let (target, targets) = match labels {
        None => (None, Targets::Absent),
        Some(path) => {
            let labels = Idx::open(path)?.read_labels()?;
            check_counts(images, rows, path, labels.len())?;
            let (labels, classes) = classes(path, &labels, known)?;
            let kind = TargetKind::Classes { labels };
            (Some(Target { name: "label".into(), kind }), Targets::Classes(classes))
        }
    };
    let columns = vec![Column::new("pixel", ColumnKind::Grid { shape })];
    Dataset::new(Schema { columns, target, weight: None }, blocks, BLOCK_ROWS, targets)
}

fn check_counts(images: &Path, rows: usize, path: &Path, labels: usize) -> Result<()> {
    if rows == labels {
        return Ok(());
    }
    Err(DataError::Format {
        origin: path.display().to_string(),
        reason: format!(
            "{labels} labels for the {rows} images of {}; there must be one for each",
            images.display()
        ),
    })
}

fn classes(
    path: &Path,
    found: &[i64],
    known: Option<&[String]>,
) -> Result<(Vec<String>, Vec<u32>)> {
    let origin = || path.display().to_string();
    let labels = known.map_or_else(|| distinct(found), <[String]>::to_vec);
    if known.is_none() && labels.len() < 2 {
        let label = labels.into_iter().next().unwrap_or_default();
        return Err(DataError::OneClass { origin: origin(), column: "label".into(), label });
    }
    let index: std::collections::HashMap<&str, u32> =
        labels.iter().map(String::as_str).zip(0..).collect();
    let classes = found.iter().enumerate().map(|(row, label)| {
        index.get(label.to_string().as_str()).copied().ok_or_else(|| DataError::Format {
            origin: origin(),
            reason: format!(
                "label {} is {label}, which is none of the classes {}",
                row + 1,
                labels.join(", ")
            ),
        })
    });
    let classes = classes.collect::<Result<_>>()?;
    Ok((labels, classes))
}

fn distinct(found: &[i64]) -> Vec<String> {
    let sorted: std::collections::BTreeSet<i64> = found.iter().copied().collect();
    sorted.into_iter().map(|label| label.to_string()).collect()
}
