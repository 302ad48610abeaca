//! A contestant's process, which reads lines of JSON and answers each with one.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// How long an answer may take where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A process that answers.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: Receiver<io::Result<String>>,
    patience: Duration,
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
        let output = lines(child.stdout.take().context("no output")?);
        let mut process = Self { child, input, output, patience: PATIENCE };
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

    /// Gives it up from now on where an answer takes so long.
    pub(crate) fn within(&mut self, seconds: u64) {
        self.patience = Duration::from_secs(seconds);
    }

    fn read(&mut self) -> Result<Value> {
        let line = match self.output.recv_timeout(self.patience) {
            Ok(line) => line?,
            Err(RecvTimeoutError::Disconnected) => bail!("it ended without an answer"),
            Err(RecvTimeoutError::Timeout) => {
                bail!("no answer within {} s", self.patience.as_secs())
            }
        };
        let answer: Value = serde_json::from_str(&line)
            .with_context(|| format!("its answer is no JSON: {}", line.trim_end()))?;
        match answer["error"].as_str() {
            Some(error) => bail!("{error}"),
            None => Ok(answer),
        }
    }
}

/// The lines of a process, read beside it, so that nobody needs to wait for one for ever.
fn lines(output: ChildStdout) -> Receiver<io::Result<String>> {
    let (to, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if to.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

impl Drop for Process {
    fn drop(&mut self) {
        // There is nobody to tell if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_does_not_answer_is_given_up() {
        let mut command = Command::new("sh");
        command.args(["-c", r#"echo '{"hello": {}}'; read line; read line"#]);
        let (mut process, _) = Process::start(command).unwrap();
        process.within(0);
        let error = process.ask(&json!({})).unwrap_err();
        assert_eq!(error.to_string(), "no answer within 0 s");
    }
}
