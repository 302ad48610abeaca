//! Broadcasting made visible: the same numbers seen in a larger shape. No number is copied until an
//! operation needs them side by side. The driver sums the gradient back to the smaller shape.

use crate::shape::{IntoShape, IntoSizes, Shape, broadcast_shapes};
use crate::{Error, Result, Tensor};

impl Tensor {
    /// The same numbers in a larger shape, by the rules of broadcasting.
    ///
    /// # Errors
    /// If this shape does not broadcast to that one.
    pub fn broadcast_to(&self, shape: impl IntoShape) -> Result<Self> {
        let target = Shape::from_vec(shape.into_shape());
        match broadcast_shapes("broadcast_to", self.shape(), &target) {
            Ok(together) if together == target => {
                let edge = self.edge(|| |g: &Self| Ok(g.clone()));
                Ok(Self::expanded(self.compact(), target).record("broadcast_to", [edge]))
            }
            _ => Err(Error::shape(
                "broadcast_to",
                format!("shape {:?} does not broadcast to {:?}", self.shape(), target.as_slice()),
            )),
        }
    }

    /// The same numbers in a larger shape: axes of size 1 become as large as asked for, and new ones
    /// may come before the first; −1 keeps a size.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let x = tensor![[1], [2]];
    /// assert_eq!(x.expand([-1, 3])?.to_vec::<i64>()?, [1, 1, 1, 2, 2, 2]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If another size is to change, or −1 stands for an axis that is not there.
    pub fn expand(&self, sizes: impl IntoSizes) -> Result<Self> {
        let sizes = sizes.into_sizes();
        let refused = || {
            let problem =
                format!("a tensor of shape {:?} does not expand to {sizes:?}", self.shape());
            Error::shape("expand", problem)
        };
        let new = sizes.len().checked_sub(self.rank()).ok_or_else(refused)?;
        let size = |(at, &size): (usize, &isize)| match size {
            -1 if at >= new => Ok(self.shape()[at - new]),
            _ => usize::try_from(size).map_err(|_| refused()),
        };
        let shape = sizes.iter().enumerate().map(size).collect::<Result<Vec<_>>>()?;
        let numel = shape.iter().try_fold(1_usize, |numel, &size| numel.checked_mul(size));
        numel.ok_or_else(refused)?;
        self.broadcast_to(shape).map_err(|_| refused())
    }

    /// This tensor summed over the axes in which it is larger than `shape`: the way back of a
    /// broadcast.
    ///
    /// # Errors
    /// If `shape` does not broadcast to this tensor's.
    pub fn sum_to(&self, shape: &[usize]) -> Result<Self> {
        if self.shape() == shape {
            return Ok(self.clone());
        }
        let refused = || {
            Error::shape(
                "sum_to",
                format!("shape {shape:?} does not broadcast to {:?}", self.shape()),
            )
        };
        if broadcast_shapes("sum_to", self.shape(), shape).map_err(|_| refused())?.as_slice()
            != self.shape()
        {
            return Err(refused());
        }
        let extra = self.rank() - shape.len();
        let repeated =
            |axis: usize| axis < extra || shape[axis - extra] == 1 && self.shape()[axis] != 1;
        let axes: Vec<isize> =
            (0..self.rank()).filter(|&axis| repeated(axis)).map(|axis| axis as isize).collect();
        self.sum_dim(axes.as_slice())?.reshape(shape)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Result, Tensor, autograd::gradcheck, tensor};
    use std::slice::from_ref;

    #[test]
    fn a_gradient_is_summed_over_what_was_repeated() -> Result<()> {
        let x = tensor![[1.0], [2.0]; f64].requires_grad_()?;
        gradcheck(|x| x[0].broadcast_to([3, 2, 2]), from_ref(&x))?;
        gradcheck(|x| x[0].expand([3, -1, 2]), from_ref(&x))?;
        assert!(x.broadcast_to([2]).is_err() && x.sum_to(&[3]).is_err());
        Ok(())
    }
    #[test]
    fn sizes_are_kept_or_grow() -> Result<()> {
        let x = Tensor::zeros([2, 1]);
        assert_eq!(x.expand([4, -1, 3])?.shape(), [4, 2, 3]);
        assert_eq!(x.expand([2, 0])?.shape(), [2, 0]);
        assert_eq!(Tensor::scalar(1.0).expand([2, 2])?.to_f64_vec(), [1.0; 4]);
        for sizes in [&[-1_isize, -1, -1][..], &[2], &[3, 1], &[-2, 1], &[1 << 62, 1 << 62, 2, 1]] {
            assert!(x.expand(sizes).unwrap_err().to_string().contains("expand"), "{sizes:?}");
        }
        Ok(())
    }
}
