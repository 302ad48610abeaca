//! `linnea train --influence` and `--intervals`: what each row is to a regression, in files.

use std::path::Path;

use anyhow::{Result, bail};
use linnea::data::{Dataset, Parts, Targets};
use linnea::statistics::Interval;
use linnea::{LinearFit, Predictions};

use super::statistics::{CONFIDENCE, Statistics};
use super::train::inputs;
use crate::args::{OfRowsArgs, TrainArgs};
use crate::output;
use crate::records::{Format, Numbers, to_file};

/// What R's `influence.measures` and statsmodels' `get_influence` are asked for.
const INFLUENCE: &[&str] =
    &["fitted", "residual", "leverage", "standardized_residual", "cooks_distance"];
const INTERVALS: &[&str] = &[
    "prediction",
    "standard_error",
    "confidence_low",
    "confidence_high",
    "prediction_low",
    "prediction_high",
];

/// What a file may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Influence,
    Intervals,
}

impl Said {
    fn flag(self) -> &'static str {
        match self {
            Self::Influence => "--influence",
            Self::Intervals => "--intervals",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Influence => "measures of influence",
            Self::Intervals => "intervals",
        }
    }
}

/// The files that are wanted, each with what is in it.
fn wanted(args: &OfRowsArgs) -> impl Iterator<Item = (Said, &Path)> {
    let influence = (Said::Influence, args.influence.as_deref());
    let intervals = (Said::Intervals, args.intervals.as_deref());
    [influence, intervals].into_iter().filter_map(|(said, file)| Some((said, file?)))
}

/// Finds out, before any work is done, that the files can be written, over no input and no other output.
pub(super) fn check(args: &TrainArgs, model: &Path) -> Result<()> {
    let mut taken = vec![("-o", model)];
    for (said, file) in wanted(&args.of_rows) {
        let flag = said.flag();
        Format::of(file, said.name())?;
        output::check(file, inputs(&args.input, &args.files).into_iter())?;
        if let Some((other, _)) = taken.iter().find(|(_, path)| output::is_same(path, file)) {
            bail!("{flag} and {other} name the same file; give each its own");
        }
        taken.push((flag, file));
    }
    Ok(())
}

/// The first flag that asks for them, if there is one.
pub(super) fn asked_for(args: &OfRowsArgs) -> Option<&'static str> {
    wanted(args).next().map(|(said, _)| said.flag())
}

/// A file and what is to be in it.
pub(super) struct Table<'a> {
    file: &'a Path,
    numbers: Numbers,
}

impl Table<'_> {
    pub(super) fn write(&self) -> Result<()> {
        let format = Format::of(self.file, "rows")?;
        to_file(self.file, |out| self.numbers.write(format, out))
    }
}

/// All that is wanted, computed, so that a number that cannot be had leaves no file behind.
pub(super) fn tables<'a>(
    args: &'a TrainArgs,
    parts: &Parts,
    statistics: &Statistics,
) -> Result<Vec<Table<'a>>> {
    let Statistics::Linear(fit) = statistics else { return Ok(Vec::new()) };
    let threads = args.running.threads;
    let table = |(said, file)| {
        let numbers = match said {
            Said::Influence => influence(fit, &parts.train, threads)?,
            Said::Intervals => {
                intervals(fit, parts.test.as_ref().unwrap_or(&parts.train), threads)?
            }
        };
        Ok(Table { file, numbers })
    };
    wanted(&args.of_rows).map(table).collect()
}

fn influence(fit: &LinearFit, rows: &Dataset, threads: Option<usize>) -> Result<Numbers> {
    let all = fit.influence(rows, None, threads)?;
    let (Predictions::Values(fitted), Targets::Values(targets)) =
        (fit.model.predict(rows, threads)?, rows.targets())
    else {
        bail!("the influence of rows is for a regression, and the target is a class");
    };
    let record = |row: usize| {
        let residual = targets[row] - fitted[row];
        let measures = [all.leverage[row], all.studentized[row], all.cooks_distance[row]];
        [&[fitted[row], residual], &measures[..]].concat()
    };
    Ok(Numbers { names: INFLUENCE, records: (0..rows.rows()).map(record).collect() })
}

fn intervals(fit: &LinearFit, rows: &Dataset, threads: Option<usize>) -> Result<Numbers> {
    let all = fit.predict_intervals(rows, CONFIDENCE, threads)?;
    let record = |row: &Interval| {
        vec![row.prediction, row.standard_error, row.mean_low, row.mean_high, row.low, row.high]
    };
    Ok(Numbers { names: INTERVALS, records: all.iter().map(record).collect() })
}

/// Where they are, for the summary.
pub(super) fn text(args: &OfRowsArgs, has_test: bool) -> String {
    let rows = if has_test { "test" } else { "training" };
    let line = |(said, file): (Said, &Path)| match said {
        Said::Influence => format!("influence of the training rows: {}\n", file.display()),
        Said::Intervals => format!("intervals of the {rows} rows: {}\n", file.display()),
    };
    wanted(args).map(line).collect()
}
