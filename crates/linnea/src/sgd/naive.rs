//! SGD's twin in tensors, autograd and PyTorch's update rule, and the test that holds the team to it,
//! step by step.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use super::plan::Plan;
use super::worker::shuffle;
use super::{End, State, train, train_by};
use crate::folds::{Fold, Folds, stratified};
use crate::loss::{RowLoss, Softmax};
use crate::objective::Objective;
use crate::rows::Rows;
use crate::scaling::Scaling;
use crate::settings::{Recipe, Schedule, Standardize};
use crate::twin::{Target, Twin, number};
use linnea_kernels::{Level, Packed};
use linnea_tensor::optim::{Optimizer, Sgd};
use linnea_tensor::{Result, Tensor};

/// Some recipe, with a fold.
pub(crate) fn recipe_with(fold: Option<Fold>) -> Recipe {
    Recipe { fold, ..recipe() }
}

fn recipe() -> Recipe {
    Recipe {
        solver: crate::solver::Solver::Sgd,
        delta: None,
        l1: 0.0,
        tol: None,
        max_iterations: None,
        epochs: 3,
        batch_size: 16,
        learning_rate: 0.01,
        schedule: Schedule::Cosine,
        momentum: 0.8,
        l2: 0.05,
        standardize: Standardize::On,
        seed: 5,
        init_seed: None,
        fold: None,
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
        let start =
            State::start(std::slice::from_ref(recipe), self.target.outputs(), self.features());
        let leaves = Twin::leaves(&start.heads[0].parameters)?;
        let mut sgd = Sgd::new(&leaves, recipe.learning_rate).momentum(recipe.momentum);
        let n = self.rows().len();
        let steps = n.div_ceil(recipe.batch_size) * recipe.epochs;
        let classes = self.target.keys(n).classes;
        let held_out = |row: u32| {
            recipe.fold.is_some_and(|fold| {
                stratified(n, classes, fold.of, recipe.seed)[row as usize] as usize == fold.index
            })
        };
        let (mut order, mut step) = (Vec::new(), 0);
        for epoch in 1..=recipe.epochs {
            shuffle(&mut order, n, recipe.seed, epoch);
            for rows in order.chunks(recipe.batch_size) {
                let rows = rows.iter().filter(|&&row| !held_out(row));
                let rows: Vec<i64> = rows.map(|&row| i64::from(row)).collect();
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

    /// The parameters of every head.
    fn by_team(&self, recipes: &[Recipe], level: Level, threads: usize) -> Vec<Vec<f64>> {
        let (rows, scaling) = (self.rows(), &self.scaling);
        let loss = self.target.loss();
        let loss = loss.as_ref();
        let objective = Objective { rows: &rows, loss, scaling, level, threads: Some(threads) };
        let mut epochs = 0;
        let (outputs, stop) = (self.target.outputs(), AtomicBool::new(false));
        let columns = outputs * recipes.len();
        // Small steps would not be shared: here they are.
        let plan = Plan::new::<f64>(self.features(), columns, recipes[0].batch_size, 1);
        let plan = plan.shared_by(threads);
        let folds = Folds::new(recipes, &self.target.keys(rows.len()), None).unwrap();
        let mut by = |shares_residuals| {
            let plan = Plan { shares_residuals, ..plan.clone() };
            let state = State::start(recipes, outputs, self.features());
            let count = |_, _: &dyn Fn() -> State| epochs += 1;
            train_by(&plan, &objective, recipes, &folds, state, &stop, count).unwrap()
        };
        let [end, other] = [false, true].map(&mut by);
        assert_eq!(Some(epochs / 2), recipes.iter().map(|recipe| recipe.epochs).max());
        let finished = |head: super::HeadState| {
            assert_eq!(head.end, Some(End::Finished));
            [head.parameters.weight, head.parameters.bias].concat()
        };
        let [end, other] = [end, other].map(|end| end.heads.into_iter().map(finished).collect());
        assert!(end == other, "who makes the residuals changes no bit");
        end
    }

    fn check(&self, recipe: &Recipe, levels: &[Level]) -> Result<()> {
        let want = self.by_tensors(recipe)?;
        for &level in levels {
            for threads in 1..=5 {
                let got = self.by_team(std::slice::from_ref(recipe), level, threads);
                for (got, want) in got[0].iter().zip(&want) {
                    let (d, outputs) = (self.features(), self.target.outputs());
                    let case = format!("d {d}, {outputs} outputs, {threads} threads, {level:?}");
                    let near = (got - want).abs() < 1e-11 * want.abs().max(1.0);
                    assert!(near, "{case}: {got} {want}");
                }
            }
        }
        Ok(())
    }
}

#[test]
fn the_team_takes_the_steps_of_tensors() -> Result<()> {
    for d in [2, 5, 400, 1000] {
        for outputs in [1, 3, 11] {
            Problem::new(50, d, outputs).check(&recipe(), &Level::available())?;
        }
    }
    Ok(())
}

#[test]
fn robust_losses_and_counts_take_the_steps_of_tensors() -> Result<()> {
    for d in [5, 1000] {
        let numbers: Vec<f64> = (0..50).map(number).collect();
        let counts = numbers.iter().map(|x| (2.0 * x + 2.0).round()).collect();
        for target in [Target::Robust(numbers, 0.4), Target::Counts(counts)] {
            let problem = Problem { target, ..Problem::new(50, d, 1) };
            let recipe = Recipe { learning_rate: 1e-3, ..recipe() };
            problem.check(&recipe, &Level::available())?;
        }
    }
    Ok(())
}

/// Groups of rows, and groups of more than one block.
#[test]
fn large_minibatches_take_the_steps_of_tensors() -> Result<()> {
    let recipe = |batch_size| Recipe { batch_size, ..recipe() };
    for outputs in [1, 3] {
        Problem::new(300, 5, outputs).check(&recipe(256), &Level::available())?;
        Problem::new(6000, 3, outputs).check(&recipe(5000), &[Level::detect()])?;
    }
    Ok(())
}

#[test]
fn folds_and_starts_are_those_of_tensors() -> Result<()> {
    let recipe = Recipe { init_seed: Some(3), fold: Some(Fold::new(1, 4)), ..recipe() };
    for (d, outputs) in [(5, 1), (5, 3), (800, 3)] {
        Problem::new(90, d, outputs).check(&recipe, &[Level::detect()])?;
    }
    Ok(())
}

/// Every head has the same bits as when it is trained alone, on any number of threads.
#[test]
fn heads_do_not_touch_one_another() {
    let heads = [
        recipe(),
        Recipe { learning_rate: 0.003, momentum: 0.0, ..recipe() },
        Recipe { l2: 1.0, epochs: 1, ..recipe() },
        Recipe { init_seed: Some(1), schedule: Schedule::Constant, ..recipe() },
        Recipe { fold: Some(Fold::new(0, 3)), epochs: 5, ..recipe() },
    ];
    for (n, d, outputs, batch_size) in [(50, 3, 4, 16), (50, 900, 3, 16), (300, 7, 1, 256)] {
        let problem = Problem::new(n, d, outputs);
        let heads = heads.clone().map(|head| Recipe { batch_size, ..head });
        for level in Level::available() {
            let alone = heads
                .each_ref()
                .map(|head| problem.by_team(std::slice::from_ref(head), level, 1).swap_remove(0));
            for threads in [1, 2, 3, 16] {
                assert!(problem.by_team(&heads, level, threads) == alone, "{level:?}, {threads}");
            }
        }
    }
}

#[test]
fn a_panic_in_the_callback_ends_the_team() {
    let problem = Problem::new(20, 1000, 2);
    let Target::Classes { classes, count } = &problem.target else { panic!("two classes") };
    let loss = Softmax { classes, count: *count };
    let (rows, level, scaling) = (problem.rows(), Level::detect(), &problem.scaling);
    let objective = Objective { rows: &rows, loss: &loss, scaling, level, threads: Some(3) };
    let stop = AtomicBool::new(false);
    let folds = Folds::new(&[recipe()], &problem.target.keys(rows.len()), None).unwrap();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let state = State::start(&[recipe()], 2, problem.features());
        train(&objective, &[recipe()], &folds, state, &stop, |_, _| panic!("on purpose")).map(drop)
    }));
    assert!(result.is_err());
}

/// A loss that asks for the end of the training when the thread that leads comes to a minibatch.
struct Tripwire<'a> {
    loss: &'a dyn RowLoss<f64>,
    leader: ThreadId,
    minibatch: &'a [u32],
    stop: &'a AtomicBool,
}

impl RowLoss<f64> for Tripwire<'_> {
    fn residuals(
        &self,
        level: Level,
        rows: &[u32],
        logits: &mut Packed<f64>,
        losses: &mut Packed<f64>,
    ) {
        self.loss.residuals(level, rows, logits, losses);
        let is_there = rows.first().is_some_and(|row| self.minibatch.contains(row));
        if is_there && thread::current().id() == self.leader {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn bend(&self, _: Level, _: &[u32], _: &mut Packed<f64>, _: &mut Packed<f64>) {}

    fn steepness(&self, row: usize) -> f64 {
        self.loss.steepness(row)
    }

    fn is_bounded(&self) -> bool {
        self.loss.is_bounded()
    }

    fn at_start(&self) -> f64 {
        self.loss.at_start()
    }
}

/// All threads stop before the same step of an epoch.
#[test]
fn an_interrupt_ends_the_team_within_an_epoch() {
    for (n, d, batch_size) in [(200, 900, 64), (900, 7, 256)] {
        let problem = Problem::new(n, d, 3);
        let recipe = Recipe { batch_size, ..recipe() };
        for step in 0..3 {
            let alone = problem.interrupted(&recipe, step, 1, false);
            for threads in [2, 3, 5] {
                for shares_residuals in [false, true] {
                    let together = problem.interrupted(&recipe, step, threads, shares_residuals);
                    assert!(together == alone, "{n} × {d}, step {step}, {threads} threads");
                }
            }
        }
    }
}

impl Problem {
    /// The weights after a training that is stopped in a step of its first epoch.
    fn interrupted(
        &self,
        recipe: &Recipe,
        step: usize,
        threads: usize,
        shares_residuals: bool,
    ) -> Vec<f64> {
        let (rows, scaling, level) = (self.rows(), &self.scaling, Level::detect());
        let (loss, stop) = (self.target.loss(), AtomicBool::new(false));
        let mut order = Vec::new();
        shuffle(&mut order, rows.len(), recipe.seed, 1);
        let minibatch = &order[step * recipe.batch_size..][..recipe.batch_size];
        let leader = thread::current().id();
        let loss = &Tripwire { loss: loss.as_ref(), leader, minibatch, stop: &stop };
        let objective = Objective { rows: &rows, loss, scaling, level, threads: Some(threads) };
        let (recipes, outputs) = (std::slice::from_ref(recipe), self.target.outputs());
        let plan = Plan::new::<f64>(self.features(), outputs, recipe.batch_size, 1);
        let plan = Plan { shares_residuals, ..plan.shared_by(threads) };
        let folds = Folds::new(recipes, &self.target.keys(rows.len()), None).unwrap();
        let state = State::start(recipes, outputs, self.features());
        let end = train_by(&plan, &objective, recipes, &folds, state, &stop, |_, _| {}).unwrap();
        assert_eq!(end.heads[0].end, Some(End::Interrupted));
        end.heads[0].parameters.weight.clone()
    }
}
