//! One work's session: the contestants take turns, and each result is held to the reference's.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::agree::judge;
use super::contestant::Process;
use super::definition::{Contestant, Work};
use super::options::Options;
use super::programs::Programs;

/// A pause before each run, in which threads that wait for the last one's next task give up: they
/// spin, and would take a processor from whoever comes next.
const PAUSE: Duration = Duration::from_millis(250);

/// Who takes more seconds than that is not asked again: the first call counts.
const LONG: f64 = 60.0;

/// What came out of a work.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) work: Work,
    pub(crate) rows: Vec<Row>,
}

/// What came out of a contestant.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) versions: Value,
    /// Where the numbers that it read are from.
    pub(crate) source: Option<String>,
    /// Seconds from the process's start until it could take work.
    pub(crate) start: Option<f64>,
    /// Seconds of the first call, which counts for nothing else unless it takes long.
    pub(crate) first: Option<f64>,
    /// Seconds of each run that counts.
    pub(crate) seconds: Vec<f64>,
    /// Seconds of the whole call, where `seconds` is a part of it.
    pub(crate) call: Vec<f64>,
    /// The last run's answer.
    pub(crate) reached: Value,
    /// Why the times do not count.
    pub(crate) failure: Option<String>,
}

impl Row {
    pub(crate) fn median(&self) -> Option<f64> {
        median(&self.seconds)
    }

    fn takes_long(&self) -> bool {
        self.first.is_some_and(|seconds| seconds > LONG)
    }

    /// Takes note of a run.
    fn add(&mut self, answer: Value) {
        let seconds = answer["seconds"].as_f64().unwrap_or(f64::NAN);
        let call = answer["call"].as_f64().unwrap_or(seconds);
        let warm = self.first.is_some();
        self.first.get_or_insert(call);
        if warm || self.takes_long() {
            self.seconds.push(seconds);
            self.call.push(call);
        }
        self.reached = answer;
    }
}

/// The middle of some numbers.
pub(crate) fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.get(sorted.len().wrapping_sub(1) / 2)?, sorted[sorted.len() / 2]);
    Some(f64::midpoint(*low, high))
}

/// Lets a work's contestants take turns: once to warm up, then as often as counts.
pub(crate) fn measure(work: &Work, programs: &Programs, options: &Options) -> Result<Vec<Row>> {
    let mut field = Vec::new();
    for id in work.contestants.ids(options.quick) {
        field.push(enter(work, id, programs)?);
    }
    let runs = work.runs.map_or(options.runs(), |most| most.min(options.runs()));
    for seed in 0..=runs {
        for (row, process) in &mut field {
            turn(row, process, seed);
        }
    }
    let mut rows: Vec<Row> = field.into_iter().map(|(row, _)| row).collect();
    judge(&work.agree, &mut rows);
    Ok(rows)
}

/// Asks a contestant once, if it is still there and has not done enough.
fn turn(row: &mut Row, process: &mut Option<Process>, seed: usize) {
    let Some(running) = process.as_mut().filter(|_| !row.takes_long()) else { return };
    sleep(PAUSE);
    match running.ask(&json!({"run": {"seed": seed}})) {
        Ok(answer) => row.add(answer),
        Err(error) => {
            row.failure = Some(format!("failed: {error:#}"));
            *process = None;
        }
    }
}

/// Starts a contestant and gives it its data; who fails is in the table with its reason.
fn enter(work: &Work, id: &str, programs: &Programs) -> Result<(Row, Option<Process>)> {
    let (contestant, command) = programs.contestant(id)?;
    let Contestant { id, title, .. } = contestant.clone();
    let mut row = Row { id, title, ..Row::default() };
    let told = told(work, contestant, programs, &mut row)?;
    let started = Process::start(command).and_then(|(mut process, hello)| {
        process.ask(&json!({"prepare": told}))?;
        work.limit.into_iter().for_each(|seconds| process.within(seconds));
        Ok((process, hello))
    });
    Ok(match started {
        Ok((process, hello)) => {
            (row.start, row.versions) = (Some(hello.seconds), hello.versions);
            (row, Some(process))
        }
        Err(error) => {
            row.failure = Some(format!("failed: {error:#}"));
            (row, None)
        }
    })
}

/// What a contestant is told of the work.
fn told(work: &Work, contestant: &Contestant, programs: &Programs, row: &mut Row) -> Result<Value> {
    let mut told = serde_json::to_value(work)?;
    for (name, value) in work.own.get(&contestant.id).into_iter().flatten() {
        told["settings"][name] = serde_json::to_value(value)?;
    }
    if let Some(data) = &work.data {
        let folder = programs.data(data)?;
        let about: Value = serde_json::from_slice(&std::fs::read(folder.join("about.json"))?)?;
        row.source = about["source"].as_str().map(str::to_owned);
        told["folder"] = folder.canonicalize()?.display().to_string().into();
    }
    told["contestant"] = contestant.id.clone().into();
    if let Some(way) = &contestant.way {
        told["way"] = way.clone().into();
    }
    if let Some(threads) = contestant.threads {
        told["threads"] = threads.into();
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn a_first_call_counts_if_it_takes_long_and_is_the_only_one() {
        let after = |seconds: f64| {
            let mut row = Row::default();
            row.add(json!({"seconds": seconds}));
            row
        };
        assert!(after(1.0).seconds.is_empty() && !after(1.0).takes_long());
        assert!(after(61.0).seconds == [61.0] && after(61.0).takes_long());
    }
}
