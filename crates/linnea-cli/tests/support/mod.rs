//! A folder of its own for each test, and the command to run in it.

#![allow(dead_code, reason = "no test needs all of it")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// A temporary folder.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders that it is in.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// The command, to be run in `folder`, which is also where it looks for data sets.
pub(crate) fn linnea(folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linnea"));
    command.current_dir(folder.path()).env("LINNEA_DATA", folder.path());
    command
}

/// Asserts that `object` says all that `part` says.
#[track_caller]
pub(crate) fn has(object: &Value, part: &Value) {
    for (field, value) in part.as_object().unwrap() {
        assert_eq!(&object[field], value, "{field}");
    }
}

/// The one JSON object that the command says.
pub(crate) fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let output = linnea(folder).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.lines().count(), 1, "exactly one JSON object");
    serde_json::from_str(&text).unwrap()
}

/// What it says if it succeeds.
pub(crate) fn stdout(folder: &Folder, arguments: &[&str]) -> String {
    let output = linnea(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What it says to the person.
pub(crate) fn stderr(folder: &Folder, arguments: &[&str]) -> String {
    String::from_utf8(linnea(folder).args(arguments).output().unwrap().stderr).unwrap()
}
