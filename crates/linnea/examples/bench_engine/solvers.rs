//! The works that go to an optimum.

use std::fs;
use std::path::Path;

use linnea::prelude::*;
use linnea::{LeastSquares, Result as Fitted};
use serde_json::{Value, json};

use crate::Failure;
use crate::numbers::{data, doubles, list, size};
use crate::works::{Run, threads};

/// What is left of the gradient where the reference looks for the optimum.
const TIGHT: f64 = 1e-7;

/// A penalised classifier. The reference finds the optimum itself too, before it is asked.
pub(crate) fn solve(work: &Value) -> Result<Run, Failure> {
    let (data, l2) = (data(work)?, l2(work)?);
    let solver = match work["way"].as_str() {
        Some("newton") => Solver::Newton,
        _ => Solver::Lbfgs,
    };
    let trainer = trainer(work)?.solver(solver).l2(l2);
    let optimum = (work["agree"]["reference"] == work["contestant"])
        .then(|| objective(&trainer.clone().tol(TIGHT).fit(&data)?.model, &data, l2))
        .transpose()?;
    Ok(Box::new(move |_, start| {
        let fit = trainer.fit(&data)?;
        let seconds = start.elapsed().as_secs_f64();
        let mut answer =
            json!({"seconds": seconds, "objective": objective(&fit.model, &data, l2)?});
        answer["iterations"] = fit.convergence.map(|end| end.iterations).into();
        answer["optimum"] = optimum.into();
        Ok(answer)
    }))
}

/// The penalty of the work's C. The peers have one vector for two classes, which is the difference of
/// our two; they lie opposite to each other, and their squares are half of its.
fn l2(work: &Value) -> Result<f64, Failure> {
    let c = work["settings"]["c"].as_f64().ok_or("the work has no c")?;
    let vectors = if size(work, "outputs")? == 2 { 2.0 } else { 1.0 };
    Ok(vectors / (c * size(work, "rows")? as f64))
}

fn objective(model: &Model, data: &Dataset, l2: f64) -> Fitted<f64> {
    let squares: f64 = model.weight().iter().map(|w| w * w).sum();
    Ok(model.evaluate(data, None)?.loss() + l2 / 2.0 * squares)
}

/// A trainer that penalises the weights of the features as they are.
fn trainer(work: &Value) -> Result<Trainer<'static>, Failure> {
    let tol = work["settings"]["tol"].as_f64().ok_or("the work has no tol for linnea")?;
    let trainer = Trainer::new().standardize(Standardize::Off).tol(tol);
    Ok(threads(work).into_iter().fold(trainer, Trainer::threads))
}

/// Exact linear regression, with standard errors.
pub(crate) fn least_squares(work: &Value) -> Result<Run, Failure> {
    let (data, threads) = (data(work)?, threads(work));
    let settings = threads.into_iter().fold(LeastSquares::new(), LeastSquares::threads);
    Ok(Box::new(move |_, start| {
        let fit = settings.fit(&data)?;
        let seconds = start.elapsed().as_secs_f64();
        let loss = fit.model.evaluate(&data, threads)?.loss();
        let statistics = fit.statistics.ok_or("there are no standard errors")?;
        let norm_of = |number: fn(&linnea::statistics::CoefficientStatistics) -> f64| {
            statistics.coefficients.iter().map(|c| number(c).powi(2)).sum::<f64>().sqrt()
        };
        let (norm, errors) = (norm_of(|c| c.estimate), norm_of(|c| c.standard_error));
        Ok(json!({"seconds": seconds, "loss": loss, "norm": norm, "standard_errors": errors}))
    }))
}

/// A path of L1 penalties. The objective is the mean over them.
pub(crate) fn path(work: &Value) -> Result<Run, Failure> {
    let (data, trainer) = (data(work)?, trainer(work)?);
    let folder = Path::new(work["folder"].as_str().ok_or("the work has no folder")?);
    let penalties = doubles(&fs::read(folder.join("penalties.bin"))?);
    Ok(Box::new(move |_, start| {
        let fits = trainer.fit_path(&data, &penalties)?;
        let seconds = start.elapsed().as_secs_f64();
        let mut objective = 0.0;
        for (fit, l1) in fits.into_iter().zip(&penalties) {
            let model = fit?.model;
            let magnitudes: f64 = model.weight().iter().map(|w| w.abs()).sum();
            objective += model.evaluate(&data, None)?.loss() + l1 * magnitudes;
        }
        Ok(json!({"seconds": seconds, "objective": objective / penalties.len() as f64}))
    }))
}

/// Every penalty with and without each fold. The accuracy is that of the best on rows not seen.
pub(crate) fn cross_validation(work: &Value) -> Result<Run, Failure> {
    let (data, trainer) = (data(work)?, trainer(work)?.solver(Solver::Lbfgs));
    let (penalties, folds) = (list(&work["settings"], "l2")?, size(&work["settings"], "folds")?);
    Ok(Box::new(move |_, start| {
        let sweep = Sweep::new(&trainer).l2(&penalties).folds(folds).fit(&data)?;
        let seconds = start.elapsed().as_secs_f64();
        let scores = sweep.candidates.iter().filter_map(|one| one.cross_validation.as_ref());
        let accuracy = scores.filter_map(|score| score.accuracy).fold(f64::NAN, f64::max);
        Ok(json!({"seconds": seconds, "accuracy": accuracy}))
    }))
}
