//! Newton's method, truncated: directions from conjugate gradients, which need no Hessian but only its
//! products with vectors.
//!
//! *Objective*, *stopping* and *output* are those of [`Walk`](super::walk::Walk). *Input*: the gradient g
//! at the places that the walk comes to, and the Hessian's products with the vectors that it asks for, in
//! coordinates in which the Hessian is nearly round (`preconditioner.rs`). *Inner stopping*: the residual
//! of H·p = −g has at most min(1/2, √s) of g's norm, where s is that norm as a share of the start's: then
//! the steps converge faster than linearly; or there is no curvature along a vector; or [`MOST`] products
//! were taken. *Source*: Nocedal & Wright, *Numerical Optimization* (2006), algorithm 7.1 (line search
//! Newton-CG).
//!
//! **Damping.** The Huber loss has no curvature beyond its threshold, so that a Newton step may have no
//! length; to the Hessian a multiple of the identity is added that is in proportion to the gradient, which
//! keeps steps bounded and convergence as fast (Li, Fukushima, Qi & Yamashita, *Regularized Newton methods
//! for convex minimization problems with singular solutions*, Comput. Optim. Appl. 28 (2004)).
//!
//! **Classes.** A softmax does not change if all classes' parameters move alike. There the Hessian is 0,
//! and what rounding leaves of the gradient would be made large; it is taken from the directions.
//!
//! It is for Hessians whose shape changes from place to place, or has a few directions that are far
//! steeper than the rest: there L-BFGS learns slowly what a product says at once. A product costs what a
//! gradient does, and half as much again.

use std::sync::Arc;

use super::guide::{Guide, Heading};
use super::preconditioner::Preconditioner;
use crate::parameters::Parameters;

/// The most products for one direction.
const MOST: usize = 250;
/// The largest share of the gradient that an inner solution may leave.
const LARGEST_SHARE: f64 = 0.5;
/// The multiple of the identity that is added to the Hessian, at the start; it falls with the gradient.
const DAMPING: f64 = 0.1;
/// Less curvature than this share of the largest that was seen is none.
const FLAT: f64 = 1e-14;

/// Conjugate gradients that are going on, in the preconditioner's coordinates.
pub(super) struct Newton {
    preconditioner: Arc<Preconditioner>,
    state: Option<State>,
}

impl Newton {
    pub(super) fn new(preconditioner: Arc<Preconditioner>) -> Self {
        Self { preconditioner, state: None }
    }

    /// Asks for the product that comes next.
    fn ask(&mut self, state: State) -> Heading {
        let vector = self.preconditioner.unwhiten(state.vector.clone());
        self.state = Some(state);
        Heading::Product(vector)
    }
}

struct State {
    /// p, H·p + g, and the vector that was asked about.
    solution: Parameters,
    residual: Parameters,
    vector: Parameters,
    /// ‖residual‖², and what is enough.
    square: f64,
    enough: f64,
    damping: f64,
    /// The largest curvature along a vector.
    steepest: f64,
    products: usize,
}

impl State {
    fn new(gradient: &Parameters, share: f64) -> Self {
        let square = gradient.dot(gradient);
        let left = share.sqrt().min(LARGEST_SHARE);
        Self {
            solution: gradient.clone().scaled(0.0),
            residual: gradient.clone(),
            vector: gradient.clone().scaled(-1.0),
            square,
            enough: left * left * square,
            damping: DAMPING * share,
            steepest: 0.0,
            products: 0,
        }
    }

    /// One step of conjugate gradients; whether there is to be another.
    fn step(&mut self, product: &Parameters) -> bool {
        let product = &product.plus(self.damping, &self.vector);
        let (along, length) = (self.vector.dot(product), self.vector.dot(&self.vector));
        self.steepest = self.steepest.max(along / length);
        if !(along > FLAT * self.steepest * length && along.is_finite()) {
            return false;
        }
        let size = self.square / along;
        self.solution.add_scaled(size, &self.vector);
        self.residual.add_scaled(size, product);
        let before = std::mem::replace(&mut self.square, self.residual.dot(&self.residual));
        let next = std::mem::replace(&mut self.vector, Parameters::zeros(0, 0));
        self.vector = next.scaled(self.square / before);
        self.vector.add_scaled(-1.0, &self.residual);
        self.products += 1;
        self.square > self.enough && self.products < MOST
    }

    /// The direction so far; against the gradient, if that has no curvature.
    fn direction(self) -> Parameters {
        let direction = if self.products > 0 { self.solution } else { self.vector };
        direction.contrasts()
    }
}

impl Guide for Newton {
    fn set_out(&mut self, gradient: &Parameters, start: &Parameters) -> Heading {
        let share = self.preconditioner.share(gradient, start);
        let gradient = self.preconditioner.whiten(gradient.clone());
        self.ask(State::new(&gradient, share))
    }

    fn take(&mut self, product: &Parameters) -> Option<Heading> {
        let mut state = self.state.take()?;
        if state.step(&self.preconditioner.whiten(product.clone())) {
            return Some(self.ask(state));
        }
        Some(Heading::Go(self.preconditioner.unwhiten(state.direction())))
    }
}
