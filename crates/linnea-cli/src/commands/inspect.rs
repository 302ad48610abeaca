//! `linnea inspect`: what a data file or a model holds.

use std::path::Path;

use anyhow::Result;
use linnea::Model;
use linnea::data::{
    Column, ColumnKind, Dataset, FeatureSummary, ReadOptions, Source, TargetKind, Targets,
};
use serde_json::{Value, json};

use super::Outcome;
use super::coefficients::coefficients;
use super::summary::task;
use crate::args::InspectArgs;
use crate::table::{count, exact, number, render, shorten, things};
use crate::{data, output};

/// The most levels or labels that are listed by name.
const LISTED: usize = 20;

pub(crate) fn inspect(args: &InspectArgs) -> Result<Outcome> {
    let path = Path::new(&args.file);
    if is_model(path) {
        let model = Model::load(path)?;
        if args.json {
            output::print_json(&model_json(&model))?;
        } else {
            output::print(&model_text(&model)?)?;
        }
        return Ok(Outcome::Done);
    }
    let source = Source::find(&args.file)?;
    let options = ReadOptions { may_lack_target: true, ..ReadOptions::from(&args.reading) };
    let loaded = source.read(&options)?;
    data::say(&loaded.notices, args.quiet);
    let test = loaded.test.as_ref().map(Dataset::rows);
    if args.json {
        output::print_json(&data_json(&loaded.train, test))?;
    } else {
        output::print(&data_text(&args.file, &loaded.train, test))?;
    }
    Ok(Outcome::Done)
}

/// By its name, so that a damaged model is called one, or by what it says of itself.
fn is_model(path: &Path) -> bool {
    path.is_file()
        && (path.extension().is_some_and(|e| e == "safetensors") || Model::is_model(path))
}

fn model_json(model: &Model) -> Value {
    json!({
        "kind": "model",
        "task": task(model),
        "features": model.features(),
        "outputs": model.outputs(),
        "card": model.card(),
        "weight": model.weight(),
        "bias": model.bias(),
    })
}

fn model_text(model: &Model) -> Result<String> {
    let card = model.card();
    let kind = format!("{} model, {} loss", task(model), card.loss);
    let target = card.schema.target.as_ref().map_or("", |target| &target.name);
    let mut text = format!(
        "{kind}\n  predicts {target:?} from {}, {}\n",
        things(model.features(), "feature"),
        things(model.outputs(), "output"),
    );
    if let Some(weight) = &card.schema.weight {
        text += &format!("  rows weighted by {weight:?}\n");
    }
    if let Some(labels) = model.schema().labels() {
        text += &format!("  classes: {}\n", listed(labels));
    }
    text += &format!("  written by linnea {}, file format {}\n", card.linnea, card.format);
    let settings = pairs(&serde_json::to_value(&card.recipe)?, exact);
    text += &format!("\nsettings\n{}", render(&settings, 2));
    text += &format!("\nprovenance\n{}", render(&provenance(model)?, 2));
    text += &format!("\ncolumns\n{}", columns_text(&card.schema.columns, None));
    Ok(text + &coefficients(model))
}

/// What is known of the training. A checkpoint has not measured what it has come to: it says 0.
fn provenance(model: &Model) -> Result<Vec<Vec<String>>> {
    let provenance = &model.card().provenance;
    let is_measured = provenance.start_gradient_norm > 0.0 || provenance.loss > 0.0;
    let mut lines = pairs(&serde_json::to_value(provenance)?, number);
    let measures = ["loss", "gradient norm", "start gradient norm"];
    lines.retain(|line| is_measured || !measures.contains(&line[0].as_str()));
    Ok(lines)
}

/// The entries of a JSON object as lines of a table, with numbers as `show` has them; those of an
/// object in it follow its name.
fn pairs(value: &Value, show: fn(f64) -> String) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        let key = key.replace('_', " ");
        let shown = match value {
            Value::Object(_) => {
                lines.extend(pairs(value, show).into_iter().map(|line| under(&key, line)));
                continue;
            }
            Value::String(text) => text.clone(),
            Value::Number(n) if n.is_f64() => show(n.as_f64().unwrap_or(f64::NAN)),
            Value::Null => "none".to_owned(),
            other => other.to_string(),
        };
        lines.push(vec![key, shown]);
    }
    lines
}

fn under(key: &str, mut line: Vec<String>) -> Vec<String> {
    line[0] = format!("{key}: {}", line[0]);
    line
}

fn data_text(origin: &str, data: &Dataset, test: Option<usize>) -> String {
    let schema = data.schema();
    let target = if schema.target.is_some() { " and the target" } else { ", no target" };
    let mut text = format!(
        "{origin}: {} × {}{target}, {} ({})",
        things(data.rows(), "row"),
        things(schema.columns.len(), "column"),
        things(data.features(), "feature"),
        data.blocks().first().map_or("none", |block| block.values().dtype()),
    );
    text += &test.map_or(String::new(), |rows| format!(", and {} test rows", count(rows)));
    text += &format!("\n\n{}", columns_text(&schema.columns, Some(&data.describe())));
    text + &target_text(data)
}

fn columns_text(columns: &[Column], summaries: Option<&[FeatureSummary]>) -> String {
    let mut header = vec!["column", "kind", "missing"];
    if summaries.is_some() {
        header.extend(["min", "mean", "deviation", "max"]);
    }
    let mut rows = vec![header.into_iter().map(String::from).collect::<Vec<_>>()];
    let (mut feature, mut levels_of) = (0, Vec::new());
    for column in columns {
        let kind = match &column.kind {
            ColumnKind::Numeric => "number".to_owned(),
            ColumnKind::Categorical { levels } => {
                levels_of.push(format!("  {:?}: {}\n", column.name, listed(levels)));
                format!("{} categories", levels.len())
            }
            ColumnKind::Grid { shape } => format!("grid {shape:?}"),
            _ => String::new(),
        };
        let mut row = vec![shorten(&column.name, 32), kind, count(column.missing)];
        if let Some(summaries) = summaries {
            row.extend(range(&column.kind, &summaries[feature..feature + column.width()]));
        }
        feature += column.width();
        rows.push(row);
    }
    let levels = if levels_of.is_empty() { String::new() } else { "\ncategories\n".to_owned() };
    render(&rows, 2) + &levels + &levels_of.concat()
}

/// Minimum, mean, deviation and maximum of a column; over all cells of a grid.
fn range(kind: &ColumnKind, summaries: &[FeatureSummary]) -> Vec<String> {
    let n = summaries.len() as f64;
    let mean = summaries.iter().map(|s| s.mean).sum::<f64>() / n;
    let square = |s: &FeatureSummary| s.deviation.powi(2) + (s.mean - mean).powi(2);
    let deviation = (summaries.iter().map(square).sum::<f64>() / n).sqrt();
    let min = summaries.iter().map(|s| s.min).fold(f64::INFINITY, f64::min);
    let max = summaries.iter().map(|s| s.max).fold(f64::NEG_INFINITY, f64::max);
    match kind {
        ColumnKind::Categorical { .. } => vec![String::new(); 4],
        _ if summaries.iter().all(|s| s.present == 0) => vec!["–".to_owned(); 4],
        _ => [min, mean, deviation, max].map(number).to_vec(),
    }
}

fn target_text(data: &Dataset) -> String {
    let Some(target) = &data.schema().target else {
        return String::new();
    };
    match (&target.kind, data.targets()) {
        (TargetKind::Classes { labels }, Targets::Classes(classes)) => {
            let mut counts = vec![0_usize; labels.len()];
            classes.iter().for_each(|&class| counts[class as usize] += 1);
            let rows: Vec<_> = labels
                .iter()
                .zip(&counts)
                .take(LISTED)
                .map(|(label, &n)| vec![shorten(label, 32), count(n)])
                .collect();
            format!("\ntarget {:?}: {} classes\n{}", target.name, labels.len(), render(&rows, 2))
        }
        (_, Targets::Values(values)) => {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            format!(
                "\ntarget {:?}: a number from {} to {}, mean {}\n",
                target.name,
                number(least),
                number(most),
                number(mean)
            )
        }
        _ => String::new(),
    }
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> =
        names.iter().take(LISTED).map(|name| format!("{:?}", shorten(name, 32))).collect();
    let more = if names.len() > LISTED { ", …" } else { "" };
    shown.join(", ") + more
}

fn data_json(data: &Dataset, test: Option<usize>) -> Value {
    let features: Vec<Value> = data
        .schema()
        .feature_names()
        .into_iter()
        .zip(data.describe())
        .map(|(name, s)| {
            json!({"name": name, "present": s.present, "min": s.min, "mean": s.mean,
                   "deviation": s.deviation, "max": s.max})
        })
        .collect();
    json!({
        "kind": "data",
        "rows": data.rows(),
        "test_rows": test,
        "schema": data.schema(),
        "features": features,
    })
}
