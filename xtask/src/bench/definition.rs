//! The works and the contestants, as `benchmarks/` defines them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::agree::Agree;
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
    /// What one contestant is told beside: its iterations, its tolerance, …, by its id.
    #[serde(default)]
    pub(crate) own: BTreeMap<String, toml::Table>,
    /// The most runs that count, for works that take long.
    pub(crate) runs: Option<usize>,
    /// Seconds after which a contestant is given up.
    pub(crate) limit: Option<u64>,
    #[serde(default)]
    pub(crate) agree: Agree,
    #[serde(default)]
    pub(crate) contestants: Chosen,
    /// Whole processes, for the kind `start`.
    #[serde(default)]
    pub(crate) process: Vec<Process>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// An epoch of minibatch SGD.
    Sgd,
    /// An epoch of minibatch SGD for several models.
    Sweep,
    /// Loss and gradient at given weights, over all rows.
    Gradient,
    /// The likeliest class of every row.
    Predict,
    /// A penalised classifier, so near to its optimum.
    Solve,
    /// Linear regression to the exact optimum.
    LeastSquares,
    /// Linear regression for many L1 penalties.
    Path,
    /// Penalised classifiers, judged by the rows that each has not seen.
    CrossValidation,
    /// A process, from its start to its end.
    Start,
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
            assert!(!work.contestants.all.is_empty(), "{}", work.id);
            assert!(work.own.keys().all(|id| work.contestants.all.contains(id)), "{}", work.id);
            for quick in [false, true] {
                let ids = work.contestants.ids(quick);
                // What cannot be done quickly has nobody for `--quick`.
                if ids.is_empty() {
                    continue;
                }
                assert!(ids.iter().all(|id| known.contains_key(id)), "{}: {ids:?}", work.id);
                assert!(ids.contains(&work.agree.reference), "{}: quick {quick}", work.id);
                assert!(ids.contains(&"linnea".to_owned()), "{}: quick {quick}", work.id);
            }
            let compared = work.agree.tolerances().count() > 0 || work.agree.objective.is_some();
            assert!(compared, "{} compares nothing", work.id);
        }
    }

    #[test]
    fn bytes_and_operations_are_those_of_the_shape() {
        for work in works(None).unwrap().iter().filter(|work| work.kind != Kind::Start) {
            let each = match work.kind {
                Kind::Predict => 2 * work.outputs,
                // Half of the Gram matrix.
                Kind::LeastSquares => work.features,
                // Nobody knows how many passes an optimum needs.
                Kind::Solve | Kind::Path | Kind::CrossValidation => 0,
                _ => 4 * work.outputs * work.heads,
            };
            let numbers = work.rows * work.features;
            let bytes = if each > 0 { numbers * work.element } else { 0 };
            assert_eq!(work.bytes, bytes, "{}", work.id);
            assert_eq!(work.operations, numbers * each, "{}", work.id);
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
