//! The `linnea` command: trains, evaluates and predicts with linear models.

mod args;
mod commands;
mod data;
mod interrupt;
mod output;
mod progress;
mod table;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use commands::Outcome;

/// The exit status of a command line that cannot be meant, which is clap's too.
const WRONG_COMMAND: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
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
