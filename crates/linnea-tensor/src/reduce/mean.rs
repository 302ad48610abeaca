//! Means: sums divided in f64, and rounded once. The gradient is g/n for each number.

use super::sum::spread;
use super::{Real, Rows, sum_of};
use crate::array::map_float;
use crate::shape::Axes;
use crate::{Result, Tensor};

impl Tensor {
    /// The mean of all numbers; NaN if there are none. Of integers it is f32 (PyTorch refuses them).
    #[must_use]
    pub fn mean(&self) -> Self {
        self.mean_dim(..).expect("all axes are axes")
    }

    /// The mean over some axes; [`keepdim`](crate::keepdim) keeps them with size 1.
    ///
    /// ```
    /// use linnea_tensor::{keepdim, tensor};
    /// let x = tensor![[1.0, 2.0], [3.0, 5.0]];
    /// assert_eq!(x.mean_dim(1)?.to_f64_vec(), [1.5, 4.0]);
    /// assert_eq!(x.mean_dim(keepdim(0))?.shape(), [1, 2]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn mean_dim(&self, axes: impl Into<Axes>) -> Result<Self> {
        let rows = Rows::new("mean", self, &axes.into())?;
        let mean =
            map_float!(self.array(), data => rows.map(data, |row| Real::narrow(mean_of(row))));
        let edge = self.edge(|| {
            let (spread, width) = (spread(self, &rows), rows.width as f64);
            move |g: &Self| spread(&g.div(width)?)
        });
        Ok(Self::new(mean).record("mean", [edge]))
    }
}

pub(super) fn mean_of<T: Real>(row: &[T]) -> f64 {
    sum_of(row, |x| x.wide()) / row.len() as f64
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{DType, Result, Tensor, keepdim, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        for axes in [&[0][..], &[1], &[0, 1]] {
            gradcheck(|x| x[0].mean_dim(keepdim(axes)), std::slice::from_ref(&x))?;
        }
        gradgradcheck(|x| Ok(x[0].square().mean()), &[x])
    }

    #[test]
    fn edge_values_are_pytorchs() -> Result<()> {
        assert!(Tensor::zeros([0]).mean().item().is_nan());
        assert_eq!(Tensor::zeros([0, 2]).mean_dim(1)?.shape(), [0]);
        assert_eq!((tensor![1, 2].mean().item(), tensor![1, 2].mean().dtype()), (1.5, DType::F32));
        assert!(tensor![f64::INFINITY, f64::NEG_INFINITY].mean().item().is_nan());
        assert_eq!(tensor![3.0e38, 3.0e38].mean().item() as f32, 3.0e38);
        assert!(tensor![1.0].mean_dim(1).is_err());
        Ok(())
    }
}
