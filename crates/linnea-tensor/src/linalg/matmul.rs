//! Products of matrices, and of stacks of them.
//!
//! C = A·B has the gradients G·Bᵀ and Aᵀ·G, products again. Leading axes broadcast, and the driver
//! sums a gradient over them; a stack times *one* matrix is one tall matrix times it.

use super::kernel::{Multiply, products};
use super::vector::check_ranks;
use crate::array::{Array, Data, broadcast_view, from_vec};
use crate::shape::{broadcast_shapes, check, count};
use crate::{DType, Error, Result, Tensor};

impl Tensor {
    /// The product of vectors, matrices or stacks of matrices, by PyTorch's rules: two vectors give
    /// a number, a vector stands for a row on the left and a column on the right, and axes before
    /// the last two broadcast.
    ///
    /// ```
    /// use linnea_tensor::{Tensor, tensor};
    /// let x = tensor![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    /// assert_eq!(x.matmul(&tensor![1.0, -1.0])?.to_f64_vec(), [-1.0, -1.0, -1.0]);
    /// assert_eq!(Tensor::ones([5, 1, 2, 3]).matmul(&Tensor::ones([7, 3, 4]))?.shape(), [5, 7, 2, 4]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If an operand has no axis, the first has not as many columns as the second has rows, the
    /// leading axes do not broadcast, or the types differ or are boolean.
    pub fn matmul(&self, other: &Self) -> Result<Self> {
        check_types("matmul", self, other)?;
        check_inner("matmul", self, other)?;
        match (self.rank(), other.rank()) {
            (1, 1) => self.dot(other),
            (2, 1) => self.mv(other),
            (1, 2) => transposed(other).mv(self),
            (2, 2) => self.mm(other),
            (1, _) => transposed(other).matmul(self),
            (_, 1 | 2) => tall(self, other),
            _ => stacked("matmul", self, other),
        }
    }

    /// The product of two matrices.
    ///
    /// # Errors
    /// If either is no matrix, the first has not as many columns as the second has rows, or the
    /// types differ or are boolean.
    pub fn mm(&self, other: &Self) -> Result<Self> {
        check_types("mm", self, other)?;
        check_ranks("mm", self, other, [2, 2])?;
        check_inner("mm", self, other)?;
        stacked("mm", self, other)
    }
}

/// A stack of matrices times one matrix or vector: the stack's rows are one tall matrix.
fn tall(stack: &Tensor, other: &Tensor) -> Result<Tensor> {
    let (rows, columns) = stack.shape().split_at(stack.rank() - 1);
    let product = stack.reshape([count(rows), columns[0]])?.matmul(other)?;
    product.reshape([rows, &other.shape()[1..]].concat())
}

fn stacked(op: &'static str, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let ([lead_a @ .., m, _], [lead_b @ .., _, n]) = (a.shape(), b.shape()) else {
        return Err(Error::shape(op, "takes matrices"));
    };
    let lead = broadcast_shapes(op, lead_a, lead_b)?;
    let shape = [&lead[..], &[*m, *n]].concat();
    check(op, &shape)?;
    let product = multiply(&a.array(), &b.array(), &shape);
    let by_first = a.edge(|| {
        let b = b.save();
        move |g: &Tensor| g.matmul(&transposed(b.get()?))
    });
    let by_second = b.edge(|| {
        let a = a.save();
        move |g: &Tensor| transposed(a.get()?).matmul(g)
    });
    Ok(Tensor::new(product).record(op, [by_first, by_second]))
}

/// The product of two arrays of at least two axes, whose leading axes broadcast to those of `shape`.
pub(super) fn multiply(a: &Array, b: &Array, shape: &[usize]) -> Array {
    match (a, b) {
        (Array::F32(a), Array::F32(b)) => Array::F32(multiply_typed(a, b, shape)),
        (Array::F64(a), Array::F64(b)) => Array::F64(multiply_typed(a, b, shape)),
        (Array::I64(a), Array::I64(b)) => Array::I64(multiply_typed(a, b, shape)),
        (Array::U8(a), Array::U8(b)) => Array::U8(multiply_typed(a, b, shape)),
        _ => unreachable!("the caller has checked the types"),
    }
}

fn multiply_typed<T: Multiply>(a: &Data<T>, b: &Data<T>, shape: &[usize]) -> Data<T> {
    let lead = &shape[..shape.len() - 2];
    let whole = |matrix: &[usize]| [lead, &matrix[matrix.len() - 2..]].concat();
    let mut out = vec![T::default(); count(shape)];
    products(broadcast_view(a, &whole(a.shape())), broadcast_view(b, &whole(b.shape())), &mut out);
    from_vec(shape, out)
}

/// The matrices of a stack, each transposed.
pub(super) fn transposed(stack: &Tensor) -> Tensor {
    let mut order: Vec<usize> = (0..stack.rank()).collect();
    let last = order.len() - 1;
    order.swap(last - 1, last);
    let edge = stack.edge(|| |g: &Tensor| Ok(transposed(g)));
    Tensor::new(stack.array().permute(&order)).record("transpose", [edge])
}

pub(super) fn check_types(op: &'static str, a: &Tensor, b: &Tensor) -> Result<()> {
    match (a.dtype(), b.dtype()) {
        (DType::Bool, DType::Bool) => {
            Err(Error::dtype(op, "booleans have no product; convert with .to(DType::I64)"))
        }
        (left, right) if left == right => Ok(()),
        (left, right) => Err(Error::dtype(
            op,
            format!("the types must be equal, not {left} and {right}; convert with .to(DType::…)"),
        )),
    }
}

/// As many columns as rows.
pub(super) fn check_inner(op: &'static str, a: &Tensor, b: &Tensor) -> Result<()> {
    let given = || format!("shapes {:?} and {:?}", a.shape(), b.shape());
    let (Some(columns), [.., rows, _] | [rows]) = (a.shape().last(), b.shape()) else {
        return Err(Error::shape(op, format!("{}: each needs at least one axis", given())));
    };
    if columns == rows {
        return Ok(());
    }
    Err(Error::shape(
        op,
        format!("{}: the first has {columns} columns, the second {rows} rows", given()),
    ))
}

#[cfg(test)]
mod tests {
    use super::transposed;
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{DType, Result, Tensor, tensor};

    /// Numbers without a pattern that a mistake in strides would keep.
    fn numbers(shape: &[usize], dtype: DType) -> Tensor {
        let n: usize = shape.iter().product();
        let values = (0..n).map(|i| ((i * i * 7 + i * 3) % 23) as f64 * 0.25 - 2.5).collect();
        Tensor::from_vec(values, shape).unwrap().to(dtype)
    }

    /// The definition, number by number.
    fn by_definition(a: &Tensor, b: &Tensor) -> Vec<f64> {
        let ((m, k), n) = ((a.shape()[0], a.shape()[1]), b.shape()[1]);
        let (a, b) = (a.to_f64_vec(), b.to_f64_vec());
        let at = |i: usize, j: usize| (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum();
        (0..m * n).map(|place| at(place / n, place % n)).collect()
    }

    #[test]
    fn every_layout_and_size_gives_the_definition() -> Result<()> {
        for dtype in [DType::F32, DType::F64, DType::I64] {
            for (m, k, n) in
                [(1, 1, 1), (2, 3, 4), (3, 300, 1), (9, 17, 13), (40, 65, 10), (1, 40, 30)]
            {
                let (a, b) = (numbers(&[m, k], dtype), numbers(&[k, n], dtype));
                let (at, bt) =
                    (transposed(&numbers(&[k, m], dtype)), transposed(&numbers(&[n, k], dtype)));
                for (a, b) in [(&a, &b), (&at, &b), (&a, &bt), (&at, &bt)] {
                    let product = a.mm(b)?;
                    assert_eq!((product.dtype(), product.shape()), (dtype, &[m, n][..]));
                    assert_eq!(product.to_f64_vec(), by_definition(a, b), "{m} {k} {n} {dtype}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let shapes: [(&[usize], &[usize]); 9] = [
            (&[2, 3], &[3, 2]),
            (&[3], &[3]),
            (&[2, 3], &[3]),
            (&[3], &[3, 2]),
            (&[2, 2, 3], &[3]),
            (&[3], &[2, 3, 2]),
            (&[2, 2, 3], &[3, 2]),
            (&[2, 3], &[2, 3, 2]),
            (&[2, 1, 1, 3], &[2, 3, 2]),
        ];
        for (a, b) in shapes {
            let a = numbers(a, DType::F64).requires_grad_()?;
            let b = numbers(b, DType::F64).mul(0.5)?.requires_grad_()?;
            gradcheck(|x| x[0].matmul(&x[1]), &[a.clone(), b.clone()])?;
            gradgradcheck(|x| x[0].matmul(&x[1])?.square().mul(0.1), &[a, b])?;
        }
        Ok(())
    }

    #[test]
    fn axes_broadcast_as_in_pytorch() -> Result<()> {
        let shape = |a: &[usize], b: &[usize]| {
            let product = Tensor::ones(a).matmul(&Tensor::ones(b));
            product.map(|product| product.shape().to_vec())
        };
        assert_eq!(shape(&[5, 1, 2, 3], &[7, 3, 4])?, [5, 7, 2, 4]);
        assert_eq!(shape(&[3], &[7, 3, 4])?, [7, 4]);
        assert_eq!(shape(&[7, 2, 3], &[3])?, [7, 2]);
        assert_eq!(shape(&[2, 0], &[0, 3])?, [2, 3]);
        assert_eq!(shape(&[0, 2, 3], &[3, 4])?, [0, 2, 4]);
        for (a, b) in
            [(&[2, 3][..], &[2, 3][..]), (&[], &[1]), (&[2, 2, 3], &[3, 3, 4]), (&[2], &[3])]
        {
            assert!(shape(a, b).is_err(), "{a:?} {b:?}");
        }
        let (batch, one) = (numbers(&[3, 2, 4], DType::I64), numbers(&[2, 1, 4, 2], DType::I64));
        let product = batch.matmul(&one)?.to_f64_vec();
        let last = |x: &Tensor, shape| {
            let values = x.to_f64_vec();
            Tensor::from_vec(values[values.len() - 8..].to_vec(), shape)
        };
        assert_eq!(
            product[product.len() - 4..],
            by_definition(&last(&batch, [2, 4])?, &last(&one, [4, 2])?)
        );
        Ok(())
    }

    #[test]
    fn sums_of_nothing_are_zero_and_types_must_agree() -> Result<()> {
        assert_eq!(Tensor::ones([2, 0]).mm(&Tensor::ones([0, 1]))?.to_f64_vec(), [0.0, 0.0]);
        let message = tensor![[1.0]].mm(&tensor![[1.0]; f64]).unwrap_err().to_string();
        assert_eq!(
            message,
            "mm: the types must be equal, not f32 and f64; convert with .to(DType::…)"
        );
        let message = tensor![[1.0]].matmul(&tensor![[1.0], [2.0]]).unwrap_err().to_string();
        assert_eq!(
            message,
            "matmul: shapes [1, 1] and [2, 1]: the first has 1 columns, the second 2 rows"
        );
        assert!(tensor![1.0].mm(&tensor![[1.0]]).is_err());
        Ok(())
    }
}
