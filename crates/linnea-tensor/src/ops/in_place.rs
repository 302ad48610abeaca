//! Changes in place: of a leaf inside `no_grad`, or of a tensor that requires no gradient. Every
//! clone sees the change; a view made before keeps what it showed.

use super::arithmetic;
use crate::array::Array;
use crate::tensor::Operand;
use crate::{Error, Result, Scalar, Tensor, no_grad};

impl Tensor {
    /// Adds in place: a ← a + b.
    ///
    /// # Errors
    /// If the sum has another shape, or a type of a higher kind; if a gradient would be lost.
    pub fn add_(&self, other: impl Into<Operand>) -> Result<()> {
        self.replace("add_", &other.into(), arithmetic::add)
    }

    /// Subtracts in place: a ← a − b.
    ///
    /// # Errors
    /// As for [`Tensor::add_`].
    pub fn sub_(&self, other: impl Into<Operand>) -> Result<()> {
        self.replace("sub_", &other.into(), arithmetic::sub)
    }

    /// Multiplies in place: a ← a·b.
    ///
    /// # Errors
    /// As for [`Tensor::add_`].
    pub fn mul_(&self, other: impl Into<Operand>) -> Result<()> {
        self.replace("mul_", &other.into(), arithmetic::mul)
    }

    /// Divides in place: a ← a/b.
    ///
    /// # Errors
    /// As for [`Tensor::add_`]; an integer tensor cannot hold a quotient.
    pub fn div_(&self, other: impl Into<Operand>) -> Result<()> {
        self.replace("div_", &other.into(), arithmetic::div)
    }

    /// Sets every number to `value`.
    ///
    /// # Errors
    /// If a gradient would be lost.
    pub fn fill_(&self, value: impl Into<Scalar>) -> Result<()> {
        let (value, dtype) = (value.into(), self.dtype());
        self.modify("fill_", |array| {
            *array = Array::full(array.shape(), value, dtype);
            Ok(())
        })
    }

    /// Sets every number to 0.
    ///
    /// # Errors
    /// If a gradient would be lost.
    pub fn zero_(&self) -> Result<()> {
        self.fill_(0)
    }

    /// Takes the numbers of `other`, broadcast to this shape and converted to this type.
    ///
    /// # Errors
    /// If `other` does not broadcast to this shape, or a gradient would be lost.
    pub fn copy_(&self, other: &Self) -> Result<()> {
        self.check_no_gradient("copy_", &other.into())?;
        let numbers = other.broadcast_to(self.shape())?.array().cast(self.dtype());
        self.modify("copy_", |array| {
            *array = numbers;
            Ok(())
        })
    }

    /// Puts the result of an operation in the place of the numbers.
    fn replace(
        &self,
        op: &'static str,
        other: &Operand,
        compute: impl Fn(&Operand, &Operand) -> Result<Self>,
    ) -> Result<()> {
        self.check_no_gradient(op, other)?;
        let result = no_grad(|| compute(&self.into(), other))?;
        if result.shape() != self.shape() {
            return Err(Error::shape(
                op,
                format!(
                    "the result's shape {:?} does not fit in the place of {:?}",
                    result.shape(),
                    self.shape()
                ),
            ));
        }
        if result.dtype().is_float() && !self.dtype().is_float()
            || self.dtype() == crate::DType::Bool && result.dtype() != self.dtype()
        {
            return Err(Error::dtype(
                op,
                format!(
                    "a result of type {} cannot be kept in a tensor of {}",
                    result.dtype(),
                    self.dtype()
                ),
            ));
        }
        let numbers = result.array().cast(self.dtype());
        self.modify(op, |array| {
            *array = numbers;
            Ok(())
        })
    }

    /// A tensor without a gradient cannot take in place what has one.
    fn check_no_gradient(&self, op: &'static str, other: &Operand) -> Result<()> {
        let lost = other.as_tensor().is_some_and(Self::requires_grad)
            && crate::autograd::is_grad_enabled();
        if lost {
            return Err(Error::autograd(
                op,
                "the other operand requires a gradient, which would be \
                lost; use the operation that gives a new tensor, or no_grad(|| …)",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Result, no_grad, tensor};

    #[test]
    fn a_clone_sees_the_change_and_an_older_view_does_not() -> Result<()> {
        let w = tensor![1.0, 2.0].requires_grad_()?;
        let (clone, view) = (w.clone(), w.detach());
        no_grad(|| w.sub_(0.5))?;
        assert_eq!(clone.to_f64_vec(), [0.5, 1.5]);
        assert_eq!(view.to_f64_vec(), [1.0, 2.0]);
        Ok(())
    }

    #[test]
    fn what_would_lose_a_gradient_is_refused() -> Result<()> {
        let w = tensor![1.0, 2.0].requires_grad_()?;
        let message = |result: Result<()>| result.unwrap_err().to_string();
        assert!(message(w.add_(1.0)).contains("no_grad"));
        assert!(message(w.mul(2.0)?.add_(1.0)).contains("recorded operation"));
        assert!(message(tensor![0.0, 0.0].add_(&w)).contains("would be lost"));
        assert!(message(tensor![1_i64].add_(0.5)).contains("cannot be kept"));
        assert!(message(tensor![1.0].add_(tensor![1.0, 2.0])).contains("does not fit"));
        Ok(())
    }

    #[test]
    fn a_saved_value_that_was_changed_is_refused() -> Result<()> {
        let (w, x) = (tensor![1.0, 2.0].requires_grad_()?, tensor![3.0, 4.0]);
        let y = w.mul(&x)?.sum();
        x.add_(1.0)?;
        assert!(y.backward().unwrap_err().to_string().contains("changed in place"));
        assert!(w.grad().is_none());
        Ok(())
    }
}
