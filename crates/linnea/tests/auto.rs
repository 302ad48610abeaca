//! What `auto` takes, and that it leads to the optimum.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::atomic::{AtomicBool, Ordering};

use linnea::Reason;
use linnea::prelude::*;

/// More than 5·10⁷ multiply-adds a product: classes that overlap, of bytes.
fn large() -> Dataset {
    let (rows, features, classes) = (70_000, 80, 10);
    let byte = |i: usize| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u8;
    let x: Vec<u8> = (0..rows * features).map(byte).collect();
    let class = |row: usize| {
        let own = &x[row * features..][..features];
        let score = |c: usize| {
            u32::from(own[c]) + u32::from(own[c + 10]) + 2 * u32::from(byte(row * 10 + c))
        };
        (0..classes).max_by_key(|&c| score(c)).unwrap() as u32
    };
    let targets = Targets::Classes((0..rows).map(class).collect());
    Dataset::dense(features, Values::U8(x), targets).unwrap()
}

#[test]
fn on_large_data_a_short_sgd_is_polished() {
    let data = large();
    let fit = |trainer: Trainer<'_>| trainer.l2(1e-3).fit(&data).unwrap();
    let auto = fit(Trainer::new());
    let end = auto.convergence.as_ref().unwrap();
    assert_eq!((end.converged, end.reason, end.tolerance), (true, Reason::Gradient, 1e-4));
    assert_eq!(auto.model.card().recipe.solver, Solver::Lbfgs);
    let best = fit(Trainer::new().solver(Solver::Lbfgs));
    let loss = |fit: &Fit| fit.model.card().provenance.loss;
    assert!((loss(&auto) - loss(&best)).abs() < 1e-3 * loss(&best));
    let one = fit(Trainer::new().threads(1));
    assert!(
        one.model.weight() == auto.model.weight(),
        "the bits are those of any number of threads"
    );
    let solver = |settings| Trainer::new().solver_for(&data, &[settings]).unwrap();
    // Without a penalty there may be no optimum, and what is said of SGD is SGD's.
    assert_eq!(solver(Settings::default()), Solver::Sgd);
    assert_eq!(solver(Settings { l2: 1e-3, epochs: Some(3), ..Settings::default() }), Solver::Sgd);
    assert_eq!(solver(Settings { l2: 1e-3, ..Settings::default() }), Solver::Lbfgs);
}

#[test]
fn an_interrupt_of_the_short_sgd_keeps_what_there_is() {
    let (data, stop) = (large(), AtomicBool::new(false));
    let trainer = Trainer::new().l2(1e-3).interrupt(&stop);
    let fit = trainer.fit_with(&data, |_| stop.store(true, Ordering::Relaxed)).unwrap();
    assert!(fit.interrupted && fit.convergence.is_none());
    let best = fit.model.card().provenance.loss;
    assert!(best < (10.0_f64).ln(), "{best}");
}
