//! The axes in another order: strides change, numbers stay.

use crate::shape::{Shape, axis_of};
use crate::{Error, Result, Tensor};

impl Tensor {
    /// The transpose of a matrix; a tensor of fewer axes as it is.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// assert_eq!(tensor![[1, 2, 3], [4, 5, 6]].t()?.to_vec::<i64>()?, [1, 4, 2, 5, 3, 6]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are more than two axes; [`Tensor::transpose`] takes any two.
    pub fn t(&self) -> Result<Self> {
        match self.rank() {
            0 | 1 => Ok(self.reordered("t", &(0..self.rank()).collect::<Vec<_>>())),
            2 => Ok(self.reordered("t", &[1, 0])),
            rank => {
                let problem =
                    format!("takes at most two axes, not {rank}; use transpose or permute");
                Err(Error::shape("t", problem))
            }
        }
    }

    /// Two axes exchanged.
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn transpose(&self, a: isize, b: isize) -> Result<Self> {
        let (a, b) = (axis_of("transpose", a, self.rank())?, axis_of("transpose", b, self.rank())?);
        let mut order: Vec<usize> = (0..self.rank()).collect();
        // A tensor without axes has an axis 0 to ask for, but nothing to exchange.
        if a != b {
            order.swap(a, b);
        }
        Ok(self.reordered("transpose", &order))
    }

    /// The axes in another order: axis i of the result is axis `axes[i]`.
    ///
    /// ```
    /// use linnea_tensor::Tensor;
    /// assert_eq!(Tensor::zeros([2, 3, 4]).permute([2, 0, 1])?.shape(), [4, 2, 3]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the axes are not all of the tensor's, each once.
    pub fn permute(&self, axes: impl AsRef<[isize]>) -> Result<Self> {
        let axes = axes.as_ref();
        let order = axes
            .iter()
            .map(|&axis| axis_of("permute", axis, self.rank()))
            .collect::<Result<Vec<_>>>()?;
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..self.rank()) {
            let rank = self.rank();
            let problem = format!("{axes:?} are not the {rank} axes of the tensor, each once");
            return Err(Error::shape("permute", problem));
        }
        Ok(self.reordered("permute", &order))
    }

    fn reordered(&self, op: &'static str, order: &[usize]) -> Self {
        let shape: Shape = order.iter().map(|&axis| self.shape()[axis]).collect();
        let edge = self.edge(|| {
            let mut back = vec![0; order.len()];
            for (to, &from) in order.iter().enumerate() {
                back[from] = to;
            }
            move |g: &Self| Ok(g.reordered(op, &back))
        });
        Self::expanded(self.padded().permute(order), shape).record(op, [edge])
    }
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, tensor};
    use std::slice::from_ref;

    #[test]
    fn axes_go_where_they_are_sent() -> Result<()> {
        let x = Tensor::arange(0, 24, 1)?.reshape([2, 3, 4])?;
        let turned = x.permute([-1, 0, 1])?;
        assert_eq!(turned.shape(), [4, 2, 3]);
        assert_eq!(turned.to_vec::<i64>()?[..7], [0, 4, 8, 12, 16, 20, 1]);
        assert_eq!(x.transpose(0, -1)?.shape(), [4, 3, 2]);
        assert_eq!(Tensor::scalar(1.0).transpose(0, -1)?.shape(), []);
        assert_eq!(Tensor::scalar(1.0).permute([])?.shape(), []);
        assert_eq!(
            (tensor![1, 2].t()?.shape(), Tensor::zeros([0, 3]).t()?.shape()),
            (&[2][..], &[3, 0][..])
        );
        Ok(())
    }

    #[test]
    fn what_is_no_order_is_refused() {
        let x = Tensor::zeros([2, 3, 4]);
        assert!(x.t().is_err() && x.permute([0, 0, 1]).is_err() && x.permute([0, 1]).is_err());
        assert!(x.permute([0, 1, 3]).is_err());
    }

    #[test]
    fn an_expanded_tensor_stays_expanded() -> Result<()> {
        let x = tensor![1.0, 2.0].expand([3, 2])?.t()?;
        assert_eq!((x.compact().len(), x.to_f64_vec()), (2, vec![1., 1., 1., 2., 2., 2.]));
        Ok(())
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = Tensor::arange_of(0.5, 12.5, 1.0, crate::DType::F64)?.reshape([2, 3, 2])?;
        let x = x.requires_grad_()?;
        let weights = Tensor::arange_of(0.0, 12.0, 1.0, crate::DType::F64)?.reshape([2, 2, 3])?;
        gradcheck(|x| x[0].permute([2, 0, 1])?.mul(&weights), from_ref(&x))?;
        gradgradcheck(|x| x[0].square().permute([2, 0, 1])?.mul(&weights), from_ref(&x))?;
        gradcheck(|x| x[0].select(0, 1)?.t(), from_ref(&x))?;
        gradcheck(|x| x[0].transpose(0, 1), &[x])
    }
}
