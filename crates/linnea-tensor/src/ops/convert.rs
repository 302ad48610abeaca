//! The same numbers in another type, or in a copy of their own.

use crate::{DType, Tensor};

impl Tensor {
    /// The same numbers in another type; the tensor itself if it has that type already. From f64 to
    /// f32 a gradient flows; to an integer or boolean type none does.
    #[must_use]
    pub fn to(&self, dtype: DType) -> Self {
        if dtype == self.dtype() {
            return self.clone();
        }
        let converted = Self::expanded(self.compact().cast(dtype), self.shape().into());
        // The driver converts each gradient to the type of the tensor it belongs to.
        let edge = if dtype.is_float() { self.edge(|| |g: &Self| Ok(g.clone())) } else { None };
        converted.record("to", [edge])
    }

    /// The same numbers in a tensor of its own, which no later change reaches. A gradient flows
    /// through. (A clone would be the same tensor.)
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::expanded(self.compact(), self.shape().into())
            .record("copy", [self.edge(|| |g: &Self| Ok(g.clone()))])
    }
}

#[cfg(test)]
mod tests {
    use crate::{DType, Result, tensor};

    #[test]
    fn a_gradient_comes_back_in_the_type_of_its_tensor() -> Result<()> {
        let x = tensor![1.5, 2.5].requires_grad_()?;
        x.to(DType::F64).square().sum().backward()?;
        let gradient = x.grad().unwrap();
        assert_eq!((gradient.dtype(), gradient.to_f64_vec()), (DType::F32, vec![3.0, 5.0]));
        assert!(!x.to(DType::I64).requires_grad());
        Ok(())
    }
}
