//! Coordinates in which the objective is nearly round, by which quasi-Newton steps become few.
//!
//! The Hessian of a mean loss is ZᵀDZ/n, with a positive D of q×q for each row. Böhning
//! (*Multinomial logistic regression algorithm*, Ann. Inst. Stat. Math. 44 (1992) 197–200) bounds every
//! D of softmax by (I − 11ᵀ/q)/2, and so the Hessian by one matrix that does not change and, on
//! gradients, whose columns sum to 0, acts on each class alike: M = a·ZᵀZ/n + l2·I with the intercept
//! among the features. With M = LLᵀ, gradients are L⁻¹g in the coordinates LᵀV: there Newton's inner steps
//! are taken, and M⁻¹ is where L-BFGS begins. For the squared loss M *is* the Hessian. A multiple does no harm,
//! because L-BFGS scales anyway; so a need not be the bound 1/2, and [`CURVATURE`], about the mean of
//! p(1 − p) where a classifier knows something, is better than the bound where l2 weighs in. Nor must it be all
//! rows: a sample is enough.

use std::sync::{Arc, Weak};

use faer::linalg::solvers::Llt;
use faer::linalg::triangular_solve::{
    solve_lower_triangular_in_place, solve_upper_triangular_in_place,
};
use faer::{MatMut, MatRef, Par, Side};

use super::Problem;
use super::gram::Gram;
use crate::loss::Loss;
use crate::objective::Objective;
use crate::parameters::Parameters;
use crate::rows::Rows;
use linnea_kernels::Element;

/// With more features the matrix would cost more than it saves.
const MOST_FEATURES: usize = 2500;
/// So many rows a feature are looked at.
const ROWS_A_FEATURE: usize = 8;
/// a, for softmax.
const CURVATURE: f64 = 0.02;
/// What is added to the diagonal, as a share of its mean: features that are sums of others have no
/// curvature of their own, and ones that are constant in the sample may have some outside of it.
const RIDGE: f64 = 1e-10;
const SAMPLED_RIDGE: f64 = 1e-5;

/// A Gram matrix of some rows.
pub(super) struct Sample {
    gram: Option<Gram>,
    ridge: f64,
}

impl Sample {
    /// Looks at the rows; nothing is done where there are too many features.
    pub(super) fn of<T: Element>(objective: &Objective<'_, T>, loss: Loss) -> Self {
        let rows = objective.rows;
        let weights = objective.loss.weights();
        let d = rows.features();
        if d > MOST_FEATURES {
            return Self { gram: None, ridge: 0.0 };
        }
        // With a squared loss an exact matrix is worth its price: one step and all is done.
        let most = if loss == Loss::Squared { usize::MAX } else { ROWS_A_FEATURE * d + 1000 };
        if rows.len() <= most {
            let gram = Gram::of::<T, f64>(rows, weights, objective);
            return Self { gram: Some(gram), ridge: RIDGE };
        }
        let pick = |i: usize| (i as u128 * rows.len() as u128 / most as u128) as usize;
        let numbers: Vec<T> = (0..most).flat_map(|i| rows.row(pick(i))).copied().collect();
        let weights =
            weights.map(|weights| (0..most).map(|i| weights[pick(i)]).collect::<Vec<_>>());
        let picked = Rows::new(vec![numbers.as_slice()], most, d);
        let gram = Gram::of::<T, f32>(&picked, weights.as_deref(), objective);
        Self { gram: Some(gram), ridge: SAMPLED_RIDGE }
    }

    /// The coordinates for a penalty.
    fn with(&self, loss: Loss, l2: f64) -> Preconditioner {
        let Some(&Gram { ref products, size }) = self.gram.as_ref() else {
            return Preconditioner::none();
        };
        let curvature = if loss == Loss::Softmax { CURVATURE } else { 1.0 };
        let mut matrix = MatRef::from_column_major_slice(products, size, size).to_owned();
        let trace: f64 = products.iter().step_by(size + 1).sum();
        let ridge = self.ridge * trace / size as f64;
        for j in 0..size {
            let penalty = if j + 1 < size { l2 / curvature } else { 0.0 };
            matrix[(j, j)] += penalty + ridge;
        }
        matrix.col_iter_mut().for_each(|c| c.iter_mut().for_each(|x| *x *= curvature));
        Preconditioner::of(matrix.as_ref())
    }
}

/// The coordinates of the heads that are being solved for. Heads with the same penalty share them, and they
/// go with the last of these: a path of many penalties has the factors of a few at a time.
pub(super) struct Coordinates {
    sample: Sample,
    known: Vec<(u64, Weak<Preconditioner>)>,
}

impl Coordinates {
    pub(super) fn new(sample: Sample) -> Self {
        Self { sample, known: Vec::new() }
    }

    pub(super) fn of(&mut self, problem: &Problem) -> Arc<Preconditioner> {
        let key = problem.l2.to_bits();
        let known = self.known.iter().find(|(known, _)| *known == key);
        if let Some(known) = known.and_then(|(_, known)| known.upgrade()) {
            return known;
        }
        let own = Arc::new(self.sample.with(problem.loss, problem.l2));
        self.known.retain(|(_, known)| known.strong_count() > 0);
        self.known.push((key, Arc::downgrade(&own)));
        own
    }
}

/// M = LLᵀ, or nothing where there is no factor.
pub(super) struct Preconditioner {
    factor: Option<Llt<f64>>,
}

impl Preconditioner {
    /// The coordinates that there are.
    pub(super) fn none() -> Self {
        Self { factor: None }
    }

    /// Those in which M is round, if it has a factor.
    pub(super) fn of(matrix: MatRef<'_, f64>) -> Self {
        Self { factor: Llt::new(matrix, Side::Lower).ok() }
    }

    /// L⁻¹g: a gradient in the new coordinates.
    pub(super) fn whiten(&self, gradient: Parameters) -> Parameters {
        self.solved(gradient, |factor, numbers| {
            solve_lower_triangular_in_place(factor.L(), numbers, Par::Seq);
        })
    }

    /// L⁻ᵀu: a direction in the old coordinates.
    pub(super) fn unwhiten(&self, direction: Parameters) -> Parameters {
        self.solved(direction, |factor, numbers| {
            solve_upper_triangular_in_place(factor.L().transpose(), numbers, Par::Seq);
        })
    }

    /// M⁻¹g.
    pub(super) fn solve(&self, gradient: Parameters) -> Parameters {
        self.unwhiten(self.whiten(gradient))
    }

    /// The norm of a gradient in the new coordinates, as a share of that of another.
    pub(super) fn share(&self, gradient: &Parameters, of: &Parameters) -> f64 {
        let norm = |gradient: &Parameters| self.whiten(gradient.clone()).norm();
        let left = norm(gradient);
        if left == 0.0 { 0.0 } else { left / norm(of) }
    }

    fn solved(
        &self,
        parameters: Parameters,
        solve: impl Fn(&Llt<f64>, MatMut<'_, f64>),
    ) -> Parameters {
        let Some(factor) = &self.factor else { return parameters };
        let Parameters { outputs, features, weight, bias } = &parameters;
        let size = features + 1;
        let mut numbers = Vec::with_capacity(size * outputs);
        for (weights, bias) in weight.chunks_exact(*features).zip(bias) {
            numbers.extend_from_slice(weights);
            numbers.push(*bias);
        }
        solve(factor, MatMut::from_column_major_slice_mut(&mut numbers, size, *outputs));
        let mut solved = parameters;
        let columns = numbers.chunks_exact(size);
        let own = solved.weight.chunks_exact_mut(size - 1).zip(&mut solved.bias);
        for (column, (weights, bias)) in columns.zip(own) {
            weights.copy_from_slice(&column[..size - 1]);
            *bias = column[size - 1];
        }
        solved
    }
}
