//! Whole processes, from start to end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::definition::{Process, Work};
use super::options::Options;
use super::programs::Programs;
use super::session::Row;
use super::target;

/// Lets the processes take turns.
pub(crate) fn measure(work: &Work, programs: &Programs, options: &Options) -> Result<Vec<Row>> {
    let places = Places::make(programs)?;
    let mut rows: Vec<Row> = work.process.iter().map(row).collect();
    for _ in 0..=options.runs() {
        for (process, row) in work.process.iter().zip(&mut rows) {
            match once(process, &places) {
                Ok(seconds) if row.first.is_none() => row.first = Some(seconds),
                Ok(seconds) => row.seconds.push(seconds),
                Err(error) => row.failure = Some(format!("failed: {error:#}")),
            }
        }
    }
    Ok(rows)
}

fn row(process: &Process) -> Row {
    let ours = process.command.first().is_some_and(|program| program == "{linnea}");
    let id = if ours { "linnea" } else { &process.title };
    Row { id: id.to_owned(), title: process.title.clone(), ..Row::default() }
}

/// The seconds of one process, which must do what it is there for.
fn once(process: &Process, places: &Places) -> Result<f64> {
    let words: Vec<PathBuf> = process.command.iter().map(|word| places.fill(word)).collect();
    let (program, arguments) = words.split_first().context("no command")?;
    let start = Instant::now();
    let output = Command::new(program).args(arguments).output()?;
    let seconds = start.elapsed().as_secs_f64();
    ensure!(output.status.success(), "{}", output.status);
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    let wanted = process.lines.unwrap_or(lines);
    ensure!(lines == wanted, "{lines} lines, not {wanted}");
    Ok(seconds)
}

/// What a command's `{words}` stand for.
struct Places {
    linnea: PathBuf,
    python: PathBuf,
    model: PathBuf,
    row: PathBuf,
}

impl Places {
    /// Makes a small model, and a row for it.
    fn make(programs: &Programs) -> Result<Self> {
        let folder = target().join("bench/start");
        fs::create_dir_all(&folder)?;
        let (model, row) = (folder.join("model.safetensors"), folder.join("row.csv"));
        let table = folder.join("table.csv");
        fs::write(&table, "a,b,y\n1,2,3\n2,1,4\n3,5,9\n4,4,8\n5,1,7\n6,2,9\n")?;
        fs::write(&row, "a,b\n1,2\n")?;
        let linnea = programs.command();
        train(&linnea, &table, &model)?;
        Ok(Self { linnea, python: programs.python().to_owned(), model, row })
    }

    fn fill(&self, word: &str) -> PathBuf {
        match word {
            "{linnea}" => self.linnea.clone(),
            "{python}" => self.python.clone(),
            "{model}" => self.model.clone(),
            "{row}" => self.row.clone(),
            other => other.into(),
        }
    }
}

fn train(linnea: &Path, table: &Path, model: &Path) -> Result<()> {
    let mut command = Command::new(linnea);
    command.arg("train").arg(table).args(["--target", "y", "-q", "--json", "-o"]).arg(model);
    let output = command.output().context("cannot run linnea")?;
    let said: Result<Value, _> = serde_json::from_slice(&output.stdout);
    ensure!(said.is_ok(), "linnea did not train a model to start with");
    Ok(())
}
