//! The engine's twin in tensors and autograd: one suite holds the value and gradient of every loss,
//! over every storage, to what the mathematics written down in tensors gives.
//!
//! The twin standardises for real, z = (x − mean)/scale, where the engine folds; it forms logits with
//! a matrix product, takes the loss from the tensor library, adds the penalty λ/2·‖V‖², and asks
//! autograd for the gradient. It shares no line with the engine but the numbers.

use crate::folds::Keys;
use crate::loss::{Huber, Loss, Poisson, RowLoss, Softmax, Squared};
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::rows::Rows;
use crate::scaling::Scaling;
use linnea_data::{bf16, f16};
use linnea_kernels::{Element, Level, Real};
use linnea_tensor::{Result, Tensor, loss};

/// A deterministic number between -1 and 1.
pub(crate) fn number(seed: usize) -> f64 {
    ((seed * 7919 + seed / 7 * 104_729 + 13) % 2003) as f64 / 1001.5 - 1.0
}

fn vector(numbers: &[f64]) -> Tensor {
    Tensor::from_vec(numbers.to_vec(), numbers.len()).expect("a vector")
}

/// What the rows are to be fitted to.
#[derive(Clone)]
pub(crate) enum Target {
    Classes {
        classes: Vec<u32>,
        count: usize,
    },
    Numbers(Vec<f64>),
    /// With the threshold of the Huber loss.
    Robust(Vec<f64>, f64),
    Counts(Vec<f64>),
}

/// Rows, their targets and a scaling, as tensors of `f64`.
pub(crate) struct Twin {
    /// The standardised features, n×d.
    pub(crate) features: Tensor,
    pub(crate) target: Target,
    pub(crate) l2: f64,
}

impl Twin {
    /// A feature of infinite scale does not vary: it is 0.
    pub(crate) fn new(x: &[f64], scaling: &Scaling, target: Target, l2: f64) -> Result<Self> {
        let d = scaling.mean.len();
        let x = Tensor::from_vec(x.to_vec(), [x.len() / d, d])?;
        let features = x.sub(vector(&scaling.mean))?.div(vector(&scaling.scale))?;
        Ok(Self { features, target, l2 })
    }

    /// Weights (q×d) and intercepts (q) as leaves.
    pub(crate) fn leaves(at: &Parameters) -> Result<[Tensor; 2]> {
        let weight = Tensor::from_vec(at.weight.clone(), [at.outputs, at.features])?;
        Ok([weight.requires_grad_()?, vector(&at.bias).requires_grad_()?])
    }

    /// The mean loss of some rows, without the penalty.
    pub(crate) fn loss(&self, rows: &Tensor, [weight, bias]: &[Tensor; 2]) -> Result<Tensor> {
        let z = self.features.index_select(0, rows)?;
        let logits = z.matmul(&weight.t()?)?.add(bias)?;
        match &self.target {
            Target::Classes { classes, .. } => {
                let classes = classes.iter().map(|&class| i64::from(class)).collect();
                let classes = Tensor::from_vec(classes, self.features.size(0)?)?;
                loss::cross_entropy(&logits, &classes.index_select(0, rows)?)
            }
            Target::Numbers(numbers) => {
                loss::squared_loss(&logits, &vector(numbers).index_select(0, rows)?)
                    .map(|l| l.mean())
            }
            Target::Robust(numbers, delta) => {
                let targets = vector(numbers).index_select(0, rows)?;
                let logits = logits.reshape([targets.size(0)?])?;
                loss::Huber::new().delta(*delta).loss(&logits, &targets)
            }
            Target::Counts(counts) => {
                let targets = vector(counts).index_select(0, rows)?;
                loss::poisson_nll(&logits.reshape([targets.size(0)?])?, &targets)
            }
        }
    }

    /// The penalty λ/2·‖V‖².
    pub(crate) fn penalty(&self, [weight, _]: &[Tensor; 2]) -> Result<Tensor> {
        weight.square().sum().mul(self.l2 / 2.0)
    }

    fn all_rows(&self) -> Result<Tensor> {
        Tensor::arange(0, self.features.size(0)?, 1)
    }
}

impl Target {
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Classes { count, .. } => *count,
            _ => 1,
        }
    }

    /// The engine's loss.
    pub(crate) fn loss<A: Real>(&self) -> Box<dyn RowLoss<A> + '_> {
        let cast = |numbers: &[f64]| numbers.iter().map(|&y| A::from_f64(y)).collect();
        match self {
            Self::Classes { classes, count } => Box::new(Softmax { classes, count: *count }),
            Self::Numbers(numbers) => Box::new(Squared { targets: cast(numbers) }),
            Self::Robust(numbers, delta) => {
                Box::new(Huber { targets: cast(numbers), delta: A::from_f64(*delta) })
            }
            Self::Counts(counts) => Box::new(Poisson { targets: cast(counts) }),
        }
    }

    /// The numbers; none for classes.
    pub(crate) fn numbers(&self) -> &[f64] {
        match self {
            Self::Classes { .. } => &[],
            Self::Numbers(numbers) | Self::Robust(numbers, _) | Self::Counts(numbers) => numbers,
        }
    }

    /// By what `rows` rows of it can be shared out.
    pub(crate) fn keys(&self, rows: usize) -> Keys<'_> {
        let classes = match self {
            Self::Classes { classes, .. } => Some(classes.as_slice()),
            _ => None,
        };
        Keys { rows, classes, ..Keys::default() }
    }

    /// Its name.
    pub(crate) fn kind(&self) -> Loss {
        match self {
            Self::Classes { .. } => Loss::Softmax,
            Self::Numbers(_) => Loss::Squared,
            Self::Robust(..) => Loss::Huber,
            Self::Counts(_) => Loss::Poisson,
        }
    }
}

/// One comparison: a shape, a target, a penalty.
struct Case {
    n: usize,
    d: usize,
    target: Target,
    l2: f64,
}

impl Case {
    fn scaling(&self) -> Scaling {
        let fixed = |j: usize| j + 1 == self.d && self.d > 2;
        let scale = |j| if fixed(j) { f64::INFINITY } else { 40.0 + 9.0 * number(j + 9) };
        Scaling {
            mean: (0..self.d).map(|j| 100.0 + 20.0 * number(j)).collect(),
            scale: (0..self.d).map(scale).collect(),
        }
    }

    fn point(&self) -> Parameters {
        let mut at = Parameters::zeros(self.target.outputs(), self.d);
        at.weight.iter_mut().enumerate().for_each(|(i, w)| *w = number(i + 3) / 2.0);
        at.bias.iter_mut().enumerate().for_each(|(i, b)| *b = number(i + 31));
        at
    }

    /// Engine and twin, over one storage; numbers are whole, so that every storage holds them.
    fn check<T: Element>(&self, cast: fn(f64) -> T, epsilon: f64) -> Result<()> {
        let numbers: Vec<f64> =
            (0..self.n * self.d).map(|i| (110.0 + 100.0 * number(i)).floor()).collect();
        let stored: Vec<T> = numbers.iter().copied().map(cast).collect();
        let (scaling, at) = (self.scaling(), self.point());
        let twin = Twin::new(&numbers, &scaling, self.target.clone(), self.l2)?;
        let leaves = Twin::leaves(&at)?;
        let value = twin.loss(&twin.all_rows()?, &leaves)?;
        value.add(twin.penalty(&leaves)?)?.backward()?;
        let gradient = leaves.each_ref().map(|leaf| leaf.grad().expect("a gradient").to_f64_vec());

        let rows = Rows::new(vec![stored.as_slice()], self.n, self.d);
        let loss = self.target.loss::<T::Real>();
        let loss = loss.as_ref();
        for level in Level::available() {
            let objective =
                Objective { rows: &rows, loss, scaling: &scaling, level, threads: Some(2) };
            let engine = objective.evaluate_one(&at);
            let slopes = engine.penalised(self.l2, &at);
            let pairs = slopes.weight.iter().zip(&gradient[0]);
            let pairs = pairs.chain(slopes.bias.iter().zip(&gradient[1]));
            for (got, want) in pairs.chain([(&engine.loss, &value.item())]) {
                let (near, kind) = (epsilon * want.abs().max(1.0), self.target.kind());
                let case = format!("{kind}, {level:?}, {}×{}×{}", self.n, self.d, at.outputs);
                assert!((got - want).abs() <= near, "{case}: {got} {want}");
            }
        }
        Ok(())
    }
}

fn counts(n: usize) -> Target {
    Target::Counts((0..n).map(|i| (i * 7 % 5) as f64).collect())
}

#[test]
fn every_loss_over_every_storage_agrees_with_autograd() -> Result<()> {
    for n in [1, 2, 37, 300] {
        for d in [1, 2, 16, 33, 200] {
            let classes = |count: usize| Target::Classes {
                classes: (0..n).map(|i| (i * 5 % count) as u32).collect(),
                count,
            };
            let numbers: Vec<f64> = (0..n).map(|i| 3.0 * number(i + 5)).collect();
            let others = [Target::Robust(numbers.clone(), 1.2), counts(n)];
            let targets = [classes(2), classes(3), classes(10), classes(17)];
            let targets = targets.into_iter().chain(others).chain([Target::Numbers(numbers)]);
            for target in targets {
                for l2 in [0.0, 0.3] {
                    let case = Case { n, d, target: target.clone(), l2 };
                    case.check::<f64>(|x| x, 1e-11)?;
                    case.check::<f32>(|x| x as f32, 2e-4)?;
                    case.check::<u8>(|x| x as u8, 2e-4)?;
                    case.check::<f16>(f16::from_f64, 2e-4)?;
                    case.check::<bf16>(bf16::from_f64, 2e-4)?;
                }
            }
        }
    }
    Ok(())
}

/// The gradient itself, by central differences of the engine's own value.
#[test]
fn the_gradient_is_the_derivative() {
    let classes = Target::Classes { classes: (0..37).map(|i| i * 5 % 4).collect(), count: 4 };
    let numbers: Vec<f64> = (0..37).map(number).collect();
    let robust = Target::Robust(numbers.clone(), 0.7);
    for target in [classes, Target::Numbers(numbers), robust, counts(37)] {
        let case = Case { n: 37, d: 11, target, l2: 0.3 };
        let numbers: Vec<f64> = (0..37 * 11).map(|i| 100.0 + 50.0 * number(i)).collect();
        let rows = Rows::new(vec![numbers.as_slice()], 37, 11);
        let (scaling, at) = (case.scaling(), case.point());
        let loss = case.target.loss::<f64>();
        let objective = Objective {
            rows: &rows,
            loss: loss.as_ref(),
            scaling: &scaling,
            level: Level::detect(),
            threads: Some(2),
        };
        check_differences(&objective, 0.3, &at);
    }
}

fn check_differences(objective: &Objective<'_, f64>, l2: f64, at: &Parameters) {
    const STEP: f64 = 1e-5;
    let value = |at: &Parameters| {
        let squares: f64 = at.weight.iter().map(|w| w * w).sum();
        objective.evaluate_one(at).loss + l2 / 2.0 * squares
    };
    let slope = |change: &dyn Fn(&mut Parameters, f64)| {
        let (mut up, mut down) = (at.clone(), at.clone());
        change(&mut up, STEP);
        change(&mut down, -STEP);
        (value(&up) - value(&down)) / (2.0 * STEP)
    };
    let gradient = objective.evaluate_one(at).penalised(l2, at);
    for (i, got) in gradient.weight.iter().enumerate() {
        assert!((slope(&|p, by| p.weight[i] += by) - got).abs() < 1e-8);
    }
    for (c, got) in gradient.bias.iter().enumerate() {
        assert!((slope(&|p, by| p.bias[c] += by) - got).abs() < 1e-8);
    }
}
