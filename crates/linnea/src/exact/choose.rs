//! Which way leads to the triangle, and what is done with it.
//!
//! For n rows of k columns:
//!
//! | method | operations | digits lost to a condition number κ | when |
//! | --- | --- | --- | --- |
//! | double-double QR | 2nk², at about a hundredth of the rate | none of 16, for κ < 10¹⁵ | nk² ≤ 3·10⁷ |
//! | Gram, Cholesky | nk², at nearly the machine's rate | 2·log₁₀κ of the standard errors | n ≥ 4k, κ ≤ 10³ |
//! | QR | 2nk² | log₁₀κ | otherwise |
//!
//! In `f64` the coefficients are then corrected by passes that recompute the residuals.

use linnea_kernels::Element;
use serde::Serialize;

use crate::exact::estimate::Estimate;
use crate::exact::gram::Gram;
use crate::exact::matrix::Algebra;
use crate::exact::panel::System;
use crate::exact::penalty::Penalty;
use crate::exact::residuals::Residuals;
use crate::exact::solution::{Deficient, Terms, solve as solve_triangle};
use crate::exact::triangle::Triangle;
use crate::exact::tsqr;

/// Up to so much work nk², double-double costs no more than a fraction of a second.
const EXTENDED: usize = 30_000_000;
/// A Gram matrix is for data this many times taller than wide.
const TALL: usize = 4;
/// And for condition numbers up to this.
const MOST_CONDITION: f64 = 1e3;
/// Beyond this a Gram matrix in `f64` cannot tell a small singular value from none.
const BREAKDOWN: f64 = 1e6;
/// Corrections end when they are this small beside the solution.
const SETTLED: f64 = 1e-13;
/// More corrections than this are never needed where a factor is of any use.
const CORRECTIONS: usize = 4;

/// How the triangle of a least-squares problem was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// Householder QR of blocks of rows in double-double arithmetic (31 digits).
    ExtendedQr,
    /// A Gram matrix of centred columns in `f64`, and its Cholesky factor.
    Gram,
    /// Householder QR of blocks of rows in `f64`.
    Qr,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ExtendedQr => "QR in double-double",
            Self::Gram => "Gram matrix",
            Self::Qr => "QR",
        })
    }
}

/// What is solved besides the rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) penalty: Penalty<'a>,
    pub(crate) deficient: Deficient<'a>,
    /// A method to take whatever the shape.
    pub(crate) method: Option<Method>,
}

/// The solution and its certificate.
#[derive(Debug, Clone)]
pub(crate) struct Exact {
    pub(crate) estimate: Estimate,
    pub(crate) method: Method,
    /// How often the rows were read.
    pub(crate) passes: usize,
    /// For each target, the gradient's norm at the solution and at weights 0, in standardised
    /// parameters.
    pub(crate) gradient_norms: Vec<f64>,
    pub(crate) start_gradient_norms: Vec<f64>,
}

/// Solves the problem. `None` if the rows hold numbers that cannot be computed with.
pub(crate) fn solve<T: Element>(system: &System<'_, T>, wanted: &Wanted<'_>) -> Option<Exact> {
    let (n, k) = (system.rows.len(), system.columns());
    let small = n.saturating_mul(k).saturating_mul(k.min(n)) <= EXTENDED;
    let tall = n >= TALL * k;
    match wanted.method {
        Some(Method::ExtendedQr) => return extended(system, wanted),
        None if small => return extended(system, wanted),
        Some(Method::Gram) => {
            if let Some(exact) = gram(system, wanted, BREAKDOWN) {
                return Some(exact);
            }
        }
        None if tall => {
            if let Some(exact) = gram(system, wanted, MOST_CONDITION) {
                return Some(exact);
            }
        }
        _ => {}
    }
    let triangle = tsqr::plain(system);
    let (estimate, penalty) = estimate(system, &triangle, wanted)?;
    Some(correct(system, Method::Qr, 1, estimate, &penalty))
}

fn extended<T: Element>(system: &System<'_, T>, wanted: &Wanted<'_>) -> Option<Exact> {
    let triangle = tsqr::extended(system);
    let (estimate, penalty) = estimate(system, &triangle, wanted)?;
    let residuals = Residuals::of(system, &estimate.framed, &penalty);
    Some(finish(system, Method::ExtendedQr, 2, estimate, &residuals))
}

/// By a Gram matrix, if the condition number turns out to be at most `most`.
fn gram<T: Element>(system: &System<'_, T>, wanted: &Wanted<'_>, most: f64) -> Option<Exact> {
    let mut gram = Gram::of(system);
    let weight = system.total_weight();
    let norm = wanted.penalty.norm(&gram.centred_squares(), system.frame, weight);
    let penalty = wanted.penalty.rows(&norm, weight);
    let lengths = gram.centred_squares().iter().map(|squares| squares.sqrt()).collect();
    gram.penalise(&penalty);
    let triangle = gram.triangle()?;
    let none = Wanted { penalty: Penalty { l2: 0.0, ..wanted.penalty }, ..*wanted };
    let (mut estimate, _) = estimate(system, &triangle, &none)?;
    if estimate.condition > most || estimate.kept.len() < system.features() {
        return None;
    }
    estimate.lengths = lengths;
    Some(correct(system, Method::Gram, 1, estimate, &penalty))
}

/// The triangle's solution, and the penalty's diagonal.
fn estimate<T: Element, S: Algebra>(
    system: &System<'_, T>,
    triangle: &Triangle<S>,
    wanted: &Wanted<'_>,
) -> Option<(Estimate, Vec<f64>)> {
    if !triangle.is_finite() {
        return None;
    }
    let (frame, weight) = (system.frame, system.total_weight());
    let lengths: Vec<f64> = triangle.lengths().iter().map(|length| length.round()).collect();
    let squares: Vec<f64> = lengths.iter().map(|length| length * length).collect();
    let norm = wanted.penalty.norm(&squares, frame, weight);
    let penalty = wanted.penalty.rows(&norm, weight);
    let noise = |j: usize| {
        let mean = triangle.mean(j).round() + frame.features[j].origin / frame.features[j].unit;
        (mean * mean * weight + squares[j]).sqrt() / lengths[j]
    };
    let noise: Vec<f64> = (0..lengths.len()).map(noise).collect();
    let terms = Terms {
        penalty: &penalty,
        noise: &noise,
        deficient: wanted.deficient,
        norm: &norm,
        most: system.weighted_rows().saturating_sub(triangle.first()),
    };
    let solution = solve_triangle(triangle, &terms);
    Some((Estimate::new(triangle, &solution, frame), penalty))
}

/// Corrects the estimate until that changes nothing.
fn correct<T: Element>(
    system: &System<'_, T>,
    method: Method,
    mut passes: usize,
    mut estimate: Estimate,
    penalty: &[f64],
) -> Exact {
    let mut residuals = Residuals::of(system, &estimate.framed, penalty);
    passes += 1;
    for _ in 0..CORRECTIONS {
        // A step in kept features alone would leave the solution of least norm.
        if estimate.kept.len() < system.features() {
            break;
        }
        let steps = residuals.steps(&estimate);
        if settled(&steps, &estimate) {
            break;
        }
        let mut next = estimate.clone();
        next.step(&steps, system.frame, system.intercept);
        let then = Residuals::of(system, &next.framed, penalty);
        passes += 1;
        let weight = system.total_weight();
        let norm = |r: &Residuals, e: &Estimate| {
            let norm = |t: usize| e.standard_norm(t, &r.descent[t], weight);
            (0..steps.len()).map(norm).fold(0.0, f64::max)
        };
        if norm(&then, &next) >= norm(&residuals, &estimate) {
            break;
        }
        (estimate, residuals) = (next, then);
    }
    estimate.residual_squares.clone_from(&residuals.squares);
    finish(system, method, passes, estimate, &residuals)
}

/// Whether steps are rounding beside the solutions, both in features of length 1.
fn settled(steps: &[Vec<f64>], estimate: &Estimate) -> bool {
    let length = |x: &[f64]| {
        x.iter().zip(&estimate.lengths).map(|(x, length)| (x * length).powi(2)).sum::<f64>().sqrt()
    };
    steps.iter().zip(&estimate.framed).all(|(step, x)| length(step) <= SETTLED * length(x))
}

fn finish<T: Element>(
    system: &System<'_, T>,
    method: Method,
    passes: usize,
    estimate: Estimate,
    residuals: &Residuals,
) -> Exact {
    let targets = 0..estimate.framed.len();
    let weight = system.total_weight();
    let norm = |t: usize| estimate.standard_norm(t, &residuals.descent[t], weight);
    let start = |t: usize| estimate.standard_norm(t, &estimate.start[t], weight);
    Exact {
        gradient_norms: targets.clone().map(norm).collect(),
        start_gradient_norms: targets.map(start).collect(),
        method,
        passes,
        estimate,
    }
}
