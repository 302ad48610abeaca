//! Layers and initial values.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use linnea_tensor::nn::Linear;
use linnea_tensor::nn::init::{self, Nonlinearity};
use linnea_tensor::{Result, Tensor};

pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("Linear", |x, _| {
        Linear::from_parts(x[1].clone(), x.get(2).cloned()).and_then(|y| outputs(y.forward(&x[0])))
    }),
    ("init.constant_", |x, a| filled(&x[0], init::constant_(&x[0], a.number("value")))),
    ("init.zeros_", |x, _| filled(&x[0], init::zeros_(&x[0]))),
    ("init.ones_", |x, _| filled(&x[0], init::ones_(&x[0]))),
    ("init.gain", |_, a| outputs(Tensor::from_slice(&[nonlinearity(a).gain()], ()))),
];

fn filled(x: &Tensor, done: Result<()>) -> Result<Vec<Tensor>> {
    done.and_then(|()| outputs(x.clone()))
}

fn nonlinearity(a: &Arguments) -> Nonlinearity {
    match a.get::<String>("nonlinearity").as_str() {
        "linear" => Nonlinearity::Linear,
        "sigmoid" => Nonlinearity::Sigmoid,
        "tanh" => Nonlinearity::Tanh,
        "relu" => Nonlinearity::Relu,
        // PyTorch's slope unless another is given.
        "leaky_relu" => Nonlinearity::LeakyRelu(a.maybe("slope").unwrap_or(0.01)),
        other => panic!("unknown nonlinearity {other}"),
    }
}
