//! What one head makes small, and how far it has come.

use super::Line;
use super::convergence::Reason;
use super::gap::TargetSums;
use crate::loss::Loss;
use crate::objective::Value;
use crate::parameters::Parameters;

/// The objective of a head: mean loss + l2/2·‖V‖² + l1·‖V‖₁, and when it is small enough.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) loss: Loss,
    pub(crate) targets: TargetSums,
    pub(crate) outputs: usize,
    pub(crate) features: usize,
    /// The weight of the rows that the head learns from: their number, if all count alike.
    pub(crate) weight: f64,
    /// The least weight of a row that counts.
    pub(crate) least_weight: f64,
    /// Their share of the weight of all rows.
    pub(crate) share: f64,
    pub(crate) l1: f64,
    pub(crate) l2: f64,
    pub(crate) tolerance: f64,
    pub(crate) most_iterations: usize,
    /// Whether the rows are multiplied in `f64` anyway.
    pub(crate) stored_is_double: bool,
}

impl Problem {
    /// The smooth part's value and gradient at a point, from those of the mean loss.
    pub(super) fn penalised(&self, at: &Parameters, loss: &Value) -> (f64, Parameters) {
        let value = loss.loss + self.l2 / 2.0 * at.weight_squares();
        (value, loss.penalised(self.l2, at))
    }

    /// Value and slope at from + length·direction.
    pub(super) fn penalised_line(
        &self,
        from: &Parameters,
        direction: &Parameters,
        length: f64,
        line: &Line,
    ) -> (f64, f64) {
        let at = from.plus(length, direction);
        let weights = at.weight.iter().zip(&direction.weight);
        let slope: f64 = weights.map(|(weight, step)| weight * step).sum();
        (line.loss + self.l2 / 2.0 * at.weight_squares(), line.slope + self.l2 * slope)
    }

    /// The Hessian times a vector, from that of the mean loss.
    pub(super) fn penalised_product(&self, vector: &Parameters, product: Parameters) -> Parameters {
        Value { loss: 0.0, gradient: product }.penalised(self.l2, vector)
    }

    pub(super) fn has_penalty(&self) -> bool {
        self.l1 > 0.0 || self.l2 > 0.0
    }

    /// The norm of the least subgradient.
    pub(crate) fn gradient_norm(&self, at: &Parameters, loss: &Value) -> f64 {
        self.subgradient(at, loss).norm()
    }

    /// The least subgradient: the gradient, where there is no L1 penalty.
    pub(super) fn subgradient(&self, at: &Parameters, loss: &Value) -> Parameters {
        let mut gradient = loss.penalised(self.l2, at);
        for (slope, &weight) in gradient.weight.iter_mut().zip(&at.weight) {
            *slope = if weight == 0.0 {
                slope.signum() * (slope.abs() - self.l1).max(0.0)
            } else {
                *slope + self.l1 * weight.signum()
            };
        }
        gradient
    }

    /// Whether every row is on its own class's side and nothing holds the weights. A sum of losses
    /// below log 2 times the least weight leaves each row's class more than half of the probability.
    pub(super) fn is_separated(&self, loss: &Value) -> bool {
        let free = self.loss == Loss::Softmax && self.l1 == 0.0 && self.l2 == 0.0;
        free && loss.loss * self.weight < self.least_weight * std::f64::consts::LN_2
    }

    /// Why the run ends at a point with a small gradient.
    pub(super) fn reason(&self, loss: &Value) -> Reason {
        if self.is_separated(loss) { Reason::Separable } else { Reason::Gradient }
    }
}

/// How far a solver has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Course {
    pub(crate) iterations: usize,
    pub(crate) passes: usize,
    /// The mean loss, and the norm of the objective's gradient.
    pub(crate) loss: f64,
    pub(crate) gradient_norm: f64,
    /// The mean loss and its gradient at 0, with the norm of the latter.
    pub(crate) start: Option<(Value, f64)>,
    pub(crate) reason: Option<Reason>,
}

impl Course {
    /// The solver is at a point; the first is 0, if it is not known how it is there.
    pub(super) fn note(&mut self, loss: &Value, gradient_norm: f64) {
        (self.loss, self.gradient_norm) = (loss.loss, gradient_norm);
        if self.start.is_none() {
            self.start = Some((loss.clone(), gradient_norm));
        }
    }

    /// Whether it is more than an interrupted run that took no step.
    pub(super) fn has_begun(&self) -> bool {
        self.iterations > 0 || !matches!(self.reason, None | Some(Reason::Interrupted))
    }

    /// The gradient's norm as a share of that at the start.
    pub(crate) fn share(&self) -> f64 {
        if self.gradient_norm == 0.0 { 0.0 } else { self.gradient_norm / self.start_norm() }
    }

    /// The gradient's norm at the start.
    pub(super) fn start_norm(&self) -> f64 {
        self.start.as_ref().map_or(0.0, |(_, norm)| *norm)
    }

    pub(super) fn gradient_at_0(&self) -> Option<&Parameters> {
        self.start.as_ref().map(|(value, _)| &value.gradient)
    }

    pub(super) fn end(&mut self, reason: Reason) {
        self.reason.get_or_insert(reason);
    }
}
