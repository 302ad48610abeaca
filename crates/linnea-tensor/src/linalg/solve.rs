//! Systems of linear equations, A·x = b.
//!
//! The rows of A are exchanged so that each pivot is the largest in its column, and A is factored
//! into a lower and an upper triangle (Golub & Van Loan, *Matrix Computations*, 4th edition,
//! algorithm 3.4.1; faer's). f32 is solved in f64, and rounded once.
//!
//! If G is the gradient of x = A⁻¹b, that of b is A⁻ᵀG, the solution of another system, and that of A
//! is −(A⁻ᵀG)·xᵀ (Giles, *An extended collection of matrix derivative results*, 2008, 2.3.1).

use super::matmul::{check_types, transposed};
use crate::array::{Array, from_vec};
use crate::{Error, Result, Tensor};
use faer::Mat;
use faer::linalg::solvers::{PartialPivLu, Solve};

/// The solution x of A·x = b, for a square matrix A and a vector b, or a matrix b with a system in
/// each column.
///
/// ```
/// use linnea_tensor::{linalg, tensor};
/// let (a, b) = (tensor![[2.0, 1.0], [1.0, 3.0]], tensor![5.0, 10.0]);
/// assert!(linalg::solve(&a, &b)?.allclose(&tensor![1.0, 3.0], 1e-6, 0.0));
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If A is not a square matrix, b has not as many rows, the types differ or are not floating, or A is
/// singular: then there is no solution, or more than one.
pub fn solve(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    check(a, b)?;
    if b.rank() == 2 {
        return columns(a, b);
    }
    columns(a, &b.reshape([b.numel(), 1])?)?.reshape([b.numel()])
}

/// As [`solve`], for a matrix b.
fn columns(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let x = Tensor::new(solution(a, b)?).to(a.dtype());
    let by_a = a.edge_from(&x, || {
        let a = a.save();
        move |g: &Tensor, x: &Tensor| {
            solve(&transposed(a.get()?), g)?.matmul(&transposed(x))?.mul(-1.0)
        }
    });
    let by_b = b.edge(|| {
        let a = a.save();
        move |g: &Tensor| solve(&transposed(a.get()?), g)
    });
    Ok(x.record("solve", [by_a, by_b]))
}

/// A⁻¹b in f64.
fn solution(a: &Tensor, b: &Tensor) -> Result<Array> {
    let matrix = |tensor: &Tensor| {
        let (numbers, columns) = (tensor.to_f64_vec(), tensor.shape()[1]);
        Mat::from_fn(tensor.shape()[0], columns, |i, j| numbers[i * columns + j])
    };
    let factors = PartialPivLu::new(matrix(a).as_ref());
    let pivots = factors.U().diagonal().column_vector();
    if let Some(at) = pivots.iter().position(|&pivot| pivot == 0.0) {
        let problem = format!("the matrix is singular: pivot {at} is 0, so its columns depend");
        return Err(Error::value("solve", problem));
    }
    let x = factors.solve(matrix(b));
    let rows = (0..x.nrows()).flat_map(|i| (0..x.ncols()).map(move |j| (i, j)));
    Ok(Array::F64(from_vec(b.shape(), rows.map(|at| x[at]).collect())))
}

fn check(a: &Tensor, b: &Tensor) -> Result<()> {
    check_types("solve", a, b)?;
    if !a.dtype().is_float() {
        return Err(Error::needs_float("solve", a.dtype()));
    }
    match (a.shape(), b.shape()) {
        (&[rows, columns], &[length, ..]) if rows == columns && length == rows && b.rank() <= 2 => {
            Ok(())
        }
        (left, right) => Err(Error::shape(
            "solve",
            format!("takes a square matrix and as many rows, not shapes {left:?} and {right:?}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::solve;
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let a = tensor![[2.0, -1.0, 0.5], [0.25, 3.0, 1.0], [1.0, 0.0, -2.0]; f64];
        let b = tensor![[1.0, 2.0], [0.5, -1.0], [3.0, 0.25]; f64];
        let both = [a.requires_grad_()?, b.requires_grad_()?];
        gradcheck(|x| solve(&x[0], &x[1]), &both)?;
        gradgradcheck(|x| solve(&x[0], &x[1]), &both)?;
        let vector = [both[0].clone(), tensor![1.0, -2.0, 0.5; f64].requires_grad_()?];
        gradcheck(|x| solve(&x[0], &x[1]), &vector)
    }

    #[test]
    fn a_system_that_needs_its_rows_exchanged() -> Result<()> {
        let a = tensor![[0.0, 2.0], [3.0, 0.0]];
        assert_eq!(solve(&a, &tensor![4.0, 9.0])?.to_f64_vec(), [3.0, 2.0]);
        // A transposed matrix is read by its strides.
        let a = tensor![[1.0, 0.0], [2.0, 1.0]; f64].t()?;
        assert_eq!(solve(&a, &tensor![5.0, 2.0; f64])?.to_f64_vec(), [1.0, 2.0]);
        Ok(())
    }

    #[test]
    fn edge_values() -> Result<()> {
        let nothing = solve(&Tensor::zeros([0, 0]), &Tensor::zeros(0))?;
        assert_eq!(nothing.shape(), [0]);
        assert_eq!(solve(&Tensor::eye(2), &Tensor::zeros([2, 0]))?.shape(), [2, 0]);
        assert!(solve(&tensor![[f64::NAN]], &tensor![1.0])?.isnan().all().item() == 1.0);
        let tiny = solve(&tensor![[1e-300]; f64], &tensor![1e-300; f64])?;
        assert!(tiny.allclose(&tensor![1.0; f64], 1e-15, 0.0));
        Ok(())
    }

    #[test]
    fn what_has_no_solution_is_refused() {
        let message = |a: &Tensor, b: &Tensor| solve(a, b).unwrap_err().to_string();
        let singular = tensor![[1.0, 2.0], [2.0, 4.0]];
        assert!(message(&singular, &tensor![1.0, 1.0]).contains("pivot 1 is 0"));
        assert!(message(&Tensor::ones([2, 3]), &tensor![1.0, 1.0]).contains("square"));
        assert!(message(&Tensor::eye(2), &tensor![1.0]).contains("shapes [2, 2] and [1]"));
        assert!(message(&tensor![[1]], &tensor![1]).contains("f32 or f64"));
        assert!(message(&Tensor::eye(1), &tensor![1.0; f64]).contains("types must be equal"));
    }
}
