//! `linnea train`: reads, trains, prints a summary, writes a model.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, anyhow, bail};
use linnea::data::{Dataset, Parts, ReadOptions, Source};
use linnea::{
    Convergence, Error, Factorization, Fit, Loss, Metrics, Model, Reason, Recipe, Settings, Solver,
    Trainer, thread_count,
};
use serde_json::{Value, json};

use super::Outcome;
use super::coefficients::coefficients;
use super::diagnostics;
use super::kept;
use super::statistics::{self, Statistics};
use super::summary::{self, Scores, task, weighted};
use crate::args::{FileArgs, InputArgs, OfRowsArgs, TrainArgs};
use crate::interrupt::{INTERRUPTED, guarded};
use crate::progress::Progress;
use crate::table::{exact, number, share, things, visible};
use crate::{data, output};

/// The tolerance of statistics of classes, for eight digits and more.
const AT_THE_MAXIMUM: f64 = 1e-10;
/// What gives the weights of what is separable a size.
const HOLD: &str = "a penalty such as --l2 1e-4, which gives the weights a size";
/// What may be left of the gradient at the end without a word.
const UNFINISHED: f64 = 0.05;

pub(crate) fn train(args: &TrainArgs) -> Result<Outcome> {
    let start = Instant::now();
    let solver = args.solver();
    let source = Source::find(&args.input.data)?;
    let path = output_path(&args.input, &args.files, &source)?;
    diagnostics::check(args, &path)?;
    let of_input = args.input.options(args.loss.as_slice(), args.delta);
    let options = ReadOptions { group: args.cluster.clone(), ..of_input };
    let parts = read(&args.input, &options, args.seed, args.running.quiet, &source)?;
    let read = start.elapsed().as_secs_f64();
    if args.calibrate && parts.train.schema().labels().is_none() {
        bail!(
            "--calibrate fits the probabilities of classes; the target is a number, so leave it out"
        );
    }
    let fit = guarded(|| -> Result<_> {
        let train = |solver| fit(args, solver, &parts, &path);
        let mut fit = statistics::fit(args, solver, &parts, train)?;
        if let (true, Some((fit, _)), Some(valid)) = (args.calibrate, &mut fit, &parts.valid) {
            fit.model = fit.model.calibrate(valid, args.running.threads)?.model;
        }
        if let Some((fit, statistics)) = &fit {
            let tables = diagnostics::tables(args, &parts, statistics)?;
            fit.model.save(&path)?;
            let written = tables.iter().try_for_each(diagnostics::Table::write);
            written.map_err(|error| anyhow!("{error:#}; the model is in {}", path.display()))?;
        }
        Ok(fit)
    })?;
    let Some((fit, statistics)) = fit else {
        output::note("interrupted before the first step: nothing was written");
        return Ok(Outcome::Interrupted);
    };
    let (interrupted, failure) = (fit.interrupted, fit.checkpoint_failure.clone());
    let report = Report { statistics, ..Report::new(args, &parts, fit, path, read)? };
    if args.running.json {
        output::print_json(&report.json(start.elapsed().as_secs_f64()))?;
    } else {
        output::print(&report.text())?;
    }
    if let Some(failure) = failure {
        bail!("{failure}; the model is in {}", report.path.display());
    }
    if interrupted {
        let path = report.path.display();
        output::note(&format!("interrupted: the best model so far is in {path}"));
        return Ok(Outcome::Interrupted);
    }
    if let Some(advice) = report.advice().filter(|_| !args.running.quiet) {
        output::note(&advice);
    }
    Ok(Outcome::Done)
}

/// Where the model goes. That it can go there is found out before any work is done.
pub(super) fn output_path(input: &InputArgs, files: &FileArgs, source: &Source) -> Result<PathBuf> {
    let default = || PathBuf::from(source.name()).with_extension("safetensors");
    let path = files.output.clone().unwrap_or_else(default);
    if path == Path::new("-") {
        bail!("a model is not written to standard output; name a file with -o");
    }
    let inputs = inputs(input, files);
    output::check(&path, inputs.iter().copied())?;
    check_checkpoint(files, &path, inputs)?;
    keep_others(&path, "-o")?;
    Ok(path)
}

/// The files that are read.
pub(super) fn inputs<'a>(input: &'a InputArgs, files: &'a FileArgs) -> Vec<&'a Path> {
    let data = [Some(&input.data), input.test.as_ref()].into_iter().flatten();
    data.map(Path::new).chain(files.resume.as_deref()).collect()
}

/// That the checkpoint can be written, and over nothing but an older one.
fn check_checkpoint(files: &FileArgs, model: &Path, inputs: Vec<&Path>) -> Result<()> {
    let Some(file) = &files.checkpoint else { return Ok(()) };
    // It may take the place of the one that the run goes on from.
    let data = inputs.into_iter().filter(|file| Some(*file) != files.resume.as_deref());
    output::check(file, data)?;
    if output::is_same(file, model) {
        bail!("--checkpoint and -o name the same file; give each its own");
    }
    keep_others(file, "--checkpoint")
}

/// That a model would take the place of nothing but an older one, or of an empty file, such as `mktemp`
/// makes.
fn keep_others(path: &Path, flag: &str) -> Result<()> {
    let is_empty = path.metadata().is_ok_and(|found| found.len() == 0);
    if path.exists() && !is_empty && !Model::is_model(path) {
        bail!(
            "{} exists and is no Linnea model; delete it first, or name another file with {flag}",
            path.display()
        );
    }
    Ok(())
}

/// Reads all data that the training needs. What fills gaps comes from the training rows alone.
pub(super) fn read(
    input: &InputArgs,
    options: &ReadOptions,
    seed: u64,
    quiet: bool,
    source: &Source,
) -> Result<Parts> {
    let loaded = source.read(options)?;
    data::say(&loaded.notices, quiet);
    let mut parts = loaded.prepare(input.valid.map(|fraction| (fraction, seed)))?;
    if let Some(name) = &input.test {
        let loaded = Source::find(name)?.read_as(parts.train.schema(), options.missing, true)?;
        data::say(&loaded.notices, quiet);
        parts.test = Some(loaded.test.unwrap_or(loaded.train));
    }
    Ok(parts)
}

/// The settings that the flags say.
fn settings(args: &TrainArgs, solver: Solver) -> Settings {
    Settings {
        loss: args.loss.map(Into::into),
        delta: args.delta,
        solver,
        // Standard errors are those of the maximum itself.
        tol: args.tol.or((args.statistics && solver != Solver::Sgd).then_some(AT_THE_MAXIMUM)),
        max_iterations: args.max_iterations,
        l1: args.l1,
        epochs: args.epochs,
        batch_size: args.batch_size,
        learning_rate: args.lr,
        schedule: args.schedule.map(Into::into),
        momentum: args.momentum,
        l2: args.l2,
        standardize: args.standardize.into(),
        seed: args.seed,
        ..Settings::default()
    }
}

/// Trains; `None` if that was interrupted before there was anything to keep.
fn fit(args: &TrainArgs, solver: Solver, parts: &Parts, path: &Path) -> Result<Option<Fit>> {
    let asked = [settings(args, args.solver.into())];
    kept::say(&args.files, &asked, &parts.train, args.running.quiet);
    let mut trainer = Trainer::new()
        .settings(settings(args, solver))
        .threads(thread_count(args.running.threads))
        .interrupt(&INTERRUPTED)
        .data_name(args.input.name())
        .held_out(args.input.valid)
        .missing(args.input.reading.missing.into());
    if let Some(valid) = &parts.valid {
        trainer = trainer.valid(valid);
    }
    trainer = args.files.keep(trainer);
    let progress = Progress::new(args.running.quiet);
    let result = trainer.fit_with(&parts.train, |report| progress.show(report));
    progress.finish();
    match result {
        Ok(fit) => Ok(Some(fit)),
        Err(Error::Interrupted) => Ok(None),
        Err(error) => Err(keep_best(error, path)),
    }
}

/// After a divergence, the best model of the epochs before it is saved and named.
fn keep_best(error: Error, path: &Path) -> anyhow::Error {
    let Error::Diverged { best, .. } = &error else {
        return error.into();
    };
    let kept = match best {
        None => "no epoch ended well, so no model was written".to_owned(),
        Some(fit) => match fit.model.save(path) {
            Ok(()) => format!("the best model before that is in {}", path.display()),
            Err(error) => error.to_string(),
        },
    };
    anyhow!("{error} (--lr); {kept}")
}

/// Everything there is to say about a training.
struct Report {
    fit: Fit,
    statistics: Statistics,
    path: PathBuf,
    parts: [(&'static str, Option<(usize, Metrics)>); 3],
    /// The files that say what each row is to the fit.
    of_rows: OfRowsArgs,
    read: f64,
    threads: usize,
}

impl Report {
    fn new(args: &TrainArgs, parts: &Parts, fit: Fit, path: PathBuf, read: f64) -> Result<Self> {
        let threads = args.running.threads;
        let evaluate = |data: Option<&Dataset>| -> Result<_> {
            let metrics = data.map(|data| fit.model.evaluate(data, threads)).transpose()?;
            Ok(data.map(Dataset::rows).zip(metrics))
        };
        let parts = [
            ("train", evaluate(Some(&parts.train))?),
            ("valid", evaluate(parts.valid.as_ref())?),
            ("test", evaluate(parts.test.as_ref())?),
        ];
        let (statistics, of_rows) = (Statistics::None, args.of_rows.clone());
        Ok(Self { fit, statistics, path, parts, of_rows, read, threads: thread_count(threads) })
    }

    fn text(&self) -> String {
        let model = &self.fit.model;
        let scores: Vec<Scores<'_>> = self
            .parts
            .iter()
            .filter_map(|(name, part)| {
                let (rows, metrics) = part.as_ref()?;
                Some(Scores { name, rows: *rows, metrics })
            })
            .collect();
        let mut text = self.heading() + "\n" + &summary::scores(&scores);
        if let Some(last) = scores.last() {
            text += &summary::confusion(model, last);
        }
        text += &match &self.statistics {
            Statistics::None => coefficients(model),
            statistics => statistics.text(),
        };
        text += &format!("\nmodel: {}\n", self.path.display());
        text + &diagnostics::text(&self.of_rows, self.parts[2].1.is_some())
    }

    /// A word where the training has clearly not come to its end.
    fn advice(&self) -> Option<String> {
        if let Some(end) = &self.fit.convergence {
            return advice_of(end, &self.fit.model, !matches!(self.statistics, Statistics::None));
        }
        if self.fit.separable == Some(true) {
            return Some(format!("note: {}; try {HOLD}", Reason::Separable));
        }
        let left = self.gradient_left();
        let advice = match left {
            _ if left > 1.0 => "the gradient has grown: try --standardize on, or a smaller --lr",
            _ if left > UNFINISHED => "more --epochs would bring the loss down further",
            _ => return None,
        };
        let left = share(left);
        Some(format!("note: the gradient is {left} of what it was at the start; {advice}"))
    }

    /// The gradient's norm at the end, as a share of that at the start.
    fn gradient_left(&self) -> f64 {
        let provenance = &self.fit.model.card().provenance;
        provenance.gradient_norm / provenance.start_gradient_norm.max(f64::MIN_POSITIVE)
    }

    fn heading(&self) -> String {
        let model = &self.fit.model;
        let card = model.card();
        let (recipe, provenance) = (&card.recipe, &card.provenance);
        let outputs = match task(model) {
            "regression" => String::new(),
            _ => format!(", {}", things(model.outputs(), "class")),
        };
        let heading = format!(
            "{}: {} of {} on {} × {}{outputs}{}\n",
            visible(&provenance.data),
            task(model),
            visible(card.schema.target.as_ref().map_or("", |target| &target.name)),
            things(provenance.rows, "row"),
            things(model.features(), "feature"),
            weighted(model),
        );
        let heading = heading + &by_loss(card.loss, recipe);
        let by = match &self.fit.convergence {
            Some(end) => by_full_batch(recipe, end),
            None => by_sgd(recipe, provenance.epochs, provenance.rows),
        };
        heading
            + &format!(
                "{by}\nfit in {:.2} s on {}, gradient norm {} ({} of the start's)\n",
                self.fit.seconds,
                things(self.threads, "thread"),
                number(provenance.gradient_norm),
                share(self.gradient_left()),
            )
            + &self.factorization()
            + &self.gap()
            + &provenance.temperature.map_or_else(String::new, |temperature| {
                format!("calibrated on the validation rows: temperature {}\n", number(temperature))
            })
    }

    /// What an exact solution found the columns to be.
    fn factorization(&self) -> String {
        let end = self.fit.convergence.as_ref();
        let Some(found) = end.and_then(|end| end.factorization.as_ref()) else {
            return String::new();
        };
        let line = format!(
            "{}: rank {}, condition number {}\n",
            found.method,
            found.rank,
            number(found.condition)
        );
        // The statistics' table says it of its own.
        let silent = matches!(self.statistics, Statistics::Linear(_));
        let aliased = if silent { Vec::new() } else { self.aliased(found) };
        line + &statistics::aliased(&aliased, "of all solutions, this is the one of least norm")
    }

    fn aliased(&self, found: &Factorization) -> Vec<String> {
        let names = self.fit.model.schema().feature_names();
        found.aliased.iter().filter_map(|&feature| names.get(feature).cloned()).collect()
    }

    /// How far the objective can be above its minimum, in the loss's units and in the tolerance's.
    fn gap(&self) -> String {
        let relative = self.fit.model.card().provenance.relative_gap;
        let gap = self.fit.convergence.as_ref().and_then(|end| end.gap).zip(relative);
        gap.map_or_else(String::new, |(gap, relative)| {
            format!("duality gap {} ({} of the start's loss)\n", number(gap), share(relative))
        })
    }

    /// The object that `--json` prints: the command's contract.
    fn json(&self, total: f64) -> Value {
        let model = &self.fit.model;
        let (recipe, provenance) = (&model.card().recipe, &model.card().provenance);
        let part = |index: usize| self.parts[index].1.as_ref().map(|(_, metrics)| metrics);
        let epochs: Vec<f64> = self.fit.epochs.iter().map(|epoch| epoch.seconds).collect();
        json!({
            "task": task(model),
            "data": {
                "name": provenance.data,
                "rows": provenance.rows,
                "features": model.features(),
                "outputs": model.outputs(),
                "classes": model.schema().labels(),
                "weight": model.schema().weight,
            },
            "solver": self.solver_json(),
            "statistics": self.statistics.json(),
            "influence": self.of_rows.influence.as_ref().map(|file| file.display().to_string()),
            "intervals": self.of_rows.intervals.as_ref().map(|file| file.display().to_string()),
            "temperature": provenance.temperature,
            "train": part(0),
            "valid": part(1),
            "test": part(2),
            "seconds": {
                "read": self.read,
                "fit": self.fit.seconds,
                "total": total,
                "epochs": epochs,
            },
            "seed": recipe.seed,
            "threads": self.threads,
            "model": self.path.display().to_string(),
        })
    }

    fn solver_json(&self) -> Value {
        let card = self.fit.model.card();
        let (recipe, provenance, end) = (&card.recipe, &card.provenance, &self.fit.convergence);
        let found = end.as_ref().and_then(|end| end.factorization.as_ref());
        let of_sgd = |value: Value| if recipe.solver == Solver::Sgd { value } else { Value::Null };
        json!({
            "name": recipe.solver,
            "loss": card.loss,
            "delta": recipe.delta,
            "epochs": of_sgd(provenance.epochs.into()),
            "iterations": provenance.iterations,
            "converged": end.as_ref().map(|end| end.converged),
            "reason": end.as_ref().map(|end| end.reason),
            "tolerance": end.as_ref().map(|end| end.tolerance),
            "passes": end.as_ref().map(|end| end.passes),
            "gradient_norm": provenance.gradient_norm,
            "start_gradient_norm": provenance.start_gradient_norm,
            "gap": end.as_ref().map(|end| end.gap),
            "relative_gap": provenance.relative_gap,
            "separable": self.fit.separable,
            "interrupted": self.fit.interrupted,
            "method": found.map(|found| found.method),
            "rank": found.map(|found| found.rank),
            "condition": found.map(|found| found.condition),
            "aliased": found.map(|found| self.aliased(found)),
            "batch_size": of_sgd(recipe.batch_size.into()),
            "learning_rate": of_sgd(recipe.learning_rate.into()),
            "schedule": of_sgd(json!(recipe.schedule)),
            "momentum": of_sgd(recipe.momentum.into()),
            "l1": recipe.l1,
            "l2": recipe.l2,
        })
    }
}

/// What was made small, if it is not what a target has by default.
fn by_loss(loss: Loss, recipe: &Recipe) -> String {
    match recipe.delta {
        Some(delta) => format!("loss {loss}, threshold delta {} of the target\n", number(delta)),
        None if loss == Loss::Poisson => format!("loss {loss}: predicts the mean of a count\n"),
        None => String::new(),
    }
}

/// What SGD did.
fn by_sgd(recipe: &Recipe, epochs: usize, rows: usize) -> String {
    format!(
        "sgd: {} of {}, batch {}, learning rate {} ({}), momentum {}, l2 {}",
        things(epochs, "epoch"),
        things(rows.div_ceil(recipe.batch_size.max(1)), "step"),
        recipe.batch_size,
        number(recipe.learning_rate),
        format!("{:?}", recipe.schedule).to_lowercase(),
        exact(recipe.momentum),
        exact(recipe.l2),
    )
}

/// What a full-batch solver did, and whether that was all.
fn by_full_batch(recipe: &Recipe, end: &Convergence) -> String {
    let converged = if end.converged { "converged" } else { "not converged" };
    if end.factorization.is_some() {
        let l2 = if recipe.l2 > 0.0 { format!(", l2 {}", exact(recipe.l2)) } else { String::new() };
        return format!(
            "exact: {converged} in {}{l2}, tolerance {}: {}",
            things(end.passes, "pass"),
            exact(end.tolerance),
            end.reason
        );
    }
    let l1 = if recipe.l1 > 0.0 { format!(", l1 {}", exact(recipe.l1)) } else { String::new() };
    format!(
        "{}: {converged} in {} ({} over the rows), l2 {}{l1}, tolerance {}: {}",
        recipe.solver,
        things(end.iterations, "iteration"),
        things(end.passes, "pass"),
        exact(recipe.l2),
        exact(end.tolerance),
        end.reason,
    )
}

/// What to do where a full-batch solver did not come to an optimum.
fn advice_of(end: &Convergence, model: &Model, statistics: bool) -> Option<String> {
    let advice = match end.reason {
        Reason::IterationLimit => "more --max-iterations, a larger --tol, or some --l2",
        Reason::Stalled => "a larger --tol, --standardize on, or some --l2",
        Reason::Rounding if statistics => {
            "leaving one of the columns out, or subtracting what they have in common"
        }
        Reason::Rounding => {
            "leaving one of the columns out, subtracting what they have in common, or some --l2"
        }
        Reason::Separable => HOLD,
        _ => return None,
    };
    let labels = model.schema().labels().unwrap_or_default();
    let named: Vec<_> = end.separated.iter().filter_map(|&class| labels.get(class)).collect();
    // Of many, one is enough to look at.
    let planes = match named[..] {
        [] => String::new(),
        [class] => format!(" (a plane has {class:?} on one side)"),
        [class, ..] => format!(" (a plane has {class:?} on one side, and others have theirs)"),
    };
    Some(format!("note: not converged: {}{planes}; try {advice}", end.reason))
}
