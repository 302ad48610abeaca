//! What a person reads of an assessment, below the metrics.

use linnea::{Assessment, ClassScores, Classes, Model, Quantiles};

use super::summary::LONGEST;
use crate::table::{count, number, render, shorten};

/// The most classes that have a line each.
const MOST_CLASSES: usize = 20;
/// Of more, so many of the worst have one.
const WORST: usize = 10;
/// The k of the top-k accuracies that are shown.
const TOP: [usize; 4] = [2, 3, 5, 10];

pub(crate) fn text(found: &Assessment, model: &Model) -> String {
    match found {
        Assessment::Classification(classes) => overall(classes) + &of_classes(classes, model),
        Assessment::Regression(found) => of_residuals(&found.residuals),
    }
}

/// One line: how well classes are ranked, and how far probabilities can be believed.
fn overall(classes: &Classes) -> String {
    let tops =
        TOP.iter().filter_map(|&k| Some((format!("top {k}"), share(*classes.top_k.get(k - 1)?))));
    // The first column is aligned to the left, which numbers are not to be.
    let mut all = vec![(String::new(), String::new())];
    all.extend(tops);
    all.extend([
        ("macro F1".into(), share(classes.macro_f1)),
        ("AUC".into(), maybe(classes.auc)),
        ("Brier".into(), number(classes.brier)),
        ("calibration error".into(), number(classes.calibration_error)),
    ]);
    let (header, cells): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    "\n".to_owned() + &render(&[header, cells], 0)
}

/// A line for each class, or for the worst of many.
fn of_classes(classes: &Classes, model: &Model) -> String {
    let all = &classes.per_class;
    let mut shown: Vec<usize> = (0..all.len()).collect();
    let mut heading = "\n".to_owned();
    if all.len() > MOST_CLASSES {
        let f1 = |class: usize| all[class].f1.unwrap_or(f64::INFINITY);
        shown.sort_by(|&a, &b| f1(a).total_cmp(&f1(b)));
        shown.truncate(WORST);
        heading = format!("\nthe {WORST} of {} classes with the lowest F1\n", count(all.len()));
    }
    let labels = model.schema().labels().unwrap_or_default();
    let name = |class: usize| labels.get(class).map_or(class.to_string(), |l| shorten(l, LONGEST));
    let header = ["class", "rows", "precision", "recall", "F1", "AUC"].map(String::from).to_vec();
    let lines = shown.into_iter().map(|class| line(name(class), all[class]));
    heading + &render(&std::iter::once(header).chain(lines).collect::<Vec<_>>(), 2)
}

fn line(name: String, class: ClassScores) -> Vec<String> {
    let scores = [class.precision, class.recall, class.f1, class.auc].map(maybe);
    [vec![name, count(class.rows as usize)], scores.to_vec()].concat()
}

fn of_residuals(residuals: &Quantiles) -> String {
    let Quantiles { min, q05, q25, median, q75, q95, max, .. } = *residuals;
    let header = ["", "min", "5%", "25%", "median", "75%", "95%", "max"].map(String::from);
    let cells = [min, q05, q25, median, q75, q95, max].map(number);
    let cells = [vec![String::new()], cells.to_vec()].concat();
    "\nresiduals (target − prediction)\n".to_owned() + &render(&[header.to_vec(), cells], 0)
}

fn share(value: f64) -> String {
    format!("{value:.4}")
}

fn maybe(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), share)
}
