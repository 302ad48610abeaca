//! Norms of matrices, over the last two axes.
//!
//! With the singular values σ of A = UΣVᵀ: Frobenius √Σσ² = √Σaᵢⱼ², nuclear Σσ, spectral max σ. The
//! gradient of the nuclear norm is Σ uᵢvᵢᵀ over the σᵢ that are not 0, that of the spectral norm uvᵀ
//! of the largest, shared evenly among equals (Watson, *Characterization of the subdifferential of
//! some matrix norms*, 1992). Singular values are computed by faer, in f64, of the matrix divided by
//! its largest number.

use crate::array::Array;
use crate::dtype::private::Sealed;
use crate::{DType, Error, Result, Tensor};
use faer::{Mat, MatRef};

/// Singular values below this part of the largest count as 0 in a gradient.
const NEGLIGIBLE: f64 = 1e-14;

impl Tensor {
    /// The Frobenius norm of a matrix, or of each of a stack: the root of the sum of its squares.
    ///
    /// # Errors
    /// If the tensor has fewer than two axes.
    pub fn frobenius_norm(&self) -> Result<Self> {
        check_matrix("frobenius_norm", self)?;
        self.norm_dim(2.0, [-2, -1])
    }

    /// The nuclear norm of a matrix, or of each of a stack: the sum of its singular values.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let a = tensor![[3.0, 0.0], [0.0, -4.0]];
    /// assert_eq!(a.nuclear_norm()?.item() as f32, 7.0);
    /// assert_eq!(a.spectral_norm()?.item() as f32, 4.0);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two axes, or a number is not finite.
    pub fn nuclear_norm(&self) -> Result<Self> {
        by_singular_values(
            "nuclear_norm",
            self,
            |sigma| sigma.iter().sum(),
            |sigma| sigma.iter().map(|&s| f64::from(s > NEGLIGIBLE * sigma[0])).collect(),
        )
    }

    /// The spectral norm of a matrix, or of each of a stack: its largest singular value.
    ///
    /// # Errors
    /// If the tensor has fewer than two axes, or a number is not finite.
    pub fn spectral_norm(&self) -> Result<Self> {
        by_singular_values(
            "spectral_norm",
            self,
            |sigma| sigma.first().copied().unwrap_or(0.0),
            |sigma| {
                let equal = |s: f64| s > 0.0 && s >= sigma[0] * (1.0 - NEGLIGIBLE);
                let share = sigma.iter().filter(|&&s| equal(s)).count().max(1) as f64;
                sigma.iter().map(|&s| f64::from(equal(s)) / share).collect()
            },
        )
    }
}

/// A function of the singular values, which are given in descending order, and its gradient by them.
fn by_singular_values(
    op: &'static str,
    x: &Tensor,
    value: fn(&[f64]) -> f64,
    slope: fn(&[f64]) -> Vec<f64>,
) -> Result<Tensor> {
    let (rows, columns) = check_matrix(op, x)?;
    let x = if x.dtype().is_float() { x.clone() } else { x.to(DType::F32) };
    let numbers = f64::cast_from(&x.array());
    let numbers = crate::array::contiguous(&numbers);
    if numbers.iter().any(|x| !x.is_finite()) {
        return Err(Error::value(op, "infinite numbers and NaN have no singular values"));
    }
    let lead = &x.shape()[..x.rank() - 2];
    let (mut norms, mut directions) = (Vec::new(), Vec::new());
    for place in 0..crate::shape::count(lead) {
        let matrix = &numbers[place * rows * columns..(place + 1) * rows * columns];
        let (norm, direction) = decompose(op, matrix, rows, columns, value, slope)?;
        norms.push(norm);
        directions.extend(direction);
    }
    let norm = Tensor::new(Array::F64(crate::array::from_vec(lead, norms)).cast(x.dtype()));
    let edge = x.edge(|| {
        let (direction, kept) = (Tensor::from_vec(directions, x.shape()), [lead, &[1, 1]].concat());
        let x = x.save();
        move |g: &Tensor| {
            let edge = x.get()?.edge(|| |_: &Tensor| Err(no_second_derivative()));
            let direction = direction.clone()?.to(g.dtype()).record("singular vectors", [edge]);
            g.reshape(&kept)?.mul(direction)
        }
    });
    Ok(norm.record(op, [edge]))
}

/// A function of the singular values of one matrix, and its gradient by the matrix.
fn decompose(
    op: &'static str,
    numbers: &[f64],
    rows: usize,
    columns: usize,
    value: fn(&[f64]) -> f64,
    slope: fn(&[f64]) -> Vec<f64>,
) -> Result<(f64, Vec<f64>)> {
    let scale = numbers.iter().fold(0.0_f64, |scale, x| scale.max(x.abs()));
    if scale == 0.0 {
        return Ok((0.0, vec![0.0; numbers.len()]));
    }
    let numbers: Vec<f64> = numbers.iter().map(|x| x / scale).collect();
    let svd = MatRef::from_row_major_slice(&numbers, rows, columns)
        .thin_svd()
        .map_err(|_| Error::value(op, "the singular values did not converge"))?;
    let sigma: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let (u, weights, v) = (svd.U(), slope(&sigma), svd.V());
    let weighted = Mat::from_fn(rows, sigma.len(), |i, k| u[(i, k)] * weights[k]);
    let direction = weighted * v.transpose();
    let by_rows = (0..rows * columns).map(|at| direction[(at / columns, at % columns)]);
    Ok((value(&sigma) * scale, by_rows.collect()))
}

fn check_matrix(op: &'static str, x: &Tensor) -> Result<(usize, usize)> {
    match *x.shape() {
        [.., rows, columns] => Ok((rows, columns)),
        _ => Err(Error::shape(op, format!("takes a matrix, not shape {:?}", x.shape()))),
    }
}

fn no_second_derivative() -> Error {
    Error::autograd(
        "backward",
        "the nuclear and spectral norms have no second derivatives here: their gradients are made of \
         singular vectors, which are not differentiated",
    )
}

#[cfg(test)]
mod tests {
    use crate::autograd::{Backward, gradcheck};
    use crate::{Result, Tensor, tensor};

    type Norm = fn(&Tensor) -> Result<Tensor>;
    const NORMS: [Norm; 3] = [Tensor::frobenius_norm, Tensor::nuclear_norm, Tensor::spectral_norm];

    fn gradient(norm: Norm, x: Tensor) -> Result<Vec<f64>> {
        let x = x.requires_grad_()?;
        norm(&x)?.backward()?;
        Ok(x.grad().unwrap().to_f64_vec())
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let wide = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        let stack =
            tensor![[[1.0, 2.0], [0.5, -1.0]], [[3.0, 0.0], [1.0, 1.5]]; f64].requires_grad_()?;
        let tall = tensor![[1.0], [2.0], [-2.0]; f64].requires_grad_()?;
        for norm in NORMS {
            for x in [&wide, &stack, &tall] {
                gradcheck(|x| norm(&x[0]), std::slice::from_ref(x))?;
            }
        }
        Ok(())
    }

    #[test]
    fn equal_singular_values_share_and_zeros_have_no_part() -> Result<()> {
        let close = |a: Vec<f64>, b: [f64; 4]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        let eye = || tensor![[1.0, 0.0], [0.0, 1.0]; f64];
        assert!(close(gradient(Tensor::spectral_norm, eye())?, [0.5, 0.0, 0.0, 0.5]));
        assert!(close(gradient(Tensor::nuclear_norm, eye())?, [1.0, 0.0, 0.0, 1.0]));
        // PyTorch gives [[1, 0], [0, 1]]: also a subgradient, but not the one of least norm.
        let one = tensor![[1.0, 0.0], [0.0, 0.0]; f64];
        assert!(close(gradient(Tensor::nuclear_norm, one)?, [1.0, 0.0, 0.0, 0.0]));
        for norm in NORMS {
            assert_eq!(gradient(norm, tensor![[0.0, 0.0], [0.0, 0.0]])?, [0.0; 4]);
        }
        Ok(())
    }

    #[test]
    fn edges_and_refusals() -> Result<()> {
        for norm in NORMS {
            assert_eq!(norm(&Tensor::zeros([2, 0]))?.item(), 0.0);
            assert_eq!(norm(&Tensor::zeros([0, 2, 2]))?.shape(), [0]);
            assert!(norm(&tensor![1.0]).is_err());
            let huge = norm(&tensor![[1e200, 0.0], [0.0, 0.0]; f64])?;
            assert!((huge.item() / 1e200 - 1.0).abs() < 1e-15);
        }
        assert!(tensor![[f64::NAN]].nuclear_norm().is_err());
        let x = tensor![[1.0, 2.0], [3.0, 5.0]].requires_grad_()?;
        let first = &Backward::of(&x.nuclear_norm()?).create_graph().gradients(&[&x])?[0];
        assert!(first.sum().backward().is_err());
        Ok(())
    }
}
