//! Products with vectors.
//!
//! | product | by the first | by the second |
//! | --- | --- | --- |
//! | u·v = Σ uᵢvᵢ | g·v | g·u |
//! | A·v | g vᵀ | Aᵀ·g |
//! | u vᵀ | G·v | Gᵀ·u |

use super::matmul::{check_types, multiply, transposed};
use crate::{Error, Result, Tensor};

impl Tensor {
    /// The product u·v of two vectors, a tensor without axes.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// assert_eq!(tensor![1.0, 2.0].dot(&tensor![3.0, 4.0])?.item(), 11.0);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If either is no vector, or lengths or types differ.
    pub fn dot(&self, other: &Self) -> Result<Self> {
        check_types("dot", self, other)?;
        check_ranks("dot", self, other, [1, 1])?;
        if self.shape() != other.shape() {
            let (n, m) = (self.numel(), other.numel());
            return Err(Error::shape("dot", format!("vectors of {n} and {m} numbers")));
        }
        let row = self.array().reshape(&[1, self.numel()]);
        let column = other.array().reshape(&[other.numel(), 1]);
        let product = Self::new(multiply(&row, &column, &[1, 1]).reshape(&[]));
        let edge = |to: &Self, other: &Self| {
            to.edge(|| {
                let other = other.save();
                move |g: &Self| g.mul(other.get()?)
            })
        };
        Ok(product.record("dot", [edge(self, other), edge(other, self)]))
    }

    /// The product A·v of a matrix and a vector.
    ///
    /// # Errors
    /// If the operands are not a matrix and a vector, A has not as many columns as v has numbers,
    /// or the types differ.
    pub fn mv(&self, vector: &Self) -> Result<Self> {
        check_types("mv", self, vector)?;
        check_ranks("mv", self, vector, [2, 1])?;
        super::matmul::check_inner("mv", self, vector)?;
        let (rows, columns) = (self.shape()[0], self.shape()[1]);
        let column = vector.array().reshape(&[columns, 1]);
        let product = multiply(&self.array(), &column, &[rows, 1]).reshape(&[rows]);
        let by_matrix = self.edge(|| {
            let vector = vector.save();
            move |g: &Self| g.outer(vector.get()?)
        });
        let by_vector = vector.edge(|| {
            let matrix = self.save();
            move |g: &Self| transposed(matrix.get()?).mv(g)
        });
        Ok(Self::new(product).record("mv", [by_matrix, by_vector]))
    }

    /// The matrix u vᵀ of all products of two vectors' numbers.
    ///
    /// # Errors
    /// If either is no vector.
    pub fn outer(&self, other: &Self) -> Result<Self> {
        check_ranks("outer", self, other, [1, 1])?;
        let column = self.detach().reshape([self.numel(), 1])?;
        let product = column.mul(other.detach())?;
        let by_first = self.edge(|| {
            let other = other.save();
            move |g: &Self| g.mv(&other.get()?.to(g.dtype()))
        });
        let by_second = other.edge(|| {
            let first = self.save();
            move |g: &Self| transposed(g).mv(&first.get()?.to(g.dtype()))
        });
        Ok(product.record("outer", [by_first, by_second]))
    }
}

pub(super) fn check_ranks(
    op: &'static str,
    a: &Tensor,
    b: &Tensor,
    ranks: [usize; 2],
) -> Result<()> {
    if [a.rank(), b.rank()] == ranks {
        return Ok(());
    }
    let name = |rank| if rank == 1 { "a vector" } else { "a matrix" };
    Err(Error::shape(
        op,
        format!(
            "takes {} and {}, not shapes {:?} and {:?}",
            name(ranks[0]),
            name(ranks[1]),
            a.shape(),
            b.shape()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{DType, Result, Tensor, tensor};

    fn leaves() -> Result<[Tensor; 3]> {
        Ok([
            tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?,
            tensor![1.5, -2.0, 0.5; f64].requires_grad_()?,
            tensor![-0.5, 1.25; f64].requires_grad_()?,
        ])
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = leaves()?;
        gradcheck(|x| x[0].mv(&x[1]), &x)?;
        gradcheck(|x| x[1].outer(&x[2]), &x)?;
        gradcheck(|x| x[1].dot(&x[1]), &x)?;
        gradgradcheck(|x| x[0].mv(&x[1])?.dot(&x[2]), &x)?;
        gradgradcheck(|x| x[0].outer(&x[1])?.mv(&x[1]), &x[1..])
    }

    #[test]
    fn types_and_lengths_are_pytorchs() -> Result<()> {
        assert_eq!(tensor![1, 2].dot(&tensor![3, 4])?.to_vec::<i64>()?, [11]);
        assert_eq!(tensor![200_u8].dot(&tensor![2_u8])?.to_vec::<u8>()?, [144]);
        assert_eq!(Tensor::zeros([0]).dot(&Tensor::zeros([0]))?.item(), 0.0);
        assert_eq!(tensor![1.0].outer(&tensor![2; f64])?.dtype(), DType::F64);
        assert!(tensor![1.0].dot(&tensor![1.0, 2.0]).is_err());
        assert!(tensor![1.0].dot(&tensor![1.0; f64]).is_err());
        assert!(tensor![true].dot(&tensor![true]).is_err());
        assert!(tensor![[1.0]].outer(&tensor![1.0]).is_err());
        assert!(tensor![[1.0]].mv(&tensor![[1.0]]).is_err());
        Ok(())
    }

    #[test]
    fn long_products_of_f32_lose_no_digit() -> Result<()> {
        let x = Tensor::full([300_001], 0.1);
        let exact = f64::from(0.1_f32) * f64::from(0.1_f32) * 300_001.0;
        assert_eq!(x.dot(&x)?.item() as f32, exact as f32);
        Ok(())
    }
}
