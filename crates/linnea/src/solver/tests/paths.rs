//! Paths: heads that begin where others of larger penalties ended.

use super::*;

const LOSSES: [(Loss, usize); 4] =
    [(Loss::Squared, 0), (Loss::Softmax, 3), (Loss::Huber, 0), (Loss::Poisson, 0)];

/// A path of either penalty, each with these heads' folds.
fn paths(folds: &[Option<Fold>]) -> [(Solver, Vec<Settings>); 4] {
    let heads = |penalised: fn(f64) -> Settings| -> Vec<Settings> {
        let all = [1.0, 0.1, 0.03, 1e-3].map(penalised);
        let with =
            |one: &Settings| folds.iter().map(|&fold| Settings { fold, ..one.clone() }).collect();
        all.iter().flat_map(|one| -> Vec<Settings> { with(one) }).collect()
    };
    let l2 = heads(|l2| Settings { l2, ..Settings::default() });
    let l1 = heads(|size| Settings { l1: 0.1 * size, l2: 1e-3, ..Settings::default() });
    let net = heads(|l2| Settings { l1: 0.01, l2, ..Settings::default() });
    [
        (Solver::Lbfgs, l2.clone()),
        (Solver::Newton, l2),
        (Solver::Proximal, l1),
        (Solver::Proximal, net),
    ]
}

/// Holds every end of a path of one head at a time, and returns them.
fn hold_path(path: &Case) -> Vec<Finished> {
    let (ends, _) = path.solve(|x| x, 2, &NEVER, |_, _| {});
    for (head, end) in path.heads.iter().zip(&ends) {
        let alone = Case { heads: vec![head.clone()], leg: None, ..path.clone() };
        let (_, twin) = alone.solve(|x| x, 1, &NEVER, |_, _| {});
        hold(&alone, end, &twin, head.l1, best(&alone), 1e-8);
    }
    ends
}

#[test]
fn every_certificate_on_a_path_holds() {
    for (loss, classes) in LOSSES {
        for (solver, heads) in paths(&[None]) {
            hold_path(&Case { solver, leg: Some(1), ..plain(loss, classes, heads) });
        }
    }
}

#[test]
fn a_path_along_columns_holds_too() {
    let heads: Vec<_> =
        [0.3, 0.1, 0.03].map(|l1| Settings { l1, l2: 1e-3, ..Settings::default() }).into();
    let passes = |ends: &[Finished]| ends.iter().map(|end| end.convergence.passes).sum::<usize>();
    for (loss, classes) in LOSSES {
        let heads = heads.clone();
        let path = Case { n: 20, d: 40, leg: Some(1), ..plain(loss, classes, heads) };
        let alone = Case { leg: None, ..path.clone() };
        let (alone, _) = alone.solve(|x| x, 1, &NEVER, |_, _| {});
        let ends = hold_path(&path);
        assert!(passes(&ends) <= passes(&alone), "{loss}: {} {}", passes(&ends), passes(&alone));
    }
}

#[test]
fn an_equal_penalty_is_there_at_once() {
    for (loss, classes) in LOSSES {
        for (solver, heads) in paths(&[None]) {
            let heads = vec![heads[1].clone(); 3];
            let ends = hold_path(&Case { solver, leg: Some(1), ..plain(loss, classes, heads) });
            for end in &ends[1..] {
                assert!(end.convergence.iterations <= 1, "{loss} {solver} {:?}", end.convergence);
            }
        }
    }
}

#[test]
fn a_path_begins_near_its_end() {
    let passes = |leg| {
        let [(_, heads), ..] = paths(&[None]);
        let case = Case { leg, ..plain(Loss::Softmax, 3, heads) };
        let (ends, _) = case.solve(|x| x, 1, &NEVER, |_, _| {});
        ends.iter().map(|end| end.convergence.passes).sum::<usize>()
    };
    assert!(passes(Some(1)) < passes(None), "{} {}", passes(Some(1)), passes(None));
}

#[test]
fn folds_go_the_path_together_with_the_same_bits_on_any_threads() {
    let folds = [None, Some(Fold::new(0, 3)), Some(Fold::new(2, 3))];
    for (loss, classes) in LOSSES {
        for (solver, heads) in paths(&folds) {
            let case = Case { solver, leg: Some(3), ..plain(loss, classes, heads) };
            let run = |threads| case.solve(|x| x as f32, threads, &NEVER, |_, _| {}).0;
            let alone = Case { leg: None, ..case.clone() };
            let alone = alone.solve(|x| x as f32, 1, &NEVER, |_, _| {}).0;
            for (((a, b), alone), head) in run(1).iter().zip(run(3)).zip(alone).zip(&case.heads) {
                assert!(a.at == b.at && a.convergence == b.convergence);
                assert!(a.convergence.converged, "{loss} {solver}: {:?}", a.convergence);
                let value = |end: &Finished| {
                    let penalty = head.l1 * end.at.weight_magnitudes();
                    end.loss + penalty + head.l2 / 2.0 * end.at.weight_squares()
                };
                let (a, alone) = (value(a), value(&alone));
                assert!((a - alone).abs() < 1e-5 * alone, "{loss} {solver}: {a} {alone}");
            }
        }
    }
}

#[test]
fn an_interrupt_ends_all_legs() {
    let [(_, heads), ..] = paths(&[None]);
    let case = Case { leg: Some(1), ..plain(Loss::Softmax, 3, heads) };
    let stop = AtomicBool::new(false);
    let (ends, _) = case.solve(
        |x| x,
        1,
        &stop,
        |head, _| stop.store(head == 1, std::sync::atomic::Ordering::Relaxed),
    );
    let reasons: Vec<_> = ends.iter().map(|end| end.convergence.reason).collect();
    assert_eq!(reasons[0], Reason::Gradient);
    assert_eq!(reasons[1..], [Reason::Interrupted; 3]);
    assert!(ends[2..].iter().all(|end| end.convergence.iterations == 0));
}
