//! L-BFGS: quasi-Newton steps from the last few changes of the gradient.
//!
//! *Objective*, *stopping* and *output* are those of [`Walk`](super::walk::Walk). *Input*: the gradient at
//! the places that the walk comes to, in coordinates in which the Hessian is nearly round
//! (`preconditioner.rs`), and the steps between them. *Source*: Nocedal & Wright, *Numerical
//! Optimization* (2006), algorithms 7.4 (two loops) and 7.5.

use super::guide::{Guide, Heading};
use crate::parameters::Parameters;

/// How many changes of the gradient are remembered, where they do not take more than so much.
const MEMORY: usize = 50;
const MEMORY_BYTES: usize = 256 << 20;
/// At least so many, whatever they take.
const LEAST_MEMORY: usize = 5;

/// A change of point, the gradient's change, and 1/⟨step, change⟩.
struct Pair {
    step: Parameters,
    change: Parameters,
    inverse: f64,
}

/// The last steps, and what the gradient did.
#[derive(Default)]
pub(super) struct Lbfgs {
    pairs: Vec<Pair>,
}

impl Lbfgs {
    /// −H·gradient, by two loops over the remembered pairs.
    fn descent(&self, gradient: &Parameters) -> Parameters {
        let mut rest = gradient.clone().scaled(-1.0);
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = pair.inverse * pair.step.dot(&rest);
            rest.add_scaled(-share, &pair.change);
            shares.push(share);
        }
        // The last pair's scale (their (7.20)).
        let scale = |last: &Pair| 1.0 / (last.inverse * last.change.dot(&last.change));
        let mut direction = rest.scaled(self.pairs.last().map_or(1.0, scale));
        for (pair, share) in self.pairs.iter().zip(shares.iter().rev()) {
            let own = pair.inverse * pair.change.dot(&direction);
            direction.add_scaled(share - own, &pair.step);
        }
        direction
    }
}

impl Guide for Lbfgs {
    fn set_out(&mut self, gradient: &Parameters, _: f64) -> Heading {
        Heading::Go(self.descent(gradient))
    }

    fn moved(&mut self, step: Parameters, change: Parameters) {
        let product = step.dot(&change);
        // A pair without curvature says nothing; its inverse would say too much.
        if product > f64::EPSILON * step.norm() * change.norm() {
            if self.pairs.len() == memory(&step) {
                self.pairs.remove(0);
            }
            self.pairs.push(Pair { step, change, inverse: 1.0 / product });
        }
    }

    fn forget(&mut self) -> bool {
        let any = !self.pairs.is_empty();
        self.pairs.clear();
        any
    }
}

/// How many pairs are remembered of steps like this.
fn memory(step: &Parameters) -> usize {
    let pair = 2 * size_of::<f64>() * step.outputs * (step.features + 1);
    (MEMORY_BYTES / pair).clamp(LEAST_MEMORY, MEMORY)
}
