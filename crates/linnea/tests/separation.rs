//! Data without an optimum are said to have none, in whatever way they are separable.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::Reason;
use linnea::prelude::*;

#[test]
fn one_class_that_a_plane_separates_is_no_optimum() {
    // Classes 0 and 1 overlap along the second feature; class 2 is where the first is above 3.
    let mut x = Vec::new();
    let mut classes = Vec::new();
    for row in 0..300_u32 {
        let class = row % 3;
        let noise = [101, 97].map(|prime| f64::from(row * 7919 % prime) / f64::from(prime));
        let first = if class == 2 { 4.0 } else { 0.0 };
        x.extend([first + noise[0], f64::from(class) + 2.0 * noise[1]]);
        classes.push(class);
    }
    let data = Dataset::dense(2, Values::F64(x), Targets::Classes(classes)).unwrap();
    for solver in [Solver::Lbfgs, Solver::Newton] {
        let end = Trainer::new().solver(solver).fit(&data).unwrap().convergence.unwrap();
        assert_eq!((end.converged, end.reason), (false, Reason::Separable), "{end:?}");
        assert_eq!(end.separated, [2]);
        let held = Trainer::new().solver(solver).l2(1e-3).fit(&data).unwrap();
        assert!(held.convergence.unwrap().converged);
    }
}

/// Data of numbers between 0 and 1 that follow no rule, and something made of them.
fn unruly(rows: u32, prime: u32) -> impl Iterator<Item = f64> {
    (0..rows).map(move |row| f64::from((row + 1) * 7919 % prime) / f64::from(prime))
}

fn end_of(loss: Loss, solver: Solver, x: &[f64], targets: &Targets) -> (bool, Reason) {
    let data = Dataset::dense(2, Values::F64(x.to_vec()), targets.clone()).unwrap();
    let fit = Trainer::new().loss(loss).solver(solver).fit(&data).unwrap();
    let end = fit.convergence.unwrap();
    assert_eq!(fit.separable == Some(true), end.reason == Reason::Separable);
    (end.converged, end.reason)
}

#[test]
fn groups_of_classes_that_are_apart_have_no_optimum() {
    // Classes 0 and 1 overlap, and so do 2 and 3; the first feature parts the two groups.
    let classes: Vec<u32> = (0..400).map(|row| row % 4).collect();
    let numbers = classes.iter().zip(unruly(400, 101)).zip(unruly(400, 97));
    let x: Vec<f64> = numbers
        .flat_map(|((&class, a), b)| {
            [f64::from(class / 2) * 3.0 + a, f64::from(class % 2) + 2.0 * b]
        })
        .collect();
    for solver in [Solver::Lbfgs, Solver::Newton] {
        let end = end_of(Loss::Softmax, solver, &x, &Targets::Classes(classes.clone()));
        assert_eq!(end, (false, Reason::Separable), "{solver}");
    }
}

#[test]
fn a_feature_that_one_class_has_to_itself_has_no_optimum() {
    // The second feature is 1 for a tenth of the rows, all of class 1; the first overlaps.
    let special: Vec<bool> = (0..300).map(|row| row % 10 == 0).collect();
    let noise: Vec<f64> = unruly(300, 101).collect();
    let class = |row: usize| u32::from(special[row] || row % 3 == 1);
    let classes: Vec<u32> = (0..300).map(class).collect();
    let x: Vec<f64> = (0..300)
        .flat_map(|row| {
            [f64::from(classes[row]) + 2.0 * noise[row], f64::from(u8::from(special[row]))]
        })
        .collect();
    for solver in [Solver::Lbfgs, Solver::Newton] {
        let end = end_of(Loss::Softmax, solver, &x, &Targets::Classes(classes.clone()));
        assert_eq!(end, (false, Reason::Separable), "{solver}");
    }
    // One row of the other class that has the feature is enough for an optimum.
    let mut mixed = classes;
    mixed[0] = 0;
    for solver in [Solver::Lbfgs, Solver::Newton] {
        let end = end_of(Loss::Softmax, solver, &x, &Targets::Classes(mixed.clone()));
        assert_eq!(end, (true, Reason::Gradient), "{solver}");
    }
}

#[test]
fn counts_that_are_0_wherever_a_feature_is_have_no_optimum() {
    let special = |row: usize| row.is_multiple_of(10);
    let noise: Vec<f64> = unruly(300, 101).collect();
    let count = |row: usize| if special(row) { 0.0 } else { (4.0 * noise[row]).floor() };
    let x: Vec<f64> =
        (0..300).flat_map(|row| [noise[row], f64::from(u8::from(special(row)))]).collect();
    let mut counts: Vec<f64> = (0..300).map(count).collect();
    for solver in [Solver::Lbfgs, Solver::Newton] {
        let end = end_of(Loss::Poisson, solver, &x, &Targets::Values(counts.clone()));
        assert_eq!(end, (false, Reason::Separable), "{solver}");
    }
    counts[0] = 2.0;
    for solver in [Solver::Lbfgs, Solver::Newton] {
        let end = end_of(Loss::Poisson, solver, &x, &Targets::Values(counts.clone()));
        assert_eq!(end, (true, Reason::Gradient), "{solver}");
    }
}

#[test]
fn sgd_says_separable_too() {
    let classes: Vec<u32> = (0..100).map(|row| row % 2).collect();
    let x: Vec<f64> = classes.iter().flat_map(|&class| [f64::from(class), 1.0]).collect();
    let data = Dataset::dense(2, Values::F64(x), Targets::Classes(classes)).unwrap();
    let separable = |l2| Trainer::new().l2(l2).solver(Solver::Sgd).fit(&data).unwrap().separable;
    assert_eq!(separable(0.0), Some(true));
    assert_eq!(separable(0.1), None);
}

/// Numbers of a normal distribution, by Box and Muller.
fn normal(rows: u32, primes: [u32; 2]) -> Vec<f64> {
    let [a, b] = primes.map(|prime| unruly(rows, prime));
    a.zip(b)
        .map(|(a, b)| (-2.0 * (a * 0.998 + 0.001).ln()).sqrt() * (std::f64::consts::TAU * b).cos())
        .collect()
}

#[test]
fn a_long_tail_over_classes_that_overlap_is_no_separation() {
    let z = normal(2000, [1009, 2003]);
    let chance: Vec<f64> = unruly(2000, 1999).collect();
    // Amounts, and a feature with one row that is far from all others.
    let amounts: Vec<f64> = z.iter().map(|z| (2.0 * z).exp()).collect();
    let mut far = z;
    far[0] = 300.0;
    for (x, shift, slope) in [(&amounts, 2.0, 1.0), (&far, 0.5, 2.0)] {
        let class = |row: usize| {
            let p = 1.0 / (1.0 + (-slope * (x[row] - shift)).exp());
            u32::from(chance[row] < p)
        };
        let classes = Targets::Classes((0..2000).map(class).collect());
        let both: Vec<f64> =
            x.iter().zip(&chance).flat_map(|(&x, &c)| [x, (7.0 * c).sin()]).collect();
        let end = end_of(Loss::Softmax, Solver::Newton, &both, &classes);
        assert_eq!(end, (true, Reason::Gradient), "slope {slope}");
        let count = |row: usize| (chance[row] * 3.0 * (1.0 - x[row]).exp().min(3.0)).floor();
        let counts = Targets::Values((0..2000).map(count).collect());
        let (_, reason) = end_of(Loss::Poisson, Solver::Newton, &both, &counts);
        assert_ne!(reason, Reason::Separable, "slope {slope}");
    }
}

#[test]
fn one_row_that_is_very_far_from_all_others_is_no_separation() {
    let classes = vec![0, 1, 1, 0, 0, 1, 1, 1];
    for far in [1e3, 1e4, 1e5, 1e6] {
        let x: Vec<f64> = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, far].map(|x| [x, 0.0]).concat();
        for solver in [Solver::Lbfgs, Solver::Newton] {
            let (_, reason) = end_of(Loss::Softmax, solver, &x, &Targets::Classes(classes.clone()));
            assert_ne!(reason, Reason::Separable, "{solver}, {far}");
        }
    }
}
