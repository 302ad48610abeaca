//! One number or the other: `where_`, `clamp`, `maximum`, `minimum`. NaN stays NaN; where both are
//! equal, `maximum` and `minimum` give half of the gradient to each, as in PyTorch.

use super::arithmetic::{Pair, zip_numbers};
use crate::array::{Array, broadcast, zip};
use crate::autograd::Edge;
use crate::shape::broadcast_shapes;
use crate::tensor::Operand;
use crate::{DType, Error, Result, Scalar, Tensor};

/// An end of [`Tensor::clamp`]: a number, or `None` for no end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound(Option<Scalar>);

impl<S: Into<Scalar>> From<S> for Bound {
    fn from(bound: S) -> Self {
        Self(Some(bound.into()))
    }
}

impl From<Option<f64>> for Bound {
    fn from(bound: Option<f64>) -> Self {
        Self(bound.map(Scalar::Float))
    }
}

impl Tensor {
    /// Where this condition holds, a; elsewhere, b.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let x = tensor![-1.0, 2.0];
    /// assert_eq!(x.gt(0)?.where_(&x, 0.0)?.to_f64_vec(), [0.0, 2.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the condition is not boolean, or the shapes do not broadcast.
    pub fn where_(&self, a: impl Into<Operand>, b: impl Into<Operand>) -> Result<Self> {
        let (a, b) = (a.into(), b.into());
        let Array::Bool(condition) = &self.compact() else {
            let problem = format!("the condition must be bool, not {}", self.dtype());
            return Err(Error::dtype("where_", problem));
        };
        let Pair { left, right, shape, .. } = Pair::new("where_", &a, &b)?;
        let shape = broadcast_shapes("where_", self.shape(), &shape)?;
        macro_rules! choose {
            ($($variant:ident)+) => {
                match (&left, &right) {
                    $((Array::$variant(x), Array::$variant(y)) => Array::$variant({
                        let pairs = zip(&broadcast(x, &shape), y, &shape, |x, y| (x, y));
                        zip(&pairs, condition, &shape, |(x, y), c| if c { x } else { y })
                    }),)+
                    _ => unreachable!("a pair has one type"),
                }
            };
        }
        let chosen = Self::new(choose!(Bool U8 I64 F32 F64));
        let edge = |to: &Operand, when: bool| gated(to, self, when);
        Ok(chosen.record("where_", [edge(&a, true), edge(&b, false)]))
    }

    /// The nearest number between `min` and `max`; `None` is no end. The gradient is 1 inside, 0 at
    /// the ends and outside.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// assert_eq!(tensor![-1.0, 0.5, 2.0].clamp(0, None)?.to_f64_vec(), [0.0, 0.5, 2.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If neither end is given.
    pub fn clamp(&self, min: impl Into<Bound>, max: impl Into<Bound>) -> Result<Self> {
        let (Bound(min), Bound(max)) = (min.into(), max.into());
        if (min, max) == (None, None) {
            return Err(Error::value("clamp", "at least one of min and max must be a number"));
        }
        let detached = self.detach();
        let raised = match min {
            Some(min) => detached.maximum(Operand::Scalar(min))?,
            None => detached,
        };
        let clamped = match max {
            Some(max) => raised.minimum(Operand::Scalar(max))?,
            None => raised,
        };
        let edge = self.edge(|| {
            let x = self.save();
            move |g: &Self| inside(x.get()?, min, max)?.where_(g, 0.0)
        });
        Ok(clamped.record("clamp", [edge]))
    }

    /// The larger of a and b.
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    pub fn maximum(&self, other: impl Into<Operand>) -> Result<Self> {
        let (a, b) = (Operand::from(self), other.into());
        let pair = Pair::new("maximum", &a, &b)?;
        let y = zip_numbers!(pair, float |x, y| if x > y || x.is_nan() { x } else { y }, int x.max(y), bool x | y);
        Ok(Self::new(y).record("maximum", [share(&a, &b, Self::lt), share(&b, &a, Self::lt)]))
    }

    /// The smaller of a and b.
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    pub fn minimum(&self, other: impl Into<Operand>) -> Result<Self> {
        let (a, b) = (Operand::from(self), other.into());
        let pair = Pair::new("minimum", &a, &b)?;
        let y = zip_numbers!(pair, float |x, y| if x < y || x.is_nan() { x } else { y }, int x.min(y), bool x & y);
        Ok(Self::new(y).record("minimum", [share(&a, &b, Self::gt), share(&b, &a, Self::gt)]))
    }
}

/// Where min < x < max.
fn inside(x: &Tensor, min: Option<Scalar>, max: Option<Scalar>) -> Result<Tensor> {
    let all = Tensor::new(Array::full(x.shape(), true.into(), DType::Bool));
    let above = min.map_or(Ok(all), |min| x.gt(Operand::Scalar(min)))?;
    max.map_or(Ok(above.clone()), |max| above.mul(x.lt(Operand::Scalar(max))?))
}

/// The edge of an input whose gradient passes where the condition is `when`.
fn gated(to: &Operand, condition: &Tensor, when: bool) -> Option<Edge> {
    to.as_tensor()?.edge(|| {
        let condition = condition.save();
        move |g: &Tensor| {
            let condition = condition.get()?;
            if when { condition.where_(g, 0.0) } else { condition.where_(0.0, g) }
        }
    })
}

/// The edge of an input whose gradient passes unless it loses, and half of it where both are equal.
/// Beside NaN nothing loses.
fn share(
    to: &Operand,
    other: &Operand,
    loses: fn(&Tensor, Operand) -> Result<Tensor>,
) -> Option<Edge> {
    to.as_tensor()?.edge(|| {
        let (to, other) = (to.save(), other.save());
        move |g: &Tensor| {
            let Operand::Tensor(x) = to.get()? else { unreachable!("a number has no edge") };
            let shared = x.eq(other.get()?)?.where_(g.mul(0.5)?, g)?;
            loses(&x, other.get()?)?.where_(0.0, shared)
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::autograd::gradcheck;
    use crate::{Result, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let a = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        let b = tensor![0.75, -1.0, 2.5; f64].requires_grad_()?;
        let both = [a.clone(), b];
        gradcheck(|x| x[0].maximum(&x[1]), &both)?;
        gradcheck(|x| x[0].minimum(&x[1]), &both)?;
        gradcheck(|x| x[0].gt(0)?.where_(&x[0], &x[1]), &both)?;
        gradcheck(|x| x[0].clamp(-1.0, 1.0), &[a])
    }

    #[test]
    fn ties_and_nan() -> Result<()> {
        let (a, b) = (tensor![1.0].requires_grad_()?, tensor![1.0].requires_grad_()?);
        a.maximum(&b)?.backward()?;
        assert_eq!((a.grad().unwrap().item(), b.grad().unwrap().item()), (0.5, 0.5));
        assert!(
            a.maximum(f64::NAN)?.item().is_nan() && tensor![f64::NAN].clamp(0, 1)?.item().is_nan()
        );
        Ok(())
    }
}
