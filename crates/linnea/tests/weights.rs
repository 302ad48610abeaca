//! A row of weight 3 is a row that stands there three times, for every solver.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::prelude::*;
use linnea::{Fold, Folding, LeastSquares};
use proptest::prelude::*;

/// Numbers that look random, between −1 and 1.
fn noise(seed: u64, i: usize) -> f64 {
    let bits = (i as u64 + 1 + seed * 1_000_003).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits ^ bits >> 32) as f64 / (u64::MAX / 2) as f64 - 1.0
}

/// `n` rows of `d` features around 5; classes if there are some, with rows on the wrong side.
fn rows(seed: u64, n: usize, d: usize, classes: u32) -> Dataset {
    let x: Vec<f64> = (0..n * d).map(|i| 5.0 + noise(seed, i) * (1.0 + (i % d) as f64)).collect();
    let signal = |r: usize| x[r * d..][..d].iter().sum::<f64>() + 2.0 * noise(seed + 7, r);
    let target = match classes {
        0 => Targets::Values((0..n).map(signal).collect()),
        _ => {
            let class = |r: usize| (signal(r) * 2.0).abs() as u32 % classes;
            let each = |r: usize| if r < classes as usize { r as u32 } else { class(r) };
            Targets::Classes((0..n).map(each).collect())
        }
    };
    Dataset::dense(d, Values::F64(x), target).unwrap()
}

/// The same rows with whole-number weights, and each as often as its weight says.
fn both(data: &Dataset, seed: u64) -> (Dataset, Dataset) {
    let weight = |r: usize| ((noise(seed + 3, r) + 1.0) * 2.0) as usize;
    let classes = 4;
    let weights: Vec<usize> =
        (0..data.rows()).map(|r| if r < classes { 1 } else { weight(r) }).collect();
    let repeated: Vec<usize> =
        weights.iter().enumerate().flat_map(|(row, &count)| vec![row; count]).collect();
    let weighted = data.clone().with_weights(weights.iter().map(|&w| w as f64).collect()).unwrap();
    (weighted, data.select(&repeated))
}

/// The largest difference of two models' parameters, relative to the largest parameter.
fn distance(a: &Model, b: &Model) -> f64 {
    let all = |model: &Model| [model.weight(), model.bias()].concat();
    let (a, b) = (all(a), all(b));
    let largest = a.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    a.iter().zip(&b).fold(0.0_f64, |m, (x, y)| m.max((x - y).abs())) / largest
}

/// The mean loss with its penalties.
fn objective(model: &Model, data: &Dataset) -> f64 {
    let recipe = &model.card().recipe;
    let coefficients = (0..model.outputs()).flat_map(|output| model.coefficients(output));
    let weights = coefficients.map(|c| match recipe.standardize {
        Standardize::Off => c.per_unit,
        _ => c.per_deviation,
    });
    let penalty = weights.map(|w| recipe.l2 / 2.0 * w * w + recipe.l1 * w.abs());
    model.evaluate(data, None).unwrap().loss() + penalty.sum::<f64>()
}

fn metrics_agree(a: &Model, weighted: &Dataset, repeated: &Dataset) -> bool {
    let (a, b) = (a.evaluate(weighted, None).unwrap(), a.evaluate(repeated, None).unwrap());
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs().max(1e-3);
    match (&a, &b) {
        (Metrics::Classification(a), Metrics::Classification(b)) => {
            close(a.loss, b.loss) && close(a.accuracy, b.accuracy)
        }
        (Metrics::Regression(a), Metrics::Regression(b)) => {
            close(a.loss, b.loss)
                && close(a.rmse, b.rmse)
                && close(a.mae, b.mae)
                && close(a.r2.unwrap(), b.r2.unwrap())
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_weight_is_a_number_of_rows(
        seed in 0_u64..1000, d in 1_usize..6, classes in prop::sample::select(vec![0_u32, 2, 3]),
        penalty in prop::sample::select(vec![(1e-2, 0.0), (0.3, 0.0), (0.0, 0.01), (0.05, 0.02)]),
        standardize in prop::sample::select(vec![Standardize::On, Standardize::Off]),
        exact in any::<bool>()
    ) {
        let (l2, l1) = penalty;
        let solver = match (l1 > 0.0, exact && classes == 0) {
            (true, _) => Solver::Proximal,
            (_, true) => Solver::Exact,
            _ => Solver::Lbfgs,
        };
        let (weighted, repeated) = both(&rows(seed, 90, d, classes), seed);
        let tol = Some(if l1 > 0.0 { 1e-20 } else { 1e-12 });
        let settings = Settings { solver, l2, l1, standardize, tol, ..Settings::default() };
        let settings = Settings { tol: settings.tol.filter(|_| solver != Solver::Exact), ..settings };
        let trainer = Trainer::new().settings(settings);
        let one = trainer.fit(&weighted).unwrap();
        let other = trainer.fit(&repeated).unwrap();
        let apart = distance(&one.model, &other.model);
        // A gap of 1e-16, which is rounding, leaves parameters apart by about its root.
        let most = if l1 > 0.0 { 1e-5 } else { 1e-8 };
        prop_assert!(apart < most, "{solver:?} {apart} {:?} {:?}", one.convergence, other.convergence);
        let [a, b] = [&one, &other].map(|fit| objective(&fit.model, &weighted));
        prop_assert!((a - b).abs() <= 1e-12 * a.abs(), "{solver:?} {a} {b}");
        prop_assert!(metrics_agree(&one.model, &weighted, &repeated));
        let gap = |fit: &Fit| fit.convergence.as_ref().and_then(|end| end.gap);
        if let (Some(a), Some(b)) = (gap(&one), gap(&other)) {
            prop_assert!((a - b).abs() < 1e-8);
        }
    }
}

#[test]
fn equal_weights_change_no_bit() {
    for classes in [0, 3] {
        let data = rows(1, 200, 4, classes);
        let weighted = data.clone().with_weights(vec![2.5; 200]).unwrap();
        for solver in [Solver::Sgd, Solver::Lbfgs, Solver::Proximal, Solver::Exact] {
            if classes > 0 && solver == Solver::Exact {
                continue;
            }
            let trainer = Trainer::new().solver(solver).l2(1e-2);
            let (one, other) = (trainer.fit(&data).unwrap(), trainer.fit(&weighted).unwrap());
            assert!(one.model == other.model, "{solver}");
            let evaluate = |data| one.model.evaluate(data, None).unwrap();
            assert_eq!(evaluate(&data), evaluate(&weighted));
        }
    }
}

#[test]
fn a_weighted_run_has_the_same_bits_on_any_threads() {
    for classes in [0, 3] {
        let (data, _) = both(&rows(2, 3000, 5, classes), 2);
        for solver in [Solver::Sgd, Solver::Lbfgs, Solver::Proximal] {
            let trainer = Trainer::new().solver(solver).l2(1e-2);
            let fit = |threads| trainer.clone().threads(threads).fit(&data).unwrap().model;
            assert!(fit(1) == fit(3), "{solver}");
        }
    }
}

#[test]
fn sgd_comes_near_the_weighted_optimum() {
    for classes in [0, 3] {
        let (data, _) = both(&rows(3, 2000, 4, classes), 3);
        let trainer = Trainer::new().l2(1e-2);
        let best = trainer.clone().solver(Solver::Lbfgs).fit(&data).unwrap().model;
        let sgd = trainer.clone().solver(Solver::Sgd).epochs(200).fit(&data).unwrap();
        assert!(distance(&best, &sgd.model) < 1e-2, "{}", distance(&best, &sgd.model));
        assert!(metrics_agree(&sgd.model, &data, &both(&rows(3, 2000, 4, classes), 3).1));
    }
}

/// One row in two hundred that counts for as much as the others together.
#[test]
fn a_heavy_row_does_not_let_sgd_diverge() {
    let data = rows(4, 200, 3, 0);
    let weights = (0..200).map(|row| if row == 17 { 199.0 } else { 1.0 }).collect();
    let data = data.with_weights(weights).unwrap();
    let best = Trainer::new().solver(Solver::Exact).fit(&data).unwrap().model;
    let sgd = Trainer::new().solver(Solver::Sgd).fit(&data).unwrap().model;
    let loss = |model: &Model| model.evaluate(&data, None).unwrap().loss();
    assert!(loss(&sgd) < 1.05 * loss(&best), "{} {}", loss(&sgd), loss(&best));
}

/// Heads that hold rows out are fits to the other rows, whatever their weights.
#[test]
fn folds_of_weighted_rows_are_those_of_a_file_without_the_others() {
    for (classes, solver) in
        [(0, Solver::Exact), (0, Solver::Lbfgs), (3, Solver::Lbfgs), (3, Solver::Proximal)]
    {
        let (data, _) = both(&rows(5, 300, 3, classes), 5);
        let data = data.with_times((0..300).map(|row| f64::from(row * 7 % 300)).collect()).unwrap();
        let data = data.with_groups((0..300).map(|row| row % 11).collect()).unwrap();
        for by in [Folding::Stratified, Folding::Grouped, Folding::ByTime] {
            let split = by.split(&data, 3, 0).unwrap();
            for (index, (learned, _)) in split.iter().enumerate() {
                let base = Settings {
                    solver,
                    l2: 0.1,
                    standardize: Standardize::Off,
                    ..Settings::default()
                };
                let tol = if solver == Solver::Proximal { 1e-20 } else { 1e-12 };
                let tol = Some(tol).filter(|_| solver != Solver::Exact);
                let base = Settings { tol, ..base };
                let fold = Some(Fold { index, of: 3, by });
                let held =
                    Trainer::new().settings(Settings { fold, ..base.clone() }).fit(&data).unwrap();
                let alone = Trainer::new().settings(base).fit(&data.select(learned)).unwrap();
                let apart = distance(&held.model, &alone.model);
                let most = if solver == Solver::Proximal { 1e-5 } else { 1e-8 };
                assert!(apart < most, "{solver} {by:?} {apart} {:?}", held.convergence);
            }
        }
    }
}

#[test]
fn weights_of_the_data_are_those_of_least_squares() {
    let (data, _) = both(&rows(6, 100, 3, 0), 6);
    let weights = data.weights().unwrap().to_vec();
    let plain = rows(6, 100, 3, 0);
    let given = LeastSquares::new().weights(&weights).fit(&plain).unwrap();
    let own = LeastSquares::new().fit(&data).unwrap();
    assert!(given.model == own.model);
    let error =
        |fit: &linnea::LinearFit| fit.statistics.as_ref().unwrap().coefficients[1].standard_error;
    assert_eq!(error(&given), error(&own));
}

#[test]
fn rows_that_do_not_count_are_refused_where_nothing_is_left() {
    let data = rows(7, 10, 2, 2);
    let one = |row: usize| (0..10).map(|r| f64::from(u8::from(r == row))).collect::<Vec<_>>();
    let message = |data: &Dataset| Trainer::new().fit(data).unwrap_err().to_string();
    let alone = data.clone().with_weights(one(3)).unwrap();
    assert!(message(&alone).starts_with("fewer than two rows have a weight above 0"));
    let model = Trainer::new().fit(&data).unwrap().model;
    let nothing = alone.select(&[0, 1, 2]);
    assert!(model.evaluate(&nothing, None).unwrap_err().to_string().contains("the weight 0"));
}
