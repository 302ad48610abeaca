//! The works and the contestants, as `benchmarks/` defines them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::root;

/// A piece of work that is measured.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Work {
    /// Its name, which is its file's too.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What a reader of the table must know.
    pub(crate) note: Option<String>,
    pub(crate) kind: Kind,
    /// The set of numbers that it is done on: see `benchmarks/peers/data.py`.
    pub(crate) data: Option<String>,
    #[serde(default)]
    pub(crate) rows: u64,
    #[serde(default)]
    pub(crate) features: u64,
    #[serde(default)]
    pub(crate) outputs: u64,
    /// Bytes of a number of X as it is stored.
    #[serde(default)]
    pub(crate) element: u64,
    /// Models that are trained.
    #[serde(default = "one")]
    pub(crate) heads: u64,
    /// Bytes that the work must read.
    #[serde(default)]
    pub(crate) bytes: u64,
    /// Multiplications and additions that it must do.
    #[serde(default)]
    pub(crate) operations: u64,
    /// What the contestants are told: batch, learning rate, ….
    #[serde(default)]
    pub(crate) settings: toml::Table,
    #[serde(default)]
    pub(crate) agree: Agree,
    #[serde(default)]
    pub(crate) contestants: Chosen,
    /// Whole processes, for the kind `start`.
    #[serde(default)]
    pub(crate) process: Vec<Process>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// An epoch of minibatch SGD.
    Sgd,
    /// An epoch of minibatch SGD for several models.
    Sweep,
    /// Loss and gradient at given weights, over all rows.
    Gradient,
    /// The likeliest class of every row.
    Predict,
    /// A process, from its start to its end.
    Start,
}

/// By how much a result may differ from the reference's for its time to count.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agree {
    /// The contestant that the others are compared with.
    pub(crate) reference: String,
    pub(crate) loss: Option<f64>,
    pub(crate) accuracy: Option<f64>,
    /// The Euclidean norm of the gradient.
    pub(crate) norm: Option<f64>,
}

impl Agree {
    /// Each quantity that is compared, with its tolerance.
    pub(crate) fn tolerances(&self) -> impl Iterator<Item = (&'static str, f64)> {
        [("loss", self.loss), ("accuracy", self.accuracy), ("norm", self.norm)]
            .into_iter()
            .filter_map(|(name, tolerance)| Some((name, tolerance?)))
    }
}

/// Who takes part.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chosen {
    pub(crate) all: Vec<String>,
    pub(crate) quick: Vec<String>,
}

impl Chosen {
    pub(crate) fn ids(&self, quick: bool) -> &[String] {
        if quick { &self.quick } else { &self.all }
    }
}

/// A process whose whole life is measured.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Process {
    pub(crate) title: String,
    pub(crate) command: Vec<String>,
    /// The lines that it must print.
    pub(crate) lines: Option<usize>,
}

/// A program that takes part, and what it is told.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contestant {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) program: String,
    pub(crate) way: Option<String>,
    pub(crate) threads: Option<usize>,
}

fn one() -> u64 {
    1
}

/// The works by name, or one of them.
pub(crate) fn works(only: Option<&str>) -> Result<Vec<Work>> {
    let folder = root().join("benchmarks/works");
    let mut works = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let work: Work = read(&entry?.path())?;
        if only.is_none_or(|id| id == work.id) {
            works.push(work);
        }
    }
    ensure!(!works.is_empty(), "benchmarks/works has no work {}", only.unwrap_or_default());
    works.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(works)
}

/// The contestants by id.
pub(crate) fn contestants() -> Result<BTreeMap<String, Contestant>> {
    #[derive(Deserialize)]
    struct File {
        contestant: Vec<Contestant>,
    }
    let file: File = read(&root().join("benchmarks/contestants.toml"))?;
    let count = file.contestant.len();
    let all: BTreeMap<_, _> =
        file.contestant.into_iter().map(|contestant| (contestant.id.clone(), contestant)).collect();
    ensure!(all.len() == count, "contestants.toml has two contestants of one id");
    Ok(all)
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_definition_parses_and_has_its_own_id() {
        let works = works(None).unwrap();
        let ids: BTreeSet<_> = works.iter().map(|work| &work.id).collect();
        assert_eq!(ids.len(), works.len());
        for id in ids {
            let path = root().join(format!("benchmarks/works/{id}.toml"));
            assert!(path.exists(), "{id} is not its file's name");
        }
    }

    #[test]
    fn every_work_names_known_contestants_and_its_reference_among_them() {
        let known = contestants().unwrap();
        for work in works(None).unwrap().iter().filter(|work| work.kind != Kind::Start) {
            for quick in [false, true] {
                let ids = work.contestants.ids(quick);
                assert!(ids.iter().all(|id| known.contains_key(id)), "{}: {ids:?}", work.id);
                assert!(ids.contains(&work.agree.reference), "{}: quick {quick}", work.id);
                assert!(ids.contains(&"linnea".to_owned()), "{}: quick {quick}", work.id);
            }
            assert!(work.agree.tolerances().count() > 0, "{} compares nothing", work.id);
        }
    }

    #[test]
    fn bytes_and_operations_are_those_of_the_shape() {
        for work in works(None).unwrap().iter().filter(|work| work.kind != Kind::Start) {
            let products = if work.kind == Kind::Predict { 2 } else { 4 };
            let numbers = work.rows * work.features;
            assert_eq!(work.bytes, numbers * work.element, "{}", work.id);
            let operations = products * numbers * work.outputs * work.heads;
            assert_eq!(work.operations, operations, "{}", work.id);
        }
    }

    #[test]
    fn every_script_is_there() {
        for contestant in contestants().unwrap().values() {
            let path = root().join("benchmarks/peers").join(&contestant.program);
            assert!(!contestant.program.ends_with(".py") || path.exists(), "{contestant:?}");
        }
    }
}
