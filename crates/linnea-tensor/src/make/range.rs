//! Numbers in order: ranges, and the identity matrix.
//!
//! Every number is computed from its place, not from the one before it, so errors do not add up; in
//! f64, and rounded once. A range that is to end at a given number is counted from both ends
//! (`linspace`), so that it does.

use crate::array::{Array, from_vec};
use crate::{DType, Error, Result, Scalar, Tensor};

impl Tensor {
    /// start, start + step, … before `end`: i64 if all three are integers, else f32.
    ///
    /// ```
    /// use linnea_tensor::Tensor;
    /// assert_eq!(Tensor::arange(0, 5, 2)?.to_vec::<i64>()?, [0, 2, 4]);
    /// assert_eq!(Tensor::arange(1.0, 0.0, -0.5)?.to_vec::<f32>()?, [1.0, 0.5]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the step is 0 or leads away from `end`, or a number is not finite.
    pub fn arange(
        start: impl Into<Scalar>,
        end: impl Into<Scalar>,
        step: impl Into<Scalar>,
    ) -> Result<Self> {
        let (start, end, step) = (start.into(), end.into(), step.into());
        match (start, end, step) {
            (Scalar::Int(start), Scalar::Int(end), Scalar::Int(step)) => integers(start, end, step),
            _ => Self::arange_of(start.to_f64(), end.to_f64(), step.to_f64(), DType::F32),
        }
    }

    /// As [`Tensor::arange`], in a given type.
    ///
    /// # Errors
    /// As for [`Tensor::arange`].
    pub fn arange_of(start: f64, end: f64, step: f64, dtype: DType) -> Result<Self> {
        check_range(start, end, step)?;
        let numbers = ((end - start) / step).ceil();
        numbers_of("arange", numbers, dtype, |i| start + i * step)
    }

    /// `steps` numbers from `start` to `end`, both among them, equally far apart; f32.
    ///
    /// ```
    /// use linnea_tensor::Tensor;
    /// assert_eq!(Tensor::linspace(0.0, 1.0, 5)?.to_vec::<f32>()?, [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If so many numbers do not fit in memory.
    pub fn linspace(start: f64, end: f64, steps: usize) -> Result<Self> {
        Self::linspace_of(start, end, steps, DType::F32)
    }

    /// As [`Tensor::linspace`], in a given type.
    ///
    /// # Errors
    /// As for [`Tensor::linspace`].
    pub fn linspace_of(start: f64, end: f64, steps: usize, dtype: DType) -> Result<Self> {
        let last = steps.saturating_sub(1) as f64;
        let step = if steps > 1 { (end - start) / last } else { 0.0 };
        let half = (steps / 2).max(1) as f64;
        numbers_of("linspace", steps as f64, dtype, |i| {
            if i < half { start + i * step } else { end - (last - i) * step }
        })
    }

    /// The n × n identity matrix, f32.
    ///
    /// ```
    /// use linnea_tensor::{Tensor, tensor};
    /// assert_eq!(Tensor::eye(2).to_vec::<f32>()?, [1.0, 0.0, 0.0, 1.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    #[must_use]
    pub fn eye(n: usize) -> Self {
        let mut numbers = vec![0.0_f32; n * n];
        numbers.iter_mut().step_by(n + 1).for_each(|x| *x = 1.0);
        Self::new(Array::F32(from_vec(&[n, n], numbers)))
    }
}

fn check_range(start: f64, end: f64, step: f64) -> Result<()> {
    let refused =
        |why| Err(Error::value("arange", format!("from {start} to {end} by {step}: {why}")));
    match (end - start) / step {
        _ if !(start.is_finite() && end.is_finite() && step.is_finite()) => {
            refused("the numbers must be finite")
        }
        _ if step == 0.0 => refused("the step must not be 0"),
        steps if steps < 0.0 => refused("the step leads away from the end"),
        _ => Ok(()),
    }
}

/// Integers beyond 2⁵³ would lose digits as floats.
fn integers(start: i64, end: i64, step: i64) -> Result<Tensor> {
    check_range(start as f64, end as f64, step as f64)?;
    let distance = (i128::from(end) - i128::from(start)).unsigned_abs();
    let numbers = distance.div_ceil(u128::from(step.unsigned_abs()));
    let values =
        filled("arange", numbers as f64, |i| start.wrapping_add(step.wrapping_mul(i as i64)))?;
    Tensor::from_vec(values, numbers as usize)
}

fn numbers_of(op: &'static str, n: f64, dtype: DType, f: impl Fn(f64) -> f64) -> Result<Tensor> {
    if dtype == DType::F32 {
        let values = filled(op, n, |i| f(i as f64) as f32)?;
        let n = values.len();
        return Tensor::from_vec(values, n);
    }
    let values = filled(op, n, |i| f(i as f64))?;
    let n = values.len();
    Ok(Tensor::from_vec(values, n)?.to(dtype))
}

/// `f` of 0, 1, … n − 1, or an error if there is no room for them.
fn filled<T>(op: &'static str, n: f64, f: impl Fn(usize) -> T) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values
        .try_reserve_exact(n as usize)
        .map_err(|_| Error::value(op, format!("{n} numbers do not fit in memory")))?;
    values.extend((0..n as usize).map(f));
    Ok(values)
}

#[cfg(test)]
mod tests {
    use crate::{DType, Result, Tensor};

    #[test]
    fn ranges_are_pytorchs() -> Result<()> {
        assert_eq!(Tensor::arange(5, 0, -2)?.to_vec::<i64>()?, [5, 3, 1]);
        assert_eq!(Tensor::arange(0, 5, 2.0)?.to_vec::<f32>()?, [0.0, 2.0, 4.0]);
        assert_eq!(Tensor::arange(0, 0, 1)?.shape(), [0]);
        assert_eq!(Tensor::arange(0.0, 1.0, 0.1)?.shape(), [10]);
        let large = i64::MAX - 1;
        assert_eq!(Tensor::arange(large, i64::MAX, 1)?.to_vec::<i64>()?, [large]);
        assert_eq!(Tensor::arange(i64::MIN, i64::MAX, i64::MAX)?.shape(), [3]);
        let tenths = Tensor::arange_of(0.0, 0.5, 0.1, DType::F64)?;
        assert_eq!(tenths.to_vec::<f64>()?, [0.0, 0.1, 0.2, 0.1 * 3.0, 0.4]);
        Ok(())
    }

    #[test]
    fn ranges_without_an_end_are_refused() {
        let message = |start: f64, end: f64, step: f64| {
            Tensor::arange(start, end, step).unwrap_err().to_string()
        };
        assert!(message(0.0, 1.0, 0.0).contains("must not be 0"));
        assert!(message(5.0, 0.0, 1.0).contains("away"));
        assert!(message(0.0, f64::INFINITY, 1.0).contains("finite"));
        assert!(message(f64::NAN, 1.0, 1.0).contains("finite"));
        assert!(message(0.0, 1e300, 1e-3).contains("memory"));
        assert!(Tensor::arange(0, 3, 0).is_err() && Tensor::arange(0, i64::MAX, 1).is_err());
    }

    #[test]
    fn both_ends_are_met_and_the_middle_is_symmetric() -> Result<()> {
        assert_eq!(Tensor::linspace(3.0, 10.0, 0)?.shape(), [0]);
        assert_eq!(Tensor::linspace(3.0, 10.0, 1)?.to_vec::<f32>()?, [3.0]);
        assert_eq!(Tensor::linspace(3.0, 10.0, 2)?.to_vec::<f32>()?, [3.0, 10.0]);
        assert_eq!(Tensor::linspace(3.0, 10.0, 5)?.to_vec::<f32>()?, [3.0, 4.75, 6.5, 8.25, 10.0]);
        let x = Tensor::linspace_of(-0.1, 0.1, 8, DType::F64)?.to_vec::<f64>()?;
        assert_eq!((x[0], x[7], x[3]), (-0.1, 0.1, -x[4]));
        assert!(Tensor::linspace(0.0, f64::INFINITY, 3)?.to_f64_vec()[1].is_nan());
        Ok(())
    }

    #[test]
    fn the_identity_has_ones_on_its_diagonal() -> Result<()> {
        assert_eq!(Tensor::eye(3).to_vec::<f32>()?, [1., 0., 0., 0., 1., 0., 0., 0., 1.]);
        assert_eq!(Tensor::eye(0).shape(), [0, 0]);
        Ok(())
    }
}
