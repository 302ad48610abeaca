//! `linnea evaluate`: how a saved model does on data.

use anyhow::Result;
use linnea::{Assessment, Model};
use serde::Serialize;

use super::Outcome;
use super::assessment;
use super::summary::{self, Scores, task};
use crate::args::EvaluateArgs;
use crate::{data, output};

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    task: &'a str,
    rows: usize,
    metrics: &'a Assessment,
    classes: Option<&'a [String]>,
    data: &'a str,
    part: &'a str,
    model: String,
}

/// The column of the rows' weights: the one that is named, or that of the training.
fn weight(args: &EvaluateArgs, model: &Model) -> Option<String> {
    let trained = model.schema().weight.as_ref().filter(|_| !args.unweighted);
    if let (Some(name), None, false) = (trained, &args.weight, args.running.quiet) {
        output::note(&format!(
            "note: rows count by their {name:?}, as in training; choose with --weight or --unweighted"
        ));
    }
    args.weight.as_ref().or(trained).cloned()
}

pub(crate) fn evaluate(args: &EvaluateArgs) -> Result<Outcome> {
    let model = data::load(&args.model, &args.data)?;
    let running = &args.running;
    let data::Rows { rows, part } =
        data::read_as(&model, &args.data, args.part, true, weight(args, &model), running.quiet)?;
    let found = model.assess(&rows, running.threads)?;
    if running.json {
        output::print_json(&Report {
            task: task(&model),
            rows: rows.rows(),
            metrics: &found,
            classes: model.schema().labels(),
            data: &args.data,
            part,
            model: args.model.display().to_string(),
        })?;
    } else {
        let scores = [Scores { name: part, rows: rows.rows(), metrics: &found.metrics() }];
        let text = summary::scores(&scores) + &assessment::text(&found, &model);
        output::print(&(text + &summary::confusion(&model, &scores[0])))?;
    }
    Ok(Outcome::Done)
}
