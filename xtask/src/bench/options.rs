//! What the command line asks for.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The flags of `cargo xtask bench`.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Options {
    /// Fewer runs and fewer peers.
    pub(crate) quick: bool,
    /// The one work to measure.
    pub(crate) only: Option<String>,
    /// The folder that has `mnist/`.
    pub(crate) data: Option<PathBuf>,
    /// A Python that has the peers.
    pub(crate) python: Option<PathBuf>,
    /// How many runs count of each contestant.
    pub(crate) runs: Option<usize>,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("{flag} needs a value"));
            match flag.as_str() {
                "--quick" => options.quick = true,
                "--only" => options.only = Some(value()?.clone()),
                "--data" => options.data = Some(value()?.into()),
                "--python" => options.python = Some(value()?.into()),
                "--runs" => options.runs = Some(value()?.parse().context("--runs N")?),
                _ => bail!("{flag} is no flag of bench; `cargo xtask` lists them"),
            }
        }
        if options.runs == Some(0) {
            bail!("--runs must be at least 1");
        }
        Ok(options)
    }

    /// How many runs count, after the one that warms up.
    pub(crate) fn runs(&self) -> usize {
        self.runs.unwrap_or(if self.quick { 3 } else { 9 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn flags_are_read_and_others_refused() {
        let options = parse("--quick --only predict --runs 4").unwrap();
        assert!(options.quick && options.runs() == 4);
        assert_eq!(options.only.as_deref(), Some("predict"));
        assert!(parse("--only").is_err());
        assert!(parse("--runs 0").is_err());
        assert!(parse("--fast").is_err());
    }
}
