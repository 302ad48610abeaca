//! `cargo xtask bench`: measures the engine beside its peers, in one session.
//!
//! What is measured stands in `benchmarks/works`, who takes part in `benchmarks/contestants.toml`.
//! Each contestant of a work is a process that is asked over its standard input; they take turns,
//! so that a machine whose speed drifts is fair to all, and a time counts only beside a result that
//! agrees with the reference's.

mod agree;
mod contestant;
mod definition;
mod floor;
mod machine;
mod options;
mod programs;
mod report;
mod scaling;
mod session;
mod start;

use std::path::{Path, PathBuf};

use anyhow::Result;

use definition::{Kind, Work};
use options::Options;
use programs::Programs;
use session::Outcome;

/// Runs the chore, and says whether it succeeded.
pub(crate) fn bench(arguments: &[String]) -> bool {
    let done = match arguments.split_first() {
        Some((word, rest)) if word == "scaling" => {
            Options::parse(rest).and_then(|options| scaling::run(&options))
        }
        _ => Options::parse(arguments).and_then(|options| works(&options)),
    };
    if let Err(error) = &done {
        eprintln!("bench: {error:#}");
    }
    done.is_ok()
}

/// Measures the works and writes what came out.
fn works(options: &Options) -> Result<()> {
    let works = definition::works(options.only.as_deref())?;
    let programs = Programs::build(options, &works)?;
    let ceilings = floor::ceilings(programs.command(), options.quick);
    let mut outcomes = Vec::new();
    for work in works {
        if work.kind != Kind::Start && work.contestants.ids(options.quick).is_empty() {
            continue;
        }
        eprintln!("{}: {}", work.id, work.title);
        outcomes.push(outcome(work, &programs, options)?);
    }
    let report = report::Report::new(options, ceilings, outcomes);
    println!("{}", report.markdown());
    report.write(&root().join("benchmarks/results"))
}

fn outcome(work: Work, programs: &Programs, options: &Options) -> Result<Outcome> {
    let rows = match work.kind {
        Kind::Start => start::measure(&work, programs, options)?,
        _ => session::measure(&work, programs, options)?,
    };
    Ok(Outcome { work, rows })
}

/// The repository.
fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Where programs that are built and data that are made up lie.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
