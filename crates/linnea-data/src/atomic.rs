//! Files that are written whole or not at all.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Writes `bytes` to a temporary file in the folder of `path`, syncs it, and renames it to `path`.
///
/// # Errors
/// If any of that fails: what was at `path` before is then still there, and nothing else.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = target(path)?;
    let mut file = temporary_beside(&path)?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// Finds out whether [`write()`] could write to `path`, without touching what is there.
///
/// # Errors
/// What [`write()`] would fail with.
pub fn check(path: &Path) -> io::Result<()> {
    temporary_beside(&target(path)?).map(drop)
}

/// Where a file is to be put: what a link points to, if it is a file that may be written.
fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        // A rename would replace a device or a pipe by a file.
        Ok(found) if !found.is_file() => Err(io::Error::other("it is not a regular file")),
        Ok(found) if found.permissions().readonly() => Err(ErrorKind::PermissionDenied.into()),
        Ok(_) => path.canonicalize(),
        Err(_) if path.is_symlink() => Err(io::Error::other("it is a link to nothing")),
        Err(_) => Ok(path.to_owned()),
    }
}

fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = Builder::new();
    builder.prefix(".linnea-");
    // A temporary file is its owner's alone by default; a model is a file like any other.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let folder = folder.unwrap_or(Path::new("."));
    // The error would name the temporary file, which says nothing to whoever reads it.
    builder.tempfile_in(folder).map_err(|error| match error.kind() {
        ErrorKind::NotFound if !folder.exists() => io::Error::other("there is no such folder"),
        kind => kind.into(),
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_and_protected_files_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        let mut permissions = fs::metadata(&file).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).unwrap();
        assert!(check(&file).is_err() && write(&link, b"newer").is_err());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
