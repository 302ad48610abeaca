//! The kinds of work, each a function that does it once and says how long it took.

use std::time::Instant;

use linnea::prelude::*;
use serde_json::{Value, json};

use crate::Failure;
use crate::heads;
use crate::numbers::{data, size};
use crate::solvers;

/// Does the work once, for a seed and the time at which it was asked.
pub(crate) type Run = Box<dyn FnMut(u64, Instant) -> Result<Value, Failure>>;

/// Reads a work's data, and makes what is not part of its time.
pub(crate) fn prepare(work: &Value) -> Result<Run, Failure> {
    match work["kind"].as_str() {
        Some("sgd") => sgd(work),
        Some("predict") => predict(work),
        Some("sweep") => heads::sweep(work),
        Some("gradient") => heads::gradient(work),
        Some("solve") => solvers::solve(work),
        Some("least-squares") => solvers::least_squares(work),
        Some("path") => solvers::path(work),
        Some("cross-validation") => solvers::cross_validation(work),
        other => Err(format!("no work is of the kind {other:?}").into()),
    }
}

/// How many threads the contestant may use: all, if nothing is said.
pub(crate) fn threads(work: &Value) -> Option<usize> {
    size(work, "threads").ok()
}

/// A trainer that takes the steps that the peers take: a constant rate, no standardising.
pub(crate) fn trainer(work: &Value) -> Result<Trainer<'static>, Failure> {
    let settings = &work["settings"];
    // Of x/255 the weights are 255 times larger and the gradient 255 times smaller.
    let divisor = settings["divisor"].as_f64().unwrap_or(1.0);
    let rate = settings["learning_rate"].as_f64().ok_or("the work has no learning rate")?;
    let trainer = Trainer::new()
        .standardize(Standardize::Off)
        .schedule(Schedule::Constant)
        .batch_size(size(settings, "batch")?)
        .epochs(size(settings, "epochs").unwrap_or(1))
        .learning_rate(rate / divisor.powi(2))
        .momentum(settings["momentum"].as_f64().unwrap_or(0.0));
    Ok(threads(work).into_iter().fold(trainer, Trainer::threads))
}

/// Epochs of minibatch SGD. `seconds` is the middle epoch's; `call` is that of the whole fit, with
/// its checks of the data and its reports.
fn sgd(work: &Value) -> Result<Run, Failure> {
    let (data, trainer, threads) = (data(work)?, trainer(work)?, threads(work));
    let evaluated = work["folder"].is_string();
    Ok(Box::new(move |seed, start| {
        let fit = trainer.clone().seed(seed).fit(&data)?;
        let call = start.elapsed().as_secs_f64();
        let mut epochs: Vec<f64> = fit.epochs.iter().map(|epoch| epoch.seconds).collect();
        epochs.sort_by(f64::total_cmp);
        let mut answer = json!({"seconds": epochs[epochs.len() / 2], "call": call});
        if evaluated {
            add(&mut answer, &fit.model.evaluate(&data, threads)?);
        }
        Ok(answer)
    }))
}

/// Every row's class, by a model that one step of gradient descent from zero made.
fn predict(work: &Value) -> Result<Run, Failure> {
    let (data, threads) = (data(work)?, threads(work));
    let model = trainer(work)?.fit(&data)?.model;
    Ok(Box::new(move |_, _| {
        let (seconds, predictions) = middle(|| model.predict(&data, threads))?;
        let (Predictions::Classes(found), Targets::Classes(right)) = (&predictions, data.targets())
        else {
            return Err("the work has no classes".into());
        };
        let hits = found.iter().zip(right).filter(|(found, right)| found == right).count();
        Ok(json!({"seconds": seconds, "accuracy": hits as f64 / right.len() as f64}))
    }))
}

/// The middle time of three calls, and what the last one gave: for calls of milliseconds, before which
/// the process has slept.
pub(crate) fn middle<O, E>(mut call: impl FnMut() -> Result<O, E>) -> Result<(f64, O), E> {
    let mut timed = || {
        let start = Instant::now();
        call().map(|outcome| (start.elapsed().as_secs_f64(), outcome))
    };
    let (first, second, (third, outcome)) = (timed()?.0, timed()?.0, timed()?);
    let mut seconds = [first, second, third];
    seconds.sort_by(f64::total_cmp);
    Ok((seconds[1], outcome))
}

/// What a model has reached.
fn add(answer: &mut Value, metrics: &Metrics) {
    answer["loss"] = metrics.loss().into();
    if let Some(accuracy) = metrics.accuracy() {
        answer["accuracy"] = accuracy.into();
    }
}
