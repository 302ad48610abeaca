//! A folder of its own for each test, and the command to run in it.

use std::path::{Path, PathBuf};

use assert_cmd::Command;

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
    #[allow(dead_code, reason = "not every test has files")]
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
#[allow(dead_code, reason = "not every test asks")]
#[track_caller]
pub(crate) fn has(object: &serde_json::Value, part: &serde_json::Value) {
    for (field, value) in part.as_object().unwrap() {
        assert_eq!(&object[field], value, "{field}");
    }
}
