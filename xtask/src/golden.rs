//! `cargo xtask golden`: asks PyTorch again for the answers that the tensors are held to, and
//! scikit-learn for those that the solvers are.
//!
//! The scripts and their requirements lie in `crates/linnea-tensor/golden` and `crates/linnea/golden`.
//! They run in a virtual
//! environment outside of the repository, which is made once and kept, or with a Python that has
//! both already.

use crate::python::environment;
use crate::run;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// Runs the scripts, and says which answers changed.
pub(crate) fn golden(python: Option<&str>) -> bool {
    [("linnea-tensor", "golden"), ("linnea", "golden-solvers")]
        .iter()
        .all(|(of, name)| golden_of(of, name, python))
}

fn golden_of(of: &str, name: &str, python: Option<&str>) -> bool {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let folder = crates.join(of).join("golden");
    let made = || environment(name, &folder.join("requirements.txt"));
    let Some(python) = python.map(PathBuf::from).or_else(made) else {
        return false;
    };
    let answers = folder.join("answers");
    let before = read(&answers);
    // -B: no compiled files beside the script.
    let script = folder.join("generate.py");
    if !run(Command::new(python).arg("-B").arg(script)) {
        return false;
    }
    match (before, read(&answers)) {
        (Ok(before), Ok(after)) => {
            report(&before, &after);
            true
        }
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("cannot read {}: {error}", answers.display());
            false
        }
    }
}

/// The files of a folder, by name.
fn read(folder: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let file = |entry: io::Result<fs::DirEntry>| {
        let path = entry?.path();
        Ok((path.clone(), fs::read(path)?))
    };
    fs::read_dir(folder)?.map(file).collect()
}

fn report(before: &BTreeMap<PathBuf, Vec<u8>>, after: &BTreeMap<PathBuf, Vec<u8>>) {
    let changed: Vec<_> =
        after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).collect();
    for (path, _) in &changed {
        println!("changed: {}", path.display());
    }
    if changed.is_empty() {
        println!("the answers are what they were");
    }
}
