//! Random tensors from the process's default generator, which [`manual_seed`](crate::manual_seed)
//! starts; [`Generator`](crate::Generator) has the same methods for a stream of one's own.

use super::generator::with_default;
use crate::shape::IntoShape;
use crate::{Result, Tensor};

impl Tensor {
    /// Uniform numbers in [0, 1), f32.
    #[must_use]
    pub fn rand(shape: impl IntoShape) -> Self {
        with_default(|generator| generator.rand(shape))
    }

    /// Standard normal numbers, f32.
    #[must_use]
    pub fn randn(shape: impl IntoShape) -> Self {
        with_default(|generator| generator.randn(shape))
    }

    /// Normal numbers with this mean and standard deviation, f32.
    ///
    /// # Errors
    /// If the standard deviation is negative or NaN.
    pub fn normal(mean: f64, std: f64, shape: impl IntoShape) -> Result<Self> {
        with_default(|generator| generator.normal(mean, std, shape))
    }

    /// Uniform integers from `low`, below `high`; i64.
    ///
    /// # Errors
    /// If `low` is not below `high`.
    pub fn randint(low: i64, high: i64, shape: impl IntoShape) -> Result<Self> {
        with_default(|generator| generator.randint(low, high, shape))
    }

    /// 0, 1, … n − 1 in a random order, every order as likely; i64.
    ///
    /// ```
    /// use linnea_tensor::{Tensor, manual_seed};
    /// manual_seed(42);
    /// assert_eq!(Tensor::randperm(6).sum().item(), 15.0);
    /// ```
    #[must_use]
    pub fn randperm(n: usize) -> Self {
        with_default(|generator| generator.randperm(n))
    }

    /// Uniform numbers in [0, 1) of the same shape and type.
    ///
    /// # Errors
    /// If the type has no fractions.
    pub fn rand_like(&self) -> Result<Self> {
        with_default(|generator| generator.rand_of(self.shape(), self.dtype()))
    }

    /// Standard normal numbers of the same shape and type.
    ///
    /// # Errors
    /// If the type has no fractions.
    pub fn randn_like(&self) -> Result<Self> {
        with_default(|generator| generator.randn_of(self.shape(), self.dtype()))
    }
}
