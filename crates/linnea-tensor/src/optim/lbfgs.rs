//! Limited-memory BFGS.
//!
//! ```text
//! repeat up to max_iterations times:
//!     s ← the last move, y ← the last change of the gradient; keep the pair if yᵀs > 10⁻¹⁰
//!     d ← −Hg, where H is the inverse Hessian that the kept pairs and (sᵀy/yᵀy)·I describe
//!     x ← x + td, with t the learning rate, or from a line search
//! until |g|∞ ≤ tolerance_gradient, or the move or the gain ≤ tolerance_change
//! ```
//!
//! Nocedal & Wright, *Numerical Optimization*, algorithms 7.4 and 7.5; stopping rules and first step
//! (t = min(1, 1/‖g‖₁)·rate) as in PyTorch. Vectors are kept in f64, whatever the parameters are.

use super::group::{Group, check};
use super::line_search::{Line, Trial};
use super::{at_least_zero, optimizer};
use crate::reduce::sum_of;
use crate::{Error, Result, Tensor, autograd, no_grad};
use std::borrow::Borrow;
use std::collections::VecDeque;

/// Pairs with less curvature than this say too little.
const LEAST_CURVATURE: f64 = 1e-10;

/// Quasi-Newton steps from a limited memory of gradients (`torch.optim.LBFGS`).
///
/// A step needs the loss at several points, so it takes a function that computes it:
///
/// ```
/// use linnea_tensor::{optim::{LBfgs, Optimizer}, tensor};
/// let x = tensor![-1.2, 1.0; f64].requires_grad_()?;
/// let mut optimizer = LBfgs::new([&x], 1.0).strong_wolfe().max_iterations(100);
/// optimizer.step(|| {
///     // Rosenbrock's valley, whose lowest point is (1, 1).
///     x.zero_grad();
///     let (a, b) = (&x * &tensor![1.0, 0.0; f64], &x * &tensor![0.0, 1.0; f64]);
///     let (a, b) = (a.sum(), b.sum());
///     let loss = 100.0 * (&b - &a.square()).square() + (1.0 - &a).square();
///     loss.backward()?;
///     Ok(loss)
/// })?;
/// assert!((&x - 1.0).norm(2.0).item() < 1e-4);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LBfgs {
    group: Group<0>,
    learning_rate: f64,
    settings: Settings,
    memory: Memory,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    max_iterations: usize,
    max_evaluations: Option<usize>,
    tolerance_gradient: f64,
    tolerance_change: f64,
    history: usize,
    strong_wolfe: bool,
    maximize: bool,
}

/// What is remembered from one iteration to the next, also over calls.
#[derive(Clone, Debug, Default)]
struct Memory {
    iterations: u64,
    /// y, s and 1/yᵀs, oldest first.
    pairs: VecDeque<Pair>,
    scale: f64,
    direction: Vec<f64>,
    length: f64,
    gradient: Vec<f64>,
}

#[derive(Clone, Debug)]
struct Pair {
    gradient: Vec<f64>,
    step: Vec<f64>,
    inverse: f64,
}

impl LBfgs {
    /// L-BFGS that moves `learning_rate` along each direction (PyTorch's default is 1), or begins its
    /// line search there.
    pub fn new(parameters: impl IntoIterator<Item: Borrow<Tensor>>, learning_rate: f64) -> Self {
        let settings = Settings {
            max_iterations: 20,
            max_evaluations: None,
            tolerance_gradient: 1e-7,
            tolerance_change: 1e-9,
            history: 100,
            strong_wolfe: false,
            maximize: false,
        };
        let group = Group::new(parameters);
        Self { group, learning_rate, settings, memory: Memory::default() }
    }

    /// Iterations in one step; 20.
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.settings.max_iterations = iterations;
        self
    }

    /// Evaluations of the loss in one step; a quarter more than iterations.
    #[must_use]
    pub fn max_evaluations(mut self, evaluations: usize) -> Self {
        self.settings.max_evaluations = Some(evaluations);
        self
    }

    /// The largest gradient component that counts as 0; 10⁻⁷.
    #[must_use]
    pub fn tolerance_gradient(mut self, tolerance: f64) -> Self {
        self.settings.tolerance_gradient = tolerance;
        self
    }

    /// The move and the gain below which a step ends; 10⁻⁹.
    #[must_use]
    pub fn tolerance_change(mut self, tolerance: f64) -> Self {
        self.settings.tolerance_change = tolerance;
        self
    }

    /// How many pairs of moves and gradients are remembered; 100.
    #[must_use]
    pub fn history(mut self, pairs: usize) -> Self {
        self.settings.history = pairs;
        self
    }

    /// Chooses each step's length by a line search with the strong Wolfe conditions.
    #[must_use]
    pub fn strong_wolfe(mut self) -> Self {
        self.settings.strong_wolfe = true;
        self
    }

    /// Climbs instead of descending.
    #[must_use]
    pub fn maximize(mut self) -> Self {
        self.settings.maximize = true;
        self
    }

    /// Makes up to [`LBfgs::max_iterations`] iterations and gives the loss before the first.
    /// `closure` clears the gradients, computes the loss, calls `backward` and gives the loss.
    ///
    /// # Errors
    /// As for [`super::Optimizer::step`], and whatever `closure` gives.
    pub fn step(&mut self, mut closure: impl FnMut() -> Result<Tensor>) -> Result<Tensor> {
        self.minimize(&mut closure)
    }

    fn minimize(&mut self, closure: &mut dyn FnMut() -> Result<Tensor>) -> Result<Tensor> {
        at_least_zero("LBfgs", "the learning rate", self.learning_rate)?;
        check("LBfgs", self.group.parameters())?;
        let loss = autograd::enable_grad(&mut *closure)?;
        let mut descent = Descent {
            parameters: self.group.parameters(),
            rate: self.learning_rate,
            settings: self.settings,
            memory: &mut self.memory,
            evaluations: 1,
            value: 0.0,
            gradient: Vec::new(),
            closure,
        };
        descent.value = descent.sign() * loss.try_item()?;
        descent.gradient = descent.read_gradient();
        no_grad(|| descent.run())?;
        Ok(loss)
    }
}

optimizer!(LBfgs {
    /// Refused: L-BFGS needs the loss; see [`LBfgs::step`].
    fn step(&mut self) -> Result<()> {
        let problem = "needs a function that computes the loss; call step(|| …) or step_with";
        Err(Error::value("LBfgs", problem))
    }

    fn step_with(&mut self, closure: &mut dyn FnMut() -> Result<Tensor>) -> Result<Tensor> {
        self.minimize(closure)
    }
});

/// One call of `step`.
struct Descent<'a> {
    parameters: &'a [Tensor],
    rate: f64,
    settings: Settings,
    memory: &'a mut Memory,
    evaluations: usize,
    value: f64,
    gradient: Vec<f64>,
    closure: &'a mut dyn FnMut() -> Result<Tensor>,
}

impl Descent<'_> {
    fn run(&mut self) -> Result<()> {
        if largest(&self.gradient) <= self.settings.tolerance_gradient {
            return Ok(());
        }
        for round in 1..=self.settings.max_iterations {
            let (length, slope) = self.turn();
            if slope > -self.settings.tolerance_change {
                break;
            }
            let before = self.value;
            self.advance(length, slope, round == self.settings.max_iterations)?;
            if self.ends(before) {
                break;
            }
        }
        Ok(())
    }

    /// The next direction, the length to try, and the slope of the loss along the direction.
    fn turn(&mut self) -> (f64, f64) {
        let first = self.memory.iterations == 0;
        self.memory.iterations += 1;
        self.memory.turn(&self.gradient, self.settings.history);
        let sum = sum_of(&self.gradient, |g| g.abs());
        let length = if first { (1.0 / sum).min(1.0) * self.rate } else { self.rate };
        self.memory.length = length;
        (length, dot(&self.gradient, &self.memory.direction))
    }

    /// Moves along the direction, and looks at the loss there unless this is the last iteration of
    /// a step without a line search.
    fn advance(&mut self, length: f64, slope: f64, last: bool) -> Result<()> {
        let from = self.read();
        if self.settings.strong_wolfe {
            return self.search(&from, length, slope);
        }
        self.place(&from, length)?;
        if !last {
            (self.value, self.gradient) = self.evaluate()?;
        }
        Ok(())
    }

    fn search(&mut self, from: &[f64], length: f64, slope: f64) -> Result<()> {
        let start = Trial {
            at: 0.0,
            value: self.value,
            slope,
            gradient: std::mem::take(&mut self.gradient),
        };
        let budget = self.evaluation_limit().saturating_sub(self.evaluations);
        let narrowest = self.settings.tolerance_change / largest(&self.memory.direction);
        let mut try_at = |at: f64| {
            self.place(from, at)?;
            let (value, gradient) = self.evaluate()?;
            let slope = dot(&gradient, &self.memory.direction);
            Ok(Trial { at, value, slope, gradient })
        };
        let mut line = Line { start, try_at: &mut try_at, budget, narrowest, tried: 0 };
        let found = line.search(length)?;
        self.place(from, found.at)?;
        self.memory.length = found.at;
        (self.value, self.gradient) = (found.value, found.gradient);
        Ok(())
    }

    fn ends(&self, before: f64) -> bool {
        let move_ = self.memory.length.abs() * largest(&self.memory.direction);
        self.evaluations >= self.evaluation_limit()
            || largest(&self.gradient) <= self.settings.tolerance_gradient
            || move_ <= self.settings.tolerance_change
            || (self.value - before).abs() < self.settings.tolerance_change
    }

    fn evaluation_limit(&self) -> usize {
        self.settings.max_evaluations.unwrap_or(self.settings.max_iterations * 5 / 4)
    }

    fn sign(&self) -> f64 {
        if self.settings.maximize { -1.0 } else { 1.0 }
    }

    fn evaluate(&mut self) -> Result<(f64, Vec<f64>)> {
        self.evaluations += 1;
        let loss = autograd::enable_grad(&mut *self.closure)?;
        Ok((self.sign() * loss.try_item()?, self.read_gradient()))
    }

    /// All gradients, one after the other; zeros where there is none.
    fn read_gradient(&self) -> Vec<f64> {
        let of = |x: &Tensor| match x.grad() {
            Some(g) => g.to_f64_vec(),
            None => vec![0.0; x.numel()],
        };
        self.parameters.iter().flat_map(of).map(|g| self.sign() * g).collect()
    }

    fn read(&self) -> Vec<f64> {
        self.parameters.iter().flat_map(Tensor::to_f64_vec).collect()
    }

    /// Puts the parameters at a point of the line.
    fn place(&self, from: &[f64], length: f64) -> Result<()> {
        let mut numbers = from.iter().zip(&self.memory.direction).map(|(x, d)| x + length * d);
        self.parameters.iter().try_for_each(|parameter| {
            let part = numbers.by_ref().take(parameter.numel()).collect();
            parameter.copy_(&Tensor::from_vec::<f64>(part, parameter.shape())?)
        })
    }
}

impl Memory {
    /// Learns from the last move, and turns the direction to −Hg.
    fn turn(&mut self, gradient: &[f64], history: usize) {
        if self.iterations == 1 {
            self.scale = 1.0;
        } else {
            self.learn(gradient, history);
        }
        self.direction = gradient.iter().map(|g| -g).collect();
        self.apply();
        self.gradient = gradient.to_vec();
    }

    fn learn(&mut self, gradient: &[f64], history: usize) {
        let y: Vec<f64> = gradient.iter().zip(&self.gradient).map(|(g, old)| g - old).collect();
        let s: Vec<f64> = self.direction.iter().map(|d| d * self.length).collect();
        let curvature = dot(&y, &s);
        if curvature <= LEAST_CURVATURE || curvature.is_nan() {
            return;
        }
        self.scale = curvature / dot(&y, &y);
        self.pairs.push_back(Pair { gradient: y, step: s, inverse: 1.0 / curvature });
        while self.pairs.len() > history {
            self.pairs.pop_front();
        }
    }

    /// The two loops: newest to oldest, scale, oldest to newest.
    fn apply(&mut self) {
        let q = &mut self.direction;
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = dot(&pair.step, q) * pair.inverse;
            add(q, -share, &pair.gradient);
            shares.push(share);
        }
        q.iter_mut().for_each(|q| *q *= self.scale);
        for (pair, share) in self.pairs.iter().zip(shares.iter().rev()) {
            let other = dot(&pair.gradient, q) * pair.inverse;
            add(q, share - other, &pair.step);
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum_of(&a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>(), |&x| x)
}

fn add(to: &mut [f64], factor: f64, other: &[f64]) {
    to.iter_mut().zip(other).for_each(|(a, b)| *a += factor * b);
}

/// The largest absolute value; NaN if one is.
fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |most: f64, x| if x.abs() <= most { most } else { x.abs() })
}

#[cfg(test)]
mod tests {
    use super::LBfgs;
    use crate::optim::{Optimizer, trial::Problem};
    use crate::{DType, Result, Tensor, tensor};

    fn assert_steps(
        make: impl Fn([&Tensor; 2]) -> LBfgs,
        steps: usize,
        expected: [f64; 4],
    ) -> Result<()> {
        let problem = Problem::new(DType::F64)?;
        let mut optimizer = make([&problem.w, &problem.b]);
        for _ in 0..steps {
            optimizer.step(|| problem.loss())?;
        }
        // Rounding grows along a flat valley: PyTorch's sums are in another order.
        problem.assert_at(expected, 1e-7);
        Ok(())
    }

    #[test]
    fn steps_end_where_pytorchs_do() -> Result<()> {
        assert_steps(
            |p| LBfgs::new(p, 0.5).max_iterations(4),
            3,
            [0.2580187625848607, 1.6343583297327142, 1.2990140936418115, 0.2914762523009219],
        )?;
        assert_steps(
            |p| LBfgs::new(p, 1.0).max_iterations(4).strong_wolfe(),
            3,
            [0.6148504598409806, 1.5050368463589083, -0.7113196280759838, 0.6348387269285002],
        )?;
        assert_steps(
            |p| LBfgs::new(p, 0.3).max_iterations(5).history(2),
            3,
            [0.38091065938023316, 1.5641023046271283, 1.6679438479068804, 0.28035773281130694],
        )?;
        assert_steps(
            |p| LBfgs::new(p, 0.01).max_iterations(3).maximize(),
            2,
            [1.0196518478919097, -4.576540995462369, 3.019164198817337, 0.48346125630710723],
        )?;
        assert_steps(
            |p| LBfgs::new(p, 1.0).strong_wolfe(),
            2,
            [0.5078011914942581, 1.499541007622629, -1.9006345160777112, 9.312355477521514],
        )?;
        assert_steps(
            |p| LBfgs::new(p, 8.0).max_iterations(10).max_evaluations(7).strong_wolfe(),
            1,
            [-0.5781938130938341, 1.494257984088937, 0.9876096423076028, 0.3928259854885004],
        )?;
        Ok(())
    }

    #[test]
    fn evaluations_are_pytorchs_and_the_loss_is_the_first() -> Result<()> {
        for (iterations, evaluations, expected) in [
            (8, 10, [-0.8802131649658734, 0.7274772060719978]),
            (15, 18, [-0.17113560906029426, -0.006111200392020753]),
        ] {
            let (x, mut count) = (tensor![-1.2, 1.0; f64].requires_grad_()?, 0);
            let mut optimizer = LBfgs::new([&x], 1.0).max_iterations(iterations).strong_wolfe();
            let loss = optimizer.step(|| {
                count += 1;
                x.zero_grad();
                let a = x.mul(tensor![1.0, 0.0; f64])?.sum();
                let b = x.mul(tensor![0.0, 1.0; f64])?.sum();
                let loss = 100.0 * (&b - &a.square()).square() + (1.0 - &a).square();
                loss.backward()?;
                Ok(loss)
            })?;
            assert_eq!(count, evaluations);
            assert!((loss.item() - 24.2).abs() < 1e-12);
            for (x, y) in x.to_f64_vec().iter().zip(expected) {
                assert!((x - y).abs() < 1e-9, "{x} is not {y}");
            }
        }
        Ok(())
    }

    #[test]
    fn f32_parameters_go_the_same_way() -> Result<()> {
        let [single, double] = [DType::F32, DType::F64].map(|dtype| -> Result<_> {
            let problem = Problem::new(dtype)?;
            let optimizer = LBfgs::new([&problem.w, &problem.b], 1.0).strong_wolfe();
            optimizer.max_iterations(4).step(|| problem.loss())?;
            assert_eq!(problem.w.dtype(), dtype);
            Ok(problem.loss()?.item())
        });
        assert!((single? / double? - 1.0).abs() < 1e-3);
        Ok(())
    }

    #[test]
    fn a_step_without_the_loss_is_refused() -> Result<()> {
        let x = tensor![1.0].requires_grad_()?;
        let mut optimizer = LBfgs::new([&x], 1.0);
        assert!(Optimizer::step(&mut optimizer).unwrap_err().to_string().contains("step(|| …)"));
        optimizer.set_learning_rate(-1.0);
        let refused = optimizer.step(|| Ok(x.square().sum()));
        assert!(refused.unwrap_err().to_string().contains("learning rate"));
        Ok(())
    }
}
