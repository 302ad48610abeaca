//! The least time that a work can take on this machine: what it must read at the rate at which the
//! machine reads, or what it must multiply at the rate at which it multiplies.

use std::path::PathBuf;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::definition::Work;

/// What the machine can do at most, with all threads.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Ceilings {
    pub(crate) gb_per_s: f64,
    /// Of f32.
    pub(crate) gflop_per_s: f64,
}

/// What `linnea roofline --json` prints.
#[derive(Deserialize)]
struct Roofline {
    read: Vec<Read>,
    multiply: Vec<Multiply>,
}

#[derive(Deserialize)]
struct Read {
    threads: usize,
    gb_per_s: f64,
}

#[derive(Deserialize)]
struct Multiply {
    dtype: String,
    threads: usize,
    gflop_per_s: f64,
}

/// Asks `linnea roofline`; none if the command cannot say.
pub(crate) fn ceilings(linnea: PathBuf, quick: bool) -> Option<Ceilings> {
    let mut command = Command::new(linnea);
    command.args(["roofline", "--json"]).args(quick.then_some("--quick"));
    let output = command.output().ok()?;
    let ceilings = parse(&output.stdout);
    if ceilings.is_none() {
        eprintln!("`linnea roofline --json` does not answer: the table has no floors");
    }
    ceilings
}

fn parse(json: &[u8]) -> Option<Ceilings> {
    let Roofline { read, multiply } = serde_json::from_slice(json).ok()?;
    let singles = multiply.iter().filter(|multiply| multiply.dtype == "f32");
    Some(Ceilings {
        gb_per_s: read.iter().max_by_key(|read| read.threads)?.gb_per_s,
        gflop_per_s: singles.max_by_key(|multiply| multiply.threads)?.gflop_per_s,
    })
}

impl Ceilings {
    /// The least seconds that a work can take.
    pub(crate) fn floor(self, work: &Work) -> Option<f64> {
        (work.bytes > 0).then(|| self.seconds(work.bytes as f64, work.operations as f64))
    }

    /// The least seconds in which so many bytes are read and so many operations done.
    pub(crate) fn seconds(self, bytes: f64, operations: f64) -> f64 {
        (bytes / self.gb_per_s / 1e9).max(operations / self.gflop_per_s / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceilings_are_those_of_the_most_threads() {
        let json =
            br#"{"read": [{"threads": 2, "gb_per_s": 20.0}, {"threads": 1, "gb_per_s": 12.0}],
            "multiply": [{"dtype": "f32", "threads": 1, "gflop_per_s": 100.0},
                         {"dtype": "f64", "threads": 4, "gflop_per_s": 50.0}]}"#;
        let ceilings = parse(json).unwrap();
        assert_eq!(ceilings, Ceilings { gb_per_s: 20.0, gflop_per_s: 100.0 });
        assert_eq!(ceilings.seconds(40e9, 100e9), 2.0);
        assert_eq!(parse(b"no such command"), None);
    }
}
