//! Files that are written whole or not at all.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Writes `bytes` to a temporary file in the folder of `path`, syncs it, and renames it to `path`.
///
/// # Errors
/// If any of that fails: what was at `path` before is then still there, and nothing else.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    refuse_special(path)?;
    let mut file = temporary_beside(path)?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Finds out whether [`write()`] could write to `path`, without touching what is there.
///
/// # Errors
/// What [`write()`] would fail with.
pub fn check(path: &Path) -> io::Result<()> {
    refuse_special(path)?;
    temporary_beside(path).map(drop)
}

fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = Builder::new();
    builder.prefix(".linnea-");
    // A temporary file is its owner's alone by default; a model is a file like any other.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let folder = folder.unwrap_or(Path::new("."));
    // The error would name the temporary file, which says nothing to whoever reads it.
    builder.tempfile_in(folder).map_err(|error| match error.kind() {
        ErrorKind::NotFound if !folder.exists() => io::Error::other("there is no such folder"),
        kind => kind.into(),
    })
}

/// A rename would replace a device or a pipe by a file.
fn refuse_special(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => Err(io::Error::other("it is not a regular file")),
        _ => Ok(()),
    }
}
