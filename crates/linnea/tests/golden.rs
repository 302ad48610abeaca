//! Coefficients and metrics held to those of scikit-learn at its tightest tolerance, made once by
//! `golden/generate.py` and kept.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::prelude::*;
use linnea::{Assessment, ClassScores, Error, Fit};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Cases of scikit-learn, with what comes of them here.
fn cases() -> Vec<(Value, Dataset, Fit)> {
    let answers: Value =
        serde_json::from_str(include_str!("../golden/answers/solvers.json")).unwrap();
    answers["cases"].as_array().unwrap().iter().map(solve).collect()
}

fn solve(case: &Value) -> (Value, Dataset, Fit) {
    let targets = match case["loss"].as_str() {
        Some("softmax") => {
            Targets::Classes(numbers(&case["y"]).iter().map(|&class| class as u32).collect())
        }
        _ => Targets::Values(numbers(&case["y"])),
    };
    let features = case["features"].as_u64().unwrap() as usize;
    let data = Dataset::dense(features, Values::F64(numbers(&case["x"])), targets).unwrap();
    let data = match &case["weights"] {
        Value::Null => data,
        weights => data.with_weights(numbers(weights)).unwrap(),
    };
    let penalty = |name: &str| case[name].as_f64().unwrap();
    let trainer = Trainer::new().l1(penalty("l1")).l2(penalty("l2")).tol(1e-13);
    let loss = match case["loss"].as_str() {
        Some("huber") => Loss::Huber,
        Some("poisson") => Loss::Poisson,
        Some("softmax") => Loss::Softmax,
        _ => Loss::Squared,
    };
    let trainer = case["delta"].as_f64().into_iter().fold(trainer.loss(loss), Trainer::delta);
    let fit = trainer.standardize(Standardize::Off).fit(&data).unwrap();
    (case.clone(), data, fit)
}

#[test]
fn solvers_find_the_coefficients_of_scikit_learn() {
    for (case, _, fit) in cases() {
        let end = fit.convergence.unwrap();
        let name = case["name"].as_str().unwrap();
        println!("{name}: {end:?}");
        let model = &fit.model;
        for (got, want) in
            [(model.weight(), numbers(&case["weight"])), (model.bias(), numbers(&case["bias"]))]
        {
            // Where a common shift of the intercepts changes nothing, scikit-learn's sum to 0.
            let shift = |own: &[f64]| match own.len() == model.outputs() && model.outputs() > 1 {
                true => own.iter().sum::<f64>() / own.len() as f64,
                false => 0.0,
            };
            let (ours, theirs) = (shift(got), shift(&want));
            let size = want.iter().fold(0.0_f64, |size, w| size.max(w.abs()));
            for (got, want) in got.iter().zip(&want) {
                let difference = (got - ours) - (want - theirs);
                assert!(difference.abs() <= 1e-8 * size, "{name}: {got} {want}, {end:?}");
            }
        }
    }
}

#[test]
fn the_objective_is_that_of_scikit_learn() {
    let mut compared = 0;
    for (case, _, fit) in cases() {
        let Some(want) = case["objective"].as_f64() else { continue };
        let of = |name: &str| case[name].as_f64().unwrap();
        let (mut squares, mut magnitudes) = (0.0, 0.0);
        for w in fit.model.weight() {
            (squares, magnitudes) = (squares + w * w, magnitudes + w.abs());
        }
        let got =
            fit.model.card().provenance.loss + of("l2") / 2.0 * squares + of("l1") * magnitudes;
        assert!((got - want).abs() <= 1e-10 * want, "{}: {got} {want}", case["name"]);
        compared += 1;
    }
    assert!(compared >= 29);
}

#[track_caller]
fn close(got: &[f64], want: &Value) {
    let want = numbers(want);
    assert_eq!(got.len(), want.len());
    let apart = |(got, want): (&f64, &f64)| (got - want).abs() > 1e-7 * want.abs().max(1e-3);
    assert!(!got.iter().zip(&want).any(apart), "{got:?} {want:?}");
}

#[test]
fn metrics_are_those_of_scikit_learn() {
    for (case, data, fit) in cases() {
        let golden = &case["metrics"];
        if golden.is_null() {
            continue;
        }
        let list = |name: &str| Value::from(vec![golden[name].clone()]);
        match fit.model.assess(&data, None).unwrap() {
            Assessment::Classification(found) => {
                let each = |score: fn(&ClassScores) -> Option<f64>| -> Vec<f64> {
                    found.per_class.iter().map(|class| score(class).unwrap()).collect()
                };
                close(&found.top_k, &golden["top_k"]);
                close(&each(|class| class.precision), &golden["precision"]);
                close(&each(|class| class.recall), &golden["recall"]);
                close(&each(|class| class.f1), &golden["f1"]);
                close(&each(|class| class.auc), &golden["auc"]);
                close(&[found.metrics.loss], &list("loss"));
                close(&[found.brier], &list("brier"));
                close(&[found.calibration_error], &list("calibration_error"));
                match fit.model.calibrate(&data, None) {
                    Ok(calibrated) => close(&[calibrated.temperature], &list("temperature")),
                    Err(Error::Uncalibratable(_)) => assert!(golden["temperature"].is_null()),
                    Err(error) => panic!("{error}"),
                }
            }
            Assessment::Regression(found) => {
                let of = found.residuals;
                let got = [of.min, of.q05, of.q25, of.median, of.q75, of.q95, of.max];
                close(&got, &golden["residuals"]);
                close(&[found.metrics.mae], &list("mae"));
            }
        }
    }
}
