//! `linnea completions` and `linnea man`: what a shell and a manual reader need.

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;

use super::Outcome;
use crate::args::Cli;
use crate::output;

pub(crate) fn completions(shell: Shell) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "linnea", &mut script);
    output::print(&String::from_utf8(script)?)?;
    Ok(Outcome::Done)
}

pub(crate) fn man(command: Option<&str>) -> Result<Outcome> {
    let mut root = Cli::command();
    root.build();
    let page = match command {
        None => root,
        Some(name) => root
            .find_subcommand(name)
            .with_context(|| format!("there is no command {name:?}; see linnea --help"))?
            .clone()
            .display_name(format!("linnea-{name}")),
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    output::print(&String::from_utf8(text)?)?;
    Ok(Outcome::Done)
}
