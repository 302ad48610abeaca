//! The columns of the table of settings.

use linnea::{Candidate, Error, Loss, Metrics, Settings, SweepFit};

use crate::table::{exact, number};

/// The settings in which candidates differ: the table has a column for each.
pub(super) struct Varied(Vec<Column>);

/// A setting's name, and how it is shown.
type Column = (&'static str, fn(&Settings) -> String);

impl Varied {
    pub(super) fn of(candidates: &[Candidate]) -> Self {
        let all: [Column; 7] = [
            ("loss", |s| s.loss.map_or("–", Loss::name).into()),
            ("epochs", |s| s.epochs.map_or_else(|| "–".into(), |n| n.to_string())),
            ("init seed", |s| s.init_seed.map_or_else(|| "–".into(), |n| n.to_string())),
            ("momentum", |s| s.momentum.map_or_else(|| "–".into(), exact)),
            ("learning rate", |s| s.learning_rate.map_or_else(|| "–".into(), exact)),
            ("l1", |s| exact(s.l1)),
            ("l2", |s| exact(s.l2)),
        ];
        let first = candidates.first().map(|candidate| &candidate.settings);
        let varies = |show: &fn(&Settings) -> String| {
            candidates.iter().any(|candidate| Some(show(&candidate.settings)) != first.map(show))
        };
        Self(all.into_iter().filter(|(_, show)| varies(show)).collect())
    }

    /// Whether candidates differ in a penalty, so that some are more penalised than others.
    pub(super) fn has_penalties(candidates: &[Candidate]) -> bool {
        Self::of(candidates).0.iter().any(|(name, _)| matches!(*name, "l1" | "l2"))
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    pub(super) fn cells(&self, settings: &Settings) -> Vec<String> {
        self.0.iter().map(|(_, show)| show(settings)).collect()
    }
}

/// A candidate's scores, as the table has them.
pub(super) struct Scored;

impl Scored {
    pub(super) fn header(swept: &SweepFit) -> Vec<String> {
        let mut header = vec!["train loss".to_owned()];
        let score = Self::score(swept);
        if Self::has_valid(swept) {
            header.extend(["valid loss".to_owned(), format!("valid {score}")]);
        }
        if Self::has_folds(swept) {
            let loss = ["held-out loss", "± s.e."].map(String::from);
            header.extend(loss.into_iter().chain([format!("held-out {score}")]));
        }
        if Self::has_losses(swept) {
            header.push("mae".to_owned());
        }
        header
    }

    /// What is told beside the loss, for people.
    fn score(swept: &SweepFit) -> &'static str {
        let metrics = swept.candidates.iter().find_map(|candidate| candidate.train.as_ref());
        let is_of_classes = matches!(metrics, Some(Metrics::Classification(_)));
        if is_of_classes { "accuracy" } else { "r²" }
    }

    fn has_valid(swept: &SweepFit) -> bool {
        swept.candidates.iter().any(|candidate| candidate.valid.is_some())
    }

    fn has_folds(swept: &SweepFit) -> bool {
        swept.candidates.iter().any(|candidate| candidate.cross_validation.is_some())
    }

    /// Whether the ranking is by the rows that were learned from.
    pub(super) fn is_of_training(swept: &SweepFit) -> bool {
        !Self::has_valid(swept) && !Self::has_folds(swept)
    }

    /// What the ranking is by, and how the table is to be read.
    pub(super) fn legend(swept: &SweepFit) -> String {
        let rows = match (Self::has_valid(swept), Self::has_folds(swept)) {
            (true, _) => "valid",
            (false, true) => "held-out",
            (false, false) => "train",
        };
        let by = match Self::has_losses(swept) {
            true => format!("mae, the mean absolute error on the {rows} rows"),
            false => format!("{rows} loss"),
        };
        let score = match rows {
            "train" => String::new(),
            _ => format!("; {}: higher is better", Self::score(swept)),
        };
        format!("* is kept; ranked by {by} (lower is better){score}\n")
    }

    /// Whether candidates have different losses, and are ranked by what these have in common.
    fn has_losses(swept: &SweepFit) -> bool {
        let mut losses = swept.candidates.iter().map(|candidate| candidate.settings.loss);
        let first = losses.next();
        losses.any(|loss| Some(loss) != first)
    }

    /// The mean absolute error by which a candidate is ranked.
    fn error(candidate: &Candidate) -> String {
        let of = |metrics: &Option<Metrics>| metrics.as_ref().and_then(Metrics::mae);
        let folds = candidate.cross_validation.as_ref().and_then(|folds| folds.mae);
        let error = of(&candidate.valid).or(folds).or(of(&candidate.train));
        error.map_or_else(|| "–".into(), number)
    }

    pub(super) fn cells(candidate: &Candidate, swept: &SweepFit) -> Vec<String> {
        if let Err(error) = &candidate.fit {
            return vec![brief(error)];
        }
        let loss = |metrics: &Metrics| number(metrics.loss());
        let score = |accuracy: Option<f64>, r2: Option<f64>| {
            accuracy.or(r2).map_or_else(|| "–".into(), |score| format!("{score:.4}"))
        };
        let mut cells: Vec<String> = candidate.train.iter().map(loss).collect();
        if let Some(valid) = &candidate.valid {
            cells.extend([loss(valid), score(valid.accuracy(), valid.r2())]);
        }
        if let Some(folds) = &candidate.cross_validation {
            let of_folds = score(folds.accuracy, folds.r2);
            cells.extend([number(folds.loss), number(folds.standard_error), of_folds]);
        }
        if Self::has_losses(swept) {
            cells.push(Self::error(candidate));
        }
        cells
    }
}

/// Why a candidate has no scores.
fn brief(error: &Error) -> String {
    match error {
        Error::Diverged { epoch, .. } => format!("diverged in epoch {epoch}"),
        other => other.to_string(),
    }
}
