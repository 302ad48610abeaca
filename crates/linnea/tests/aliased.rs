//! Exactly collinear columns by a Gram matrix, held to QR.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::data::{Dataset, Targets, Values};
use linnea::{LeastSquares, LinearFit, Method, Standardize};
use proptest::prelude::*;

/// How columns depend on each other.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A category, all its levels.
    OneHot,
    TwoCategories,
    Constant,
    Duplicate,
    /// The sum of two.
    Sum,
    /// Twice a column less a level of a category, a constant, and the category itself.
    All,
}

use Kind::{All, Constant, Duplicate, OneHot, Sum, TwoCategories};

const KINDS: [Kind; 6] = [OneHot, TwoCategories, Constant, Duplicate, Sum, All];

fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

struct Problem {
    p: usize,
    x: Vec<f64>,
    targets: Vec<Vec<f64>>,
    weights: Option<Vec<f64>>,
}

impl Problem {
    fn random(n: usize, kind: Kind, seed: u64, weighted: bool, single: bool) -> Self {
        let mut next = numbers(seed);
        let (mut x, mut p) = (Vec::new(), 0);
        let mut targets = vec![Vec::new(); 2];
        for row in 0..n {
            // Of few bits, so that sums and doubles are exact in f32 too.
            let mut own: Vec<f64> = (0..3).map(|_| (next() * 4096.0).floor() / 64.0).collect();
            let mut level = |of: usize, own: &mut Vec<f64>| {
                let level = if row < of { row } else { (next() * of as f64) as usize };
                own.extend((0..of).map(|l| f64::from(u8::from(l == level))));
            };
            match kind {
                OneHot => level(5, &mut own),
                TwoCategories => {
                    level(4, &mut own);
                    level(7, &mut own);
                }
                Constant => own.insert(1, 0.3),
                Duplicate => own.insert(2, own[0]),
                Sum => own.push(own[0] + own[2]),
                All => {
                    level(3, &mut own);
                    own.extend([7.0, 2.0 * own[0] - own[4], own[1]]);
                }
            }
            p = own.len();
            let signal: f64 = own.iter().enumerate().map(|(j, x)| x * ((j % 3) as f64 - 0.7)).sum();
            targets[0].push(signal + 10.0 * next());
            targets[1].push(50.0 * next() - signal);
            x.extend(own);
        }
        if single {
            x.iter_mut().for_each(|x| *x = f64::from(*x as f32));
        }
        let weights =
            weighted.then(|| (0..n).map(|i| ((i % 7) as f64).min(3.0) + next()).collect());
        Self { p, x, targets, weights }
    }

    fn data(&self, single: bool) -> Dataset {
        let values = match single {
            true => Values::F32(self.x.iter().map(|&x| x as f32).collect()),
            false => Values::F64(self.x.clone()),
        };
        Dataset::dense(self.p, values, Targets::Values(self.targets[0].clone())).unwrap()
    }

    fn settings(&self) -> LeastSquares<'_> {
        match &self.weights {
            Some(weights) => LeastSquares::new().weights(weights),
            None => LeastSquares::new(),
        }
    }

    fn fit(&self, settings: &LeastSquares<'_>, data: &Dataset, method: Method) -> Vec<LinearFit> {
        let targets: Vec<&[f64]> = self.targets.iter().map(Vec::as_slice).collect();
        settings.clone().method(method).fit_targets(data, &targets).unwrap()
    }
}

#[track_caller]
fn close(a: f64, b: f64, relative: f64) {
    let same = a.is_nan() && b.is_nan() || a == b;
    assert!(same || (a - b).abs() <= relative * a.abs().max(b.abs()), "{a:e} {b:e}");
}

#[track_caller]
fn agree(gram: &LinearFit, qr: &LinearFit) {
    assert_eq!((gram.method, qr.method), (Method::Gram, Method::Qr));
    assert_eq!((gram.rank, &gram.aliased), (qr.rank, &qr.aliased));
    close(gram.condition, qr.condition, 1e-10);
    assert!(gram.converged() && qr.converged());
    let size = |fit: &LinearFit| fit.model.weight().iter().fold(0.0_f64, |m, w| m.max(w.abs()));
    for (a, b) in gram.model.weight().iter().zip(qr.model.weight()) {
        assert!((a - b).abs() <= 1e-10 * size(qr), "{a:e} {b:e}");
    }
    close(gram.model.bias()[0], qr.model.bias()[0], 1e-9);
    let (Some(a), Some(b)) = (&gram.statistics, &qr.statistics) else {
        assert!(gram.statistics.is_none() && qr.statistics.is_none());
        return;
    };
    close(a.rss, b.rss, 1e-10);
    close(a.tss, b.tss, 1e-10);
    close(a.f, b.f, 1e-9);
    for (a, b) in a.coefficients.iter().zip(&b.coefficients) {
        close(a.standard_error, b.standard_error, 1e-10);
        close(a.vif.unwrap_or(1.0), b.vif.unwrap_or(1.0), 1e-9);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_gram_way_says_what_qr_says(
        n in 100_usize..1500,
        kind in 0..KINDS.len(),
        seed: u64,
        weighted: bool,
        single: bool,
        intercept: bool,
        drop: bool,
        penalised: bool,
        raw: bool,
    ) {
        let problem = Problem::random(n, KINDS[kind], seed, weighted, single);
        let standardize = if raw { Standardize::Off } else { Standardize::On };
        let settings = problem
            .settings()
            .intercept(intercept)
            .drop_aliased(drop)
            .standardize(standardize)
            .l2(if penalised { 0.01 } else { 0.0 });
        let data = problem.data(single);
        let fits = problem.fit(&settings, &data, Method::Gram);
        for (gram, qr) in fits.iter().zip(problem.fit(&settings, &data, Method::Qr)) {
            agree(gram, &qr);
        }
        for threads in [1, 3] {
            let again = problem.fit(&settings.clone().threads(threads), &data, Method::Gram);
            for (a, b) in fits.iter().zip(&again) {
                prop_assert_eq!(a.model.weight(), b.model.weight());
            }
        }
    }

    #[test]
    fn a_column_that_is_nearly_a_sum_is_kept(
        n in 100_usize..1500,
        seed: u64,
        exponent in -12.0..-5.0,
        drop: bool,
    ) {
        let mut problem = Problem::random(n, Sum, seed, false, false);
        let mut next = numbers(seed ^ 1);
        let size = 10_f64.powf(exponent);
        problem.x.chunks_mut(4).for_each(|row| row[3] += 64.0 * size * next());
        let settings = problem.settings().drop_aliased(drop);
        for fit in problem.fit(&settings, &problem.data(false), Method::Gram) {
            prop_assert!(fit.aliased.is_empty(), "{:?}", fit.aliased);
            prop_assert_eq!(fit.rank, 5);
        }
    }
}

#[test]
fn a_tall_table_with_categories_goes_the_gram_way_of_itself() {
    let problem = Problem::random(150_000, TwoCategories, 5, false, true);
    let fit = problem.settings().fit(&problem.data(true)).unwrap();
    assert_eq!(fit.method, Method::Gram);
    assert_eq!(fit.aliased, ["x6", "x13"]);
}

#[test]
fn columns_that_are_0_or_alike_wherever_rows_have_a_weight_are_aliased() {
    let mut problem = Problem::random(900, OneHot, 3, true, false);
    let weights = problem.weights.as_mut().unwrap();
    for (row, (x, weight)) in problem.x.chunks_mut(8).zip(weights).enumerate() {
        let out = row % 5 == 0;
        *weight *= f64::from(u8::from(!out));
        // What is constant elsewhere varies in rows that do not count.
        x[1] = if out { row as f64 } else { 0.1 };
    }
    let (settings, data) = (problem.settings(), problem.data(false));
    for (gram, qr) in problem.fit(&settings, &data, Method::Gram).iter().zip(problem.fit(
        &settings,
        &data,
        Method::Qr,
    )) {
        assert_eq!(gram.aliased, ["x1", "x7"]);
        assert!(gram.model.weight()[1].abs() < 1e-15);
        agree(gram, &qr);
    }
}
