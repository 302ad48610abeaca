//! L-BFGS: quasi-Newton steps from the last few changes of the gradient.
//!
//! *Objective*, *stopping* and *output* are those of [`Walk`](super::walk::Walk). *Input*: the gradient at
//! the places that the walk comes to, the steps between them, and M, near the Hessian
//! (`preconditioner.rs`), whose inverse is where the two loops begin; this is L-BFGS in coordinates in which
//! M is round. *Source*: Nocedal & Wright, *Numerical Optimization* (2006), algorithms 7.4 (two loops) and
//! 7.5.
//!
//! What one penalty's fit has learned of the curvature helps the next: the change of a gradient differs by
//! the difference of the penalties times the step, and the rest of the curvature is nearly the same. A path of
//! 16 penalties on 20,000 rows of MNIST took 534 passes without this and a start ahead (`path.rs`), and 163
//! with both, to objectives that are not larger; to a tenth of the tolerance 1467 and 426.

use std::sync::Arc;

use super::guide::{Guide, Heading};
use super::preconditioner::Preconditioner;
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
pub(super) struct Memory {
    pairs: Vec<Pair>,
}

impl Memory {
    /// Remembers a step; the oldest is forgotten where there is no more room.
    fn add(&mut self, step: Parameters, change: Parameters) {
        let product = step.dot(&change);
        // A pair without curvature says nothing; its inverse would say too much.
        if product > f64::EPSILON * step.norm() * change.norm() {
            if self.pairs.len() == most_pairs(&step) {
                self.pairs.remove(0);
            }
            self.pairs.push(Pair { step, change, inverse: 1.0 / product });
        }
    }

    /// What it would be with an L2 penalty larger by `more`.
    pub(super) fn with_penalty(self, more: f64) -> Self {
        let mut new = Self::default();
        for Pair { step, mut change, .. } in self.pairs {
            let weights = change.weight.iter_mut().zip(&step.weight);
            weights.for_each(|(change, step)| *change += more * step);
            new.add(step, change);
        }
        new
    }
}

/// Directions from what is remembered.
pub(super) struct Lbfgs {
    preconditioner: Arc<Preconditioner>,
    memory: Memory,
}

impl Lbfgs {
    pub(super) fn new(preconditioner: Arc<Preconditioner>, memory: Memory) -> Self {
        Self { preconditioner, memory }
    }

    /// −H·gradient, by two loops over the remembered pairs.
    fn descent(&self, gradient: &Parameters) -> Parameters {
        let pairs = &self.memory.pairs;
        let mut rest = gradient.clone().scaled(-1.0);
        let mut shares = Vec::with_capacity(pairs.len());
        for pair in pairs.iter().rev() {
            let share = pair.inverse * pair.step.dot(&rest);
            rest.add_scaled(-share, &pair.change);
            shares.push(share);
        }
        let mut direction = self.preconditioner.solve(rest).scaled(self.scale());
        for (pair, share) in pairs.iter().zip(shares.iter().rev()) {
            let own = pair.inverse * pair.change.dot(&direction);
            direction.add_scaled(share - own, &pair.step);
        }
        direction
    }

    /// The last pair's scale (their (7.20)), in the preconditioner's coordinates.
    fn scale(&self) -> f64 {
        let scale = |last: &Pair| {
            let change = self.preconditioner.whiten(last.change.clone());
            1.0 / (last.inverse * change.dot(&change))
        };
        self.memory.pairs.last().map_or(1.0, scale)
    }
}

impl Guide for Lbfgs {
    fn set_out(&mut self, gradient: &Parameters, _: &Parameters) -> Heading {
        Heading::Go(self.descent(gradient))
    }

    fn moved(&mut self, step: Parameters, change: Parameters) {
        self.memory.add(step, change);
    }

    fn forget(&mut self) -> bool {
        let any = !self.memory.pairs.is_empty();
        self.memory = Memory::default();
        any
    }

    fn memory(self) -> Memory {
        self.memory
    }
}

/// How many pairs are remembered of steps like this.
fn most_pairs(step: &Parameters) -> usize {
    let pair = 2 * size_of::<f64>() * step.outputs * (step.features + 1);
    (MEMORY_BYTES / pair).clamp(LEAST_MEMORY, MEMORY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::MatRef;

    fn parameters(numbers: [f64; 3]) -> Parameters {
        let [first, second, bias] = numbers;
        Parameters { outputs: 1, features: 2, weight: vec![first, second], bias: vec![bias] }
    }

    /// The gradient's change along a step, of a quadratic function with an L2 penalty.
    fn change(step: &Parameters, l2: f64) -> Parameters {
        let ([a, b], c) = ([step.weight[0], step.weight[1]], step.bias[0]);
        parameters([(4.0 + l2) * a + b, a + (2.0 + l2) * b - c, 3.0 * c - b])
    }

    fn memory(l2: f64) -> Memory {
        let mut memory = Memory::default();
        for step in [[1.0, 0.5, 0.0], [-0.5, 2.0, 1.0]].map(parameters) {
            memory.add(step.clone(), change(&step, l2));
        }
        memory
    }

    #[test]
    fn memory_follows_the_penalty() {
        let steps = |memory: Memory| memory.pairs.into_iter();
        let (there, followed) = (memory(0.25), memory(1.0).with_penalty(-0.75));
        assert_eq!([&there, &followed].map(|memory| memory.pairs.len()), [2; 2]);
        for (own, followed) in steps(there).zip(steps(followed)) {
            assert!(own.change.plus(-1.0, &followed.change).norm() < 1e-14);
            assert!((own.inverse - followed.inverse).abs() < 1e-14 * own.inverse);
        }
    }

    /// H·y = s for the last change y and step s, which makes it quasi-Newton (their (6.6)).
    #[test]
    fn the_last_step_is_known() {
        let gram = [9.0, 1.0, 0.5, 1.0, 4.0, 0.0, 0.5, 0.0, 1.0];
        let matrix = MatRef::from_column_major_slice(&gram, 3, 3);
        for preconditioner in [Preconditioner::none(), Preconditioner::of(matrix)] {
            let guide = Lbfgs::new(Arc::new(preconditioner), memory(0.1));
            let Pair { step, change, .. } = &guide.memory.pairs[1];
            let found = guide.descent(&change.clone().scaled(-1.0));
            assert!(found.plus(-1.0, step).norm() < 1e-12, "{found:?}");
        }
    }
}
