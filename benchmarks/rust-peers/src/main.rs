//! Rust's machine learning libraries in the benchmark: `rust-peers burn` is burn's part, and so on.
//!
//! Each is asked as all contestants are (`benchmarks/README.md`): lines of JSON in, a line for each
//! out.

mod burn;
mod candle;
mod linfa;
mod smartcore;
mod task;

use std::error::Error;
use std::io::{self, BufRead};

use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Does the work once, for a seed.
type Run = Box<dyn FnMut(u64) -> Result<Value>>;

/// Reads a work's data, and makes what is not part of its time.
type Prepare = fn(&Value) -> Result<Run>;

/// The peers: what each is called, the package whose version counts, and how it gets to work.
const PEERS: [(&str, &str, Prepare); 4] = [
    ("candle", "candle-core", candle::prepare),
    ("burn", "burn", burn::prepare),
    ("linfa", "linfa-logistic", linfa::prepare),
    ("smartcore", "smartcore", smartcore::prepare),
];

fn main() -> Result<()> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let peer = PEERS.iter().find(|(name, ..)| *name == wanted);
    let (name, package, prepare) = peer.ok_or_else(|| format!("there is no peer {wanted:?}"))?;
    println!("{}", json!({"hello": {*name: version(package)}}));
    let mut prepared = None;
    for line in io::stdin().lock().lines() {
        let answer = answer(&serde_json::from_str(&line?)?, *prepare, &mut prepared);
        println!("{}", answer.unwrap_or_else(|error| json!({"error": error.to_string()})));
    }
    Ok(())
}

fn answer(request: &Value, prepare: Prepare, prepared: &mut Option<Run>) -> Result<Value> {
    if let Some(work) = request.get("prepare") {
        *prepared = Some(prepare(work)?);
        return Ok(json!({"ready": true}));
    }
    let seed = request["run"]["seed"].as_u64().unwrap_or(0);
    prepared.as_mut().ok_or("run before prepare")?(seed)
}

/// The version of a package that this program was built with.
fn version(package: &str) -> Option<&'static str> {
    let lock = include_str!("../Cargo.lock");
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    rest.split('"').next()
}
