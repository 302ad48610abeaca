//! A contestant's process, which reads lines of JSON and answers each with one.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A process that answers.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What a process says of itself, and when.
#[derive(Debug)]
pub(crate) struct Hello {
    /// Seconds from its start until it could take work.
    pub(crate) seconds: f64,
    /// Versions by name.
    pub(crate) versions: Value,
}

impl Process {
    /// Starts it and waits for its first line.
    pub(crate) fn start(mut command: Command) -> Result<(Self, Hello)> {
        let name = command.get_program().display().to_string();
        let start = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {name}"))?;
        let input = child.stdin.take().context("no input")?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        let mut process = Self { child, input, output };
        let mut line = process.read()?;
        let hello =
            Hello { seconds: start.elapsed().as_secs_f64(), versions: line["hello"].take() };
        Ok((process, hello))
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask(&mut self, request: &Value) -> Result<Value> {
        writeln!(self.input, "{request}").context("it reads no more")?;
        self.input.flush()?;
        self.read()
    }

    fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        if line.is_empty() {
            bail!("it ended without an answer");
        }
        let answer: Value = serde_json::from_str(&line)
            .with_context(|| format!("its answer is no JSON: {}", line.trim_end()))?;
        match answer["error"].as_str() {
            Some(error) => bail!("{error}"),
            None => Ok(answer),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // There is nobody to tell if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
