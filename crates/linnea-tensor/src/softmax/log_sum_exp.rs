//! Log-sum-exp, the soft maximum and the soft minimum.
//!
//! ```text
//! soft maximum  m_λ(x) = log Σ exp(λxⱼ)/λ      max x ≤ m_λ(x) ≤ max x + log(n)/λ
//! soft minimum −m_λ(−x)                        min x − log(n)/λ ≤ −m_λ(−x) ≤ min x
//! ```
//!
//! Log-sum-exp is the soft maximum for λ = 1. The gradient is g·softmax(λx).

use super::shares::softmax_over;
use super::terms::{Exponential, Scale, Terms};
use crate::array::{Array, Data};
use crate::reduce::Rows;
use crate::shape::Axes;
use crate::{Error, Result, Tensor};

fn soft_maximum(op: &'static str, x: &Tensor, axes: &Axes, scale: Scale) -> Result<Tensor> {
    let rows = Rows::new(op, x, axes)?;
    let y = Tensor::new(match &x.array().to_float() {
        Array::F64(data) => Array::F64(of_rows(&rows, data, scale)),
        Array::F32(data) => Array::F32(of_rows(&rows, data, scale)),
        _ => unreachable!("to_float gives f32 or f64"),
    });
    let edge = x.edge(|| {
        let (x, axes, kept) = (x.save(), axes.clone(), rows.kept.to_vec());
        move |g: &Tensor| {
            let shares = softmax_over("softmax", x.get()?, &axes, scale)?;
            shares.mul(g.reshape(&kept)?)
        }
    });
    Ok(y.record(op, [edge]))
}

fn of_rows<T: Exponential>(rows: &Rows, data: &Data<T>, scale: Scale) -> Data<T> {
    rows.map(data, |row| {
        let mut terms = Terms::new(scale);
        terms.read(row);
        T::narrow(terms.log_sum_exp())
    })
}

/// The scale of a sharpness, which must be positive and finite.
fn sharpness(op: &'static str, lambda: f64) -> Result<Scale> {
    if lambda > 0.0 && lambda.is_finite() {
        return Ok(Scale::Times(lambda));
    }
    let problem = format!(
        "the sharpness lambda must be a positive finite number, not {lambda}; soft_maximum and \
         soft_minimum are each other's mirror, so neither needs a negative one"
    );
    Err(Error::value(op, problem))
}

impl Tensor {
    /// log Σ exp(x) over some axes: a smooth maximum, computed without overflow.
    ///
    /// Over no numbers, and of −∞ alone, it is −∞; with a +∞ it is +∞; with a NaN, NaN. Its gradient
    /// is [`softmax`](Tensor::softmax).
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let x = tensor![1000.0, 1000.0];
    /// assert_eq!(x.logsumexp(0)?.item() as f32, 1000.0 + 2f32.ln());
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn logsumexp(&self, axes: impl Into<Axes>) -> Result<Self> {
        soft_maximum("logsumexp", self, &axes.into(), Scale::ONE)
    }

    /// The soft maximum log Σ exp(λx)/λ over some axes: between max x and max x + log(n)/λ.
    ///
    /// # Errors
    /// If the tensor has no such axis, one is given twice, or λ is not a positive finite number.
    pub fn soft_maximum(&self, lambda: f64, axes: impl Into<Axes>) -> Result<Self> {
        soft_maximum("soft_maximum", self, &axes.into(), sharpness("soft_maximum", lambda)?)
    }

    /// The soft minimum −log Σ exp(−λx)/λ over some axes: between min x − log(n)/λ and min x.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let x = tensor![1.0, 2.0; f64];
    /// assert_eq!(x.soft_minimum(1000.0, 0)?.item(), 1.0);
    /// assert!(x.soft_minimum(1.0, 0)?.item() < 1.0);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis, one is given twice, or λ is not a positive finite number.
    pub fn soft_minimum(&self, lambda: f64, axes: impl Into<Axes>) -> Result<Self> {
        let scale = sharpness("soft_minimum", lambda)?;
        soft_maximum("soft_minimum", &self.negated()?, &axes.into(), scale)?.neg()
    }
}
