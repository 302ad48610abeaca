//! A sweep is many fits, each the one that it would be alone.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::atomic::AtomicBool;

use linnea::prelude::*;
use linnea::{Fold, Solver};

#[test]
fn a_candidate_is_the_fit_that_it_would_be_alone() {
    let (train, _) = Builtin::Digits.train_test().unwrap();
    let trainer = Trainer::new().epochs(3).momentum(0.5);
    let swept = Sweep::new(&trainer)
        .learning_rates(&[0.01, 0.05])
        .l2(&[0.0, 0.1])
        .folds(2)
        .fit(&train)
        .unwrap();
    assert_eq!(swept.candidates.len(), 4);
    for candidate in &swept.candidates {
        let alone = trainer.clone().settings(candidate.settings.clone()).fit(&train).unwrap();
        assert_eq!(candidate.fit.as_ref().unwrap().model, alone.model);
    }
    let loss = |&index: &usize| {
        swept.candidates[index].cross_validation.as_ref().map_or(f64::NAN, |scores| scores.loss)
    };
    assert!(swept.ranking.is_sorted_by(|a, b| loss(a) <= loss(b)));
}

#[test]
fn a_fold_is_judged_by_the_rows_that_it_has_not_seen() {
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    let base = Settings {
        solver: Solver::Exact,
        standardize: Standardize::Off,
        l2: 1e-3,
        ..Settings::default()
    };
    let trainer = Trainer::new().settings(base.clone());
    let swept = Sweep::new(&trainer).folds(3).fit(&train).unwrap();
    let scores = swept.candidates[0].cross_validation.as_ref().unwrap();
    let mut seen = 0;
    for (index, held_out) in scores.folds.iter().enumerate() {
        let fold = Some(Fold::new(index, 3));
        let rows = linnea::fold_rows(&train, 3, base.seed);
        let (own, others): (Vec<usize>, Vec<usize>) =
            (0..train.rows()).partition(|&row| rows[row] as usize == index);
        // The same model comes from a file that never had those rows.
        let without = trainer.fit(&train.select(&others)).unwrap().model;
        let with = trainer.clone().settings(Settings { fold, ..base.clone() }).fit(&train).unwrap();
        for (a, b) in without.weight().iter().zip(with.model.weight()) {
            assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{a} {b}");
        }
        let loss = without.evaluate(&train.select(&own), None).unwrap().loss();
        assert!((loss / held_out.loss() - 1.0).abs() < 1e-9);
        seen += own.len();
    }
    assert_eq!(seen, train.rows());
}

#[test]
fn the_rule_of_one_standard_error_takes_the_most_penalised() {
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    let trainer = Trainer::new();
    let l2 = [1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0];
    let swept = Sweep::new(&trainer).l2(&l2).folds(5).fit(&train).unwrap();
    let scores = |index: usize| swept.candidates[index].cross_validation.clone().unwrap();
    let best = scores(swept.ranking[0]);
    let chosen = swept.one_standard_error.unwrap();
    let within = |index: usize| scores(index).loss <= best.loss + best.standard_error;
    assert!(within(chosen));
    assert!((chosen + 1..l2.len()).all(|index| !within(index)));
    assert!(swept.simplest().unwrap().model.card().recipe.l2 == l2[chosen]);
}

#[test]
fn senseless_folds_are_refused() {
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    let trainer = Trainer::new();
    for folds in [0, 1, train.rows() + 1] {
        let error = Sweep::new(&trainer).folds(folds).fit(&train).unwrap_err();
        assert!(error.to_string().contains("number of folds"), "{error}");
    }
}

#[test]
fn l2_penalties_are_a_path_in_any_order_to_the_optima_that_each_has_alone() {
    let (train, _) = Builtin::Digits.train_test().unwrap();
    let trainer = Trainer::new().solver(Solver::Lbfgs).tol(1e-6);
    let swept = |l2: &[f64]| Sweep::new(&trainer).l2(l2).folds(3).fit(&train).unwrap();
    let penalties = [1e-3, 0.1, 1e-2];
    let (first, sorted) = (swept(&penalties), swept(&[0.1, 1e-2, 1e-3]));
    for (candidate, l2) in first.candidates.iter().zip(penalties) {
        assert_eq!(candidate.settings.l2, l2);
        let fit = candidate.fit.as_ref().unwrap();
        let twin = sorted.candidates.iter().find(|other| other.settings.l2 == l2).unwrap();
        assert_eq!(fit.model, twin.fit.as_ref().unwrap().model);
        assert_eq!(candidate.cross_validation, twin.cross_validation);
        let alone = trainer.clone().l2(l2).fit(&train).unwrap();
        assert!(fit.convergence.as_ref().unwrap().converged);
        for (a, b) in fit.model.weight().iter().zip(alone.model.weight()) {
            assert!((a - b).abs() < 1e-3, "{l2}: {a} {b}");
        }
    }
}

#[test]
fn l1_penalties_alone_are_a_path_to_the_same_optima() {
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    let trainer = Trainer::new().tol(1e-10);
    let penalties = [1.0, 30.0, 0.1, 5.0];
    let swept = Sweep::new(&trainer).l1(&penalties).fit(&train).unwrap();
    for (candidate, l1) in swept.candidates.iter().zip(penalties) {
        assert_eq!(candidate.settings.l1, l1);
        let alone = trainer.clone().l1(l1).fit(&train).unwrap();
        let fit = candidate.fit.as_ref().unwrap();
        assert!(fit.convergence.as_ref().unwrap().converged);
        let weights = fit.model.weight().iter().zip(alone.model.weight());
        assert!(weights.clone().all(|(a, b)| (a - b).abs() < 1e-4 * b.abs().max(1.0)), "{l1}");
    }
}

#[test]
fn an_interrupted_sweep_says_so_whichever_solver_goes() {
    let (train, _) = Builtin::Diabetes.train_test().unwrap();
    let (stop, go) = (AtomicBool::new(true), AtomicBool::new(false));
    let sweep = |solver, l1: f64, interrupt| {
        let trainer = Trainer::new().solver(solver).l1(l1).interrupt(interrupt);
        Sweep::new(&trainer).l2(&[0.1, 0.01, 0.001]).folds(2).fit(&train).unwrap()
    };
    for (solver, l1) in
        [(Solver::Sgd, 0.0), (Solver::Lbfgs, 0.0), (Solver::Newton, 0.0), (Solver::Proximal, 0.1)]
    {
        assert!(!sweep(solver, l1, &go).interrupted, "{solver}");
        let stopped = sweep(solver, l1, &stop);
        assert!(stopped.interrupted, "{solver}");
        assert!(stopped.candidates.iter().all(|one| one.cross_validation.is_none()), "{solver}");
        if solver != Solver::Proximal {
            assert!(matches!(stopped.best(), Err(Error::Interrupted)), "{solver}");
        }
    }
}
