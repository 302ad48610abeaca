//! A family of operations: a table, and the cases that it is held to.

use crate::case::{Case, Op};
use crate::compare::Tolerance;
use linnea_tensor::{Result, Tensor};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// So many cases there are; a file that lost some would pass unnoticed.
const LEAST: usize = 3000;

/// Runs every case of a family, shows how many passed, and fails with all that did not. Every
/// operation of the file must be in the table, and every one of the table in the file.
pub(crate) fn hold(family: &str, ops: &[(&str, Op)], tolerance: Tolerance) {
    let cases = read(family);
    let (asked, known): (BTreeSet<_>, BTreeSet<_>) = (
        cases.iter().map(|(_, case)| case.op.as_str()).collect(),
        ops.iter().map(|op| op.0).collect(),
    );
    assert_eq!(asked, known, "{family}: operations of the file, and of the table");
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(line, case)| {
            let op = ops.iter().find(|op| op.0 == case.op).expect("the names are the same").1;
            case.check(op, tolerance).err().map(|what| format!("{line}\n    {what}"))
        })
        .collect();
    let (passed, all) = (cases.len() - wrong.len(), cases.len());
    let differ = cases.iter().filter(|(_, case)| case.differs()).count();
    println!(
        "{family}: {passed} of {all} cases passed, {differ} of them unlike PyTorch on purpose"
    );
    assert!(wrong.is_empty(), "{family}: {} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// Every file of answers belongs to a family, and there are as many cases as there should be.
pub(crate) fn check_files(families: &[&str]) {
    let files = std::fs::read_dir(folder()).expect("the answers lie in the repository");
    let names = files.map(|file| file.expect("a readable folder").file_name());
    let names: BTreeSet<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(names, families.iter().map(|family| format!("{family}.jsonl")).collect());
    let cases: usize = families.iter().map(|family| read(family).len()).sum();
    println!("{cases} cases in all");
    assert!(cases >= LEAST, "only {cases} cases");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/answers")
}

/// The lines of a family's file, each with what it says.
fn read(family: &str) -> Vec<(String, Case)> {
    let path = folder().join(format!("{family}.jsonl"));
    let lines = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run cargo xtask golden", path.display()));
    let case = |line: &str| match serde_json::from_str(line) {
        Ok(case) => (line.to_owned(), case),
        Err(error) => panic!("{}: {error} in {line}", path.display()),
    };
    lines.lines().map(case).collect()
}

/// What an operation gives, as a list of tensors.
pub(crate) fn outputs(result: impl Outputs) -> Result<Vec<Tensor>> {
    result.outputs()
}

/// One tensor or several, or the refusal of them.
pub(crate) trait Outputs {
    fn outputs(self) -> Result<Vec<Tensor>>;
}

impl Outputs for Tensor {
    fn outputs(self) -> Result<Vec<Tensor>> {
        Ok(vec![self])
    }
}

impl Outputs for (Tensor, Tensor) {
    fn outputs(self) -> Result<Vec<Tensor>> {
        Ok(vec![self.0, self.1])
    }
}

impl Outputs for Vec<Tensor> {
    fn outputs(self) -> Result<Vec<Tensor>> {
        Ok(self)
    }
}

impl Outputs for bool {
    fn outputs(self) -> Result<Vec<Tensor>> {
        Tensor::scalar(self).outputs()
    }
}

impl<T: Outputs> Outputs for Result<T> {
    fn outputs(self) -> Result<Vec<Tensor>> {
        self?.outputs()
    }
}
