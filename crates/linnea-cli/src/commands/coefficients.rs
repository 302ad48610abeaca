//! The table of a model's coefficients: what weighs most, and the intercepts.

use linnea::{Coefficient, Loss, Model};

use super::summary::LONGEST;
use crate::table::{count, number, render, shorten};

/// The most coefficients that are shown, and the most intercepts.
const SHOWN: usize = 10;

/// What the coefficients of a model are of, for its loss and its number of classes.
enum Kind<'a> {
    /// A number, or the logarithm of a count's mean: one coefficient a feature.
    Value(&'static str),
    /// Two classes. Their logits alone mean nothing: what counts is their difference, the log-odds of
    /// the second against the first, as `--statistics` has them.
    Odds([&'a str; 2]),
    /// More classes: a coefficient for each of their logits.
    Logits(&'a [String]),
}

impl<'a> Kind<'a> {
    fn of(model: &'a Model) -> Self {
        match model.schema().labels() {
            Some([first, second]) => Self::Odds([first, second]),
            Some(labels) => Self::Logits(labels),
            None if model.card().loss == Loss::Poisson => Self::Value(" of the mean's logarithm"),
            None => Self::Value(""),
        }
    }

    /// What stands in the heading behind the word coefficients.
    fn heading(&self) -> String {
        match self {
            Self::Value(of) => (*of).to_owned(),
            Self::Odds(labels) => {
                let [first, second] = labels.map(|label| shorten(label, LONGEST));
                format!(" of the log-odds of {second:?} against {first:?}")
            }
            Self::Logits(_) => " of the classes' logits".to_owned(),
        }
    }

    fn coefficients(&self, model: &Model) -> Vec<Coefficient> {
        if !matches!(self, Self::Odds(_)) {
            return (0..model.outputs()).flat_map(|output| model.coefficients(output)).collect();
        }
        let pairs = model.coefficients(1).into_iter().zip(model.coefficients(0));
        let difference = |(second, first): (Coefficient, Coefficient)| Coefficient {
            per_unit: second.per_unit - first.per_unit,
            per_deviation: second.per_deviation - first.per_deviation,
            ..second
        };
        pairs.map(difference).collect()
    }

    fn intercepts(&self, model: &Model) -> Vec<f64> {
        match (self, model.bias()) {
            (Self::Odds(_), [first, second]) => vec![second - first],
            (_, bias) => bias.to_vec(),
        }
    }

    /// The class of an output, in a column that only tables of logits have.
    fn class(&self, output: usize) -> Option<String> {
        let Self::Logits(labels) = self else { return None };
        labels.get(output).map(|label| shorten(label, LONGEST))
    }
}

/// The coefficients that weigh most and the intercepts, of data whose features have names of their own.
pub(super) fn coefficients(model: &Model) -> String {
    if model.schema().is_grid() {
        return String::new();
    }
    let kind = Kind::of(model);
    let all = kind.coefficients(model);
    let which = match all.len() {
        n if n <= SHOWN => "coefficients".to_owned(),
        n => format!("the {SHOWN} largest of {} coefficients", count(n)),
    };
    let intercepts = kind.intercepts(model);
    let more = intercepts.len().saturating_sub(SHOWN);
    let rest =
        if more > 0 { format!("  … and {} intercepts\n", count(more)) } else { String::new() };
    let rows = [vec![header(&kind)], largest(model, &kind, all), ends(&kind, &intercepts)].concat();
    format!("\n{which}{}\n{}{rest}", kind.heading(), render(&rows, 2))
}

fn header(kind: &Kind<'_>) -> Vec<String> {
    let names = ["feature", "per deviation", "per unit"].into_iter().map(String::from);
    names.chain(kind.class(0).map(|_| "class".to_owned())).collect()
}

/// The lines of the coefficients that weigh most.
fn largest(model: &Model, kind: &Kind<'_>, mut all: Vec<Coefficient>) -> Vec<Vec<String>> {
    all.sort_by(|a, b| b.per_deviation.abs().total_cmp(&a.per_deviation.abs()));
    let names = model.schema().feature_names();
    let line = |c: &Coefficient| {
        let name = shorten(&names[c.feature], LONGEST);
        let numbers = [number(c.per_deviation), number(c.per_unit)];
        [name].into_iter().chain(numbers).chain(kind.class(c.output)).collect()
    };
    all.iter().take(SHOWN).map(line).collect()
}

/// The lines of the intercepts.
fn ends(kind: &Kind<'_>, intercepts: &[f64]) -> Vec<Vec<String>> {
    let line = |(output, &intercept): (usize, &f64)| {
        let cells = ["(intercept)".to_owned(), String::new(), number(intercept)];
        cells.into_iter().chain(kind.class(output)).collect()
    };
    intercepts.iter().enumerate().take(SHOWN).map(line).collect()
}
