//! Exact least squares over random problems of many shapes, by certificate and by its own other ways.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::data::{Dataset, Targets, Values};
use linnea::statistics::Covariance;
use linnea::{Error, LeastSquares, LinearFit, Method, Standardize};
use proptest::prelude::*;

/// A random problem: scales and means of columns differ, and the last may be a function of others.
#[derive(Debug, Clone)]
struct Problem {
    p: usize,
    x: Vec<f64>,
    y: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Problem {
    fn random(n: usize, p: usize, seed: u64, weighted: bool, scales: f64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let scale: Vec<f64> = (0..p).map(|_| 10_f64.powf(scales * (next() - 0.5))).collect();
        let mean: Vec<f64> = (0..p).map(|_| 4.0 * next() - 2.0).collect();
        let x = (0..n * p).map(|i| scale[i % p] * (next() + next() - 1.0 + mean[i % p])).collect();
        let mut problem = Self { p, x, y: Vec::new(), weights: None };
        problem.y = (0..n)
            .map(|i| {
                let row = &problem.x[i * p..][..p];
                let signal: f64 = row.iter().zip(&scale).map(|(x, s)| x / s).sum();
                signal + 2.0 * next() + 5.0
            })
            .collect();
        problem.weights = weighted.then(|| (0..n).map(|_| next() + 0.1).collect());
        problem
    }

    fn data(&self) -> Dataset {
        let targets = Targets::Values(self.y.clone());
        Dataset::dense(self.p, Values::F64(self.x.clone()), targets).unwrap()
    }

    fn settings(&self) -> LeastSquares<'_> {
        let settings = LeastSquares::new();
        match &self.weights {
            Some(weights) => settings.weights(weights),
            None => settings,
        }
    }
}

/// Numbers that are alike to so many times the larger one's size.
#[track_caller]
fn close(a: f64, b: f64, relative: f64) {
    assert!((a - b).abs() <= relative * a.abs().max(b.abs()), "{a:e} {b:e}");
}

/// Everything that a fit says, as bits.
fn bits(fit: &LinearFit) -> Vec<u64> {
    let statistics = fit.statistics.as_ref().unwrap();
    let lines = statistics.coefficients.iter();
    let numbers = lines.flat_map(|line| [line.estimate, line.standard_error, line.p_value]);
    let others = [fit.gradient_norm, fit.condition, statistics.rss, statistics.f, statistics.bic];
    numbers.chain(others).map(f64::to_bits).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_way_comes_to_the_same_optimum(
        p in 1_usize..9,
        factor in 6_usize..60,
        seed: u64,
        weighted: bool,
        scales in 0.0..16.0,
    ) {
        let problem = Problem::random(p * factor + 20, p, seed, weighted, scales);
        let data = problem.data();
        let fit = |method| problem.settings().method(method).fit(&data).unwrap();
        let exact = fit(Method::ExtendedQr);
        prop_assert!(exact.gradient_norm < 1e-13);
        prop_assert_eq!(exact.rank, p + 1);
        for method in [Method::Gram, Method::Qr] {
            let other = fit(method);
            prop_assert_eq!(other.method, method);
            prop_assert!(other.gradient_norm < 1e-13);
            let (a, b) = (exact.statistics.as_ref().unwrap(), other.statistics.as_ref().unwrap());
            close(a.rss, b.rss, 1e-11);
            close(a.r2, b.r2, 1e-11);
            for (a, b) in a.coefficients.iter().zip(&b.coefficients) {
                close(a.standard_error, b.standard_error, 1e-9);
                // To what the other coefficients' sizes allow.
                prop_assert!((a.estimate - b.estimate).abs() < 1e-8 * a.standard_error);
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit(
        p in 1_usize..12,
        n in 600_usize..3000,
        seed: u64,
        weighted: bool,
    ) {
        let problem = Problem::random(n, p, seed, weighted, 2.0);
        let data = problem.data();
        let clusters = (0..n as u64).map(|row| row % 37).collect();
        let covariances = [Covariance::Classic, Covariance::Hc3, Covariance::Clustered(clusters)];
        for (method, covariance) in
            [Method::Gram, Method::Qr, Method::ExtendedQr].into_iter().zip(covariances)
        {
            let settings = problem.settings().method(method).covariance(covariance);
            let one = settings.clone().threads(1).fit(&data).unwrap();
            for threads in [2, 3, 7] {
                prop_assert_eq!(bits(&one), bits(&settings.clone().threads(threads).fit(&data).unwrap()));
            }
        }
    }

    #[test]
    fn collinear_columns_are_named_and_the_least_solution_is_found(
        p in 2_usize..7,
        n in 20_usize..200,
        seed: u64,
        constant: bool,
    ) {
        let mut problem = Problem::random(n, p, seed, false, 1.0);
        for row in problem.x.chunks_mut(p) {
            row[p - 1] = if constant { 0.3 } else { row[..p - 1].iter().sum::<f64>() };
        }
        let data = problem.data();
        for method in [Method::ExtendedQr, Method::Qr, Method::Gram] {
            let settings = problem.settings().method(method).standardize(Standardize::Off);
            let least = settings.clone().fit(&data).unwrap();
            let basic = settings.drop_aliased(true).fit(&data).unwrap();
            for fit in [&least, &basic] {
                prop_assert!(fit.converged());
                prop_assert_eq!(fit.rank, p, "{}", method);
                prop_assert_eq!(&fit.aliased, &[format!("x{}", p - 1)]);
                prop_assert!(fit.gradient_norm < 1e-12);
            }
            prop_assert_eq!(basic.model.weight()[p - 1], 0.0);
            let norm = |fit: &LinearFit| fit.model.weight().iter().map(|w| w * w).sum::<f64>();
            prop_assert!(norm(&least) <= norm(&basic) * (1.0 + 1e-12));
            // The least solution has no part in the null space (1, …, 1, −1).
            if !constant {
                let weights = least.model.weight();
                let along = weights[..p - 1].iter().sum::<f64>() - weights[p - 1];
                prop_assert!(along.abs() < 1e-10 * norm(&least).sqrt());
            }
            let rss = |fit: &LinearFit| fit.statistics.as_ref().unwrap().rss;
            close(rss(&least), rss(&basic), 1e-10);
            let lines = &basic.statistics.as_ref().unwrap().coefficients;
            prop_assert!(lines[p].standard_error.is_nan());
            prop_assert!(lines[..p].iter().all(|line| line.standard_error > 0.0));
        }
    }

    #[test]
    fn few_rows_are_fitted_exactly_by_the_least_weights(
        p in 3_usize..40,
        missing in 0_usize..3,
        seed: u64,
    ) {
        let n = p.saturating_sub(missing).max(2);
        let problem = Problem::random(n, p, seed, false, 0.0);
        let data = problem.data();
        for method in [Method::ExtendedQr, Method::Qr] {
            let fit = problem.settings().method(method).fit(&data).unwrap();
            prop_assert_eq!(fit.rank, n);
            prop_assert_eq!(fit.aliased.len(), p + 1 - n);
            let metrics = fit.model.evaluate(&data, None).unwrap();
            prop_assert!(metrics.loss() < 1e-18);
        }
    }

    #[test]
    fn ridge_has_no_gradient_and_shrinks(
        p in 1_usize..9,
        n in 5_usize..400,
        seed: u64,
        weighted: bool,
        exponent in -6.0..2.0,
    ) {
        let problem = Problem::random(n, p, seed, weighted, 3.0);
        let data = problem.data();
        let l2 = 10_f64.powf(exponent);
        for standardize in [Standardize::On, Standardize::Off] {
            for method in [Method::ExtendedQr, Method::Qr, Method::Gram] {
                let settings = problem.settings().method(method).standardize(standardize).l2(l2);
                let fit = settings.fit(&data).unwrap();
                prop_assert!(fit.gradient_norm < 1e-12, "{:?} {}", method, fit.gradient_norm);
                prop_assert!(fit.statistics.is_none());
            }
        }
    }
}

#[test]
fn ridge_has_the_solution_of_the_normal_equations() {
    // One feature: w = Σzy/(n(1 + λ)) for standardised z.
    let data =
        Dataset::dense(1, Values::U8(vec![0, 2, 4, 6]), Targets::Values(vec![1.0, 2.0, 2.0, 5.0]))
            .unwrap();
    let fit = LeastSquares::new().l2(0.5).fit(&data).unwrap();
    let slope = (3.0 * 1.5 + 0.5 + -0.5 + 3.0 * 2.5) / 20.0;
    let plain = LeastSquares::new().fit(&data).unwrap();
    close(plain.model.weight()[0], slope, 1e-15);
    close(fit.model.weight()[0], slope / 1.5, 1e-15);
    // Of raw weights the penalty is λ·n against Σ(x − x̄)² = 20.
    let raw = LeastSquares::new().l2(0.5).standardize(Standardize::Off).fit(&data).unwrap();
    close(raw.model.weight()[0], slope * 20.0 / 22.0, 1e-15);
}

#[test]
fn storages_that_hold_the_same_numbers_agree() {
    let bytes: Vec<u8> = (0..900_u32).map(|i| (i * 7919 % 251) as u8).collect();
    let y: Vec<f64> =
        (0..300).map(|i| f64::from(i % 17) + f64::from(bytes[i as usize * 3])).collect();
    let fit = |values: Values| {
        let data = Dataset::dense(3, values, Targets::Values(y.clone())).unwrap();
        bits(&LeastSquares::new().fit(&data).unwrap())
    };
    let wide = fit(Values::F64(bytes.iter().map(|&b| f64::from(b)).collect()));
    assert_eq!(wide, fit(Values::F32(bytes.iter().map(|&b| f32::from(b)).collect())));
    assert_eq!(wide, fit(Values::U8(bytes)));
}

#[test]
fn several_targets_have_what_each_has_alone() {
    let problem = Problem::random(500, 5, 3, true, 2.0);
    let other: Vec<f64> = problem.y.iter().map(|y| 1e6 - y * y).collect();
    let data = problem.data();
    for method in [Method::ExtendedQr, Method::Gram, Method::Qr] {
        let settings = problem.settings().method(method);
        let both = settings.fit_targets(&data, &[&problem.y, &other]).unwrap();
        for (fit, y) in both.iter().zip([&problem.y, &other]) {
            let alone = settings.fit_targets(&data, &[y]).unwrap().remove(0);
            let lines = |fit: &LinearFit| fit.statistics.clone().unwrap().coefficients;
            for (a, b) in lines(fit).iter().zip(&lines(&alone)) {
                assert!((a.estimate - b.estimate).abs() < 1e-9 * a.standard_error);
                close(a.standard_error, b.standard_error, 1e-9);
            }
        }
    }
}

#[test]
fn a_row_of_weight_0_is_absent_and_one_of_weight_2_is_two() {
    let problem = Problem::random(40, 3, 8, false, 1.0);
    let weights: Vec<f64> = (0..40).map(|i| f64::from(i % 3)).collect();
    let weighted = LeastSquares::new().weights(&weights).fit(&problem.data()).unwrap();
    let present: Vec<usize> = (0..40).flat_map(|i| std::iter::repeat_n(i, i % 3)).collect();
    let copies = LeastSquares::new().fit(&problem.data().select(&present)).unwrap();
    for (a, b) in weighted.model.weight().iter().zip(copies.model.weight()) {
        close(*a, *b, 1e-12);
    }
    let rows = |fit: &LinearFit| fit.statistics.as_ref().unwrap().rows;
    assert_eq!((rows(&weighted), rows(&copies)), (26, 39));
}

#[test]
fn a_model_is_saved_and_predicts() {
    let problem = Problem::random(100, 3, 1, false, 2.0);
    let fit = LeastSquares::new().fit(&problem.data()).unwrap();
    let bytes = fit.model.to_bytes().unwrap();
    assert!(bytes.len() > 100);
    let intervals = fit.predict_intervals(&problem.data(), 0.9, None).unwrap();
    let linnea::Predictions::Values(values) = fit.model.predict(&problem.data(), None).unwrap()
    else {
        unreachable!()
    };
    for (interval, value) in intervals.iter().zip(values) {
        close(interval.prediction, value, 1e-12);
        assert!(interval.low < interval.mean_low && interval.mean_high < interval.high);
    }
    let influence = fit.influence(&problem.data(), None, None).unwrap();
    close(influence.leverage.iter().sum(), 4.0, 1e-12);
}

#[test]
fn what_cannot_be_fitted_has_its_error() {
    let problem = Problem::random(30, 2, 1, false, 0.0);
    let data = problem.data();
    let refused = |settings: LeastSquares<'_>| settings.fit(&data).unwrap_err();
    assert!(matches!(refused(LeastSquares::new().l2(-1.0)), Error::Setting { .. }));
    assert!(matches!(refused(LeastSquares::new().confidence(1.0)), Error::Setting { .. }));
    assert!(matches!(refused(LeastSquares::new().weights(&[1.0])), Error::Mismatch(_)));
    let negative = [-1.0; 30];
    assert!(matches!(refused(LeastSquares::new().weights(&negative)), Error::Setting { .. }));
    let nothing = [0.0; 30];
    assert!(matches!(refused(LeastSquares::new().weights(&nothing)), Error::Unlearnable(_)));
    let one = Covariance::Clustered(vec![1; 30]);
    assert!(matches!(refused(LeastSquares::new().covariance(one)), Error::Mismatch(_)));
    let mut holed = problem.clone();
    holed.x[5] = f64::NAN;
    let error = LeastSquares::new().fit(&holed.data()).unwrap_err();
    assert!(matches!(error, Error::NotFinite { row: 2, .. }), "{error}");
    holed.x[5] = 1e200;
    assert!(matches!(LeastSquares::new().fit(&holed.data()), Err(Error::NotFinite { row: 2, .. })));
    // A row that alone has a feature is fitted whatever its target.
    let mut lone = problem;
    lone.x.chunks_mut(2).enumerate().for_each(|(row, x)| x[1] = f64::from(u8::from(row == 7)));
    let settings = LeastSquares::new().covariance(Covariance::Hc3);
    assert!(matches!(settings.fit(&lone.data()), Err(Error::Leverage { row: 7, .. })));
    assert!(settings.covariance(Covariance::Hc1).fit(&lone.data()).is_ok());
}

/// The second column is the first and a little of a third that cannot be seen: by the gap, what is
/// determined by the rows is lost in `f64`.
#[test]
fn digits_do_not_fall_off_where_data_become_large() {
    let gap = (2.0_f64).powi(-30);
    let noise = |i: usize| ((i * 7919 % 10_007) as f64 / 10_007.0) - 0.5;
    let row = |i: usize| [noise(i), noise(3 * i + 1), noise(7 * i + 2)];
    let errors = [30_000, 1_300_000].map(|rows| {
        let columns = (0..rows).map(row);
        // A difference that is a power of two times a number of few digits is exact.
        let number = |x: f64| (x * 1024.0).round() / 1024.0;
        let of = |[a, b, c]: [f64; 3]| {
            [number(a), number(a) + gap * number(b), number(c), number(b) * 3.0 + c]
        };
        let x: Vec<f64> = columns.clone().flat_map(of).collect();
        let y: Vec<f64> = columns.map(|[a, b, c]| number(a) + number(b) + number(c)).collect();
        let data = Dataset::dense(4, Values::F64(x), Targets::Values(y)).unwrap();
        let fit = LeastSquares::new().fit(&data).unwrap();
        assert!(fit.converged(), "{:?}", fit.convergence);
        assert_eq!(fit.method, Method::ExtendedQr);
        assert_eq!(fit.rank, 5);
        let predicted = fit.model.predict(&data, None).unwrap();
        let (linnea::Predictions::Values(predicted), Targets::Values(y)) =
            (predicted, data.targets())
        else {
            unreachable!()
        };
        predicted.iter().zip(y).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    });
    assert!(errors.iter().all(|error| *error < 1e-6), "{errors:?}");
}

#[test]
fn what_rounding_hides_is_not_called_converged() {
    // 2⁻⁴⁰ apart, and large: the weights would have to be 10¹² with more digits than there are.
    let noise = |i: usize| ((i * 7919 % 10_007) as f64 / 10_007.0 * 1024.0).round() / 1024.0;
    let gap = (2.0_f64).powi(-40);
    let x: Vec<f64> =
        (0..500).flat_map(|i| [noise(i), noise(i) + gap * noise(3 * i + 1)]).collect();
    let y: Vec<f64> = (0..500).map(|i| noise(i) + noise(3 * i + 1) + noise(5 * i + 2)).collect();
    let data = Dataset::dense(2, Values::F64(x), Targets::Values(y)).unwrap();
    let fit = LeastSquares::new().fit(&data).unwrap();
    assert_eq!(fit.rank, 3);
    assert_eq!(fit.convergence.reason, linnea::Reason::Rounding, "{:?}", fit.convergence);
    assert!(!fit.converged());
    assert!((fit.statistics.unwrap().r2 - 0.66).abs() < 0.1);
}

#[test]
fn a_target_without_a_slope_has_an_optimum() {
    let x: Vec<f64> = (0..40).map(f64::from).collect();
    let data = Dataset::dense(1, Values::F64(x), Targets::Values(vec![3.0; 40])).unwrap();
    assert!(LeastSquares::new().fit(&data).unwrap().converged());
    assert!(linnea::Trainer::new().fit(&data).unwrap().convergence.unwrap().converged);
}

#[test]
fn no_targets_have_no_fits() {
    let problem = Problem::random(30, 2, 1, false, 0.0);
    assert!(LeastSquares::new().fit_targets(&problem.data(), &[]).unwrap().is_empty());
}
