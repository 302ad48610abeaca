//! The programs that take part: built, installed, and given their data.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::definition::{self, Contestant, Work};
use super::options::Options;
use super::{root, target};
use crate::{cargo, python, run};

/// Where the programs lie.
#[derive(Debug)]
pub(crate) struct Programs {
    python: PathBuf,
    data: Option<PathBuf>,
    contestants: BTreeMap<String, Contestant>,
}

impl Programs {
    /// Builds ours, finds the peers, and builds those in Rust if a work wants one.
    pub(crate) fn build(options: &Options, works: &[Work]) -> Result<Self> {
        build_ours()?;
        let requirements = root().join("benchmarks/peers/requirements.txt");
        let made = || python::environment("bench", &requirements);
        let python = options.python.clone().or_else(made).context("no Python for the peers")?;
        let contestants = definition::contestants()?;
        let wanted = works.iter().flat_map(|work| work.contestants.ids(options.quick));
        if wanted.filter_map(|id| contestants.get(id)).any(|one| one.program == RUST) {
            build_rust_peers()?;
        }
        Ok(Self { python, data: options.data.clone(), contestants })
    }

    /// The contestant of an id, and the command that starts it.
    pub(crate) fn contestant(&self, id: &str) -> Result<(&Contestant, Command)> {
        let contestant = self.contestants.get(id).with_context(|| format!("no contestant {id}"))?;
        let command = match contestant.program.as_str() {
            "linnea" => Command::new(engine()),
            RUST => {
                let program = executable(&target().join("rust-peers/release"), RUST);
                let mut command = Command::new(program);
                // One program is all of them.
                command.arg(id);
                command
            }
            script => {
                let mut command = Command::new(&self.python);
                // -B: no compiled files beside the script.
                command.arg("-B").arg(root().join("benchmarks/peers").join(script));
                command
            }
        };
        Ok((contestant, command))
    }

    /// The `linnea` command.
    pub(crate) fn command(&self) -> PathBuf {
        executable(&target().join("release"), "linnea")
    }

    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    /// The folder of a set of numbers, which is made if it is not there.
    pub(crate) fn data(&self, name: &str) -> Result<PathBuf> {
        let mnist = name.starts_with("mnist").then_some(self.data.as_ref()).flatten();
        let kept = if mnist.is_some() { format!("{name}-real") } else { name.to_owned() };
        let folder = target().join("bench").join(kept);
        if !folder.join("about.json").exists() {
            fs::create_dir_all(&folder)?;
            let mut command = Command::new(&self.python);
            command.arg("-B").arg(root().join("benchmarks/peers/data.py")).arg(name).arg(&folder);
            if let Some(data) = mnist {
                command.arg("--mnist").arg(data.join("mnist"));
            }
            ensure!(run(&mut command), "cannot make the numbers of {name}");
        }
        Ok(folder)
    }
}

/// The package and program of the peers that are written in Rust.
const RUST: &str = "rust-peers";

/// The engine's process.
pub(crate) fn engine() -> PathBuf {
    executable(&target().join("release/examples"), "bench_engine")
}

/// Builds the engine's process and the command, together: apart, their libraries would have other
/// features, and be built twice.
pub(crate) fn build_ours() -> Result<()> {
    let programs = ["--bins", "--example", "bench_engine"];
    let built = ["build", "--release", "--locked", "-p", "linnea", "-p", "linnea-cli"];
    ensure!(cargo(&[&built, &programs[..]].concat(), &[]), "the engine does not build");
    Ok(())
}

fn build_rust_peers() -> Result<()> {
    let manifest = root().join("benchmarks/rust-peers/Cargo.toml").display().to_string();
    let folder = target().join("rust-peers").display().to_string();
    let place = ["--manifest-path", &manifest, "--target-dir", &folder];
    let built = [&["build", "--release", "--locked"], &place[..]].concat();
    ensure!(cargo(&built, &[]), "the peers in Rust do not build");
    Ok(())
}

fn executable(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).with_extension(std::env::consts::EXE_EXTENSION)
}
