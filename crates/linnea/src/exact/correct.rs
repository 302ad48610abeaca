//! Corrections of a solution by passes that compute its residuals anew, until they change nothing.
//!
//! *Input*: an estimate with the factor that it came from, and the rows. *Stopping rule*: a correction is
//! below 10⁻¹³ of the solution, or makes the gradient no smaller, or there were four. *Output*: the
//! estimate with the least gradient, its residuals, and whether aliased features are proven to be.
//!
//! The normal equations are solved for what is left of the gradient with the factor that there is: the
//! corrected seminormal equations (Björck, *Numerical Methods for Least Squares Problems*, 1996,
//! §6.6.5). Aliased features are corrected in the same passes, as functions of the others.

use linnea_kernels::Element;

use crate::exact::aliases::Aliases;
use crate::exact::estimate::Estimate;
use crate::exact::panel::System;
use crate::exact::residuals::Residuals;

/// Corrections end when they are this small beside the solution.
const SETTLED: f64 = 1e-13;
/// More corrections than this are never needed where a factor is of any use.
pub(crate) const CORRECTIONS: usize = 4;
/// Aliases that are not proven are worth another correction if the last made their doubt this much less.
const GAIN: f64 = 0.5;

/// An estimate, and how its aliased features depend on the others.
#[derive(Debug, Clone)]
pub(crate) struct Solved {
    pub(crate) estimate: Estimate,
    pub(crate) aliases: Aliases,
    /// Each feature's part in the norm that is made small; `None` if aliased features are dropped.
    pub(crate) norm: Option<Vec<f64>>,
}

/// What a pass over the rows says of it.
struct Seen {
    residuals: Residuals,
    /// The largest norm of a target's gradient.
    gradient: f64,
    /// [`Aliases::doubt`].
    doubt: f64,
}

/// What the corrections have come to.
pub(crate) struct Corrected {
    pub(crate) estimate: Estimate,
    pub(crate) residuals: Residuals,
    /// How often the rows were read.
    pub(crate) passes: usize,
    /// Whether the rows prove that every aliased feature is.
    pub(crate) proven: bool,
}

impl Solved {
    /// With at most so many corrections; without any, one pass that only looks.
    pub(crate) fn correct<T: Element>(
        mut self,
        system: &System<'_, T>,
        penalty: &[f64],
        most: usize,
    ) -> Corrected {
        let mut seen = self.look(system, penalty);
        let mut passes = 1;
        for _ in 0..most {
            let steps: Vec<Vec<f64>> =
                seen.residuals.descent.iter().map(|descent| self.estimate.solve(descent)).collect();
            if seen.doubt <= 1.0 && settled(&steps, &self.estimate) {
                break;
            }
            let next = self.stepped(&steps, system);
            let then = next.look(system, penalty);
            passes += 1;
            if then.gradient >= seen.gradient && then.doubt >= GAIN * seen.doubt {
                break;
            }
            (self, seen) = (next, then);
        }
        let Seen { residuals, doubt, .. } = seen;
        let targets = self.estimate.framed.len();
        self.estimate.residual_squares = residuals.squares[..targets].to_vec();
        Corrected { estimate: self.estimate, residuals, passes, proven: doubt <= 1.0 }
    }

    fn look<T: Element>(&self, system: &System<'_, T>, penalty: &[f64]) -> Seen {
        let (estimate, weight) = (&self.estimate, system.total_weight());
        let targets = estimate.framed.len();
        let framed = estimate.framed.iter().chain(&self.aliases.framed);
        let residuals =
            Residuals::of(system, &framed.map(Vec::as_slice).collect::<Vec<_>>(), penalty);
        let norm = |t: usize| estimate.standard_norm(t, &residuals.descent[t], weight);
        let gradient = (0..targets).map(norm).fold(0.0, f64::max);
        let sizes = estimate.sizes(system.frame, weight);
        let doubt = self.aliases.doubt(&residuals.squares[targets..], penalty, &sizes);
        Seen { residuals, gradient, doubt }
    }

    fn stepped<T: Element>(&self, steps: &[Vec<f64>], system: &System<'_, T>) -> Self {
        let mut next = self.clone();
        let mut framed = next.estimate.framed.clone();
        for (x, step) in framed.iter_mut().chain(&mut next.aliases.framed).zip(steps) {
            x.iter_mut().zip(step).for_each(|(x, step)| *x += step);
        }
        if let Some(norm) = &self.norm {
            next.aliases.shorten(&mut framed, norm);
        }
        next.estimate.place(framed, system.frame, system.intercept);
        next
    }
}

/// Whether steps are rounding beside the solutions, both in features of length 1.
fn settled(steps: &[Vec<f64>], estimate: &Estimate) -> bool {
    let length = |x: &[f64]| {
        x.iter().zip(&estimate.lengths).map(|(x, length)| (x * length).powi(2)).sum::<f64>().sqrt()
    };
    steps.iter().zip(&estimate.framed).all(|(step, x)| length(step) <= SETTLED * length(x))
}
