//! The losses of regressions beside the squared one, from data to predictions.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::prelude::*;
use linnea::{Fold, Regression};

/// Numbers that look random, between −1 and 1.
fn noise(i: usize) -> f64 {
    let bits = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits ^ bits >> 32) as f64 / (u64::MAX / 2) as f64 - 1.0
}

const ROWS: usize = 1500;

fn features() -> Vec<u8> {
    (0..ROWS * 4).map(|i| (100.0 + 60.0 * noise(i)).round() as u8).collect()
}

/// y = 20 + Σ x/10, and every tenth row far off.
fn with_outliers() -> Vec<f64> {
    let x = features();
    let sum = |row: usize| x[4 * row..4 * row + 4].iter().map(|&x| f64::from(x)).sum::<f64>();
    let off = |row: usize| if row.is_multiple_of(10) { 500.0 } else { noise(row + 77_777) };
    (0..ROWS).map(|row| 20.0 + sum(row) / 10.0 + off(row)).collect()
}

/// Counts whose logarithm has the mean 6 + x₁/50 − x₂/100.
fn counts() -> Vec<f64> {
    let x = features();
    let log = |r: usize| 2.0 + f64::from(x[4 * r]) / 50.0 - f64::from(x[4 * r + 1]) / 100.0;
    (0..ROWS).map(|r| (log(r).exp() * (1.0 + 0.4 * noise(r + 5))).round()).collect()
}

/// The same data in every storage.
fn storages(y: &[f64]) -> Vec<Dataset> {
    let x = features();
    let all = [
        Values::F64(x.iter().map(|&x| x.into()).collect()),
        Values::F32(x.iter().map(|&x| x.into()).collect()),
        Values::F16(x.iter().map(|&x| f16::from_f32(x.into())).collect()),
        Values::Bf16(x.iter().map(|&x| bf16::from_f32(x.into())).collect()),
        Values::U8(x),
    ];
    let data = |values| Dataset::dense(4, values, Targets::Values(y.to_vec())).unwrap();
    all.into_iter().map(data).collect()
}

fn regression(model: &Model, data: &Dataset) -> Regression {
    match model.evaluate(data, None).unwrap() {
        Metrics::Regression(metrics) => metrics,
        Metrics::Classification(_) => panic!("a regression"),
    }
}

#[test]
fn outliers_do_not_move_the_huber_loss() {
    for data in storages(&with_outliers()) {
        let base = Trainer::new().loss(Loss::Huber).delta(1.5);
        for solver in [Solver::Auto, Solver::Newton, Solver::Sgd] {
            let model = base.clone().solver(solver).fit(&data).unwrap().model;
            assert_eq!(model.card().recipe.delta, Some(1.5));
            let near = |w: &f64| (w - 0.1).abs() < 0.01;
            assert!(model.weight().iter().all(near), "{solver}: {:?}", model.weight());
        }
    }
}

#[test]
fn counts_are_found_in_every_storage_by_every_solver() {
    for data in storages(&counts()) {
        let best = Trainer::new().loss(Loss::Poisson).solver(Solver::Lbfgs).fit(&data).unwrap();
        assert!(best.convergence.unwrap().converged);
        assert!((best.model.weight()[0] - 0.02).abs() < 1e-3, "{:?}", best.model.weight());
        let loss = regression(&best.model, &data).loss;
        for solver in [Solver::Newton, Solver::Proximal, Solver::Sgd] {
            let model = Trainer::new().loss(Loss::Poisson).solver(solver).fit(&data).unwrap().model;
            let other = regression(&model, &data).loss;
            assert!(other - loss < 1e-3 && loss - other < 1e-4, "{solver}: {loss} {other}");
        }
    }
}

/// Training divides counts by their mean: penalties, loss and gap are those of the counts all the same.
#[test]
fn a_fit_of_counts_says_what_its_rows_say() {
    let data = &storages(&counts())[0];
    for solver in [Solver::Lbfgs, Solver::Newton, Solver::Sgd] {
        for fold in [None, Some(Fold::new(1, 3))] {
            let settings = Settings {
                loss: Some(Loss::Poisson),
                l2: 2.0,
                solver,
                fold,
                ..Settings::default()
            };
            let fit = Trainer::new().settings(settings).fit(data).unwrap();
            let dealt = linnea::fold_rows(data, 3, 0);
            let seen: Vec<usize> =
                (0..ROWS).filter(|&row| fold.is_none() || dealt[row] != 1).collect();
            let own = data.select(&seen);
            let said = fit.model.card().provenance.loss;
            // SGD's certificate is over all rows.
            let judged = if solver == Solver::Sgd { data } else { &own };
            let loss = regression(&fit.model, judged).loss;
            assert!((loss - said).abs() < 1e-8 * said.abs(), "{solver}, {fold:?}: {loss} {said}");
            // At the optimum the loss's gradient and the penalty's cancel, in standardised weights.
            let gradient = fit.model.gradient(&own, None).unwrap();
            for (coefficient, slope) in fit.model.coefficients(0).iter().zip(&gradient.weight) {
                let scale = coefficient.per_deviation / coefficient.per_unit;
                let left = slope / scale + 2.0 * coefficient.per_deviation;
                assert!(left.abs() < if solver == Solver::Sgd { 0.5 } else { 1e-5 }, "{left}");
            }
        }
    }
}

#[test]
fn metrics_are_those_of_the_predictions() {
    for (loss, y) in [(Loss::Huber, with_outliers()), (Loss::Poisson, counts())] {
        let data = &storages(&y)[0];
        let model = Trainer::new().loss(loss).fit(data).unwrap().model;
        let Predictions::Values(predicted) = model.predict(data, None).unwrap() else { panic!() };
        let mean = |f: &dyn Fn(f64, f64) -> f64| {
            predicted.iter().zip(&y).map(|(&p, &y)| f(p, y)).sum::<f64>() / ROWS as f64
        };
        let delta = model.card().recipe.delta.unwrap_or(f64::NAN);
        let own = |p: f64, y: f64| {
            let size = (p - y).abs();
            match loss {
                Loss::Poisson => p - y * p.ln(),
                _ if size <= delta => size * size / 2.0,
                _ => delta * (size - delta / 2.0),
            }
        };
        let metrics = regression(&model, data);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9 * b.abs().max(1.0);
        assert!(near(metrics.loss, mean(&own)));
        assert!(near(metrics.mae, mean(&|p, y| (p - y).abs())));
        assert!(near(metrics.rmse, mean(&|p, y| (p - y).powi(2)).sqrt()));
        let centre = y.iter().sum::<f64>() / ROWS as f64;
        let term = |p: f64, y: f64| if y > 0.0 { y * (y / p).ln() - y + p } else { p };
        let explained = 1.0 - mean(&term) / mean(&|_, y| term(centre, y));
        assert_eq!(metrics.d2.is_some(), loss == Loss::Poisson);
        assert!(metrics.d2.is_none_or(|d2| near(d2, explained) && d2 > 0.5));
        let path = tempfile::tempdir().unwrap().keep().join("m.safetensors");
        model.save(&path).unwrap();
        assert!(Model::load(&path).unwrap() == model);
    }
}

#[test]
fn what_does_not_go_together_is_refused_by_name() {
    let (digits, _) = Builtin::Digits.train_test().unwrap();
    let (diabetes, _) = Builtin::Diabetes.train_test().unwrap();
    let refused = |trainer: Trainer<'_>, data: &Dataset| trainer.fit(data).unwrap_err().to_string();
    let huber = || Trainer::new().loss(Loss::Huber);
    assert!(refused(huber(), &digits).contains("huber is for a target that is a number"));
    let softmax = Trainer::new().loss(Loss::Softmax);
    assert!(refused(softmax, &diabetes).contains("softmax is for a target that is a class"));
    assert!(refused(Trainer::new().delta(1.0), &diabetes).contains("delta does not go with"));
    assert!(refused(huber().delta(f64::NAN), &diabetes).contains("the threshold delta is NaN"));
    assert!(refused(huber().solver(Solver::Exact), &diabetes).contains("the huber loss"));
    let poisson = || Trainer::new().loss(Loss::Poisson);
    let data = |y: Vec<f64>| {
        Dataset::dense(1, Values::F64(vec![1.0, 2.0, 3.0]), Targets::Values(y)).unwrap()
    };
    let negative = data(vec![1.0, 0.0, -2.0]);
    assert!(refused(poisson(), &negative).starts_with("row 2 (from 0): the target is -2"));
    assert!(refused(poisson(), &data(vec![0.0; 3])).contains("every count is 0"));
    let good = data(vec![1.0, 0.0, 4.0]);
    let fit = poisson().valid(&negative).fit(&good);
    assert!(matches!(fit, Err(Error::NegativeCount { row: 2, .. })));
    let model = poisson().l2(0.1).fit(&good).unwrap().model;
    assert!(matches!(model.evaluate(&negative, None), Err(Error::NegativeCount { row: 2, .. })));
    let far = Dataset::dense(1, Values::F64(vec![2.0, 1e6]), Targets::Values(vec![1.0; 2]));
    let far = far.unwrap();
    for error in [model.predict(&far, None).unwrap_err(), model.evaluate(&far, None).unwrap_err()] {
        assert!(matches!(error, Error::Overflow { row: 1, .. }), "{error}");
    }
}

#[test]
fn losses_are_ranked_by_what_they_have_in_common() {
    let y = with_outliers();
    let data = &storages(&y)[0];
    let trainer = Trainer::new().delta(1.5);
    let losses = [Loss::Squared, Loss::Huber];
    let swept = Sweep::new(&trainer).losses(&losses).l2(&[0.0, 0.1]).folds(3).fit(data).unwrap();
    assert_eq!(swept.candidates.len(), 4);
    let error = |&i: &usize| swept.candidates[i].cross_validation.as_ref().unwrap().mae.unwrap();
    assert!(swept.ranking.is_sorted_by(|a, b| error(a) <= error(b)));
    assert_eq!(swept.candidates[swept.ranking[0]].settings.loss, Some(Loss::Huber));
    for candidate in &swept.candidates {
        let alone = Trainer::new().settings(candidate.settings.clone()).fit(data).unwrap();
        // Those of one loss are a path of L2 penalties: they end in the same place, not the same bits.
        let weights =
            candidate.fit.as_ref().unwrap().model.weight().iter().zip(alone.model.weight());
        assert!(weights.clone().all(|(a, b)| (a - b).abs() < 1e-5 * (1.0 + b.abs())));
    }
    let mixed = Sweep::new(&trainer).losses(&[Loss::Squared, Loss::Softmax]).fit(data);
    assert!(mixed.unwrap_err().to_string().contains("squared and softmax do not go together"));
}

#[test]
fn the_bits_do_not_depend_on_the_threads() {
    for (loss, y) in [(Loss::Huber, with_outliers()), (Loss::Poisson, counts())] {
        for data in storages(&y) {
            for solver in [Solver::Sgd, Solver::Newton] {
                let bytes = |threads| {
                    let trainer = Trainer::new().loss(loss).solver(solver).l2(1e-3);
                    trainer.threads(threads).fit(&data).unwrap().model.to_bytes().unwrap()
                };
                assert!(bytes(1) == bytes(2) && bytes(1) == bytes(5), "{loss}, {solver}");
            }
        }
    }
}

/// The weights of the last class less those of the first, of which alone there is one optimum; all
/// weights of a number.
fn contrast(model: &Model) -> Vec<f64> {
    let (weight, d) = (model.weight(), model.features());
    let last = &weight[weight.len() - d..];
    let first = |j: usize| if model.outputs() > 1 { weight[j] } else { 0.0 };
    last.iter().enumerate().map(|(j, w)| w - first(j)).collect()
}

/// Proximal steps and L-BFGS end in the same weights of a problem without an L1 penalty.
#[track_caller]
fn hold_proximal(data: &Dataset, loss: Loss, l2: f64) {
    let fit = |solver| {
        let trainer = Trainer::new().loss(loss).solver(solver).l2(l2);
        trainer.tol(1e-8).max_iterations(20_000).fit(data).unwrap()
    };
    let [proximal, lbfgs] = [Solver::Proximal, Solver::Lbfgs].map(fit);
    let end = proximal.convergence.as_ref().unwrap();
    assert!(end.converged, "{loss}, l2 {l2}: {end:?}");
    let (one, other) = (contrast(&proximal.model), contrast(&lbfgs.model));
    let size = other.iter().fold(0.0_f64, |size, w| size.max(w.abs()));
    for (a, b) in one.iter().zip(&other) {
        assert!((a - b).abs() <= 1e-4 * size, "{loss}, l2 {l2}: {one:?} {other:?}");
    }
}

#[test]
fn proximal_steps_need_no_l1_penalty() {
    let x: Vec<f64> = features().into_iter().map(f64::from).collect();
    let narrow = |targets| Dataset::dense(4, Values::F64(x.clone()), targets).unwrap();
    let class = |row: usize| u32::from(x[4 * row] + 80.0 * noise(row + 9) > 100.0);
    for l2 in [0.0, 0.1] {
        let outliers = narrow(Targets::Values(with_outliers()));
        hold_proximal(&outliers, Loss::Squared, l2);
        hold_proximal(&outliers, Loss::Huber, l2);
        hold_proximal(&narrow(Targets::Values(counts())), Loss::Poisson, l2);
        let classes = Targets::Classes((0..ROWS).map(class).collect());
        hold_proximal(&narrow(classes), Loss::Softmax, l2);
    }
    // Where features are as many as rows, steps go along columns.
    let wide = Values::F64((0..30 * 50).map(noise).collect());
    let targets = Targets::Values((0..30).map(|row| noise(row + 3)).collect());
    hold_proximal(&Dataset::dense(50, wide, targets).unwrap(), Loss::Squared, 0.1);
}
