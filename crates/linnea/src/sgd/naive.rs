//! SGD's twin in tensors, autograd and PyTorch's update rule, and the test that holds the team to it,
//! step by step.

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
use crate::twin::{Target, Twin, number};
use linnea_tensor::optim::{Optimizer, Sgd};
use linnea_tensor::{Result, Tensor};

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
    x: Vec<f64>,
    target: Target,
    scaling: Scaling,
}

impl Problem {
    fn new(n: usize, d: usize, outputs: usize) -> Self {
        // The last feature does not vary, as far as the scaling knows.
        let scale = |j| if j + 1 == d { f64::INFINITY } else { 3.0 + number(j + 9) };
        let scaling = Scaling {
            mean: (0..d).map(|j| 2.0 + number(j)).collect(),
            scale: (0..d).map(scale).collect(),
        };
        let target = match outputs {
            1 => Target::Numbers((0..n).map(number).collect()),
            count => {
                Target::Classes { classes: (0..n).map(|r| (r * 5 % count) as u32).collect(), count }
            }
        };
        Self { x: (0..n * d).map(|i| 2.0 + 3.0 * number(i)).collect(), target, scaling }
    }

    fn features(&self) -> usize {
        self.scaling.mean.len()
    }

    fn rows(&self) -> Rows<'_, f64> {
        Rows::new(vec![self.x.as_slice()], self.x.len() / self.features(), self.features())
    }

    fn by_tensors(&self, recipe: &Recipe) -> Result<Vec<f64>> {
        let twin = Twin::new(&self.x, &self.scaling, self.target.clone(), recipe.l2)?;
        let leaves = Twin::leaves(&Parameters::zeros(self.target.outputs(), self.features()))?;
        let mut sgd = Sgd::new(&leaves, recipe.learning_rate).momentum(recipe.momentum);
        let n = self.rows().len();
        let steps = n.div_ceil(recipe.batch_size) * recipe.epochs;
        let (mut order, mut step) = (Vec::new(), 0);
        for epoch in 1..=recipe.epochs {
            shuffle(&mut order, n, recipe.seed, epoch);
            for rows in order.chunks(recipe.batch_size) {
                let rows: Vec<i64> = rows.iter().map(|&row| i64::from(row)).collect();
                let rows = Tensor::from_vec(rows.clone(), rows.len())?;
                sgd.zero_grad();
                twin.loss(&rows, &leaves)?.add(twin.penalty(&leaves)?)?.backward()?;
                sgd.set_learning_rate(recipe.learning_rate * recipe.schedule.factor(step, steps));
                sgd.step()?;
                step += 1;
            }
        }
        Ok(leaves.iter().flat_map(Tensor::to_f64_vec).collect())
    }

    fn by_team(&self, recipe: &Recipe, level: Level, threads: usize) -> Vec<f64> {
        let (rows, scaling) = (self.rows(), &self.scaling);
        let (softmax, squared);
        let loss: &dyn RowLoss<f64> = match &self.target {
            Target::Classes { classes, count } => {
                softmax = Softmax { classes, count: *count };
                &softmax
            }
            Target::Numbers(numbers) => {
                squared = Squared { targets: numbers.clone() };
                &squared
            }
        };
        let objective = Objective { rows: &rows, loss, scaling, l2: recipe.l2, level, threads };
        let mut epochs = 0;
        let (outputs, stop) = (self.target.outputs(), AtomicBool::new(false));
        let count = |_, _| epochs += 1;
        let (at, end) = train(&objective, outputs, recipe, &stop, count).unwrap();
        assert_eq!((end, epochs), (End::Finished, recipe.epochs));
        [at.weight, at.bias].concat()
    }
}

#[test]
fn the_team_takes_the_steps_of_tensors() -> Result<()> {
    for d in [2, 5, 400, 1000] {
        for outputs in [1, 3, 11] {
            let problem = Problem::new(50, d, outputs);
            let want = problem.by_tensors(&recipe())?;
            for level in Level::available() {
                for threads in 1..=5 {
                    let got = problem.by_team(&recipe(), level, threads);
                    for (got, want) in got.iter().zip(&want) {
                        let case =
                            format!("d {d}, {outputs} outputs, {threads} threads, {level:?}");
                        let near = (got - want).abs() < 1e-11 * want.abs().max(1.0);
                        assert!(near, "{case}: {got} {want}");
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_panic_in_the_callback_ends_the_team() {
    let problem = Problem::new(20, 1000, 2);
    let Target::Classes { classes, count } = &problem.target else { panic!("two classes") };
    let loss = Softmax { classes, count: *count };
    let (rows, level, scaling) = (problem.rows(), Level::detect(), &problem.scaling);
    let objective = Objective { rows: &rows, loss: &loss, scaling, l2: 0.0, level, threads: 3 };
    let stop = AtomicBool::new(false);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        train(&objective, 2, &recipe(), &stop, |_, _| panic!("on purpose")).map(drop)
    }));
    assert!(result.is_err());
}
