//! What proves that a solution is the optimum: the gradient there, recomputed from the rows in `f64`.

use crate::exact::choose::Exact;
use crate::exact::factorization::Factorization;
use crate::solver::{Convergence, Reason};

/// The gradient at a solution is at most this share of that at the start,
const CONVERGED: f64 = 1e-10;
/// and this one, where rounding of large weights does not allow that.
const NEARLY: f64 = 1e-6;
/// Beside a standardised target, this is rounding.
pub(crate) const NOTHING: f64 = 64.0 * f64::EPSILON;

/// How one target's solution ended.
pub(crate) fn certificate(exact: &Exact, target: usize, intercept: bool) -> Convergence {
    let (gradient_norm, start_gradient_norm) =
        (exact.gradient_norms[target], exact.start_gradient_norms[target]);
    let tolerance = allowed(CONVERGED, start_gradient_norm, exact.roundings[target]);
    let converged = gradient_norm <= NOTHING.max(tolerance * start_gradient_norm);
    Convergence {
        converged,
        reason: if converged { Reason::Gradient } else { Reason::Rounding },
        tolerance,
        iterations: 1,
        passes: exact.passes,
        gradient_norm,
        start_gradient_norm,
        gap: None,
        separated: Vec::new(),
        factorization: Some(Factorization::of(exact, intercept)),
    }
}

/// What may be left of the gradient's norm, as a share of that at the start: the tolerance or, where columns
/// are so nearly collinear that the weights' own rounding leaves more, that, up to 10⁻⁶.
pub(crate) fn allowed(tolerance: f64, start: f64, rounding: f64) -> f64 {
    if start > 0.0 { tolerance.max((rounding / start).min(NEARLY)) } else { tolerance }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_excuses_little() {
        assert_eq!(allowed(1e-10, 1.0, 1e-15), 1e-10);
        assert_eq!(allowed(1e-10, 0.5, 1e-8), 2e-8);
        assert_eq!(allowed(1e-10, 1.0, 0.05), NEARLY);
        assert_eq!(allowed(1e-3, 1.0, 0.05), 1e-3);
        assert_eq!(allowed(1e-10, 0.0, 0.05), 1e-10);
    }
}
