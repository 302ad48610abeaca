//! Solvers held to the twin in tensors: what they say of a point is recomputed by autograd in `f64`,
//! over random problems of every shape.

use std::sync::atomic::AtomicBool;

use linnea_data::{Schema, bf16};
use linnea_kernels::{Element, Level, Real};
use linnea_tensor::Tensor;
use proptest::prelude::*;

use super::{Course, Finished, Reason, Solver, Task};
use crate::folds::{Fold, Folds, Keys};
use crate::full_batch::recipes;
use crate::loss::{Loss, RowLoss, Softmax, Squared};
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::rows::Rows;
use crate::scaling::Scaling;
use crate::settings::{Settings, Standardize};
use crate::twin::{Target, Twin};

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
    /// 0 for a regression.
    pub(super) classes: usize,
    pub(super) kind: Kind,
    pub(super) standardize: Standardize,
    pub(super) heads: Vec<Settings>,
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
        if self.classes == 0 {
            return Target::Numbers((0..self.n).map(|r| 3.0 + signal(r, 0)).collect());
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
        let scaling =
            Scaling::fit(&rows, &Schema::numeric(self.d, None), self.standardize, None, level, 1);
        let target = self.target(&wide);
        let twin = Twin::new(&wide, &scaling, target.clone(), self.heads[0].l2).unwrap();
        let run = |stored: &dyn RowLoss<T::Real>, double: &dyn RowLoss<f64>, loss, outputs| {
            let objective =
                Objective { rows: &rows, loss: stored, scaling: &scaling, level, threads };
            let sparse = self.heads.iter().any(|head| head.l1 > 0.0);
            let solver = if sparse { Solver::Proximal } else { Solver::Lbfgs };
            let classes = match &target {
                Target::Classes { classes, .. } => Some(classes.as_slice()),
                Target::Numbers(_) => None,
            };
            let keys = Keys { rows: self.n, classes, ..Keys::default() };
            let recipes = recipes::<T>(&self.heads, solver);
            let folds = Folds::new(&recipes, &keys, None).unwrap();
            let task = Task {
                objective: &objective,
                double,
                loss,
                targets: &[],
                outputs,
                recipes: &recipes,
                folds: &folds,
                l1_unit: 1.0,
                is_centred: self.standardize != Standardize::Off,
                is_path: false,
            };
            task.run(interrupt, report)
        };
        let finished = match &target {
            Target::Classes { classes, count } => {
                let loss = Softmax { classes, count: *count };
                run(&loss, &loss, Loss::Softmax, *count)
            }
            Target::Numbers(numbers) => {
                let stored = numbers.iter().map(|&y| T::Real::from_f64(y)).collect();
                let double = Squared { targets: numbers.clone() };
                run(&Squared { targets: stored }, &double, Loss::Squared, 1)
            }
        };
        (finished, twin)
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
    // iterations may be too few, and that is said.
    let is_hard = case.kind == Kind::Scales && case.standardize == Standardize::Off;
    let is_honest = said.converged || (is_hard && said.reason == Reason::IterationLimit);
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
    let classes = prop::sample::select(vec![0, 2, 3, 5]);
    let l2 = prop::sample::select(vec![1e-3, 0.1, 3.0]);
    let standardize =
        prop::sample::select(vec![Standardize::On, Standardize::On, Standardize::Off]);
    (0_u64..500, shapes, kinds, classes, l2, standardize).prop_map(
        |(seed, (n, d), kind, classes, l2, standardize)| {
            let heads = vec![Settings { l2, ..Settings::default() }];
            Case { seed, n, d, classes, kind, standardize, heads }
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
    #![proptest_config(ProptestConfig::with_cases(48))]

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

fn plain(classes: usize, heads: Vec<Settings>) -> Case {
    let (n, d, kind, standardize) = (600, 8, Kind::Plain, Standardize::On);
    Case { seed: 3, n, d, classes, kind, standardize, heads }
}

#[test]
fn heads_have_the_bits_that_they_have_alone_on_any_threads() {
    let fold = |index| Some(Fold::new(index, 3));
    let heads = [(1e-3, None), (0.1, fold(0)), (1e-3, fold(2))];
    let heads = heads.map(|(l2, fold)| Settings { l2, fold, ..Settings::default() }).to_vec();
    let sparse = heads.iter().map(|head| Settings { l1: 0.02, ..head.clone() }).collect::<Vec<_>>();
    for (classes, heads) in [(0, &heads), (3, &heads), (0, &sparse), (3, &sparse)] {
        let together = |threads| {
            plain(classes, heads.clone()).solve(|x| x as f32, threads, &NEVER, |_, _| {}).0
        };
        let first = together(1);
        for threads in [2, 3, 7] {
            for (a, b) in first.iter().zip(together(threads)) {
                assert!(a.at == b.at && a.convergence == b.convergence, "{threads} threads");
            }
        }
        for (head, end) in heads.iter().zip(&first) {
            let alone = plain(classes, vec![head.clone()]);
            let alone = alone.solve(|x| x as f32, 1, &NEVER, |_, _| {}).0;
            assert!(alone[0].at == end.at && alone[0].convergence == end.convergence);
            assert!(end.convergence.converged);
        }
    }
}

#[test]
fn separable_classes_are_recognised() {
    let mut case = plain(3, vec![Settings::default()]);
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
    let case = plain(5, vec![Settings { l2: 1e-4, ..Settings::default() }]);
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
    let case = plain(5, vec![Settings { max_iterations: Some(3), ..Settings::default() }]);
    let said = &case.solve(|x| x, 1, &NEVER, |_, _| {}).0[0].convergence;
    assert_eq!((said.reason, said.iterations, said.converged), (Reason::IterationLimit, 3, false));
}
