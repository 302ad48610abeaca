//! A solution in `f64`, in the frame's coordinates for passes over the rows and in the data's for users.

use crate::exact::frame::{Axis, Frame};
use crate::exact::matrix::Matrix;
use crate::exact::scalar::{Double, Scalar};
use crate::exact::solution::Solution;
use crate::exact::triangle::Triangle;

/// The least-squares estimate and what its statistics are made of.
#[derive(Debug, Clone)]
pub(crate) struct Estimate {
    /// For each target `[w₁ … w_p, b]` in the frame's coordinates.
    pub(crate) framed: Vec<Vec<f64>>,
    /// For each target the same in the data's.
    pub(crate) raw: Vec<Vec<f64>>,
    /// `features + 1 × kept + 1`: the parameters `[w₁ … w_p, b]` in the frame's coordinates as
    /// functions of independent coordinates of unit variance; the last is the intercept's.
    pub(crate) spread: Matrix<f64>,
    /// The same in the data's coordinates, for a target's unit of 1.
    pub(crate) raw_spread: Matrix<f64>,
    /// The features that stand for themselves, ascending.
    pub(crate) kept: Vec<usize>,
    /// Of the kept features' columns at unit length.
    pub(crate) condition: f64,
    /// Each target's residual sum of squares, in the frame's coordinates.
    pub(crate) residual_squares: Vec<f64>,
    /// Each target's sum of squares about its mean, or about 0 without an intercept; likewise.
    pub(crate) variation: Vec<f64>,
    /// Each feature's length about its mean, or about 0 without an intercept; likewise.
    pub(crate) lengths: Vec<f64>,
    /// Each feature's mean in the data's coordinates, 0 without an intercept.
    pub(crate) means: Vec<f64>,
    /// For each target, Xᵀ(y − ȳ) for centred features: minus the gradient at weights 0.
    pub(crate) start: Vec<Vec<f64>>,
}

impl Estimate {
    pub(crate) fn new<S: Scalar>(
        triangle: &Triangle<S>,
        solution: &Solution<S>,
        frame: &Frame,
    ) -> Self {
        let (p, targets) = (triangle.features, triangle.targets);
        let weights = &solution.weights;
        let exact = |t: usize| {
            let weights = (0..p).map(move |j| weights[(j, t)]);
            weights.chain([solution.intercepts[t]]).collect::<Vec<S>>()
        };
        let parameters: Vec<Vec<S>> = (0..targets).map(exact).collect();
        let round = |numbers: &Vec<S>| numbers.iter().map(|x| x.round()).collect();
        let raw = |(t, numbers): (usize, &Vec<S>)| {
            raw(numbers, frame, frame.targets[t], triangle.intercept)
        };
        let spread = intercept_last(&solution.spread);
        let lengths = triangle.lengths();
        Self {
            framed: parameters.iter().map(round).collect(),
            raw: parameters.iter().enumerate().map(raw).collect(),
            raw_spread: raw_spread(&spread, frame),
            spread: spread.map(S::round),
            kept: solution.kept.clone(),
            condition: solution.condition,
            residual_squares: solution.residual_squares.iter().map(|s| s.round()).collect(),
            variation: triangle.variation().iter().map(|s| s.round()).collect(),
            means: (0..p).map(|j| mean(triangle.mean(j), frame.features[j])).collect(),
            start: (0..targets).map(|t| start(triangle, t)).collect(),
            lengths: lengths.iter().map(|s| s.round()).collect(),
        }
    }

    /// Puts other solutions, in the frame's coordinates, in the place of those that there are.
    pub(crate) fn place(&mut self, framed: Vec<Vec<f64>>, frame: &Frame, intercept: bool) {
        for (t, solution) in framed.iter().enumerate() {
            let exact: Vec<Double> = solution.iter().map(|&x| Scalar::of(x)).collect();
            self.raw[t] = raw(&exact, frame, frame.targets[t], intercept);
        }
        self.framed = framed;
    }

    /// (AᵀA)⁻¹x for the kept features and the intercept, 0 for the others; in the frame's coordinates,
    /// `[w₁ … w_p, b]`.
    pub(crate) fn solve(&self, x: &[f64]) -> Vec<f64> {
        let spread = &self.spread;
        let product = |i: usize| (0..x.len()).map(|j| spread[(j, i)] * x[j]).sum();
        let inner: Vec<f64> = (0..spread.ncols()).map(product).collect();
        let outer = |j: usize| (0..inner.len()).map(|i| spread[(j, i)] * inner[i]).sum();
        (0..spread.nrows()).map(outer).collect()
    }

    /// The features that are functions of the kept ones, ascending.
    pub(crate) fn aliased(&self) -> impl Iterator<Item = usize> {
        (0..self.lengths.len()).filter(|j| self.kept.binary_search(j).is_err())
    }

    /// Each feature's length about the data's 0, in the frame's units.
    pub(crate) fn sizes(&self, frame: &Frame, weight: f64) -> Vec<f64> {
        let axes = self.lengths.iter().zip(&self.means).zip(&frame.features);
        let size = |((length, mean), axis): ((&f64, &f64), &Axis)| {
            (weight * (mean / axis.unit).powi(2) + length * length).sqrt()
        };
        axes.map(size).collect()
    }

    /// A gradient's norm in one target's standardised parameters, the target standardised too, for rows
    /// that weigh `weight` in all. It is in the frame's coordinates, `[w₁ … w_p]` and perhaps b.
    pub(crate) fn standard_norm(&self, target: usize, gradient: &[f64], weight: f64) -> f64 {
        let lengths = self.lengths.iter().copied().chain([weight.sqrt()]);
        let scaled = gradient.iter().zip(lengths).filter(|(_, length)| *length > 0.0);
        let norm = scaled.map(|(g, length)| (g / length).powi(2)).sum::<f64>().sqrt();
        let scale = self.variation[target].sqrt();
        if scale > 0.0 { norm / scale } else { norm }
    }

    /// What is left of the gradient, in the parameters of [`Self::standard_norm`], by weights that are
    /// rounded: ZᵀZ/n of p standardised features makes a vector at most p times as long.
    pub(crate) fn rounding(&self, target: usize) -> f64 {
        let columns = self.lengths.len() as f64 + 1.0;
        let length = |(w, length): (&f64, &f64)| (w * length).powi(2);
        let weights = self.framed[target].iter().zip(&self.lengths).map(length).sum::<f64>().sqrt();
        let scale = self.variation[target].sqrt();
        2.0 * columns * f64::EPSILON * if scale > 0.0 { weights / scale } else { weights }
    }

    /// Each feature's standard deviation in the data's coordinates.
    pub(crate) fn deviations(&self, frame: &Frame, weight: f64) -> Vec<f64> {
        let axes = self.lengths.iter().zip(&frame.features);
        axes.map(|(length, axis)| length * axis.unit / weight.sqrt()).collect()
    }
}

fn mean<S: Scalar>(mean: S, axis: Axis) -> f64 {
    (mean * S::of(axis.unit) + S::of(axis.origin)).round()
}

/// Parameters `[w₁ … w_p, b]` of the data's coordinates from those of the frame's.
fn raw<S: Scalar>(framed: &[S], frame: &Frame, target: Axis, intercept: bool) -> Vec<f64> {
    let (weights, b) = framed.split_at(frame.features.len());
    let of = |(&w, axis): (&S, &Axis)| w * (S::of(target.unit) / S::of(axis.unit));
    let weights: Vec<S> = weights.iter().zip(&frame.features).map(of).collect();
    let start = b[0] * S::of(target.unit) + S::of(target.origin);
    let slopes = weights.iter().zip(&frame.features);
    let b = slopes.fold(start, |b, (&w, axis)| b - w * S::of(axis.origin));
    let b = if intercept { b.round() } else { 0.0 };
    weights.iter().map(|w| w.round()).chain([b]).collect()
}

fn intercept_last<S: Scalar>(spread: &Matrix<S>) -> Matrix<S> {
    let (rows, columns) = (spread.nrows(), spread.ncols());
    Matrix::from_fn(rows, columns, |i, j| spread[((i + 1) % rows, (j + 1) % columns)])
}

fn raw_spread<S: Scalar>(spread: &Matrix<S>, frame: &Frame) -> Matrix<f64> {
    let p = frame.features.len();
    let number = |j: usize, k: usize| spread[(j, k)] / S::of(frame.features[j].unit);
    Matrix::from_fn(spread.nrows(), spread.ncols(), |j, k| {
        if j < p {
            return number(j, k).round();
        }
        let origins = (0..p).map(|j| number(j, k) * S::of(frame.features[j].origin));
        origins.fold(spread[(p, k)], |sum, x| sum - x).round()
    })
}

/// Xᵀ(y − ȳ) for centred features, in the frame's coordinates.
fn start<S: Scalar>(triangle: &Triangle<S>, target: usize) -> Vec<f64> {
    let (x, y) = (triangle.features(), triangle.explained());
    let product = |j: usize| (0..=j).fold(S::ZERO, |dot, k| dot + x[(k, j)] * y[(k, target)]);
    (0..triangle.features).map(|j| product(j).round()).collect()
}
