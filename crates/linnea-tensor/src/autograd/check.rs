//! Gradients held to central differences.

use super::Backward;
use crate::{DType, Error, Result, Tensor};

/// PyTorch's settings for f64: step, absolute and relative tolerance.
const STEP: f64 = 1e-6;
const ATOL: f64 = 1e-5;
const RTOL: f64 = 1e-3;

/// Compares the gradient of `f` at `inputs` with central differences, for every number of every
/// output and input. Inputs must be f64, and require a gradient where one is to be checked.
///
/// ```
/// use linnea_tensor::{autograd::gradcheck, DType, tensor};
/// let x = tensor![0.3, -2.0].to(DType::F64).requires_grad_()?;
/// gradcheck(|x| Ok(x[0].tanh()), &[x])?;
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If a gradient is wrong, saying which number of which input; if an input is not f64; or whatever
/// `f` gives.
pub fn gradcheck(f: impl Fn(&[Tensor]) -> Result<Tensor>, inputs: &[Tensor]) -> Result<()> {
    if let Some(input) = inputs.iter().find(|input| input.dtype() != DType::F64) {
        let problem = format!("differences need f64 inputs, not {}", input.dtype());
        return Err(Error::dtype("gradcheck", problem));
    }
    if !inputs.iter().any(Tensor::requires_grad) {
        let problem = "no input requires a gradient, so there is nothing to check";
        return Err(Error::value("gradcheck", problem));
    }
    let output = f(inputs)?;
    for at in 0..output.numel() {
        let analytic = analytic_row(&output, at, inputs)?;
        for (which, (input, row)) in inputs.iter().zip(&analytic).enumerate() {
            let Some(row) = row else { continue };
            let numeric = numeric_row(&f, inputs, which, at)?;
            compare(which, at, input, row, &numeric)?;
        }
    }
    Ok(())
}

/// Compares gradients of gradients with central differences: [`gradcheck`] of the gradient of
/// `f`, weighted with fixed numbers so that no symmetry hides a mistake.
///
/// # Errors
/// As for [`gradcheck`].
pub fn gradgradcheck(f: impl Fn(&[Tensor]) -> Result<Tensor>, inputs: &[Tensor]) -> Result<()> {
    gradcheck(
        |inputs| {
            let output = f(inputs)?;
            let wanted: Vec<&Tensor> = inputs.iter().filter(|x| x.requires_grad()).collect();
            let weights = (0..output.numel()).map(|i| 0.5 + (i as f64 * 0.7).sin().abs()).collect();
            let weights = Tensor::from_vec(weights, output.shape())?;
            let gradients =
                Backward::of(&output).gradient(&weights).create_graph().gradients(&wanted)?;
            gradients
                .iter()
                .enumerate()
                .try_fold(Tensor::zeros(()).to(DType::F64), |sum, (i, g)| {
                    sum.add(&g.mul(g)?.sum().mul(0.3 + i as f64)?)
                })
        },
        inputs,
    )
}

/// The gradients of output number `at`, for the inputs that require one; zeros where the output does
/// not depend on the input.
fn analytic_row(output: &Tensor, at: usize, inputs: &[Tensor]) -> Result<Vec<Option<Vec<f64>>>> {
    let zeros = |input: &Tensor| input.requires_grad().then(|| vec![0.0; input.numel()]);
    if !output.requires_grad() {
        return Ok(inputs.iter().map(zeros).collect());
    }
    let mut unit = vec![0.0; output.numel()];
    unit[at] = 1.0;
    let unit = Tensor::from_vec(unit, output.shape())?;
    let wanted: Vec<&Tensor> = inputs.iter().collect();
    let pass = Backward::of(output).gradient(&unit).retain_graph();
    let gradients = pass.gradients_if_used(&wanted)?;
    let numbers = |(input, g): (&Tensor, Option<Tensor>)| match g {
        Some(g) => Some(g.to_f64_vec()),
        None => zeros(input),
    };
    Ok(inputs.iter().zip(gradients).map(numbers).collect())
}

/// Output number `at` differentiated by every number of one input, by central differences.
fn numeric_row(
    f: &impl Fn(&[Tensor]) -> Result<Tensor>,
    inputs: &[Tensor],
    which: usize,
    at: usize,
) -> Result<Vec<f64>> {
    let start = inputs[which].to_f64_vec();
    let value = |moved: usize, step: f64| -> Result<f64> {
        let mut numbers = start.clone();
        numbers[moved] += step;
        let mut inputs = inputs.to_vec();
        inputs[which] = Tensor::from_vec(numbers, inputs[which].shape())?;
        // A function that differentiates inside needs a graph here too.
        inputs[which] = inputs[which].clone().requires_grad_()?;
        let output = f(&inputs)?;
        Ok(output.to_f64_vec()[at])
    };
    (0..start.len()).map(|i| Ok((value(i, STEP)? - value(i, -STEP)?) / (2.0 * STEP))).collect()
}

fn compare(
    which: usize,
    at: usize,
    input: &Tensor,
    analytic: &[f64],
    numeric: &[f64],
) -> Result<()> {
    for (i, (a, n)) in analytic.iter().zip(numeric).enumerate() {
        let near = (a - n).abs() <= ATOL + RTOL * n.abs();
        if !near {
            return Err(Error::autograd(
                "gradcheck",
                format!(
                    "the gradient of output {at} by number {i} of input {which} (shape {:?}) is {a}, \
                 but differences give {n}",
                    input.shape()
                ),
            ));
        }
    }
    Ok(())
}
