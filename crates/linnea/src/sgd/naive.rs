//! SGD's twin in plain loops, and the test that holds the team to it, step by step.

use std::sync::atomic::AtomicBool;

use super::worker::shuffle;
use super::{End, train};
use crate::kernel::Level;
use crate::loss::{RowLoss, Softmax, Squared};
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::rows::Rows;
use crate::scaling::Scaling;
use crate::settings::{Recipe, Schedule, Standardize};

/// A deterministic number between -1 and 1.
fn number(seed: usize) -> f64 {
    ((seed * 7919 + seed / 7 * 104_729 + 13) % 2003) as f64 / 1001.5 - 1.0
}

fn recipe() -> Recipe {
    Recipe {
        epochs: 3,
        batch_size: 16,
        learning_rate: 0.01,
        schedule: Schedule::Cosine,
        momentum: 0.8,
        l2: 0.05,
        standardize: Standardize::On,
        seed: 5,
    }
}

/// Rows, their targets, and a scaling, as plain as can be.
struct Problem {
    x: Vec<Vec<f64>>,
    classes: Option<Vec<u32>>,
    targets: Vec<f64>,
    outputs: usize,
    scaling: Scaling,
}

impl Problem {
    fn new(n: usize, d: usize, outputs: usize) -> Self {
        let row = |r: usize| (0..d).map(|j| 2.0 + 3.0 * number(r * d + j)).collect();
        let scaling = Scaling {
            mean: (0..d).map(|j| 2.0 + number(j)).collect(),
            // The last feature does not vary, as far as the scaling knows.
            scale: (0..d)
                .map(|j| if j + 1 == d { f64::INFINITY } else { 3.0 + number(j + 9) })
                .collect(),
        };
        let classes = (outputs > 1).then(|| (0..n).map(|r| (r * 5 % outputs) as u32).collect());
        Self {
            x: (0..n).map(row).collect(),
            classes,
            targets: (0..n).map(number).collect(),
            outputs,
            scaling,
        }
    }

    fn residuals(&self, row: usize, logits: &[f64]) -> Vec<f64> {
        let Some(classes) = &self.classes else { return vec![logits[0] - self.targets[row]] };
        let total: f64 = logits.iter().map(|o| o.exp()).sum();
        let target = |c: usize| f64::from(classes[row] as usize == c);
        logits.iter().enumerate().map(|(c, o)| o.exp() / total - target(c)).collect()
    }

    fn logits(&self, row: usize, at: &Parameters) -> Vec<f64> {
        let z = self.standardized(row);
        (0..self.outputs)
            .map(|c| {
                let weights = &at.weight[c * z.len()..][..z.len()];
                at.bias[c] + weights.iter().zip(&z).map(|(w, z)| w * z).sum::<f64>()
            })
            .collect()
    }

    fn standardized(&self, row: usize) -> Vec<f64> {
        let Scaling { mean, scale } = &self.scaling;
        self.x[row].iter().zip(mean.iter().zip(scale)).map(|(x, (m, s))| (x - m) / s).collect()
    }

    fn gradient(&self, rows: &[u32], at: &Parameters, l2: f64) -> Parameters {
        let d = at.features;
        let mut sum = Parameters::zeros(at.outputs, d);
        for row in rows.iter().map(|&row| row as usize) {
            let (z, g) = (self.standardized(row), self.residuals(row, &self.logits(row, at)));
            for (c, g) in g.iter().enumerate() {
                z.iter().enumerate().for_each(|(j, z)| sum.weight[c * d + j] += g * z);
                sum.bias[c] += g;
            }
        }
        let n = rows.len() as f64;
        sum.weight.iter_mut().zip(&at.weight).for_each(|(g, w)| *g = *g / n + l2 * w);
        sum.bias.iter_mut().for_each(|g| *g /= n);
        sum
    }

    fn naive(&self, recipe: &Recipe) -> Parameters {
        let (n, d) = (self.x.len(), self.x[0].len());
        let mut at = Parameters::zeros(self.outputs, d);
        let mut velocity = at.clone();
        let steps = n.div_ceil(recipe.batch_size) * recipe.epochs;
        let mut step = 0;
        for epoch in 1..=recipe.epochs {
            let mut order = Vec::new();
            shuffle(&mut order, n, recipe.seed, epoch);
            for rows in order.chunks(recipe.batch_size) {
                let rate = recipe.learning_rate * recipe.schedule.factor(step, steps);
                let gradient = self.gradient(rows, &at, recipe.l2);
                let descend = |at: &mut [f64], velocity: &mut [f64], gradient: &[f64]| {
                    for ((w, v), g) in at.iter_mut().zip(velocity).zip(gradient) {
                        *v = recipe.momentum * *v + g;
                        *w -= rate * *v;
                    }
                };
                descend(&mut at.weight, &mut velocity.weight, &gradient.weight);
                descend(&mut at.bias, &mut velocity.bias, &gradient.bias);
                step += 1;
            }
        }
        at
    }

    fn by_team(&self, recipe: &Recipe, level: Level, threads: usize) -> Parameters {
        let numbers = self.x.concat();
        let rows = Rows::new(vec![numbers.as_slice()], self.x.len(), self.x[0].len());
        let squared = Squared { targets: self.targets.clone() };
        let softmax = self.classes.as_ref().map(|classes| Softmax { classes, count: self.outputs });
        let loss: &dyn RowLoss<f64> = match &softmax {
            Some(softmax) => softmax,
            None => &squared,
        };
        let scaling = &self.scaling;
        let objective = Objective { rows: &rows, loss, scaling, l2: recipe.l2, level, threads };
        let stop = AtomicBool::new(false);
        let mut epochs = 0;
        let count = |_, _| epochs += 1;
        let (at, end) = train(&objective, self.outputs, recipe, &stop, count).unwrap();
        assert_eq!((end, epochs), (End::Finished, recipe.epochs));
        at
    }
}

#[test]
fn the_team_takes_the_steps_of_plain_loops() {
    for d in [2, 5, 400, 1000] {
        for outputs in [1, 3, 11] {
            let problem = Problem::new(50, d, outputs);
            let want = problem.naive(&recipe());
            for level in Level::available() {
                for threads in 1..=5 {
                    let got = problem.by_team(&recipe(), level, threads);
                    let all = want.weight.iter().chain(&want.bias);
                    for (got, want) in got.weight.iter().chain(&got.bias).zip(all) {
                        let case =
                            format!("d {d}, {outputs} outputs, {threads} threads, {level:?}");
                        assert!(
                            (got - want).abs() < 1e-11 * want.abs().max(1.0),
                            "{case}: {got} {want}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_panic_in_the_callback_ends_the_team() {
    let problem = Problem::new(20, 1000, 2);
    let numbers = problem.x.concat();
    let rows = Rows::new(vec![numbers.as_slice()], 20, 1000);
    let classes = problem.classes.clone().unwrap();
    let loss = Softmax { classes: &classes, count: 2 };
    let (level, scaling) = (Level::detect(), &problem.scaling);
    let objective = Objective { rows: &rows, loss: &loss, scaling, l2: 0.0, level, threads: 3 };
    let stop = AtomicBool::new(false);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        train(&objective, 2, &recipe(), &stop, |_, _| panic!("on purpose")).map(drop)
    }));
    assert!(result.is_err());
}
