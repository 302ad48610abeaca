//! A row of weight 3 is a row that stands there three times, for every solver.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod weighted;

use linnea::prelude::*;
use linnea::{Fold, Folding, LeastSquares};
use proptest::prelude::*;
use weighted::{both, counts, distance, rows};

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
    // A loss of counts may be a small difference of numbers of the size 1.
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs().max(1.0);
    match (&a, &b) {
        (Metrics::Classification(a), Metrics::Classification(b)) => {
            close(a.loss, b.loss) && close(a.accuracy, b.accuracy)
        }
        (Metrics::Regression(a), Metrics::Regression(b)) => {
            close(a.loss, b.loss)
                && close(a.rmse, b.rmse)
                && close(a.mae, b.mae)
                && close(a.r2.unwrap(), b.r2.unwrap())
                && close(a.d2.unwrap_or(0.0), b.d2.unwrap_or(0.0))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_weight_is_a_number_of_rows(
        seed in 0_u64..1000, d in 1_usize..6, kind in prop::sample::select(vec![
            (Loss::Squared, 0), (Loss::Softmax, 2), (Loss::Softmax, 3), (Loss::Huber, 0), (Loss::Poisson, 0)
        ]),
        penalty in prop::sample::select(vec![(1e-2, 0.0), (0.3, 0.0), (0.0, 0.01), (0.05, 0.02)]),
        standardize in prop::sample::select(vec![Standardize::On, Standardize::Off]),
        solver in prop::sample::select(vec![Solver::Lbfgs, Solver::Newton, Solver::Exact])
    ) {
        let ((l2, l1), (loss, classes)) = (penalty, kind);
        let solver = match solver {
            _ if l1 > 0.0 => Solver::Proximal,
            Solver::Exact if loss != Loss::Squared => Solver::Lbfgs,
            other => other,
        };
        let data = if loss == Loss::Poisson { counts(seed, 90, d) } else { rows(seed, 90, d, classes) };
        let (weighted, repeated) = both(&data, seed);
        let tol = Some(if l1 > 0.0 { 1e-20 } else { 1e-12 });
        let loss = Some(loss);
        let settings = Settings { loss, solver, l2, l1, standardize, tol, ..Settings::default() };
        let settings = Settings { tol: settings.tol.filter(|_| solver != Solver::Exact), ..settings };
        let trainer = Trainer::new().settings(settings);
        let one = trainer.fit(&weighted).unwrap();
        let other = trainer.fit(&repeated).unwrap();
        prop_assert_eq!(one.model.card().recipe.delta, other.model.card().recipe.delta);
        let apart = distance(&one.model, &other.model);
        // A gap, if only of rounding, leaves parameters apart by about its root.
        let gaps = [&one, &other].map(|fit| fit.convergence.as_ref().and_then(|end| end.gap));
        let gap = gaps.iter().flatten().fold(0.0_f64, |most, gap| most.max(*gap));
        let most = if l1 > 0.0 { 1e-5 + gap.sqrt() } else { 1e-8 };
        prop_assert!(apart < most, "{solver:?} {apart} {:?} {:?}", one.convergence, other.convergence);
        let [a, b] = [&one, &other].map(|fit| objective(&fit.model, &weighted));
        prop_assert!((a - b).abs() <= 1e-12 * a.abs() + gap, "{solver:?} {a} {b}");
        prop_assert!(metrics_agree(&one.model, &weighted, &repeated));
        if let [Some(a), Some(b)] = gaps {
            prop_assert!((a - b).abs() < 1e-8 + 0.1 * b);
        }
    }
}

#[test]
fn equal_weights_change_no_bit() {
    let losses = [(Loss::Squared, 0), (Loss::Softmax, 3), (Loss::Huber, 0), (Loss::Poisson, 0)];
    for (loss, classes) in losses {
        let data = if loss == Loss::Poisson { counts(1, 200, 4) } else { rows(1, 200, 4, classes) };
        let weighted = data.clone().with_weights(vec![2.5; 200]).unwrap();
        let solvers = [Solver::Sgd, Solver::Lbfgs, Solver::Newton, Solver::Proximal, Solver::Exact];
        for solver in solvers {
            if loss != Loss::Squared && solver == Solver::Exact {
                continue;
            }
            let trainer = Trainer::new().loss(loss).solver(solver).l2(1e-2);
            let (one, other) = (trainer.fit(&data).unwrap(), trainer.fit(&weighted).unwrap());
            assert!(one.model == other.model, "{solver}");
            let evaluate = |data| one.model.evaluate(data, None).unwrap();
            assert_eq!(evaluate(&data), evaluate(&weighted));
        }
    }
}

#[test]
fn a_weighted_run_has_the_same_bits_on_any_threads() {
    let losses = [(Loss::Squared, 0), (Loss::Softmax, 3), (Loss::Huber, 0), (Loss::Poisson, 0)];
    for (loss, classes) in losses {
        let data =
            if loss == Loss::Poisson { counts(2, 3000, 5) } else { rows(2, 3000, 5, classes) };
        let (data, _) = both(&data, 2);
        for solver in [Solver::Sgd, Solver::Lbfgs, Solver::Newton, Solver::Proximal] {
            let trainer = Trainer::new().loss(loss).solver(solver).l2(1e-2);
            let fit = |threads| trainer.clone().threads(threads).fit(&data).unwrap().model;
            assert!(fit(1) == fit(3), "{solver}");
        }
    }
}

#[test]
fn sgd_comes_near_the_weighted_optimum() {
    let losses = [(Loss::Squared, 0), (Loss::Softmax, 3), (Loss::Huber, 0), (Loss::Poisson, 0)];
    for (loss, classes) in losses {
        let data =
            if loss == Loss::Poisson { counts(3, 2000, 4) } else { rows(3, 2000, 4, classes) };
        let (weighted, repeated) = both(&data, 3);
        let trainer = Trainer::new().loss(loss).l2(1e-2);
        let best = trainer.clone().solver(Solver::Lbfgs).fit(&weighted).unwrap().model;
        let sgd = trainer.clone().solver(Solver::Sgd).epochs(200).fit(&weighted).unwrap();
        assert!(distance(&best, &sgd.model) < 1e-2, "{loss}: {}", distance(&best, &sgd.model));
        assert!(metrics_agree(&sgd.model, &weighted, &repeated));
    }
}

/// Counts whose rows beyond the first 2,000 or so, as many as SGD looks at for its rate, alone count; one
/// that does not has a mean that is no number.
#[test]
fn rows_that_do_not_count_are_not_seen() {
    let data = counts(9, 6000, 3);
    let (Values::F64(x), Targets::Values(y)) = (data.blocks()[0].values(), data.targets()) else {
        panic!("counts");
    };
    let (x, y) = ([&x[..], &[1e6; 3]].concat(), [&y[..], &[1e9]].concat());
    let all = Dataset::dense(3, Values::F64(x), Targets::Values(y)).unwrap();
    let counting = |row: usize| row % 3 == 1 && row < 6000;
    let weights = (0..6001).map(|row| f64::from(u8::from(counting(row)))).collect();
    let all = all.with_weights(weights).unwrap();
    let own = data.select(&(0..6000).filter(|&row| counting(row)).collect::<Vec<_>>());
    for solver in [Solver::Sgd, Solver::Lbfgs, Solver::Newton, Solver::Proximal] {
        let trainer = Trainer::new().loss(Loss::Poisson).solver(solver).l2(1e-2);
        let [one, other] = [&all, &own].map(|data| trainer.fit(data).unwrap().model);
        let loss = |model: &Model, data| model.evaluate(data, None).unwrap().loss();
        let apart = (loss(&one, &all) - loss(&other, &own)).abs();
        assert!(apart < 1e-4, "{solver}: {} {}", loss(&one, &all), loss(&other, &own));
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
