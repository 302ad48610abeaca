//! Optimisers: the parameter after each of several steps.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use linnea_tensor::optim::{Adagrad, Adam, AdamW, LBfgs, Optimizer, Sgd};
use linnea_tensor::{DType, Result, Tensor};

pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

/// Sets each option that the case gives, by the name that it has in PyTorch.
macro_rules! with_options {
    ($optimizer:expr, $a:ident, $($name:literal => $method:ident),* ; $($flag:literal => $set:ident),*) => {{
        let mut optimizer = $optimizer;
        $(if let Some(value) = $a.maybe::<f64>($name) {
            optimizer = optimizer.$method(value);
        })*
        $(if $a.maybe($flag) == Some(true) {
            optimizer = optimizer.$set();
        })*
        optimizer
    }};
}

pub(crate) const OPS: &[(&str, Op)] = &[
    ("Sgd", |x, a| {
        steps(x, |w| {
            with_options!(Sgd::new([w], rate(a)), a,
                "momentum" => momentum, "dampening" => dampening, "weight_decay" => weight_decay;
                "nesterov" => nesterov, "maximize" => maximize)
        })
    }),
    ("Adam", |x, a| {
        steps(x, |w| {
            let adam = Adam::new([w], rate(a));
            let adam = betas(a).map_or(adam.clone(), |(first, second)| adam.betas(first, second));
            with_options!(adam, a, "eps" => epsilon, "weight_decay" => weight_decay;
                "amsgrad" => amsgrad, "maximize" => maximize)
        })
    }),
    ("AdamW", |x, a| {
        steps(x, |w| {
            let adam = AdamW::new([w], rate(a));
            let adam = betas(a).map_or(adam.clone(), |(first, second)| adam.betas(first, second));
            with_options!(adam, a, "eps" => epsilon, "weight_decay" => weight_decay;
                "amsgrad" => amsgrad, "maximize" => maximize)
        })
    }),
    ("Adagrad", |x, a| {
        steps(x, |w| {
            with_options!(Adagrad::new([w], rate(a)), a,
                "lr_decay" => rate_decay, "weight_decay" => weight_decay,
                "initial_accumulator_value" => initial_accumulator, "eps" => epsilon;
                "maximize" => maximize)
        })
    }),
    ("LBfgs", l_bfgs),
];

fn rate(a: &Arguments) -> f64 {
    a.number("lr")
}

fn betas(a: &Arguments) -> Option<(f64, f64)> {
    a.maybe("betas")
}

/// The first tensor is the parameter, each other one a gradient of it.
fn steps<O: Optimizer>(x: &[Tensor], make: impl FnOnce(&Tensor) -> O) -> Result<Vec<Tensor>> {
    let w = x[0].copy().requires_grad_()?;
    let mut optimizer = make(&w);
    let step = |gradient: &Tensor| {
        w.set_grad(Some(gradient.copy()))?;
        optimizer.step()?;
        Ok(w.detach())
    };
    x[1..].iter().map(step).collect()
}

fn l_bfgs(x: &[Tensor], a: &Arguments) -> Result<Vec<Tensor>> {
    let w = x[0].copy().requires_grad_()?;
    let mut optimizer = LBfgs::new([&w], rate(a));
    if let Some(iterations) = a.maybe("max_iter") {
        optimizer = optimizer.max_iterations(iterations);
    }
    if let Some(pairs) = a.maybe("history_size") {
        optimizer = optimizer.history(pairs);
    }
    if a.maybe::<String>("line_search_fn").is_some() {
        optimizer = optimizer.strong_wolfe();
    }
    let function = a.get::<String>("function");
    let step = |_| {
        optimizer.step(|| {
            w.zero_grad();
            let loss = objective(&function, &w)?;
            loss.backward()?;
            Ok(loss)
        })?;
        Ok(w.detach())
    };
    (0..a.get::<usize>("steps")).map(step).collect()
}

/// The functions of `families/optim.py`.
fn objective(name: &str, w: &Tensor) -> Result<Tensor> {
    if name == "rosenbrock" {
        let (x, y) = (w.select(0, 0)?, w.select(0, 1)?);
        let valley = y.sub(x.square())?.square().mul(100.0)?;
        return valley.add(Tensor::scalar(1.0).sub(&x)?.square());
    }
    let n = w.numel();
    let scale = Tensor::arange_of(1.0, n as f64 + 1.0, 1.0, DType::F64)?;
    let goal = Tensor::from_slice(&[1.0, -2.0, 0.5, 3.0][..n], [n])?;
    scale.mul(w.sub(goal)?.square())?.sum().div(2.0)
}
