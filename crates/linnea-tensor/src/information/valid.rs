//! What is no probability, said with the number that shows it.

use crate::array::contiguous;
use crate::dtype::private::Sealed;
use crate::reduce::{Rows, sum_of};
use crate::{Error, Result, Tensor};

/// How far from 1 a sum may be: more than the rounding of f32 over any number of classes that is
/// used, less than a mistake.
const TOLERANCE: f64 = 1e-4;

/// Holds every number to lie between 0 and 1.
pub(crate) fn check_range(op: &'static str, tensor: &Tensor) -> Result<()> {
    let numbers = f64::cast_from(&tensor.compact());
    match contiguous(&numbers).iter().find(|p| !(0.0..=1.0).contains(*p)) {
        Some(p) => {
            Err(Error::value(op, format!("a probability lies between 0 and 1; {p} does not")))
        }
        None => Ok(()),
    }
}

/// Holds every row to be a distribution.
pub(super) fn check_sums(op: &'static str, tensor: &Tensor, rows: &Rows) -> Result<()> {
    let numbers = f64::cast_from(&tensor.array());
    let problems = rows.map(&numbers, problem);
    match problems.iter().flatten().next() {
        Some(problem) => Err(Error::value(op, problem.clone())),
        None => Ok(()),
    }
}

fn problem(row: &[f64]) -> Option<String> {
    if let Some(p) = row.iter().find(|&&p| p < 0.0) {
        return Some(format!(
            "a probability is not negative, but {p} was given; \
            for logits, take their softmax first"
        ));
    }
    let sum = sum_of(row, |&p| p);
    let fine = (sum - 1.0).abs() <= TOLERANCE;
    (!fine).then(|| {
        format!(
            "probabilities sum to 1 over the axes, but these {} sum to {sum}; \
        divide by their sum, or give other axes",
            row.len()
        )
    })
}
