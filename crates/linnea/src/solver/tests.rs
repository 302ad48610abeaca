//! Solvers held to the twin in tensors: what they say of a point is recomputed by autograd in `f64`,
//! over random problems of every shape.

mod paths;

use std::sync::atomic::AtomicBool;

use linnea_data::{Schema, bf16};
use linnea_kernels::{Element, Level, Real};
use linnea_tensor::Tensor;
use proptest::prelude::*;

use super::{Choice, Course, Finished, Reason, Solver, Task};
use crate::folds::{Fold, Folds};
use crate::full_batch::recipes;
use crate::loss::Loss;
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::rows::Rows;
use crate::scaling::Scaling;
use crate::settings::{Settings, Standardize};
use crate::target::TargetUnits;
use crate::twin::{Target, Twin};

/// The threshold of the Huber loss.
const DELTA: f64 = 0.4;

/// Numbers that look random, between −1 and 1.
fn noise(seed: u64, i: usize) -> f64 {
    let bits = (i as u64 + 1 + seed * 1_000_003).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits ^ bits >> 32) as f64 / (u64::MAX / 2) as f64 - 1.0
}

/// What is odd about the features.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Plain,
    Collinear,
    Constant,
    Scales,
}

/// A random problem.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) seed: u64,
    pub(super) n: usize,
    pub(super) d: usize,
    pub(super) loss: Loss,
    /// Of the softmax loss.
    pub(super) classes: usize,
    pub(super) kind: Kind,
    pub(super) standardize: Standardize,
    /// For heads without an L1 penalty.
    pub(super) solver: Solver,
    pub(super) heads: Vec<Settings>,
    /// How many go at once, if not all.
    pub(super) leg: Option<usize>,
}

impl Case {
    /// The features, exact in every storage.
    fn numbers<T: Element>(&self, store: impl Fn(f64) -> T) -> Vec<T> {
        let number = |r: usize, j: usize| {
            let z = noise(self.seed, r * self.d + j);
            match self.kind {
                Kind::Constant if j == 0 => 7.0,
                Kind::Collinear if j + 1 == self.d && j > 0 => {
                    (100.0 + 50.0 * noise(self.seed, r * self.d)).round()
                }
                Kind::Scales => (100.0 + 50.0 * z).round() * [1.0, 1e-3, 1e3][j % 3],
                _ => (100.0 + 50.0 * z).round(),
            }
        };
        let of_row = |r: usize| (0..self.d).map(move |j| (r, j));
        (0..self.n).flat_map(of_row).map(|(r, j)| store(number(r, j))).collect()
    }

    fn target(&self, x: &[f64]) -> Target {
        let signal = |r: usize, c: usize| {
            let row = &x[r * self.d..][..self.d];
            let mean = row.iter().sum::<f64>() / self.d as f64;
            row.iter()
                .enumerate()
                .map(|(j, x)| x / mean.abs().max(1e-9) * noise(c as u64 + 77, j))
                .sum::<f64>()
                + 0.7 * noise(self.seed + 5, r * 31 + c)
        };
        let numbers = || (0..self.n).map(|r| 3.0 + signal(r, 0));
        match self.loss {
            Loss::Squared => return Target::Numbers(numbers().collect()),
            // About every third row is an outlier.
            Loss::Huber => return Target::Robust(numbers().collect(), DELTA),
            Loss::Poisson => return Target::Counts(numbers().map(|y| y.abs().round()).collect()),
            Loss::Softmax => {}
        }
        let best = |r: usize| {
            (0..self.classes).max_by(|&a, &b| signal(r, a).total_cmp(&signal(r, b))).unwrap() as u32
        };
        // Every class is there, and some rows are on the wrong side.
        let class =
            |r: usize| if r.is_multiple_of(4) { (r / 4 % self.classes) as u32 } else { best(r) };
        Target::Classes { classes: (0..self.n).map(class).collect(), count: self.classes }
    }

    /// Solves over a storage: every head's end, and the twin of the problem.
    pub(super) fn solve<T: Element>(
        &self,
        store: impl Fn(f64) -> T,
        threads: usize,
        interrupt: &AtomicBool,
        report: impl FnMut(usize, &Course),
    ) -> (Vec<Finished>, Twin) {
        let x = self.numbers(store);
        let wide: Vec<f64> = x.iter().map(|x| x.to_real().to_f64()).collect();
        let rows = Rows::new(vec![x.as_slice()], self.n, self.d);
        let level = Level::detect();
        let scaling = Scaling::fit(
            &rows,
            &Schema::numeric(self.d, None),
            self.standardize,
            None,
            level,
            None,
        );
        let target = self.target(&wide);
        let twin = Twin::new(&wide, &scaling, target.clone(), self.heads[0].l2).unwrap();
        let (stored, double) = (target.loss::<T::Real>(), target.loss::<f64>());
        let loss = stored.as_ref();
        let threads = Some(threads);
        let objective = Objective { rows: &rows, loss, scaling: &scaling, level, threads };
        let sparse = self.heads.iter().any(|head| head.l1 > 0.0);
        let solver = if sparse { Solver::Proximal } else { self.solver };
        let choice = Choice { solver, begins_by_sgd: false };
        let recipes = recipes::<T>(&self.heads, choice, None);
        let folds = Folds::new(&recipes, &target.keys(self.n), None).unwrap();
        let task = Task {
            objective: &objective,
            double: double.as_ref(),
            loss: self.loss,
            delta: DELTA,
            targets: target.numbers(),
            outputs: target.outputs(),
            recipes: &recipes,
            folds: &folds,
            units: TargetUnits::NONE,
            is_centred: self.standardize != Standardize::Off,
            begin: &[],
            leg: self.leg.unwrap_or(recipes.len()),
        };
        (task.run(interrupt, report), twin)
    }
}

static NEVER: AtomicBool = AtomicBool::new(false);

/// The objective, and the norm of its least subgradient, by autograd.
fn recomputed(twin: &Twin, at: &Parameters, l1: f64) -> (f64, f64) {
    let leaves = Twin::leaves(at).unwrap();
    let n = twin.features.size(0).unwrap();
    let rows = Tensor::arange(0, n, 1).unwrap();
    let value = (twin.loss(&rows, &leaves).unwrap() + twin.penalty(&leaves).unwrap()).clone();
    value.backward().unwrap();
    let slopes: Vec<f64> = leaves[0].grad().unwrap().to_vec().unwrap();
    let slopes = slopes
        .iter()
        .zip(&at.weight)
        .map(|(g, &w)| if w == 0.0 { (g.abs() - l1).max(0.0) } else { g + l1 * w.signum() });
    let intercepts: Vec<f64> = leaves[1].grad().unwrap().to_vec().unwrap();
    let norm = slopes.chain(intercepts).map(|g| g * g).sum::<f64>().sqrt();
    (value.item() + l1 * at.weight_magnitudes(), norm)
}

/// Holds every claim of an end to what the twin says.
fn hold(case: &Case, end: &Finished, twin: &Twin, l1: f64, best: f64, tolerance: f64) {
    let (value, norm) = recomputed(twin, &end.at, l1);
    let (_, start) = recomputed(twin, &Parameters::zeros(end.at.outputs, end.at.features), l1);
    let said = &end.convergence;
    let rounding = 1e-13 * value.abs().max(1.0);
    // Features of very different scales, and a penalty that weighs them alike: then a thousand
    // iterations may be too few, or rounding stops them, and that is said.
    let is_hard = case.kind == Kind::Scales && case.standardize == Standardize::Off;
    let ends = matches!(said.reason, Reason::IterationLimit | Reason::Stalled);
    let is_honest = said.converged || is_hard && ends;
    assert!(is_honest, "{case:?}: {said:?}");
    assert!(
        (norm - said.gradient_norm).abs() <= 1e-9 * start + rounding,
        "{case:?}: {norm} {said:?}"
    );
    if said.reason == Reason::Gradient {
        assert!(
            norm <= tolerance * start * (1.0 + 1e-5) + rounding,
            "{case:?}: {norm} of {start}, {said:?}"
        );
    }
    if let Some(gap) = said.gap {
        assert!(is_hard || gap <= 1e-3 * value.abs().max(1.0), "{case:?}: {said:?}");
        assert!(value - best <= gap + 10.0 * rounding, "{case:?}: {value} above {best}, {said:?}");
    }
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let shapes = prop::sample::select(vec![(20, 40), (30, 30), (300, 7), (700, 3), (40, 1)]);
    let kinds =
        prop::sample::select(vec![Kind::Plain, Kind::Collinear, Kind::Constant, Kind::Scales]);
    let losses = prop::sample::select(vec![
        (Loss::Squared, 0),
        (Loss::Softmax, 2),
        (Loss::Softmax, 3),
        (Loss::Softmax, 5),
        (Loss::Huber, 0),
        (Loss::Poisson, 0),
    ]);
    let l2 = prop::sample::select(vec![1e-3, 0.1, 3.0]);
    let standardize =
        prop::sample::select(vec![Standardize::On, Standardize::On, Standardize::Off]);
    let solvers = prop::sample::select(vec![Solver::Lbfgs, Solver::Newton]);
    (0_u64..500, shapes, kinds, losses, l2, standardize, solvers).prop_map(
        |(seed, (n, d), kind, (loss, classes), l2, standardize, solver)| {
            let heads = vec![Settings { l2, ..Settings::default() }];
            Case { seed, n, d, loss, classes, kind, standardize, solver, heads, leg: None }
        },
    )
}

/// Solves to the last digit, for a value that nothing is below.
fn best(case: &Case) -> f64 {
    let mut exact = case.clone();
    exact.heads[0].tol = Some(1e-13);
    let (ends, twin) = exact.solve(|x| x, 1, &NEVER, |_, _| {});
    recomputed(&twin, &ends[0].at, case.heads[0].l1).0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn what_is_called_converged_is(case in cases()) {
        let (l1, best) = (case.heads[0].l1, best(&case));
        let (ends, twin) = case.solve(|x| x, 2, &NEVER, |_, _| {});
        hold(&case, &ends[0], &twin, l1, best, 1e-8);
        if case.kind != Kind::Scales {
            let (ends, twin) = case.solve(|x| x as f32, 2, &NEVER, |_, _| {});
            hold(&case, &ends[0], &twin, l1, best, 1e-6);
            let (ends, twin) = case.solve(|x| x as u8, 2, &NEVER, |_, _| {});
            hold(&case, &ends[0], &twin, l1, best, 1e-6);
            let (ends, twin) = case.solve(bf16::from_f64, 2, &NEVER, |_, _| {});
            hold(&case, &ends[0], &twin, l1, best, 1e-6);
        }
    }
}

fn plain(loss: Loss, classes: usize, heads: Vec<Settings>) -> Case {
    let (n, d, kind, standardize) = (600, 8, Kind::Plain, Standardize::On);
    let (seed, solver, leg) = (3, Solver::Lbfgs, None);
    Case { seed, n, d, loss, classes, kind, standardize, solver, heads, leg }
}

#[test]
fn heads_have_the_bits_that_they_have_alone_on_any_threads() {
    let fold = |index| Some(Fold::new(index, 3));
    let heads = [(1e-3, None), (0.1, fold(0)), (1e-3, fold(2))];
    let heads = heads.map(|(l2, fold)| Settings { l2, fold, ..Settings::default() }).to_vec();
    let sparse = heads.iter().map(|head| Settings { l1: 0.02, ..head.clone() }).collect::<Vec<_>>();
    let losses = [(Loss::Squared, 0), (Loss::Softmax, 3), (Loss::Huber, 0), (Loss::Poisson, 0)];
    let solvers = [(Solver::Lbfgs, &heads), (Solver::Newton, &heads), (Solver::Proximal, &sparse)];
    for ((loss, classes), (solver, heads)) in
        losses.iter().flat_map(|&loss| solvers.map(|solver| (loss, solver)))
    {
        let together = |threads| {
            let case = Case { solver, ..plain(loss, classes, heads.clone()) };
            case.solve(|x| x as f32, threads, &NEVER, |_, _| {}).0
        };
        let first = together(1);
        for threads in [2, 3, 7] {
            for (a, b) in first.iter().zip(together(threads)) {
                assert!(a.at == b.at && a.convergence == b.convergence, "{threads} threads");
            }
        }
        for (head, end) in heads.iter().zip(&first) {
            let alone = Case { solver, ..plain(loss, classes, vec![head.clone()]) };
            let alone = alone.solve(|x| x as f32, 1, &NEVER, |_, _| {}).0;
            assert!(alone[0].at == end.at && alone[0].convergence == end.convergence);
            assert!(end.convergence.converged);
        }
    }
}

#[test]
fn newton_and_lbfgs_end_in_the_same_contrasts_of_classes() {
    for (seed, standardize) in (0..10).zip([Standardize::On, Standardize::Off].into_iter().cycle())
    {
        let heads = vec![Settings { l2: 0.01, tol: Some(1e-10), ..Settings::default() }];
        let case = Case { seed, standardize, ..plain(Loss::Softmax, 3, heads) };
        let end = |solver| Case { solver, ..case.clone() }.solve(|x| x, 1, &NEVER, |_, _| {}).0;
        let [newton, lbfgs] =
            [Solver::Newton, Solver::Lbfgs].map(|solver| end(solver).remove(0).at);
        assert!(newton.bias.iter().sum::<f64>().abs() < 1e-12, "{:?}", newton.bias);
        let apart = newton.plus(-1.0, &lbfgs).norm();
        assert!(apart < 1e-6 * (1.0 + lbfgs.norm()), "{apart}");
    }
}

#[test]
fn separable_classes_are_recognised() {
    let mut case = plain(Loss::Softmax, 3, vec![Settings::default()]);
    // More features than rows separate whatever classes there are.
    (case.n, case.d) = (30, 60);
    for standardize in [Standardize::On, Standardize::Off] {
        case.standardize = standardize;
        let (ends, _) = case.solve(|x| x, 1, &NEVER, |_, _| {});
        let said = &ends[0].convergence;
        assert!(!said.converged && said.reason == Reason::Separable, "{said:?}");
        assert!(said.iterations < 200);
    }
}

#[test]
fn an_interrupted_solver_says_so() {
    let stop = AtomicBool::new(false);
    let case = plain(Loss::Softmax, 5, vec![Settings { l2: 1e-4, ..Settings::default() }]);
    let interrupt = |_, course: &Course| {
        stop.store(course.iterations == 2, std::sync::atomic::Ordering::Relaxed);
    };
    let (ends, _) = case.solve(|x| x as f32, 1, &stop, interrupt);
    let said = &ends[0].convergence;
    assert!(said.reason == Reason::Interrupted && !said.converged);
    assert_eq!(said.iterations, 2);
    assert!(ends[0].loss.is_finite() && said.gradient_norm.is_finite());
}

#[test]
fn the_iterations_are_limited() {
    let case =
        plain(Loss::Softmax, 5, vec![Settings { max_iterations: Some(3), ..Settings::default() }]);
    let said = &case.solve(|x| x, 1, &NEVER, |_, _| {}).0[0].convergence;
    assert_eq!((said.reason, said.iterations, said.converged), (Reason::IterationLimit, 3, false));
}

/// Features of scales a million apart, sums of others, and a penalty that weighs all alike: L-BFGS
/// takes many steps there, or does not end.
#[test]
fn newton_takes_few_steps_where_the_conditions_are_bad() {
    let heads = vec![Settings { l2: 1e-6, tol: Some(1e-10), ..Settings::default() }];
    for (loss, classes) in
        [(Loss::Squared, 0), (Loss::Softmax, 4), (Loss::Huber, 0), (Loss::Poisson, 0)]
    {
        for kind in [Kind::Collinear, Kind::Scales] {
            let case =
                Case { kind, standardize: Standardize::Off, ..plain(loss, classes, heads.clone()) };
            let newton = Case { solver: Solver::Newton, ..case.clone() };
            let (ends, twin) = newton.solve(|x| x, 2, &NEVER, |_, _| {});
            let said = &ends[0].convergence;
            assert!(said.converged && said.iterations <= 40, "{loss}, {kind:?}: {said:?}");
            let (other, _) = case.solve(|x| x, 2, &NEVER, |_, _| {});
            let [own, others] = [&ends, &other].map(|ends| recomputed(&twin, &ends[0].at, 0.0).0);
            assert!(
                own <= others + 1e-12 * others.abs().max(1.0),
                "{loss}, {kind:?}: {own} {others}"
            );
        }
    }
}

/// With an L1 penalty, alone or with L2: the gap is a bound, and it closes.
fn sparse_cases() -> impl Strategy<Value = Case> {
    let penalties = prop::sample::select(vec![(0.02, 0.0), (0.2, 0.0), (0.05, 0.1)]);
    (cases(), penalties).prop_map(|(case, (l1, l2))| {
        let heads = vec![Settings { l2, l1, ..Settings::default() }];
        let kind = if case.kind == Kind::Scales { Kind::Plain } else { case.kind };
        Case { heads, kind, standardize: Standardize::On, ..case }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_called_converged_is_with_zeros_too(case in sparse_cases()) {
        let (l1, best) = (case.heads[0].l1, best(&case));
        let (ends, twin) = case.solve(|x| x, 2, &NEVER, |_, _| {});
        hold(&case, &ends[0], &twin, l1, best, 1e-8);
        let (ends, twin) = case.solve(|x| x as u8, 2, &NEVER, |_, _| {});
        hold(&case, &ends[0], &twin, l1, best, 1e-6);
    }
}

/// More features than rows: what bounds a curvature everywhere says little of it anywhere.
#[test]
fn wide_problems_with_an_l1_penalty_take_few_steps() {
    let losses = [(Loss::Softmax, 2), (Loss::Softmax, 5), (Loss::Huber, 0), (Loss::Poisson, 0)];
    let penalties = [(Standardize::On, 0.02, 0.0), (Standardize::On, 0.02, 0.1)];
    let penalties = [penalties[0], penalties[1], (Standardize::Off, 1.0, 0.0)];
    for ((loss, classes), (standardize, l1, l2)) in
        losses.into_iter().flat_map(|loss| penalties.map(|penalty| (loss, penalty)))
    {
        let heads = vec![Settings { l2, l1, ..Settings::default() }];
        let case = Case { n: 60, d: 240, standardize, ..plain(loss, classes, heads) };
        let (ends, twin) = case.solve(|x| x, 2, &NEVER, |_, _| {});
        let said = &ends[0].convergence;
        assert!(said.converged && said.iterations <= 100, "{loss}, {standardize:?}: {said:?}");
        hold(&case, &ends[0], &twin, l1, best(&case), 1e-8);
    }
}

/// Folds and weights of rows are in the losses along columns too: a head has its bits alone.
#[test]
fn wide_heads_have_the_bits_that_they_have_alone_on_any_threads() {
    let fold = |index| Some(Fold::new(index, 3));
    let heads = [(0.02, None), (0.05, fold(0)), (0.02, fold(2))];
    let heads = heads.map(|(l1, fold)| Settings { l1, fold, ..Settings::default() }).to_vec();
    for (loss, classes) in [(Loss::Softmax, 3), (Loss::Huber, 0), (Loss::Poisson, 0)] {
        let wide =
            |heads: &[Settings]| Case { n: 45, d: 90, ..plain(loss, classes, heads.to_vec()) };
        let together = |threads| wide(&heads).solve(|x| x as f32, threads, &NEVER, |_, _| {}).0;
        let (first, other) = (together(1), together(3));
        for ((head, a), b) in heads.iter().zip(&first).zip(&other) {
            let alone = wide(std::slice::from_ref(head)).solve(|x| x as f32, 1, &NEVER, |_, _| {});
            let c = &alone.0[0];
            assert!(a.at == b.at && a.convergence == b.convergence);
            assert!(a.at == c.at && a.convergence == c.convergence);
            assert!(a.convergence.converged, "{loss}: {:?}", a.convergence);
        }
    }
}
