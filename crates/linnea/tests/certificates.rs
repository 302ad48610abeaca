//! Training held to what can be known without it: the exact solution, the gradient, other threads.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::Recipe;
use linnea::prelude::*;
use proptest::prelude::*;

/// The least-squares solution of min Σ(y − Xw − b)²/2n + λ/2‖w‖², by Gaussian elimination of the
/// centred normal equations: weights, then the intercept.
fn exact(x: &[Vec<f64>], y: &[f64], l2: f64) -> Vec<f64> {
    let (n, d) = (y.len(), x[0].len());
    let mean: Vec<f64> = (0..d).map(|j| x.iter().map(|r| r[j]).sum::<f64>() / n as f64).collect();
    let y_mean = y.iter().sum::<f64>() / n as f64;
    let mut a = vec![vec![0.0; d + 1]; d];
    for (row, target) in x.iter().zip(y) {
        for i in 0..d {
            for j in 0..d {
                a[i][j] += (row[i] - mean[i]) * (row[j] - mean[j]) / n as f64;
            }
            a[i][d] += (row[i] - mean[i]) * (target - y_mean) / n as f64;
        }
    }
    (0..d).for_each(|i| a[i][i] += l2);
    let mut w = eliminate(a);
    let at_mean: f64 = w.iter().zip(&mean).map(|(w, m)| w * m).sum();
    w.push(y_mean - at_mean);
    w
}

fn eliminate(mut a: Vec<Vec<f64>>) -> Vec<f64> {
    let d = a.len();
    for i in 0..d {
        let pivot = (i..d).max_by(|&p, &q| a[p][i].abs().total_cmp(&a[q][i].abs())).unwrap();
        a.swap(i, pivot);
        let top = a[i].clone();
        for row in &mut a[i + 1..] {
            let factor = row[i] / top[i];
            row.iter_mut().zip(&top).for_each(|(x, t)| *x -= factor * t);
        }
    }
    let mut w = vec![0.0; d];
    for i in (0..d).rev() {
        let known: f64 = (i + 1..d).map(|j| a[i][j] * w[j]).sum();
        w[i] = (a[i][d] - known) / a[i][i];
    }
    w
}

fn table(data: &Dataset) -> (Vec<Vec<f64>>, Vec<f64>) {
    let d = data.features();
    let rows = data.blocks().iter().flat_map(|block| {
        (0..block.rows()).map(move |r| (0..d).map(|j| block.values().get(r * d + j)).collect())
    });
    let Targets::Values(y) = data.targets() else { panic!("a regression") };
    (rows.collect(), y.clone())
}

fn r2(x: &[Vec<f64>], y: &[f64], w: &[f64]) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let (mut left, mut all) = (0.0, 0.0);
    for (row, y) in x.iter().zip(y) {
        let predicted: f64 = row.iter().zip(w).map(|(x, w)| x * w).sum::<f64>() + w[row.len()];
        left += (y - predicted).powi(2);
        all += (y - mean).powi(2);
    }
    1.0 - left / all
}

#[test]
fn diabetes_comes_near_the_exact_fit() {
    let (train, test) = Builtin::Diabetes.train_test().unwrap();
    let model = Trainer::new().fit(&train).unwrap().model;
    let Metrics::Regression(metrics) = model.evaluate(&test, None).unwrap() else { panic!() };
    let (x, y) = table(&train);
    let (x_test, y_test) = table(&test);
    let best = r2(&x_test, &y_test, &exact(&x, &y, 0.0));
    let ours = metrics.r2.unwrap();
    assert!((ours - best).abs() < 0.02, "R² {ours}, exact {best}");
}

#[test]
fn digits_are_learned_without_tuning() {
    let (train, test) = Builtin::Digits.train_test().unwrap();
    let model = Trainer::new().fit(&train).unwrap().model;
    let Metrics::Classification(metrics) = model.evaluate(&test, None).unwrap() else { panic!() };
    assert!(metrics.accuracy >= 0.95, "{}", metrics.accuracy);
    let confusion = metrics.confusion.unwrap();
    let right: u64 = (0..10).map(|c| confusion[c][c]).sum();
    assert_eq!(right as f64 / test.rows() as f64, metrics.accuracy);
}

/// A data set in each storage, wide enough to be shared between threads.
fn wide(storage: &str) -> Dataset {
    let (n, d) = (600, 1000);
    let number = |i: usize| ((i * 7919 + i / 13) % 256) as u8;
    let bytes: Vec<u8> = (0..n * d).map(number).collect();
    let values = match storage {
        "u8" => Values::U8(bytes),
        "f16" => Values::F16(bytes.iter().map(|&b| f16::from_f32(f32::from(b) / 3.0)).collect()),
        "bf16" => Values::Bf16(bytes.iter().map(|&b| bf16::from_f32(f32::from(b) / 3.0)).collect()),
        "f32" => Values::F32(bytes.iter().map(|&b| f32::from(b) / 3.0).collect()),
        _ => Values::F64(bytes.iter().map(|&b| f64::from(b) / 3.0).collect()),
    };
    let classes = (0..n).map(|r| (usize::from(number(r * d)) % 5) as u32).collect();
    Dataset::dense(d, values, Targets::Classes(classes)).unwrap()
}

#[test]
fn the_bits_do_not_depend_on_the_threads() {
    for storage in ["u8", "f16", "bf16", "f32", "f64"] {
        let data = wide(storage);
        let bytes = |threads: usize| {
            let trainer = Trainer::new().epochs(3).batch_size(64).l2(1e-3).threads(threads);
            trainer.fit(&data).unwrap().model.to_bytes().unwrap()
        };
        let alone = bytes(1);
        for threads in [1, 2, 3, 5, 16] {
            assert!(bytes(threads) == alone, "{storage}, {threads} threads");
        }
    }
}

/// Rows too few to be shared between threads, just enough, and enough for many.
#[test]
fn small_and_large_passes_have_the_same_bits_on_any_threads() {
    let d = 20;
    for n in [6_000, 12_500, 40_000] {
        let numbers = (0..n * d).map(|i| ((i * 7919 + i / 13) % 256) as f32 / 3.0).collect();
        let classes = (0..n).map(|row| (row * 5 / 7 % 3) as u32).collect();
        let data = Dataset::dense(d, Values::F32(numbers), Targets::Classes(classes)).unwrap();
        let fit = |threads: usize| {
            let trainer = Trainer::new().solver(Solver::Lbfgs).l2(1e-3).max_iterations(3);
            let model = trainer.threads(threads).fit(&data).unwrap().model;
            let probabilities = model.probabilities(&data, Some(threads)).unwrap();
            (model.to_bytes().unwrap(), probabilities)
        };
        let alone = fit(1);
        for threads in [2, 3, 16] {
            assert!(fit(threads) == alone, "{n} rows, {threads} threads");
        }
    }
}

#[test]
fn predictions_do_not_depend_on_threads_or_company() {
    let data = wide("f32");
    let model = Trainer::new().epochs(2).fit(&data).unwrap().model;
    let all = model.probabilities(&data, Some(1)).unwrap();
    assert_eq!(model.probabilities(&data, Some(3)).unwrap(), all);
    for row in [0, 255, 256, 599] {
        let alone = model.probabilities(&data.select(&[row]), None).unwrap();
        assert_eq!(alone, all[row * 5..][..5]);
    }
}

#[test]
fn the_seed_orders_the_rows() {
    let (train, _) = Builtin::Digits.train_test().unwrap();
    let model = |seed| Trainer::new().epochs(2).seed(seed).fit(&train).unwrap().model;
    assert!(model(3) == model(3));
    assert_ne!(model(3).weight(), model(4).weight());
}

#[test]
fn a_rate_too_large_is_named_and_a_better_one_suggested() {
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    let error = Trainer::new().learning_rate(3.0).fit(&train).unwrap_err();
    let Error::Diverged { learning_rate, suggestion, best, .. } = error else { panic!("{error}") };
    assert_eq!(learning_rate, 3.0);
    assert!(best.is_none());
    assert!(Trainer::new().learning_rate(suggestion).fit(&train).is_ok());
}

#[test]
fn the_best_epoch_before_a_divergence_is_kept() {
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    let found = (1..400).map(|i| f64::from(i) * 0.002).find_map(|rate| {
        let trainer =
            Trainer::new().learning_rate(rate).momentum(0.99).schedule(Schedule::Constant);
        match trainer.fit(&train) {
            Err(Error::Diverged { best: Some(best), epoch, .. }) => Some((best, epoch)),
            _ => None,
        }
    });
    let (best, epoch) = found.expect("some rate diverges slowly");
    assert!((1..=epoch).contains(&best.model.card().provenance.epochs));
    let Metrics::Regression(metrics) = best.model.evaluate(&train, None).unwrap() else { panic!() };
    assert!(metrics.loss.is_finite());
}

#[test]
fn an_interrupted_training_keeps_its_best_epoch() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let (train, test) = Builtin::Digits.train_test().unwrap();
    let stop = AtomicBool::new(false);
    let trainer = Trainer::new().epochs(1000).interrupt(&stop).valid(&test);
    let fit = trainer
        .fit_with(&train, |report| stop.store(report.epoch == 3, Ordering::Relaxed))
        .unwrap();
    assert!(fit.interrupted);
    assert_eq!(fit.epochs.len(), 3);
    assert!((1..=3).contains(&fit.model.card().provenance.epochs));
    let best = fit.epochs.iter().filter_map(|e| e.valid_loss).fold(f64::INFINITY, f64::min);
    assert_eq!(fit.model.evaluate(&test, None).unwrap().loss(), best);
}

#[test]
fn a_rate_beyond_all_measure_diverges_at_once() {
    let (train, _) = Builtin::Digits.train_test().unwrap();
    for rate in [1e9, 1e39, 1e300] {
        let error = Trainer::new().learning_rate(rate).fit(&train).unwrap_err();
        assert!(matches!(error, Error::Diverged { .. }), "{rate}: {error}");
    }
}

#[test]
fn a_constant_feature_has_no_weight() {
    let n = 1000;
    let x: Vec<f64> = (0..n).flat_map(|i| [f64::from(i % 17), 0.1]).collect();
    let y = (0..n).map(|i| 2.0 * f64::from(i % 17) + 1.0).collect();
    let data = Dataset::dense(2, Values::F64(x), Targets::Values(y)).unwrap();
    let model = Trainer::new().fit(&data).unwrap().model;
    assert_eq!(model.weight()[1], 0.0);
    assert!((model.weight()[0] - 2.0).abs() < 1e-3);
}

#[test]
fn a_number_that_is_none_is_never_judged_as_good() {
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    let model = Trainer::new().epochs(1).fit(&train).unwrap().model;
    let mut x = vec![1.0; 20];
    x[13] = f64::NAN;
    let data = Dataset::dense(10, Values::F64(x), Targets::Values(vec![1.0, 2.0])).unwrap();
    for error in [model.evaluate(&data, None).unwrap_err(), model.predict(&data, None).unwrap_err()]
    {
        assert!(
            error.to_string().starts_with("row 1 (from 0), feature \"x3\": the number is NaN"),
            "{error}"
        );
    }
}

#[test]
fn validation_rows_must_be_like_the_training_rows() {
    let (train, _) = Builtin::Digits.train_test().unwrap();
    let (other, _) = Builtin::Diabetes.train_test().unwrap();
    let error = Trainer::new().valid(&other).fit(&train).unwrap_err();
    assert!(error.to_string().contains("the validation rows"), "{error}");
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let refused = |values: Vec<f64>, targets: Targets| {
        let data = Dataset::dense(2, Values::F64(values), targets).unwrap();
        Trainer::new().fit(&data).unwrap_err().to_string()
    };
    let y = || Targets::Values(vec![1.0, 2.0]);
    let message = refused(vec![1.0, 2.0, 3.0, f64::NAN], y());
    assert!(message.starts_with("row 1 (from 0), feature \"x1\": the number is NaN"), "{message}");
    assert!(refused(vec![1.0, 1e200, 3.0, 4.0], y()).contains("1e200"));
    assert!(
        refused(vec![1.0; 4], Targets::Values(vec![1.0, f64::INFINITY])).contains("row 1 (from 0)")
    );
    assert!(refused(vec![1.0; 4], Targets::Absent).contains("no target"));
    assert!(refused(vec![1.0; 4], Targets::Classes(vec![0, 0])).contains("same class"));
    assert!(refused(vec![1.0; 2], Targets::Values(vec![1.0])).contains("fewer than two rows"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// On well-conditioned problems SGD ends where elimination does, whatever the features' units.
    #[test]
    fn regression_finds_the_exact_weights(
        seed in 0_u64..1000,
        d in 1_usize..6,
        unit in prop::sample::select(vec![1e-6, 1.0, 1e6]),
        l2 in prop::sample::select(vec![0.0, 0.1]),
    ) {
        let n = 200;
        let noise = |i: usize| {
            let bits = (i as u64 + 1 + seed * 1_000_003).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            (bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) as f64 / u64::MAX as f64 - 0.5
        };
        let x: Vec<Vec<f64>> =
            (0..n).map(|r| (0..d).map(|j| noise(r * d + j) * unit + 3.0 * unit).collect()).collect();
        let y: Vec<f64> = (0..n)
            .map(|r| 5.0 + x[r].iter().sum::<f64>() / unit + 0.1 * noise(r + 999_999))
            .collect();
        let data = Dataset::dense(
            d, Values::F64(x.concat()), Targets::Values(y.clone()),
        ).unwrap();
        let model = Trainer::new().l2(l2).epochs(300).fit(&data).unwrap().model;
        // The penalty is on standardised weights: undo the scale to compare.
        let mean = |j: usize| x.iter().map(|r| r[j]).sum::<f64>() / n as f64;
        let scale: Vec<f64> = (0..d)
            .map(|j| (x.iter().map(|r| (r[j] - mean(j)).powi(2)).sum::<f64>() / n as f64).sqrt())
            .collect();
        let z: Vec<Vec<f64>> =
            x.iter().map(|r| r.iter().zip(&scale).map(|(x, s)| x / s).collect()).collect();
        let best = exact(&z, &y, l2);
        for (j, (w, s)) in model.weight().iter().zip(&scale).enumerate() {
            prop_assert!((w * s - best[j]).abs() < 2e-3, "{} {}", w * s, best[j]);
        }
        let Recipe { l2: used, .. } = model.card().recipe;
        prop_assert_eq!(used, l2);
        prop_assert!(model.card().provenance.gradient_norm < 1e-2);
    }
}
