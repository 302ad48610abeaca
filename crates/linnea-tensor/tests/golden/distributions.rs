//! Distributions: densities, cumulative probabilities, quantiles, moments, divergences, fits.

use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use linnea_tensor::distributions::{
    Bernoulli, Categorical, Continuous, Distribution, Laplace, Normal, Uniform, kl,
};
use linnea_tensor::{Result, Tensor};

pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

/// The questions that every family answers: parameters first among the inputs, then the value.
macro_rules! questions {
    ($name:literal, $maker:path, $count:literal) => {
        [
            (concat!($name, ".log_prob"), |x, _| outputs($maker(x)?.log_prob(&x[$count]))),
            (concat!($name, ".pdf"), |x, _| outputs($maker(x)?.pdf(&x[$count]))),
            (concat!($name, ".cdf"), |x, _| outputs($maker(x)?.cdf(&x[$count]))),
            (concat!($name, ".entropy"), |x, _| outputs($maker(x)?.entropy())),
            (concat!($name, ".mean"), |x, _| outputs($maker(x)?.mean())),
            (concat!($name, ".variance"), |x, _| outputs($maker(x)?.variance())),
            (concat!($name, ".std"), |x, _| outputs($maker(x)?.std())),
        ]
    };
}

const QUESTIONS: [[(&str, Op); 7]; 7] = [
    questions!("Normal", normal, 2),
    questions!("Laplace", laplace, 2),
    questions!("Uniform", uniform, 2),
    questions!("Bernoulli", bernoulli, 1),
    questions!("Bernoulli.from_logits", bernoulli_of_logits, 1),
    questions!("Categorical", categorical, 1),
    questions!("Categorical.from_logits", categorical_of_logits, 1),
];

const OTHERS: &[(&str, Op)] = &[
    ("Normal.icdf", |x, _| outputs(normal(x)?.icdf(&x[2]))),
    ("Laplace.icdf", |x, _| outputs(laplace(x)?.icdf(&x[2]))),
    ("Uniform.icdf", |x, _| outputs(uniform(x)?.icdf(&x[2]))),
    ("kl.Normal.Normal", |x, _| outputs(kl(&normal(x)?, &normal(&x[2..])?))),
    ("kl.Laplace.Laplace", |x, _| outputs(kl(&laplace(x)?, &laplace(&x[2..])?))),
    ("kl.Uniform.Uniform", |x, _| outputs(kl(&uniform(x)?, &uniform(&x[2..])?))),
    ("kl.Bernoulli.Bernoulli", |x, _| outputs(kl(&bernoulli(x)?, &bernoulli(&x[1..])?))),
    ("kl.Categorical.Categorical", |x, _| outputs(kl(&categorical(x)?, &categorical(&x[1..])?))),
    ("kl.Categorical.from_logits.Categorical.from_logits", |x, _| {
        outputs(kl(&categorical_of_logits(x)?, &categorical_of_logits(&x[1..])?))
    }),
    ("kl.Normal.Laplace", |x, _| outputs(kl(&normal(x)?, &laplace(&x[2..])?))),
    ("kl.Laplace.Normal", |x, _| outputs(kl(&laplace(x)?, &normal(&x[2..])?))),
    ("kl.Uniform.Normal", |x, _| outputs(kl(&uniform(x)?, &normal(&x[2..])?))),
    ("Normal.fit", |x, _| Normal::fit(&x[0]).and_then(|d| outputs(vec![d.mean()?, d.std()?]))),
    ("Laplace.fit", |x, _| {
        // The variance of a Laplace distribution is 2b².
        Laplace::fit(&x[0]).and_then(|d| outputs(vec![d.mean()?, d.std()?.div(2_f64.sqrt())?]))
    }),
    ("Uniform.fit", |x, _| {
        let quantile = |d: &Uniform, q: f64| d.icdf(&Tensor::scalar(q).to(x[0].dtype()));
        Uniform::fit(&x[0]).and_then(|d| outputs(vec![quantile(&d, 0.0)?, quantile(&d, 1.0)?]))
    }),
    ("Bernoulli.fit", |x, _| Bernoulli::fit(&x[0]).and_then(|d| outputs(d.mean()))),
    ("Categorical.fit", |x, a| {
        Categorical::fit(&x[0], a.get("classes")).and_then(|d| outputs(d.probs()))
    }),
];

/// PyTorch has no cumulative probabilities of discrete families, and no moments of classes.
const ABSENT: [&str; 10] = [
    "Bernoulli.cdf",
    "Bernoulli.from_logits.cdf",
    "Categorical.cdf",
    "Categorical.from_logits.cdf",
    "Categorical.mean",
    "Categorical.variance",
    "Categorical.std",
    "Categorical.from_logits.mean",
    "Categorical.from_logits.variance",
    "Categorical.from_logits.std",
];

pub(crate) fn ops() -> Vec<(&'static str, Op)> {
    let questions = QUESTIONS.as_flattened().iter().chain(OTHERS).copied();
    questions.filter(|op| !ABSENT.contains(&op.0)).collect()
}

fn normal(x: &[Tensor]) -> Result<Normal> {
    Normal::new(&x[0], &x[1])
}

fn laplace(x: &[Tensor]) -> Result<Laplace> {
    Laplace::new(&x[0], &x[1])
}

fn uniform(x: &[Tensor]) -> Result<Uniform> {
    Uniform::new(&x[0], &x[1])
}

fn bernoulli(x: &[Tensor]) -> Result<Bernoulli> {
    Bernoulli::new(&x[0])
}

fn bernoulli_of_logits(x: &[Tensor]) -> Result<Bernoulli> {
    Bernoulli::from_logits(&x[0])
}

fn categorical(x: &[Tensor]) -> Result<Categorical> {
    Categorical::new(&x[0])
}

fn categorical_of_logits(x: &[Tensor]) -> Result<Categorical> {
    Categorical::from_logits(&x[0])
}
