//! What every optimiser does around its rule: find each parameter's gradient, keep what the rule
//! remembers, and change the numbers in place.
//!
//! A rule is a function of slices, so that a step is one loop over parameter, gradient and memory,
//! without a graph and, after the first step, without an allocation.

use crate::array::{Array, Data, contiguous, rows_mut};
use crate::{Error, Result, Tensor, no_grad};
use num_traits::Float;
use std::borrow::Borrow;
use std::sync::Arc;

/// How a parameter's numbers move, given their gradient and N numbers remembered for each.
pub(super) trait Rule<const N: usize> {
    /// Moves `x`. Steps are counted from 1, and at the first `memory` is empty.
    fn update<T: Float>(&self, step: u64, x: &mut [T], g: &[T], memory: &mut [Vec<T>; N]);
}

/// Parameters, and what is remembered of each.
#[derive(Clone, Debug)]
pub(super) struct Group<const N: usize> {
    parameters: Vec<Tensor>,
    states: Vec<State<N>>,
}

/// What is remembered of one parameter, in the vectors of its type.
#[derive(Clone, Debug)]
struct State<const N: usize> {
    steps: u64,
    single: [Vec<f32>; N],
    double: [Vec<f64>; N],
}

impl<const N: usize> Group<N> {
    pub(super) fn new(parameters: impl IntoIterator<Item: Borrow<Tensor>>) -> Self {
        let parameters: Vec<_> = parameters.into_iter().map(|x| x.borrow().clone()).collect();
        let states = parameters.iter().map(|_| State::new()).collect();
        Self { parameters, states }
    }

    pub(super) fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    pub(super) fn step(&mut self, op: &'static str, rule: &impl Rule<N>) -> Result<()> {
        check(op, &self.parameters)?;
        let mut both = self.parameters.iter().zip(&mut self.states);
        no_grad(|| both.try_for_each(|(parameter, state)| state.step(op, parameter, rule)))
    }
}

impl<const N: usize> State<N> {
    fn new() -> Self {
        let (single, double) = ([const { Vec::new() }; N], [const { Vec::new() }; N]);
        Self { steps: 0, single, double }
    }

    fn step(&mut self, op: &'static str, parameter: &Tensor, rule: &impl Rule<N>) -> Result<()> {
        let Some(gradient) = parameter.grad() else { return Ok(()) };
        let gradient = gradient.array();
        self.steps += 1;
        parameter.modify(op, |numbers| {
            match (numbers, &gradient) {
                (Array::F32(x), Array::F32(g)) => run(rule, self.steps, x, g, &mut self.single),
                (Array::F64(x), Array::F64(g)) => run(rule, self.steps, x, g, &mut self.double),
                _ => unreachable!("a gradient has its parameter's type, which is floating"),
            }
            Ok(())
        })
    }
}

fn run<T: Float, const N: usize>(
    rule: &impl Rule<N>,
    step: u64,
    x: &mut Data<T>,
    gradient: &Data<T>,
    memory: &mut [Vec<T>; N],
) {
    rule.update(step, rows_mut(x), &contiguous(gradient), memory);
}

/// Refuses parameters that cannot be optimised.
pub(super) fn check(op: &'static str, parameters: &[Tensor]) -> Result<()> {
    if parameters.is_empty() {
        return Err(Error::value(op, "there are no parameters; give at least one tensor"));
    }
    for (at, parameter) in parameters.iter().enumerate() {
        if !parameter.is_leaf() {
            let problem = format!(
                "parameter {at} is the result of an operation; give the leaf that it came from, \
                 or mark its .detach() with requires_grad_()"
            );
            return Err(Error::autograd(op, problem));
        }
        let same = |other: &Tensor| Arc::ptr_eq(&other.value, &parameter.value);
        if let Some(first) = parameters[..at].iter().position(same) {
            let problem = format!("parameters {first} and {at} are the same tensor; give it once");
            return Err(Error::value(op, problem));
        }
    }
    Ok(())
}

/// A setting in the type of the numbers.
pub(super) fn real<T: Float>(setting: f64) -> T {
    T::from(setting).expect("f32 and f64 take every f64, rounded")
}

/// The gradient to go against: turned round to maximise, and with that of decay·‖x‖²/2.
pub(super) fn penalized<T: Float>(maximize: bool, decay: f64) -> impl Fn(T, T) -> T {
    let (sign, decay): (T, T) = (real(if maximize { -1.0 } else { 1.0 }), real(decay));
    // Without decay an infinite parameter adds no NaN.
    move |x: T, g: T| if decay == T::zero() { sign * g } else { sign * g + decay * x }
}
