//! Tensors of given or constant numbers.

use crate::array::{Array, from_vec};
use crate::shape::{IntoShape, check, count};
use crate::{DType, Element, Error, Result, Scalar, Tensor};

impl Tensor {
    /// A tensor without axes that holds one number: an f32, an i64, or a boolean.
    #[must_use]
    pub fn scalar(value: impl Into<Scalar>) -> Self {
        let value = value.into();
        Self::new(Array::scalar(value, value.dtype()))
    }

    /// A tensor of these numbers, in row-major order.
    ///
    /// # Errors
    /// If there are not as many numbers as the shape has places.
    pub fn from_vec<T: Element>(values: Vec<T>, shape: impl IntoShape) -> Result<Self> {
        let shape = shape.into_shape();
        check("from_vec", &shape)?;
        if values.len() != count(&shape) {
            let problem = format!("{} numbers do not fill shape {shape:?}", values.len());
            return Err(Error::shape("from_vec", problem));
        }
        Ok(Self::new(from_vec(&shape, values)))
    }

    /// A tensor of a copy of these numbers, in row-major order.
    ///
    /// # Errors
    /// If there are not as many numbers as the shape has places.
    pub fn from_slice<T: Element>(values: &[T], shape: impl IntoShape) -> Result<Self> {
        Self::from_vec(values.to_vec(), shape)
    }

    /// Zeros, f32.
    #[must_use]
    pub fn zeros(shape: impl IntoShape) -> Self {
        Self::full(shape, 0.0)
    }

    /// Ones, f32.
    #[must_use]
    pub fn ones(shape: impl IntoShape) -> Self {
        Self::full(shape, 1.0)
    }

    /// One number everywhere: an f32, an i64, or a boolean.
    #[must_use]
    pub fn full(shape: impl IntoShape, value: impl Into<Scalar>) -> Self {
        let value = value.into();
        Self::full_of(&shape.into_shape(), value, value.dtype())
    }

    /// Zeros of the same shape and type.
    #[must_use]
    pub fn zeros_like(&self) -> Self {
        Self::full_of(self.shape(), 0.into(), self.dtype())
    }

    /// Ones of the same shape and type.
    #[must_use]
    pub fn ones_like(&self) -> Self {
        Self::full_of(self.shape(), 1.into(), self.dtype())
    }

    /// One number everywhere, in the same shape and type.
    #[must_use]
    pub fn full_like(&self, value: impl Into<Scalar>) -> Self {
        Self::full_of(self.shape(), value.into(), self.dtype())
    }

    /// One number, stored once and seen everywhere.
    fn full_of(shape: &[usize], value: Scalar, dtype: DType) -> Self {
        count(shape);
        Self::expanded(Array::scalar(value, dtype), shape.into())
    }
}

impl<S: Into<Scalar>> From<S> for Tensor {
    fn from(value: S) -> Self {
        Self::scalar(value)
    }
}
