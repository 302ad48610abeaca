//! Python for the chores that ask others: virtual environments outside of the repository, each made
//! once and kept.

use crate::run;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python of the environment `name`, which has the requirements; pip does nothing where it has
/// them.
pub(crate) fn environment(name: &str, requirements: &Path) -> Option<PathBuf> {
    let home = cache()?.join("linnea").join(name);
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let system = if cfg!(windows) { "python" } else { "python3" };
    let made = python.exists() || run(Command::new(system).args(["-m", "venv"]).arg(&home));
    let install = ["-m", "pip", "install", "--quiet", "--requirement"];
    (made && run(Command::new(&python).args(install).arg(requirements))).then_some(python)
}

/// Where the user's programs keep what they can make again.
fn cache() -> Option<PathBuf> {
    let named = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = named("XDG_CACHE_HOME")
        .or_else(|| named("LOCALAPPDATA"))
        .or_else(|| Some(named("HOME")?.join(".cache")));
    if cache.is_none() {
        eprintln!("no folder for the environment: set HOME, or give --python PATH");
    }
    cache
}
