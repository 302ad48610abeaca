//! Several models in one pass, and the gradient over all rows.

use std::time::Instant;

use linnea::prelude::*;
use serde_json::{Value, json};

use crate::Failure;
use crate::numbers::{data, list, size};
use crate::works::{Run, middle, threads, trainer};

/// An epoch of every pair of a learning rate and a penalty. `seconds` is the epoch's, `call` that of
/// the whole fit, which ends with a pass that finds every head's gradient.
pub(crate) fn sweep(work: &Value) -> Result<Run, Failure> {
    let (data, threads) = (data(work)?, threads(work));
    let (trainer, heads) = (Trainer::new(), heads(&work["settings"])?);
    let trainer = threads.into_iter().fold(trainer, Trainer::threads);
    Ok(Box::new(move |seed, start: Instant| {
        let heads: Vec<Settings> =
            heads.iter().map(|head| Settings { seed, ..head.clone() }).collect();
        let fits = trainer.fit_heads(&data, &heads)?;
        let call = start.elapsed().as_secs_f64();
        let (mut seconds, mut loss) = (0.0, 0.0);
        for fit in fits {
            let fit = fit?;
            seconds = fit.epochs.first().map_or(f64::NAN, |epoch| epoch.seconds);
            loss += fit.model.evaluate(&data, threads)?.loss() / heads.len() as f64;
        }
        Ok(json!({"seconds": seconds, "call": call, "loss": loss}))
    }))
}

/// The settings of every head.
fn heads(settings: &Value) -> Result<Vec<Settings>, Failure> {
    let (rates, penalties) = (list(settings, "learning_rates")?, list(settings, "l2")?);
    let base = Settings {
        epochs: Some(1),
        batch_size: Some(size(settings, "batch")?),
        momentum: Some(0.0),
        schedule: Some(Schedule::Constant),
        standardize: Standardize::Off,
        ..Settings::default()
    };
    let pairs = rates.iter().flat_map(|rate| penalties.iter().map(move |l2| (*rate, *l2)));
    Ok(pairs.map(|(rate, l2)| Settings { learning_rate: Some(rate), l2, ..base.clone() }).collect())
}

/// Loss and gradient of a model that one step of gradient descent from zero made.
pub(crate) fn gradient(work: &Value) -> Result<Run, Failure> {
    let (data, threads) = (data(work)?, threads(work));
    let model = trainer(work)?.fit(&data)?.model;
    Ok(Box::new(move |_, _| {
        let (seconds, gradient) = middle(|| model.gradient(&data, threads))?;
        let squares: f64 = gradient.weight.iter().chain(&gradient.bias).map(|g| g * g).sum();
        Ok(json!({"seconds": seconds, "loss": gradient.loss, "norm": squares.sqrt()}))
    }))
}
