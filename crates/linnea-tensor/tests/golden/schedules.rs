//! Learning-rate schedules: the rates of the first epochs.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use linnea_tensor::optim::schedule::{
    CosineAnnealingLr, ExponentialLr, LambdaLr, LinearLr, MultiStepLr, ReduceOnPlateau, Schedule,
    StepLr,
};
use linnea_tensor::optim::{Optimizer, Sgd};
use linnea_tensor::{Result, Tensor};

/// PyTorch multiplies one rate by the next factor; ours are computed from the first.
pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("StepLr", |_, a| rates(a, |o| StepLr::new(o, a.get("step_size"), a.number("gamma")))),
    ("MultiStepLr", |_, a| {
        let milestones = a.get::<Vec<u64>>("milestones");
        rates(a, |o| MultiStepLr::new(o, &milestones, a.number("gamma")))
    }),
    ("ExponentialLr", |_, a| rates(a, |o| ExponentialLr::new(o, a.number("gamma")))),
    ("LinearLr", |_, a| {
        let (from, to) = (a.number("start_factor"), a.number("end_factor"));
        rates(a, |o| LinearLr::new(o, from, to, a.get("total_iters")))
    }),
    ("CosineAnnealingLr", |_, a| {
        rates(a, |o| CosineAnnealingLr::new(o, a.get("T_max"), a.number("eta_min")))
    }),
    ("LambdaLr", |_, a| rates(a, |o| LambdaLr::new(o, |epoch| 1.0 / (epoch + 1) as f64))),
    ("ReduceOnPlateau", |_, a| plateau(a)),
];

fn optimizer(a: &Arguments) -> Result<Sgd> {
    Ok(Sgd::new([Tensor::zeros([1]).requires_grad_()?], a.number("rate")))
}

fn rates<S: Schedule>(a: &Arguments, make: impl FnOnce(&mut Sgd) -> S) -> Result<Vec<Tensor>> {
    let mut optimizer = optimizer(a)?;
    let mut schedule = make(&mut optimizer);
    let seen: Vec<f64> = (0..a.get::<usize>("epochs"))
        .map(|_| {
            let rate = optimizer.learning_rate();
            schedule.step(&mut optimizer);
            rate
        })
        .collect();
    outputs(Tensor::from_slice(&seen, [seen.len()]))
}

fn plateau(a: &Arguments) -> Result<Vec<Tensor>> {
    let mut optimizer = optimizer(a)?;
    let mut schedule = plateau_schedule(a);
    let step = |metric| {
        schedule.step(&mut optimizer, metric);
        optimizer.learning_rate()
    };
    let seen: Vec<f64> = a.get::<Vec<f64>>("metrics").into_iter().map(step).collect();
    outputs(Tensor::from_slice(&seen, [seen.len()]))
}

fn plateau_schedule(a: &Arguments) -> ReduceOnPlateau {
    let mut schedule = ReduceOnPlateau::new();
    if let Some(factor) = a.maybe("factor") {
        schedule = schedule.factor(factor);
    }
    if let Some(patience) = a.maybe("patience") {
        schedule = schedule.patience(patience);
    }
    if let Some(epochs) = a.maybe("cooldown") {
        schedule = schedule.cooldown(epochs);
    }
    if let Some(rate) = a.maybe("min_lr") {
        schedule = schedule.min_rate(rate);
    }
    if let Some(amount) = a.maybe("threshold") {
        let absolute = a.maybe::<String>("threshold_mode").is_some();
        schedule =
            if absolute { schedule.absolute_threshold(amount) } else { schedule.threshold(amount) };
    }
    if a.maybe::<String>("mode").is_some() { schedule.maximize() } else { schedule }
}
