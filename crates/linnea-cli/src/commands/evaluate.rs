//! `linnea evaluate`: the metrics of a saved model on data.

use anyhow::Result;
use linnea::Model;
use serde::Serialize;

use super::Outcome;
use super::summary::{self, Scores, task};
use crate::args::EvaluateArgs;
use crate::{data, output};

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    task: &'a str,
    rows: usize,
    metrics: &'a linnea::Metrics,
}

pub(crate) fn evaluate(args: &EvaluateArgs) -> Result<Outcome> {
    let model = Model::load(&args.model)?;
    let running = &args.running;
    let rows = data::read_as(&model, &args.data, args.part, true, running.quiet)?;
    let metrics = model.evaluate(&rows, running.threads)?;
    if running.json {
        let report = Report { task: task(&model), rows: rows.rows(), metrics: &metrics };
        output::print_json(&report)?;
    } else {
        let scores = [Scores { name: "data", rows: rows.rows(), metrics: &metrics }];
        output::print(&(summary::scores(&scores) + &summary::confusion(&model, &scores[0])))?;
    }
    Ok(Outcome::Done)
}
