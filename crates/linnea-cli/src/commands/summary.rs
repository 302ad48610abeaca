//! What a person reads after training or evaluating.

use linnea::{Metrics, Model};

use crate::table::{count, number, render, shorten, visible};

/// The longest name that a table shows whole.
pub(super) const LONGEST: usize = 32;

/// The columns of a regression's metrics, with the deviance explained of counts.
const OF_COUNTS: [&str; 6] = ["rows", "loss", "rmse", "mae", "r²", "d²"];

/// The metrics of some rows.
pub(crate) struct Scores<'a> {
    pub(crate) name: &'a str,
    pub(crate) rows: usize,
    pub(crate) metrics: &'a Metrics,
}

/// The task that a model was trained for.
pub(crate) fn task(model: &Model) -> &'static str {
    if model.card().loss.is_of_classes() { "classification" } else { "regression" }
}

/// By what the rows of a model were weighted, for its heading.
pub(crate) fn weighted(model: &Model) -> String {
    let weight = model.schema().weight.as_ref();
    weight.map_or_else(String::new, |name| format!(", weighted by {}", visible(name)))
}

/// A table of metrics, one line for each set of rows.
pub(crate) fn scores(all: &[Scores<'_>]) -> String {
    let mut rows = Vec::new();
    for Scores { name, rows: n, metrics } in all {
        let (header, cells): (&[&str], Vec<String>) = match metrics {
            Metrics::Classification(m) => {
                (&["rows", "loss", "accuracy"], vec![number(m.loss), format!("{:.4}", m.accuracy)])
            }
            Metrics::Regression(m) => (
                if m.d2.is_some() { &OF_COUNTS } else { &OF_COUNTS[..5] },
                [
                    vec![
                        number(m.loss),
                        number(m.rmse),
                        number(m.mae),
                        m.r2.map_or_else(|| "–".into(), |r2| format!("{r2:.4}")),
                    ],
                    m.d2.iter().map(|d2| format!("{d2:.4}")).collect(),
                ]
                .concat(),
            ),
        };
        if rows.is_empty() {
            rows.push(
                std::iter::once("").chain(header.iter().copied()).map(String::from).collect(),
            );
        }
        rows.push([vec![(*name).to_owned(), count(*n)], cells].concat());
    }
    render(&rows, 0)
}

/// The confusion matrix, if one was kept: a line for each class, a column for each prediction.
pub(crate) fn confusion(model: &Model, scores: &Scores<'_>) -> String {
    let Metrics::Classification(metrics) = scores.metrics else {
        return String::new();
    };
    let (Some(matrix), Some(labels)) = (&metrics.confusion, model.schema().labels()) else {
        return String::new();
    };
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(labels.iter().map(|label| shorten(label, 12)));
    for (label, counts) in labels.iter().zip(matrix) {
        let mut row = vec![shorten(label, LONGEST)];
        row.extend(counts.iter().map(|&n| if n == 0 { "·".to_owned() } else { n.to_string() }));
        rows.push(row);
    }
    let heading = format!("\n{}: class (line) against prediction (column)\n", scores.name);
    heading + &render(&rows, 2)
}
