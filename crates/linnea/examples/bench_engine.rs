//! Linnea's part in the benchmark (`cargo xtask bench`): a process that reads lines of JSON and
//! answers each with one, as the peers' do; `benchmarks/README.md` has the protocol.
//!
//! It uses what every user has: `Dataset::dense`, `Trainer`, `Model`.

#[path = "bench_engine/heads.rs"]
mod heads;
#[path = "bench_engine/numbers.rs"]
mod numbers;
#[path = "bench_engine/solvers.rs"]
mod solvers;
#[path = "bench_engine/works.rs"]
mod works;

use std::io::{self, BufRead, Write};
use std::time::Instant;

use serde_json::{Value, json};

/// Whatever stops a work: the session is told, and goes on without it.
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    say(&json!({"hello": {"linnea": env!("CARGO_PKG_VERSION")}}))?;
    let mut prepared = None;
    for line in io::stdin().lock().lines() {
        let answer = answer(&serde_json::from_str(&line?)?, &mut prepared);
        say(&answer.unwrap_or_else(|error| json!({"error": error.to_string()})))?;
    }
    Ok(())
}

/// Does what a line asks.
fn answer(request: &Value, prepared: &mut Option<works::Run>) -> Result<Value, Failure> {
    if let Some(work) = request.get("prepare") {
        // What was there goes first: two data sets may be more than the memory holds.
        *prepared = None;
        *prepared = Some(works::prepare(work)?);
        return Ok(json!({"ready": true}));
    }
    let run = prepared.as_mut().ok_or("run before prepare")?;
    let seed = request["run"]["seed"].as_u64().unwrap_or(0);
    let start = Instant::now();
    let mut answer = run(seed, start)?;
    if answer.get("call").is_none() {
        answer["call"] = answer["seconds"].clone();
    }
    Ok(answer)
}

fn say(answer: &Value) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{answer}")?;
    output.flush()
}
