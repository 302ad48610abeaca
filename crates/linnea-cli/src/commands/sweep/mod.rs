//! `linnea sweep`: many settings in one pass, a ranked table, the best model saved.

mod columns;
mod ends;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, anyhow};
use linnea::data::{Parts, ReadOptions, Source};
use linnea::{
    Candidate, Error, Fit, Folding, Loss, Metrics, Settings, Solver, Sweep, SweepFit, Trainer,
    thread_count,
};
use serde_json::{Value, json};

use columns::{Scored, Varied};

use super::Outcome;
use super::kept;
use super::summary::{self, Scores, task, weighted};
use super::train::{output_path, read};
use crate::args::SweepArgs;
use crate::interrupt::{INTERRUPTED, guarded};
use crate::output;
use crate::table::{render, things, visible};

/// The most candidates that the table shows.
const SHOWN: usize = 30;

pub(crate) fn sweep(args: &SweepArgs) -> Result<Outcome> {
    let start = Instant::now();
    let source = Source::find(&args.input.data)?;
    let path = output_path(&args.input, &args.files, &source)?;
    let (group, time) = (args.group.clone(), args.time.clone());
    let options = ReadOptions { group, time, ..args.input.options(&args.loss, args.delta) };
    let parts = read(&args.input, &options, args.seed, args.running.quiet, &source)?;
    let read = start.elapsed().as_secs_f64();
    let report = guarded(|| -> Result<_> {
        let trainer = trainer(args, &parts);
        let grid = grid(args, &trainer);
        kept::say(&args.files, &grid.settings(), &parts.train, args.running.quiet);
        let swept = grid.fit(&parts.train)?;
        if swept.interrupted && swept.candidates.iter().all(|one| one.fit.is_err()) {
            return Ok(None);
        }
        let report = Report::new(args, &parts, swept, path, read)?;
        report.fit()?.model.save(&report.path)?;
        Ok(Some(report))
    })?;
    let Some(report) = report else {
        output::note("interrupted before the first step: nothing was written");
        return Ok(Outcome::Interrupted);
    };
    if args.running.json {
        output::print_json(&report.json(start.elapsed().as_secs_f64())?)?;
    } else {
        output::print(&report.text()?)?;
    }
    if report.swept.interrupted {
        output::note(&format!(
            "interrupted: the best model so far is in {}",
            report.path.display()
        ));
        return Ok(Outcome::Interrupted);
    }
    let ends = ends::advice(&report.swept, report.chosen);
    let advice = ends.into_iter().chain(report.advice(args).map(String::from));
    advice.filter(|_| !args.running.quiet).for_each(|text| output::note(&format!("note: {text}")));
    Ok(Outcome::Done)
}

/// What all settings have in common.
fn trainer<'a>(args: &'a SweepArgs, parts: &'a Parts) -> Trainer<'a> {
    let settings = Settings {
        delta: args.delta,
        solver: args.solver.into(),
        tol: args.tol,
        max_iterations: args.max_iterations,
        batch_size: args.batch_size,
        schedule: args.schedule.map(Into::into),
        standardize: args.standardize.into(),
        seed: args.seed,
        ..Settings::default()
    };
    let trainer = Trainer::new()
        .settings(settings)
        .threads(thread_count(args.running.threads))
        .interrupt(&INTERRUPTED)
        .data_name(args.input.name())
        .held_out(args.input.valid)
        .missing(args.input.reading.missing.into());
    let trainer = parts.valid.iter().fold(trainer, Trainer::valid);
    args.files.keep(trainer)
}

fn grid<'a>(args: &SweepArgs, trainer: &'a Trainer<'a>) -> Sweep<'a> {
    let losses: Vec<Loss> = args.loss.iter().map(|&loss| loss.into()).collect();
    let sweep = Sweep::new(trainer)
        .losses(&losses)
        .learning_rates(&args.lr)
        .l2(&args.l2)
        .l1(&args.l1)
        .momenta(&args.momentum)
        .epochs(&args.epochs)
        .init_seeds(&args.init_seed)
        .folding(folding(args).0);
    args.folds.into_iter().fold(sweep, Sweep::folds)
}

/// By what rows are shared out to folds, and by which column.
fn folding(args: &SweepArgs) -> (Folding, Option<&str>) {
    match (&args.group, &args.time) {
        (Some(group), _) => (Folding::Grouped, Some(group)),
        (_, Some(time)) => (Folding::ByTime, Some(time)),
        _ => (Folding::Stratified, None),
    }
}

/// What the folds are, in words.
fn folds_text(args: &SweepArgs) -> String {
    let Some(folds) = args.folds else { return String::new() };
    let by = match folding(args) {
        (Folding::Grouped, Some(name)) => format!(" of groups by {}", visible(name)),
        (Folding::ByTime, Some(name)) => format!(" in the order of {}", visible(name)),
        _ => String::new(),
    };
    format!(", {}{by}", things(folds, "fold"))
}

/// Everything there is to say about a sweep.
struct Report {
    swept: SweepFit,
    /// The candidate whose model is kept.
    chosen: usize,
    chosen_by_rule: bool,
    test: Option<(usize, Metrics)>,
    /// What the folds were, for the heading.
    folds: String,
    path: PathBuf,
    read: f64,
    threads: usize,
}

impl Report {
    fn new(
        args: &SweepArgs,
        parts: &Parts,
        swept: SweepFit,
        path: PathBuf,
        read: f64,
    ) -> Result<Self> {
        let by_rule = args.one_standard_error && Varied::has_penalties(&swept.candidates);
        let simplest = swept.one_standard_error.filter(|_| by_rule);
        let first = swept.ranking.first().copied();
        let chosen = simplest.or(first).ok_or_else(|| anyhow!("there was nothing to try"))?;
        let (chosen_by_rule, threads) = (simplest.is_some(), thread_count(args.running.threads));
        let folds = folds_text(args);
        let mut report =
            Self { swept, chosen, chosen_by_rule, test: None, folds, path, read, threads };
        if let Some(test) = &parts.test {
            let metrics = report.fit()?.model.evaluate(test, args.running.threads)?;
            report.test = Some((test.rows(), metrics));
        }
        Ok(report)
    }

    fn candidate(&self) -> &Candidate {
        &self.swept.candidates[self.chosen]
    }

    /// The fit that is kept. If that failed, so did all.
    fn fit(&self) -> Result<&Fit> {
        let failed = |error: &Error| anyhow!("every one of the settings failed: {error}");
        self.candidate().fit.as_ref().map_err(failed)
    }

    fn text(&self) -> Result<String> {
        let model = &self.fit()?.model;
        let provenance = &model.card().provenance;
        let rule = if self.chosen_by_rule {
            "the most penalised within one standard error of the best"
        } else {
            "the best"
        };
        let mut text = format!(
            "{}: {} of {} on {} × {}{}, {}{}\nin {:.2} s on {}\n\n{}",
            visible(&provenance.data),
            task(model),
            visible(model.schema().target.as_ref().map_or("", |target| &target.name)),
            things(provenance.rows, "row"),
            things(model.features(), "feature"),
            weighted(model),
            things(self.swept.candidates.len(), "setting"),
            self.folds,
            self.swept.seconds,
            things(self.threads, "thread"),
            self.table(),
        );
        if let Some((rows, metrics)) = &self.test {
            text += &format!("\n{rule}, on the test rows\n");
            text += &summary::scores(&[Scores { name: "test", rows: *rows, metrics }]);
        }
        text += &format!("\nmodel, {rule}: {}\n", self.path.display());
        Ok(text)
    }

    /// The candidates, the best first.
    fn table(&self) -> String {
        let varied = Varied::of(&self.swept.candidates);
        let has_notes = self.swept.candidates.iter().any(|one| ends::mark(one).is_some());
        let note = if has_notes { vec!["note".to_owned()] } else { Vec::new() };
        let header =
            [vec![String::new()], varied.names(), Scored::header(&self.swept), note].concat();
        let mut rows = vec![header];
        for (place, &index) in self.swept.ranking.iter().enumerate().take(SHOWN) {
            let candidate = &self.swept.candidates[index];
            let mark = if index == self.chosen { " *" } else { "" };
            let first = vec![format!("{}{mark}", place + 1)];
            let mut row =
                [first, varied.cells(&candidate.settings), Scored::cells(candidate, &self.swept)]
                    .concat();
            if let Some(note) = ends::mark(candidate) {
                // Scores may be missing; the note stands in its column all the same.
                row.resize(rows[0].len() - 1, String::new());
                row.push(note);
            }
            rows.push(row);
        }
        let more = self.swept.ranking.len().saturating_sub(SHOWN);
        let rest =
            if more > 0 { format!("… and {}\n", things(more, "setting")) } else { String::new() };
        render(&rows, 0) + &rest + &Scored::legend(&self.swept)
    }

    /// A word where the choice is not what it seems.
    fn advice(&self, args: &SweepArgs) -> Option<&'static str> {
        let has_choice = self.swept.candidates.len() > 1;
        if has_choice && Scored::is_of_training(&self.swept) {
            return Some(
                "no rows are held out, so the ranking is by the rows learned from, which favours no \
                 penalty; judge by others with --folds 5 or --valid 0.2",
            );
        }
        let without = args.one_standard_error && !Varied::has_penalties(&self.swept.candidates);
        without.then_some(
            "--one-standard-error chooses between penalties, and these settings differ in none: the \
             best is kept",
        )
    }

    /// The object that `--json` prints.
    fn json(&self, total: f64) -> Result<Value> {
        let candidate = |&index: &usize| self.candidate_json(&self.swept.candidates[index]);
        let mut best = self.candidate_json(self.candidate());
        best["test"] = json!(self.test.as_ref().map(|(_, metrics)| metrics));
        best["model"] = self.path.display().to_string().into();
        Ok(json!({
            "task": task(&self.fit()?.model),
            "best": best,
            "heads": self.swept.ranking.iter().map(candidate).collect::<Vec<_>>(),
            "interrupted": self.swept.interrupted,
            "seconds": {"read": self.read, "fit": self.swept.seconds, "total": total},
            "threads": self.threads,
        }))
    }

    fn candidate_json(&self, candidate: &Candidate) -> Value {
        let recipe = candidate.fit.as_ref().ok().map(|fit| &fit.model.card().recipe);
        // What other solvers do not have is null.
        let is_sgd = recipe.is_none_or(|recipe| recipe.solver == Solver::Sgd);
        let of_sgd = |value: Value| if is_sgd { value } else { Value::Null };
        let rate = recipe.map(|recipe| recipe.learning_rate).or(candidate.settings.learning_rate);
        let epochs = recipe.map(|recipe| recipe.epochs).or(candidate.settings.epochs);
        let momentum = recipe.map(|recipe| recipe.momentum).or(candidate.settings.momentum);
        let convergence = candidate.fit.as_ref().ok().and_then(|fit| fit.convergence.as_ref());
        let settings = &candidate.settings;
        json!({
            "settings": {
                "loss": candidate.fit.as_ref().ok().map(|fit| fit.model.card().loss).or(settings.loss),
                "delta": recipe.and_then(|recipe| recipe.delta),
                "solver": recipe.map(|recipe| recipe.solver),
                "learning_rate": of_sgd(json!(rate)),
                "l2": settings.l2,
                "l1": settings.l1,
                "momentum": of_sgd(json!(momentum)),
                "epochs": of_sgd(json!(epochs)),
                "init_seed": settings.init_seed,
            },
            "train": candidate.train,
            "valid": candidate.valid,
            "cross_validation": candidate.cross_validation,
            "solver": ends::json(candidate),
            "converged": convergence.map(|convergence| convergence.converged),
            "error": candidate.fit.as_ref().err().map(ToString::to_string),
        })
    }
}
