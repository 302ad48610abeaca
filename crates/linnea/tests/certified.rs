//! What is called converged is: the gradient, recomputed here row by row, is within the tolerance that
//! the result states; over random problems, weighted or not, with and without a penalty.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use linnea::prelude::*;
use linnea::{Convergence, Reason};
use proptest::prelude::*;

#[derive(Debug, Clone)]
struct Problem {
    features: usize,
    x: Vec<f64>,
    targets: Targets,
    classes: usize,
    loss: Loss,
    weights: Option<Vec<f64>>,
    l2: f64,
    solver: Solver,
}

/// Numbers between 0 and 1 that follow no rule.
fn noise(seed: u64, i: usize) -> f64 {
    let bits = (i as u64 + 1 + seed * 1_000_003).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits ^ bits >> 32) as f64 / u64::MAX as f64
}

fn problems() -> impl Strategy<Value = Problem> {
    let kinds = prop::sample::select(vec![
        (Loss::Squared, 1, Solver::Exact),
        (Loss::Squared, 1, Solver::Lbfgs),
        (Loss::Squared, 1, Solver::Newton),
        (Loss::Softmax, 2, Solver::Lbfgs),
        (Loss::Softmax, 3, Solver::Lbfgs),
        (Loss::Softmax, 3, Solver::Newton),
        (Loss::Poisson, 1, Solver::Lbfgs),
        (Loss::Huber, 1, Solver::Newton),
    ]);
    let offset = prop::sample::select(vec![0.0, 10.0, 1e4, 1e9]);
    let l2 = prop::sample::select(vec![0.0, 0.0, 1e-3]);
    (0..1000_u64, kinds, offset, l2, 60..200_usize, 1..5_usize, any::<bool>()).prop_map(
        |(seed, (loss, classes, solver), offset, l2, rows, features, weighted)| {
            let x: Vec<f64> = (0..rows * features).map(|i| offset + noise(seed, i)).collect();
            let noisy = |row: usize| 2.0 * (x[row * features] - offset) + noise(seed + 7, row);
            let targets = match loss {
                Loss::Softmax => {
                    let class = |row| (noisy(row) * classes as f64 / 3.0) as u32;
                    // Some rows have any class, so that there is an optimum.
                    let any = |row: usize| (row / 3 % classes) as u32;
                    let of = |row: usize| if row.is_multiple_of(3) { any(row) } else { class(row) };
                    Targets::Classes((0..rows).map(of).collect())
                }
                Loss::Poisson => {
                    Targets::Values((0..rows).map(|r| (2.0 * noisy(r)).floor()).collect())
                }
                _ => Targets::Values((0..rows).map(noisy).collect()),
            };
            let weights =
                weighted.then(|| (0..rows).map(|r| (3.0 * noise(seed + 9, r)).floor()).collect());
            Problem { features, x, targets, classes, loss, weights, l2, solver }
        },
    )
}

/// Mean and deviation of numbers, each counted by its weight.
fn moments(numbers: &[f64], weights: &[f64]) -> (f64, f64) {
    let total: f64 = weights.iter().sum();
    let of = |f: &dyn Fn(f64) -> f64| {
        numbers.iter().zip(weights).map(|(x, w)| w * f(*x)).sum::<f64>() / total
    };
    // Twice, so that an offset leaves no rounding.
    let rough = of(&|x| x);
    let mean = rough + of(&|x| x - rough);
    (mean, of(&|x| (x - mean).powi(2)).sqrt())
}

impl Problem {
    fn rows(&self) -> usize {
        self.x.len() / self.features
    }

    fn data(&self) -> Dataset {
        let data = Dataset::dense(self.features, Values::F64(self.x.clone()), self.targets.clone());
        let weights = self.weights.clone().into_iter();
        weights.fold(data.unwrap(), |data, weights| data.with_weights(weights).unwrap())
    }

    /// The slope of a row's loss in its logits, in training's units: the target's deviation, or the mean
    /// count.
    fn slopes(&self, row: usize, logits: &[f64], unit: f64, delta: f64) -> Vec<f64> {
        match &self.targets {
            Targets::Classes(classes) => {
                let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = logits.iter().map(|o| (o - most).exp()).sum();
                let hit = |c: usize| f64::from(u8::from(c == classes[row] as usize));
                logits.iter().enumerate().map(|(c, o)| (o - most).exp() / sum - hit(c)).collect()
            }
            Targets::Values(y) if self.loss == Loss::Poisson => {
                vec![(logits[0].exp() - y[row]) / unit]
            }
            Targets::Values(y) if self.loss == Loss::Huber => {
                vec![((logits[0] - y[row]) / unit).clamp(-delta / unit, delta / unit)]
            }
            Targets::Values(y) => vec![(logits[0] - y[row]) / unit],
            _ => unreachable!(),
        }
    }

    /// The norm of the objective's gradient at some weights and intercepts of the rows as they are, in
    /// the parameters of standardised features.
    fn gradient_norm(&self, weight: &[f64], bias: &[f64], delta: f64) -> f64 {
        let (n, d, q) = (self.rows(), self.features, bias.len());
        let ones = vec![1.0; n];
        let weights = self.weights.as_deref().unwrap_or(&ones);
        let total: f64 = weights.iter().sum();
        let column = |j: usize| (0..n).map(|r| self.x[r * d + j]).collect::<Vec<f64>>();
        let axes: Vec<(f64, f64)> = (0..d).map(|j| moments(&column(j), weights)).collect();
        let unit = match &self.targets {
            Targets::Values(y) if self.loss == Loss::Poisson => moments(y, weights).0,
            Targets::Values(y) => moments(y, weights).1,
            _ => 1.0,
        };
        let at_means: Vec<f64> = (0..q)
            .map(|c| bias[c] + (0..d).map(|j| weight[c * d + j] * axes[j].0).sum::<f64>())
            .collect();
        let mut gradient = vec![0.0; q * (d + 1)];
        for (row, own_weight) in weights.iter().enumerate() {
            let x = |j: usize| self.x[row * d + j] - axes[j].0;
            let logit =
                |c: usize| at_means[c] + (0..d).map(|j| weight[c * d + j] * x(j)).sum::<f64>();
            let logits: Vec<f64> = (0..q).map(logit).collect();
            for (c, slope) in self.slopes(row, &logits, unit, delta).into_iter().enumerate() {
                let slope = slope * own_weight / total;
                (0..d).for_each(|j| gradient[c * (d + 1) + j] += slope * x(j) / axes[j].1);
                gradient[c * (d + 1) + d] += slope;
            }
        }
        let of_numbers = !matches!(self.targets, Targets::Classes(_)) && self.loss != Loss::Poisson;
        let own = if of_numbers { unit } else { 1.0 };
        let l2 = if self.loss == Loss::Poisson { self.l2 / unit } else { self.l2 };
        for c in 0..q {
            (0..d).for_each(|j| {
                gradient[c * (d + 1) + j] += l2 * weight[c * d + j] * axes[j].1 / own;
            });
        }
        gradient.iter().map(|g| g * g).sum::<f64>().sqrt()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn what_is_called_converged_is(problem in problems()) {
        let delta = 0.5;
        let trainer = Trainer::new().loss(problem.loss).l2(problem.l2).solver(problem.solver);
        let trainer = if problem.loss == Loss::Huber { trainer.delta(delta) } else { trainer };
        let fit = trainer.fit(&problem.data()).unwrap();
        let Convergence { converged, reason, tolerance, start_gradient_norm: start, .. } =
            fit.convergence.unwrap();
        let offset = problem.x[0];
        prop_assert_eq!(converged, offset < 1e8, "{}", reason);
        if converged {
            let norm = problem.gradient_norm(fit.model.weight(), fit.model.bias(), delta);
            let rounding = 1e-15 * (1.0 + 40.0 * offset);
            prop_assert!(norm <= 1.001 * tolerance * start + rounding, "{norm} of {start}, {tolerance}");
        } else {
            // Whichever comes first.
            let ends = [Reason::Rounding, Reason::Stalled, Reason::IterationLimit];
            prop_assert!(ends.contains(&reason), "{reason}");
        }
        prop_assert_eq!(problem.classes, fit.model.outputs());
    }
}
