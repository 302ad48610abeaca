//! Which way leads to the triangle, and what is done with it.
//!
//! For n rows of k columns:
//!
//! | method | operations | digits lost to a condition number κ | when |
//! | --- | --- | --- | --- |
//! | double-double QR | 2nk², at about a hundredth of the rate | none of 16, for κ < 10¹⁵ | nk² ≤ 3·10⁷, or hard and nk² ≤ 10⁹ |
//! | Gram, Cholesky | nk², at nearly the machine's rate | 2·log₁₀κ of the standard errors | n ≥ 4k, κ ≤ 10³ |
//! | QR | 2nk² | log₁₀κ | otherwise |
//!
//! Hard is what QR in `f64` finds to have κ > 10⁴, so that fewer than twelve digits are certain, or
//! aliased columns though there are rows enough: those may differ by less than `f64` can see.
//!
//! κ is that of the columns that stand for themselves: a table with all levels of a category goes by a
//! Gram matrix like any other, if the rows prove which columns are functions of others.
//!
//! In `f64` the coefficients are then corrected by passes that recompute the residuals.

use linnea_kernels::Element;
use serde::{Deserialize, Serialize};

use crate::exact::aliases::Aliases;
use crate::exact::correct::{CORRECTIONS, Corrected, Solved};
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
/// Up to so much, it costs seconds, which the digits of a hard problem are worth.
const HARD_EXTENDED: usize = 1_000_000_000;
/// From this condition number on a problem is hard.
const HARD: f64 = 1e4;
/// A Gram matrix is for data this many times taller than wide.
const TALL: usize = 4;
/// And for condition numbers up to this.
const MOST_CONDITION: f64 = 1e3;
/// Beyond this a Gram matrix in `f64` cannot tell a small singular value from none.
const BREAKDOWN: f64 = 1e6;

/// How the triangle of a least-squares problem was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What weights that are rounded to `f64` may leave of the gradient, in the same parameters.
    pub(crate) roundings: Vec<f64>,
}

/// Solves the problem. `None` if the rows hold numbers that cannot be computed with.
pub(crate) fn solve<T: Element>(system: &System<'_, T>, wanted: &Wanted<'_>) -> Option<Exact> {
    let (n, k) = (system.rows.len(), system.columns());
    let work = n.saturating_mul(k).saturating_mul(k.min(n));
    let rows = system.weighted_rows();
    match wanted.method {
        Some(Method::ExtendedQr) => extended(system, wanted),
        Some(Method::Gram) if rows >= k => {
            gram(system, wanted, BREAKDOWN).or_else(|| qr(system, wanted))
        }
        Some(_) => qr(system, wanted),
        None if work <= EXTENDED => extended(system, wanted),
        None => {
            let easy = (rows >= TALL * k).then(|| gram(system, wanted, MOST_CONDITION)).flatten();
            easy.or_else(|| qr_of_as_many_digits(system, wanted, work))
        }
    }
}

/// QR in `f64`, and in double-double where that shows that the problem is hard.
fn qr_of_as_many_digits<T: Element>(
    system: &System<'_, T>,
    wanted: &Wanted<'_>,
    work: usize,
) -> Option<Exact> {
    let exact = qr(system, wanted)?;
    let estimate = &exact.estimate;
    let aliased = estimate.aliased().any(|j| estimate.lengths[j] > 0.0);
    let doubtful = aliased && system.weighted_rows() >= system.columns();
    if work > HARD_EXTENDED || !doubtful && estimate.condition <= HARD {
        return Some(exact);
    }
    let read = exact.passes;
    extended(system, wanted).map(|exact| Exact { passes: exact.passes + read, ..exact })
}

fn extended<T: Element>(system: &System<'_, T>, wanted: &Wanted<'_>) -> Option<Exact> {
    let triangle = tsqr::extended(system);
    let (estimate, penalty) = estimate(system, &triangle, wanted)?;
    let framed: Vec<&[f64]> = estimate.framed.iter().map(Vec::as_slice).collect();
    let residuals = Residuals::of(system, &framed, &penalty);
    Some(finish(system, Method::ExtendedQr, 2, estimate, &residuals))
}

fn qr<T: Element>(system: &System<'_, T>, wanted: &Wanted<'_>) -> Option<Exact> {
    let triangle = tsqr::plain(system);
    let (estimate, penalty) = estimate(system, &triangle, wanted)?;
    // A step in kept features alone would leave the solution of least norm.
    let least = wanted.deficient == Deficient::MinimumNorm
        && estimate.aliased().any(|j| estimate.lengths[j] > 0.0);
    let corrections = if least { 0 } else { CORRECTIONS };
    let solved = Solved { estimate, aliases: Aliases::default(), norm: None };
    let Corrected { estimate, residuals, passes, .. } =
        solved.correct(system, &penalty, corrections);
    Some(finish(system, Method::Qr, 1 + passes, estimate, &residuals))
}

/// By a Gram matrix, if the condition number turns out to be at most `most` and the rows prove what
/// it cannot tell: that the columns of which it leaves nothing are functions of the others.
fn gram<T: Element>(system: &System<'_, T>, wanted: &Wanted<'_>, most: f64) -> Option<Exact> {
    let mut gram = Gram::of(system);
    let weight = system.total_weight();
    let squares = gram.centred_squares();
    let norm = wanted.penalty.norm(&squares, system.frame, weight);
    let penalty = wanted.penalty.rows(&norm, weight);
    gram.penalise(&penalty);
    let triangle = gram.triangle()?;
    let none = Wanted { penalty: Penalty { l2: 0.0, ..wanted.penalty }, ..*wanted };
    let (mut estimate, _) = estimate(system, &triangle, &none)?;
    if estimate.condition > most {
        return None;
    }
    estimate.lengths = squares.iter().map(|squares| squares.sqrt()).collect();
    let aliases = Aliases::of(&triangle, &estimate);
    let norm = (wanted.deficient == Deficient::MinimumNorm).then_some(norm);
    let corrected = Solved { estimate, aliases, norm }.correct(system, &penalty, CORRECTIONS);
    let Corrected { estimate, residuals, passes, proven } = corrected;
    proven.then(|| finish(system, Method::Gram, 1 + passes, estimate, &residuals))
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
        start_gradient_norms: targets.clone().map(start).collect(),
        roundings: targets.map(|t| estimate.rounding(t)).collect(),
        method,
        passes,
        estimate,
    }
}
