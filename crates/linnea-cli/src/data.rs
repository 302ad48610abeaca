//! Finding and reading the data that a command line names.

use std::path::Path;

use anyhow::{Result, bail};
use linnea::Model;
use linnea::data::{Dataset, Loaded, Notice, ReadOptions, Schema, Source, split};

use crate::args::{PartArg, ReadingArgs};
use crate::output::note;

impl From<&ReadingArgs> for ReadOptions {
    fn from(args: &ReadingArgs) -> Self {
        Self {
            header: args.header.into(),
            target: args.target.clone(),
            task: args.task.into(),
            missing: args.missing.into(),
            categorical: args.categorical.clone(),
            ignore: args.ignore.clone(),
            ..Self::default()
        }
    }
}

/// Says aloud what the reader decided.
pub(crate) fn say(notices: &[Notice], quiet: bool) {
    for notice in notices.iter().filter(|_| !quiet) {
        note(&format!("note: {notice}"));
    }
}

/// Reads the model of a command line that has data behind it; people give them the other way round.
pub(crate) fn load(model: &Path, data: &str) -> Result<Model> {
    let loaded = Model::load(model);
    if loaded.is_err() && Model::is_model(data) {
        bail!(
            "{} is no model, but {data} is one; give the model first, then the data",
            model.display()
        );
    }
    Ok(loaded?)
}

/// Some rows of a data set.
pub(crate) struct Rows {
    pub(crate) rows: Dataset,
    /// Which: `train`, `valid`, `test`, or `all`.
    pub(crate) part: &'static str,
}

/// Reads `name` with the model's columns, and takes the part that is asked for: by default the
/// data's own test set if there is one. Rows count by the column `weight`, if one is named.
pub(crate) fn read_as(
    model: &Model,
    name: &str,
    part: Option<PartArg>,
    targets: bool,
    weight: Option<String>,
    quiet: bool,
) -> Result<Rows> {
    let source = Source::find(name)?;
    // What was held out is found by the targets: they keep their proportions in every part.
    let targets = targets || matches!(part, Some(PartArg::Train | PartArg::Valid));
    let schema = Schema { weight, ..model.schema().clone() };
    let loaded = source.read_as(&schema, model.card().missing, targets)?;
    say(&loaded.notices, quiet);
    if part.is_none() && loaded.test.is_some() && !quiet {
        note(&format!("note: {name} has a test set, which is used; choose with --part"));
    }
    take(loaded, part, model, name)
}

/// A part of what was loaded: the parts are those that training had.
fn take(loaded: Loaded, part: Option<PartArg>, model: &Model, name: &str) -> Result<Rows> {
    let provenance = &model.card().provenance;
    let held_out = provenance.valid.map(|fraction| (fraction, model.card().recipe.seed));
    let (rows, part) = match (part, loaded.test) {
        (None | Some(PartArg::Test), Some(test)) => (test, "test"),
        (Some(PartArg::Test), None) => bail!("{name} has no test set of its own"),
        (None, None) => (loaded.train, "all"),
        (Some(PartArg::Train), _) => match held_out {
            Some((fraction, seed)) => (split(&loaded.train, fraction, seed).0, "train"),
            None => (loaded.train, "train"),
        },
        (Some(PartArg::Valid), _) => match held_out {
            Some((fraction, seed)) => (split(&loaded.train, fraction, seed).1, "valid"),
            None => bail!("the model was trained without --valid, so no rows were held out"),
        },
    };
    Ok(Rows { rows, part })
}
