//! The table, and the files in `benchmarks/results`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::floor::Ceilings;
use super::machine::{Machine, now};
use super::options::Options;
use super::session::{Outcome, Row, median};

/// All that came out of a session.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    date: String,
    time: String,
    machine: Machine,
    quick: bool,
    runs: usize,
    ceilings: Option<Ceilings>,
    outcomes: Vec<Outcome>,
}

impl Report {
    pub(crate) fn new(
        options: &Options,
        ceilings: Option<Ceilings>,
        outcomes: Vec<Outcome>,
    ) -> Self {
        let (date, time) = now();
        let (quick, runs) = (options.quick, options.runs());
        Self { date, time, machine: Machine::this(), quick, runs, ceilings, outcomes }
    }

    /// Appends the table to the day's page, and puts the raw numbers beside it.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let page = folder.join(format!("{}.md", self.date));
        let raw = self.raw(folder);
        let before = match fs::read_to_string(&page) {
            Ok(before) => before + "\n",
            Err(_) => format!("# {}\n\n", self.date),
        };
        fs::write(&page, before + &self.markdown())?;
        fs::write(&raw, serde_json::to_string_pretty(self)? + "\n")?;
        eprintln!("written: {} and {}", page.display(), raw.display());
        Ok(())
    }

    /// A file for the raw numbers that no other session of the same minute has taken.
    fn raw(&self, folder: &Path) -> PathBuf {
        let name = format!("{}-{}", self.date, self.time.replace(':', ""));
        let number = |n: usize| if n == 1 { String::new() } else { format!("-{n}") };
        let mut paths = (1..).map(|n| folder.join(format!("{name}{}.json", number(n))));
        paths.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
    }

    /// The session's section.
    pub(crate) fn markdown(&self) -> String {
        let mut text = self.head();
        text += "| work | who | ms: median (least–most) | ÷ linnea | floor, ms | ÷ floor | reached | \
                 first call, ms | start, ms |\n";
        text += "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
        for outcome in &self.outcomes {
            let floor = self.ceilings.and_then(|ceilings| ceilings.floor(&outcome.work));
            let ours = outcome.rows.iter().find(|row| row.id == "linnea" && row.failure.is_none());
            let ours = ours.and_then(Row::median);
            for (i, row) in outcome.rows.iter().enumerate() {
                let work = if i == 0 { outcome.work.id.as_str() } else { "" };
                text += &line(work, row, ours, floor);
            }
        }
        text + &self.foot()
    }

    fn head(&self) -> String {
        let Machine { cpu, cores, features, os, rustc, commit } = &self.machine;
        let kind = if self.quick { " --quick: fewer runs, and not all peers" } else { "" };
        let ceilings = self.ceilings.map_or_else(String::new, |ceilings| {
            let Ceilings { gb_per_s, gflop_per_s } = ceilings;
            format!(" It reads {gb_per_s:.1} GB/s and multiplies {gflop_per_s:.0} GFLOP/s of f32.")
        });
        format!(
            "## {} UTC, `cargo xtask bench`{kind}\n\n{cpu}, {cores} cores, {features}; {os}; {rustc}; \
             Linnea at {commit}; {}.{ceilings}\n\nOne run to warm up (the first call), then {} that \
             count, the contestants taking turns. A ratio over 1 says how many times Linnea is \
             faster.\n\n",
            self.time,
            self.versions(),
            self.runs
        )
    }

    fn versions(&self) -> String {
        let rows = self.outcomes.iter().flat_map(|outcome| &outcome.rows);
        let versions: BTreeMap<&String, &Value> =
            rows.filter_map(|row| row.versions.as_object()).flatten().collect();
        let shown = versions.iter().map(|(name, version)| {
            format!("{name} {}", version.as_str().unwrap_or("of unknown version"))
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    /// What the works are.
    fn foot(&self) -> String {
        let mut text = "\n".to_owned();
        for Outcome { work, rows } in &self.outcomes {
            let _ = write!(text, "- **{}**: {}", work.id, work.title);
            if work.bytes > 0 {
                let (bytes, operations) = (work.bytes as f64 / 1e6, work.operations as f64 / 1e9);
                let _ = write!(text, "; {bytes:.1} MB, {operations:.2} GFLOP");
            }
            if let Some(source) = rows.iter().find_map(|row| row.source.as_ref()) {
                let _ = write!(text, "; data: {source}");
            }
            if let Some(runs) = work.runs.filter(|runs| *runs < self.runs) {
                let _ = write!(text, "; {runs} runs that count");
            }
            if let Some(note) = &work.note {
                let _ = write!(text, "; {note}");
            }
            if let Some(call) = whole_call(rows) {
                let _ = write!(text, "; Linnea's whole call, with its checks, {} ms", ms(call));
            }
            text += ".\n";
        }
        text
    }
}

/// What the engine's whole call takes, where its time is that of a part.
fn whole_call(rows: &[Row]) -> Option<f64> {
    let ours = rows.iter().find(|row| row.id == "linnea")?;
    median(&ours.call).filter(|call| Some(*call) != ours.median())
}

/// A contestant's line.
fn line(work: &str, row: &Row, ours: Option<f64>, floor: Option<f64>) -> String {
    let counts = row.failure.is_none();
    let time = row.median().filter(|_| counts);
    let shown = match &row.failure {
        Some(failure) => failure.replace('|', "/").replace('\n', " "),
        None => spread(&row.seconds),
    };
    let times =
        |by: Option<f64>| time.zip(by).map_or("–".into(), |(t, by)| format!("{:.2}", t / by));
    let optional = |seconds: Option<f64>| seconds.map_or("–".into(), ms);
    format!(
        "| {work} | {} | {shown} | {} | {} | {} | {} | {} | {} |\n",
        row.title,
        times(ours),
        optional(floor),
        times(floor),
        reached(&row.reached),
        optional(row.first),
        optional(row.start),
    )
}

fn spread(seconds: &[f64]) -> String {
    let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = seconds.iter().copied().fold(0.0, f64::max);
    let middle = median(seconds).map_or("–".into(), ms);
    if seconds.len() == 1 {
        return format!("{middle} (once)");
    }
    format!("{middle} ({}–{})", ms(least), ms(most))
}

/// Seconds as milliseconds, to three digits.
pub(crate) fn ms(seconds: f64) -> String {
    let ms = seconds * 1e3;
    let digits = if ms >= 100.0 {
        0
    } else if ms >= 10.0 {
        1
    } else {
        2
    };
    format!("{ms:.digits$}")
}

/// What a result may consist of, each with its digits.
const QUANTITIES: [(&str, usize); 5] =
    [("objective", 6), ("loss", 4), ("accuracy", 4), ("norm", 4), ("standard_errors", 6)];

fn reached(answer: &Value) -> String {
    let named = |(name, digits): (&str, usize)| {
        Some(format!("{} {:.digits$}", name.replace('_', " "), answer[name].as_f64()?))
    };
    let found: Vec<String> = QUANTITIES.into_iter().filter_map(named).collect();
    if found.is_empty() { "–".into() } else { found.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_ratios_and_a_failure_none() {
        let mut row = Row { title: "a".into(), seconds: vec![0.2, 0.1, 0.3], ..Row::default() };
        let counted = line("w", &row, Some(0.05), Some(0.01));
        assert_eq!(counted, "| w | a | 200 (100–300) | 4.00 | 10.0 | 20.00 | – | – | – |\n");
        row.failure = Some("not counted: loss 1, not 2".into());
        let struck = line("w", &row, Some(0.05), None);
        assert_eq!(struck, "| w | a | not counted: loss 1, not 2 | – | – | – | – | – | – |\n");
    }
}
