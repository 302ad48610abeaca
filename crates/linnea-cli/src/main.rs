//! The `linnea` command: trains, evaluates and predicts with linear models.

mod args;
mod commands;
mod data;
mod interrupt;
mod output;
mod progress;
mod records;
mod table;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use args::{Cli, Command};
use commands::Outcome;

/// The exit status of a command line that cannot be meant, which is clap's too.
const WRONG_COMMAND: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return told(&answer),
    };
    if let Err(error) = linnea::check_level() {
        output::note(&format!("error: {error}"));
        return ExitCode::from(WRONG_COMMAND);
    }
    interrupt::install();
    let result = match cli.command {
        Command::Train(args) => commands::train(&args),
        Command::Sweep(args) => commands::sweep(&args),
        Command::Evaluate(args) => commands::evaluate(&args),
        Command::Predict(args) => commands::predict(&args),
        Command::Inspect(args) => commands::inspect(&args),
        Command::Datasets(args) => commands::datasets(args.command),
        Command::Roofline(args) => commands::roofline(&args),
        Command::Completions(args) => commands::completions(args.shell),
        Command::Man(args) => commands::man(args.command.as_deref()),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Interrupted) => ExitCode::from(interrupt::EXIT_CODE),
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints what clap has to say instead of a command line: help, a version, or what is wrong.
fn told(answer: &clap::Error) -> ExitCode {
    let printed = answer.print().and_then(|()| std::io::stdout().flush());
    match printed.context("cannot write the output") {
        Err(error) if !answer.use_stderr() && !output::is_closed_pipe(&error) => {
            output::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
        _ => u8::try_from(answer.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
    }
}
