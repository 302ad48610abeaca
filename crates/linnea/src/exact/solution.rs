//! From the triangle to the solution: column-pivoted QR of the features' part, which shows the rank.

use crate::exact::condition::condition;
use crate::exact::householder::Factor;
use crate::exact::matrix::{Algebra, Matrix};
use crate::exact::rank::independent;
use crate::exact::scalar::{Scalar, squares};
use crate::exact::triangle::Triangle;

/// Below this a pivot is a reason to look which columns are aliased.
const DOUBTFUL: f64 = 1e-7;

/// What to do where the columns do not determine the solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deficient<'a> {
    /// Take the solution with the least Σ(mⱼwⱼ)², for the norm's m.
    MinimumNorm,
    /// Give aliased columns the weight 0; columns stand for themselves in this order.
    Drop(&'a [usize]),
}

/// How a triangle is to be solved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// Each feature's root of the penalty, in the frame's coordinates; empty without one.
    pub(crate) penalty: &'a [f64],
    /// Each feature's length about 0 over that about its mean.
    pub(crate) noise: &'a [f64],
    pub(crate) deficient: Deficient<'a>,
    /// Each feature's part in the norm that is made small.
    pub(crate) norm: &'a [f64],
    /// No more columns can be independent: the rows, less one with an intercept.
    pub(crate) most: usize,
}

/// The solution in the frame's coordinates.
#[derive(Debug, Clone)]
pub(crate) struct Solution<S> {
    /// `features × targets`.
    pub(crate) weights: Matrix<S>,
    /// One a target; 0 without an intercept.
    pub(crate) intercepts: Vec<S>,
    /// The features that stand for themselves, ascending.
    pub(crate) kept: Vec<usize>,
    /// The condition number of the kept features at unit length, with the penalty's rows.
    pub(crate) condition: f64,
    /// `1 + features × 1 + kept`: the estimate is a sum of independent coordinates of unit variance
    /// times this. The intercept comes first; without one its row and column are 0.
    pub(crate) spread: Matrix<S>,
    /// Each target's residual sum of squares.
    pub(crate) residual_squares: Vec<S>,
}

/// Solves min ‖Y − XW‖² + ‖DW‖² for the features' part of a triangle.
pub(crate) fn solve<S: Algebra>(triangle: &Triangle<S>, terms: &Terms<'_>) -> Solution<S> {
    let scaled = Scaled::new(triangle, terms);
    let all: Vec<usize> = (0..triangle.features).collect();
    let factor = S::pivoted(scaled.columns(&all));
    let kept = if smallest_pivot(&factor) > DOUBTFUL && all.len() <= terms.most + scaled.extra {
        all
    } else {
        let order = if let Deficient::Drop(order) = terms.deficient { order } else { &all };
        let most = terms.most + scaled.extra;
        let mut kept = independent(&scaled.matrix, order, terms.noise, most);
        kept.sort_unstable();
        kept
    };
    let whole = kept.len() == triangle.features;
    let small = if whole { factor.clone() } else { S::pivoted(scaled.columns(&kept)) };
    let weights = match terms.deficient {
        Deficient::MinimumNorm if !whole => scaled.minimum_norm(&factor, kept.len(), terms.norm),
        _ => scaled.basic(&small, &kept),
    };
    let inverse = scaled.inverse(&small, &kept);
    let residual_squares = residual_squares(triangle, &weights);
    Solution {
        intercepts: intercepts(triangle, &weights),
        spread: spread(triangle, &inverse),
        condition: condition(&small.r),
        residual_squares,
        weights,
        kept,
    }
}

/// The features' part of a triangle with the penalty's rows below, its columns of length 1.
struct Scaled<S> {
    matrix: Matrix<S>,
    /// What the columns were divided by; 1 where they are 0.
    lengths: Vec<S>,
    targets: Matrix<S>,
    /// The penalty's rows.
    extra: usize,
}

impl<S: Algebra> Scaled<S> {
    fn new(triangle: &Triangle<S>, terms: &Terms<'_>) -> Self {
        let (p, x, y) = (triangle.features, triangle.features(), triangle.explained());
        let (penalty, extra) = (terms.penalty, terms.penalty.len());
        // The triangle of fewer rows than columns ends in rows of zeros.
        let m = p.min(terms.most);
        let number = |i: usize, j: usize| match i.checked_sub(m) {
            None => x[(i, j)],
            Some(below) if below == j => S::of(penalty[j]),
            Some(_) => S::ZERO,
        };
        let length = |j| squares((0..m + extra).map(|i| number(i, j))).root();
        let nonzero = |length: S| if length.round() > 0.0 { length } else { S::ONE };
        let lengths: Vec<S> = (0..p).map(|j| nonzero(length(j))).collect();
        let matrix = Matrix::from_fn(m + extra, p, |i, j| number(i, j) / lengths[j]);
        let target = |i: usize, t: usize| if i < m { y[(i, t)] } else { S::ZERO };
        Self { matrix, lengths, targets: Matrix::from_fn(m + extra, y.ncols(), target), extra }
    }

    fn columns(&self, kept: &[usize]) -> Matrix<S> {
        Matrix::from_fn(self.matrix.nrows(), kept.len(), |i, j| self.matrix[(i, kept[j])])
    }

    /// The solution with weights for the kept columns alone.
    fn basic(&self, factor: &Factor<S>, kept: &[usize]) -> Matrix<S> {
        let mut solution = S::transposed_product(&factor.q, &self.targets);
        S::solve_upper(&factor.r, &mut solution);
        let mut weights = Matrix::zeros(self.lengths.len(), self.targets.ncols());
        for (k, &place) in factor.order.iter().enumerate() {
            let j = kept[place];
            for t in 0..weights.ncols() {
                weights[(j, t)] = solution[(k, t)] / self.lengths[j];
            }
        }
        weights
    }

    /// The solution of least norm: the first `rank` rows of the pivoted triangle, B w = Qᵀy, are solved
    /// by the triangle of Bᵀ (a complete orthogonal decomposition; Golub & Van Loan, §5.4.7).
    fn minimum_norm(&self, factor: &Factor<S>, rank: usize, norm: &[f64]) -> Matrix<S> {
        let (p, r) = (self.lengths.len(), &factor.r);
        // In coordinates in which the norm is Euclid's.
        let unit = |j: usize| self.lengths[j] / S::of(if norm[j] > 0.0 { norm[j] } else { 1.0 });
        let mut rows = Matrix::<S>::zeros(p, rank);
        for (k, &j) in factor.order.iter().enumerate() {
            for i in 0..rank.min(k + 1) {
                rows[(j, i)] = r[(i, k)] * unit(j);
            }
        }
        let rows = S::factor(rows);
        let q = factor.q.part(0..factor.q.nrows(), 0..rank);
        let mut right = S::transposed_product(&q, &self.targets);
        S::solve_upper_transposed(&rows.r, &mut right);
        let solution = S::product(&rows.q, &right);
        Matrix::from_fn(p, solution.ncols(), |j, t| solution[(j, t)] * unit(j) / self.lengths[j])
    }

    /// `features × kept`: the weights as functions of independent coordinates, W = (R P⊤)⁻¹ c.
    fn inverse(&self, factor: &Factor<S>, kept: &[usize]) -> Matrix<S> {
        let mut identity = Matrix::<S>::identity(kept.len());
        S::solve_upper(&factor.r, &mut identity);
        let mut inverse = Matrix::zeros(self.lengths.len(), kept.len());
        for (k, &place) in factor.order.iter().enumerate() {
            let j = kept[place];
            for i in 0..kept.len() {
                inverse[(j, i)] = identity[(k, i)] / self.lengths[j];
            }
        }
        inverse
    }
}

/// Of columns of length 1.
fn smallest_pivot<S: Scalar>(factor: &Factor<S>) -> f64 {
    let pivots = (0..factor.r.nrows()).map(|k| factor.r[(k, k)].round().abs());
    pivots.fold(f64::INFINITY, f64::min)
}

fn intercepts<S: Scalar>(triangle: &Triangle<S>, weights: &Matrix<S>) -> Vec<S> {
    let (p, r) = (triangle.features, &triangle.r);
    let intercept = |t: usize| {
        if !triangle.intercept {
            return S::ZERO;
        }
        let slopes = (0..p).fold(S::ZERO, |sum, j| sum + r[(0, 1 + j)] * weights[(j, t)]);
        (r[(0, 1 + p + t)] - slopes) / r[(0, 0)]
    };
    (0..triangle.targets).map(intercept).collect()
}

/// ‖Rᵧᵧ‖² + ‖Rₓᵧ − RₓₓW‖²: without cancellation, and without the penalty.
fn residual_squares<S: Algebra>(triangle: &Triangle<S>, weights: &Matrix<S>) -> Vec<S> {
    let (all, explained) = (triangle.explained(), S::product(&triangle.features(), weights));
    let column = |t: usize| squares((0..all.nrows()).map(|i| all[(i, t)] - explained[(i, t)]));
    triangle.unexplained().into_iter().enumerate().map(|(t, below)| below + column(t)).collect()
}

fn spread<S: Scalar>(triangle: &Triangle<S>, inverse: &Matrix<S>) -> Matrix<S> {
    let mut spread = Matrix::zeros(1 + inverse.nrows(), 1 + inverse.ncols());
    for i in 0..inverse.ncols() {
        for j in 0..inverse.nrows() {
            spread[(1 + j, 1 + i)] = inverse[(j, i)];
        }
    }
    if triangle.intercept {
        let r = &triangle.r;
        spread[(0, 0)] = S::ONE / r[(0, 0)];
        for i in 0..inverse.ncols() {
            let slopes =
                (0..inverse.nrows()).fold(S::ZERO, |sum, j| sum + r[(0, 1 + j)] * inverse[(j, i)]);
            spread[(0, 1 + i)] = -(slopes / r[(0, 0)]);
        }
    }
    spread
}
