//! What fits and supports have in common.

use crate::{Error, Result, Tensor};

/// The numbers that a distribution is fitted to, as f64.
pub(super) fn numbers(op: &'static str, samples: &Tensor) -> Result<Vec<f64>> {
    let numbers = samples.to_f64_vec();
    if numbers.is_empty() {
        return Err(Error::value(op, "there is nothing to fit: the tensor is empty"));
    }
    match numbers.iter().position(|x| !x.is_finite()) {
        Some(at) => {
            let problem = format!("number {at} of the samples is {}; remove it first", numbers[at]);
            Err(Error::value(op, problem))
        }
        None => Ok(numbers),
    }
}

/// An estimate, in the samples' type.
pub(super) fn estimate(samples: &Tensor, value: f64) -> Result<Tensor> {
    Ok(Tensor::from_vec(vec![value], ())?.to(samples.dtype().to_float()))
}

/// The refusal to fit a spread to samples without one.
pub(super) fn all_equal(op: &'static str, value: f64) -> Error {
    let problem = format!(
        "all samples are {value}: the likelihood grows without bound as the \
        distribution narrows; two different numbers are needed"
    );
    Error::value(op, problem)
}

/// y where x is in the support, −∞ where it is not, NaN where x is NaN.
pub(super) fn supported(x: &Tensor, inside: &Tensor, y: &Tensor) -> Result<Tensor> {
    let outside = x.isnan().where_(f64::NAN, f64::NEG_INFINITY)?.to(y.dtype());
    inside.where_(y, outside)
}

/// y, but NaN where x is NaN.
pub(super) fn keep_nan(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    x.isnan().where_(f64::NAN, y)
}
