//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// What the names of temporary files contain, after that of the file whose place they are to take.
const MARK: &str = ".linnea-";

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

/// Finds out whether [`write()`] could write to `path`, without touching what is there. Temporary files
/// that processes left behind which were killed while they wrote to `path` are removed.
///
/// # Errors
/// What [`write()`] would fail with.
pub fn check(path: &Path) -> io::Result<()> {
    let path = target(path)?;
    temporary_beside(&path)?;
    remove_left_behind(&path);
    Ok(())
}

/// Removes what nobody holds. What cannot be looked at or removed does no harm.
fn remove_left_behind(path: &Path) {
    let (folder, prefix) = (folder_of(path), prefix_of(path));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(&prefix);
        // Held until it is removed, so that who has just made it finds out that it is gone.
        if is_ours
            && let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            _ = fs::remove_file(entry.path());
        }
    }
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
    let (folder, prefix) = (folder_of(path), prefix_of(path));
    let mut builder = Builder::new();
    builder.prefix(&prefix);
    // A temporary file is its owner's alone by default; a model is a file like any other.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    loop {
        // The error would name the temporary file, which says nothing to whoever reads it.
        let file = builder.tempfile_in(folder).map_err(|error| match error.kind() {
            ErrorKind::NotFound if !folder.exists() => io::Error::other("there is no such folder"),
            kind => kind.into(),
        })?;
        // Held as long as it is written, so that others see that it is wanted; between the two somebody
        // may have taken it away. Where files cannot be locked, they cannot be found to be left behind
        // either.
        _ = file.as_file().lock();
        if file.path().exists() {
            return Ok(file);
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn prefix_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // A name that is as long as a name may be leaves no room for more.
    let name: String = name.chars().take(60).collect();
    format!(".{name}{MARK}")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_killed_processes_left_is_removed_and_what_others_write_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        let left = folder.path().join(".model.linnea-a1b2c3");
        fs::write(&left, "half a mod").unwrap();
        let written = temporary_beside(&path).unwrap();
        let others = folder.path().join(".other.linnea-a1b2c3");
        fs::write(&others, "").unwrap();
        check(&path).unwrap();
        assert!(!left.exists() && written.path().exists() && others.exists());
    }

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
