//! Softmax, log-softmax, softmin and hardmax.
//!
//! | function | value | local rule |
//! | --- | --- | --- |
//! | y = softmax(x/T) | exp(xⱼ/T)/Σ exp(xₖ/T) | y⊙(g − Σ g⊙y)/T |
//! | y = log softmax(x/T) | xⱼ/T − log Σ exp(xₖ/T) | (g − softmax(x/T)·Σ g)/T |
//! | softmin(x/T) | softmax(−x/T) | by the chain rule |
//! | hardmax(x) | 1 at the first maximum, 0 elsewhere | none |

use super::along::{RowMap, along};
use super::terms::{Exponential, Scale, Terms, peak};
use crate::shape::Axes;
use crate::{Error, Result, Tensor, keepdim};

struct Softmax(Terms);

impl RowMap for Softmax {
    fn apply<T: Exponential>(&mut self, row: &[T], out: &mut Vec<T>) {
        self.0.read(row);
        out.extend(self.0.shares().map(T::narrow));
    }
}

struct LogSoftmax(Terms);

impl RowMap for LogSoftmax {
    fn apply<T: Exponential>(&mut self, row: &[T], out: &mut Vec<T>) {
        self.0.read(row);
        let surprise = self.0.surprises();
        out.extend(row.iter().map(|&x| T::narrow(-surprise(x.wide()))));
    }
}

struct Hardmax;

impl RowMap for Hardmax {
    fn apply<T: Exponential>(&mut self, row: &[T], out: &mut Vec<T>) {
        let (at, max) = peak(row);
        let value = |j| if max.is_nan() { max } else { f64::from(u8::from(j == at)) };
        out.extend((0..row.len()).map(|j| T::narrow(value(j))));
    }
}

/// The shares along several axes at once: the gradient of log-sum-exp over them.
pub(super) fn softmax_over(
    op: &'static str,
    x: &Tensor,
    axes: &Axes,
    scale: Scale,
) -> Result<Tensor> {
    let y = along(op, x, axes, &mut Softmax(Terms::new(scale)))?;
    let edge = x.edge_from(&y, || {
        let axes = axes.clone();
        move |g: &Tensor, y: &Tensor| {
            let mean = g.mul(y)?.sum_dim(keepdim(axes.clone()))?;
            scale.apply(&y.mul(g.sub(mean)?)?)
        }
    });
    Ok(y.record(op, [edge]))
}

fn log_softmax_over(x: &Tensor, axis: isize, scale: Scale) -> Result<Tensor> {
    let y = along("log_softmax", x, &axis.into(), &mut LogSoftmax(Terms::new(scale)))?;
    let edge = x.edge(|| {
        let x = x.save();
        move |g: &Tensor| {
            let shares = softmax_over("softmax", x.get()?, &axis.into(), scale)?;
            scale.apply(&g.sub(shares.mul(g.sum_dim(keepdim(axis))?)?)?)
        }
    });
    Ok(y.record("log_softmax", [edge]))
}

/// The scale of a temperature, which must be positive and finite.
fn temperature(op: &'static str, t: f64) -> Result<Scale> {
    if t > 0.0 && t.is_finite() {
        return Ok(Scale::Over(t));
    }
    let problem = format!("the temperature must be a positive finite number, not {t}");
    Err(Error::value(op, problem))
}

impl Scale {
    /// λx.
    pub(super) fn apply(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Times(1.0) | Self::Over(1.0) => Ok(x.clone()),
            Self::Times(factor) => x.mul(factor),
            Self::Over(divisor) => x.div(divisor),
        }
    }
}

impl Tensor {
    /// The shares exp(xⱼ)/Σ exp(xₖ) along an axis: positive, with sum 1, and the same for x + c.
    ///
    /// Against a single +∞ every other number has share 0 (PyTorch: NaN). A row of −∞ alone, of two
    /// +∞, or with a NaN is NaN, as in PyTorch: its shares depend on how the limit is taken. An empty
    /// axis stays empty. See the [module](crate::loss) of losses for cross-entropy, which never goes
    /// through shares.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let y = tensor![[0.0, 0.0], [1000.0, 0.0]].softmax(1)?;
    /// assert_eq!(y.to_f64_vec(), [0.5, 0.5, 1.0, 0.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn softmax(&self, axis: isize) -> Result<Self> {
        softmax_over("softmax", self, &axis.into(), Scale::ONE)
    }

    /// Softmax of x/T: nearer to [`hardmax`](Tensor::hardmax) for a small temperature T, nearer to
    /// equal shares for a large one.
    ///
    /// # Errors
    /// If the tensor has no such axis, or the temperature is not a positive finite number.
    pub fn softmax_at(&self, axis: isize, temperature: f64) -> Result<Self> {
        let scale = self::temperature("softmax_at", temperature)?;
        softmax_over("softmax", self, &axis.into(), scale)
    }

    /// The logarithm of [`softmax`](Tensor::softmax), computed without it: also a share that
    /// underflows has its logarithm, and one near 1 keeps its digits (in PyTorch the logarithm of a
    /// share within half a rounding of 1 is 0).
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let y = tensor![0.0, -1000.0].log_softmax(0)?;
    /// assert_eq!(y.to_f64_vec(), [0.0, -1000.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn log_softmax(&self, axis: isize) -> Result<Self> {
        log_softmax_over(self, axis, Scale::ONE)
    }

    /// Log-softmax of x/T.
    ///
    /// # Errors
    /// If the tensor has no such axis, or the temperature is not a positive finite number.
    pub fn log_softmax_at(&self, axis: isize, temperature: f64) -> Result<Self> {
        log_softmax_over(self, axis, self::temperature("log_softmax_at", temperature)?)
    }

    /// The shares exp(−xⱼ)/Σ exp(−xₖ) along an axis: the smallest number has the largest.
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn softmin(&self, axis: isize) -> Result<Self> {
        self.negated()?.softmax(axis)
    }

    /// Softmin of x/T.
    ///
    /// # Errors
    /// If the tensor has no such axis, or the temperature is not a positive finite number.
    pub fn softmin_at(&self, axis: isize, temperature: f64) -> Result<Self> {
        let scale = self::temperature("softmin_at", temperature)?;
        softmax_over("softmax", &self.negated()?, &axis.into(), scale)
    }

    /// 1 at the first maximum along an axis and 0 elsewhere: what softmax tends to as its temperature
    /// goes to 0. It is constant but for jumps, so no gradient flows through it. A row with a NaN is
    /// NaN.
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn hardmax(&self, axis: isize) -> Result<Self> {
        along("hardmax", self, &axis.into(), &mut Hardmax)
    }

    /// −x as a floating-point number, so that an unsigned one does not wrap.
    pub(super) fn negated(&self) -> Result<Self> {
        self.to(self.dtype().to_float()).neg()
    }
}
