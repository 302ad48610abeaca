//! Products.
//!
//! The gradient of Πx by xᵢ is the product of the others. Without a zero it is Πx/xᵢ. With one zero
//! it is the product of the nonzero numbers at the zero, and 0 elsewhere; with two it is 0. Only for a
//! gradient of this gradient, and if there is a zero, are the others multiplied for each number anew,
//! which takes n² numbers for a row of n.

use super::Rows;
use crate::array::Array;
use crate::autograd::is_grad_enabled;
use crate::dtype::private::Sealed;
use crate::shape::Axes;
use crate::{DType, Result, Tensor, keepdim};

impl Tensor {
    /// The product of all numbers; of integers and booleans an i64, which wraps.
    #[must_use]
    pub fn prod(&self) -> Self {
        self.prod_dim(..).expect("all axes are axes")
    }

    /// The product over some axes; f32 is multiplied in f64.
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn prod_dim(&self, axes: impl Into<Axes>) -> Result<Self> {
        let rows = Rows::new("prod", self, &axes.into())?;
        let product = match &self.array() {
            Array::F32(data) => Array::F32(
                rows.map(data, |row| row.iter().map(|&x| f64::from(x)).product::<f64>() as f32),
            ),
            Array::F64(data) => Array::F64(rows.map(data, |row| row.iter().product())),
            other => Array::I64(rows.map(&i64::cast_from(other), |row| {
                row.iter().fold(1, |product: i64, &x| product.wrapping_mul(x))
            })),
        };
        let edge = self.edge(|| {
            let (x, kept, axes) = (self.save(), rows.kept.to_vec(), rows.axes.to_vec());
            move |g: &Self| g.reshape(&kept)?.mul(others(x.get()?, &axes)?)
        });
        Ok(Self::new(product).record("prod", [edge]))
    }
}

/// For each number, the product of the other numbers in its row.
fn others(x: &Tensor, axes: &[usize]) -> Result<Tensor> {
    let zero = x.eq(0)?;
    let zeros = zero.count_nonzero_dim(keepdim(axes))?;
    if is_grad_enabled() && zero.any().item() != 0.0 {
        return others_anew(x, axes);
    }
    let nonzero = zero.where_(1.0, x)?;
    let product = nonzero.prod_dim(keepdim(axes))?;
    let at_zero = zeros.eq(1)?.where_(&product, 0.0)?;
    let elsewhere = zeros.eq(0)?.where_(product.div(nonzero)?, 0.0)?;
    zero.where_(at_zero, elsewhere)
}

/// As [`others`], by products that leave one number out, so that derivatives hold at zeros too.
fn others_anew(x: &Tensor, axes: &[usize]) -> Result<Tensor> {
    let stays = (0..x.rank()).filter(|axis| !axes.contains(axis));
    let order: Vec<usize> = stays.chain(axes.iter().copied()).collect();
    let forth: Vec<isize> = order.iter().map(|&axis| axis as isize).collect();
    let back: Vec<isize> = (0..x.rank())
        .filter_map(|axis| order.iter().position(|&from| from == axis))
        .map(|at| at as isize)
        .collect();
    let ordered = x.permute(forth.as_slice())?;
    let width: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
    let rows = ordered.reshape([-1, 1, width as isize])?;
    let itself = Tensor::eye(width).to(DType::Bool);
    let others = itself.where_(1.0, rows)?.prod_dim(-1)?;
    others.reshape(ordered.shape())?.permute(back.as_slice())
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{DType, Result, Tensor, tensor};

    #[test]
    fn gradients_are_those_of_differences_with_zeros_too() -> Result<()> {
        let x =
            tensor![[0.5, -1.5, 2.0], [3.0, 0.0, -0.75], [0.0, 2.0, 0.0]; f64].requires_grad_()?;
        for axes in [&[0][..], &[1], &[0, 1]] {
            gradcheck(|x| x[0].prod_dim(axes), std::slice::from_ref(&x))?;
            gradgradcheck(|x| x[0].prod_dim(axes), std::slice::from_ref(&x))?;
        }
        let nonzero = tensor![[0.5, -1.5, 2.0], [3.0, 1.5, -0.75]; f64].requires_grad_()?;
        gradgradcheck(|x| x[0].prod_dim(1), &[nonzero])
    }

    #[test]
    fn types_and_edges_are_pytorchs() -> Result<()> {
        assert_eq!(tensor![2_u8, 200].prod().to_vec::<i64>()?, [400]);
        assert_eq!(tensor![true].prod().dtype(), DType::I64);
        assert_eq!(Tensor::zeros([2, 0]).prod_dim(1)?.to_f64_vec(), [1.0, 1.0]);
        assert_eq!(tensor![1e30, 1e30, 1e-30].prod().item() as f32, 1e30);
        assert!(tensor![0.0, f64::INFINITY].prod().item().is_nan());
        Ok(())
    }
}
