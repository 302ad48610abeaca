//! Axes of size 1: away with them, or more of them.

use crate::array::map_array;
use crate::shape::{Shape, axis_of};
use crate::{Error, Result, Tensor};
use ndarray::Axis;

impl Tensor {
    /// Without any axis of size 1.
    ///
    /// ```
    /// use linnea_tensor::Tensor;
    /// assert_eq!(Tensor::zeros([1, 3, 1]).squeeze().shape(), [3]);
    /// ```
    #[must_use]
    pub fn squeeze(&self) -> Self {
        let ones: Vec<usize> = (0..self.rank()).filter(|&axis| self.shape()[axis] == 1).collect();
        self.squeezed(&ones)
    }

    /// Without this axis, if its size is 1.
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn squeeze_dim(&self, axis: isize) -> Result<Self> {
        let axis = axis_of("squeeze_dim", axis, self.rank())?;
        let is_one = self.shape().get(axis) == Some(&1);
        Ok(self.squeezed(if is_one { std::slice::from_ref(&axis) } else { &[] }))
    }

    /// With a new axis of size 1 that is axis number `axis` of the result.
    ///
    /// ```
    /// use linnea_tensor::Tensor;
    /// let x = Tensor::zeros([2, 3]);
    /// assert_eq!(x.unsqueeze(0)?.shape(), [1, 2, 3]);
    /// assert_eq!(x.unsqueeze(-1)?.shape(), [2, 3, 1]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the result has no such axis.
    pub fn unsqueeze(&self, axis: isize) -> Result<Self> {
        let rank = self.rank() + 1;
        let axis = axis_of("unsqueeze", axis, rank).map_err(|_| Error::Axis {
            op: "unsqueeze",
            axis,
            rank,
        })?;
        Ok(self.unsqueezed(&[axis]))
    }

    /// Without these axes of size 1, in ascending order.
    fn squeezed(&self, axes: &[usize]) -> Self {
        let (mut shape, mut array) = (Shape::from_slice(self.shape()), self.padded());
        for &axis in axes.iter().rev() {
            shape.remove(axis);
            array = map_array!(array, data => data.index_axis_move(Axis(axis), 0));
        }
        let edge = self.edge(|| {
            let axes = axes.to_vec();
            move |g: &Self| Ok(g.unsqueezed(&axes))
        });
        Self::expanded(array, shape).record("squeeze", [edge])
    }

    /// With new axes of size 1 that are these axes of the result, in ascending order.
    fn unsqueezed(&self, axes: &[usize]) -> Self {
        let (mut shape, mut array) = (Shape::from_slice(self.shape()), self.padded());
        for &axis in axes {
            shape.insert(axis, 1);
            array = map_array!(array, data => data.insert_axis(Axis(axis)));
        }
        let edge = self.edge(|| {
            let axes = axes.to_vec();
            move |g: &Self| Ok(g.squeezed(&axes))
        });
        Self::expanded(array, shape).record("unsqueeze", [edge])
    }
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, tensor};
    use std::slice::from_ref;

    #[test]
    fn axes_come_and_go_as_in_pytorch() -> Result<()> {
        let x = Tensor::zeros([1, 2, 1]);
        assert_eq!((x.squeeze().shape(), x.squeeze_dim(0)?.shape()), (&[2][..], &[2, 1][..]));
        assert_eq!(x.squeeze_dim(1)?.shape(), [1, 2, 1]);
        assert_eq!(Tensor::scalar(1.0).squeeze_dim(0)?.shape(), []);
        assert_eq!(Tensor::scalar(1.0).unsqueeze(-1)?.shape(), [1]);
        assert_eq!(Tensor::zeros([0, 1]).squeeze().shape(), [0]);
        let wide = tensor![1.0, 2.0].expand([3, 2])?.unsqueeze(1)?;
        assert_eq!((wide.shape(), wide.compact().len()), (&[3, 1, 2][..], 2));
        assert_eq!(wide.squeeze().to_f64_vec(), [1., 2., 1., 2., 1., 2.]);
        Ok(())
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[[0.5, -1.5]], [[3.0, 0.25]]; f64].requires_grad_()?;
        gradcheck(|x| Ok(x[0].squeeze()), from_ref(&x))?;
        gradcheck(|x| x[0].unsqueeze(1), from_ref(&x))?;
        gradgradcheck(|x| Ok(x[0].square().unsqueeze(0)?.squeeze()), &[x])
    }
}
