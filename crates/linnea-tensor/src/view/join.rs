//! Tensors side by side. The gradient of each is its part.

use super::slice::Part;
use crate::array::{Array, Data, contiguous, from_vec};
use crate::dtype::{Weight, promote};
use crate::shape::{axis_of, check, count};
use crate::{DType, Element, Error, Result, Tensor};

impl Tensor {
    /// Tensors one after the other along an axis that they have, in their widest type. Empty tensors
    /// of shape `[0]` are left out, as in PyTorch.
    ///
    /// ```
    /// use linnea_tensor::{Tensor, tensor};
    /// let (a, b) = (tensor![[1, 2]], tensor![[3, 4], [5, 6]]);
    /// assert_eq!(Tensor::cat(&[&a, &b], 0)?.shape(), [3, 2]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no tensor, one has no such axis, or the sizes of another axis differ.
    pub fn cat(tensors: &[&Self], axis: isize) -> Result<Self> {
        let Some(first) = tensors.iter().find(|x| x.shape() != [0]).or(tensors.first()) else {
            return Err(Error::value("cat", "at least one tensor is needed"));
        };
        let axis = first.axis("cat", axis)?;
        let kept: Vec<&Self> = tensors.iter().copied().filter(|x| x.shape() != [0]).collect();
        for x in &kept {
            check_fits(first, x, axis)?;
        }
        let mut whole = first.shape().to_vec();
        whole[axis] = kept.iter().fold(0, |sum: usize, x| sum.saturating_add(x.shape()[axis]));
        check("cat", &whole)?;
        let dtype = common_type(tensors);
        let joined = joined(&kept, first.shape(), axis, dtype);
        let mut end = 0;
        let edges = kept.iter().map(|x| {
            end += x.shape()[axis];
            let part = Part { axis, start: end - x.shape()[axis], end, step: 1 };
            x.edge(|| move |g: &Self| Ok(g.part("slice", part)))
        });
        Ok(joined.record("cat", edges.collect::<Vec<_>>()))
    }

    /// Tensors of one shape along a new axis, which is axis number `axis` of the result.
    ///
    /// ```
    /// use linnea_tensor::{Tensor, tensor};
    /// let x = tensor![1, 2];
    /// assert_eq!(Tensor::stack(&[&x, &x, &x], 0)?.shape(), [3, 2]);
    /// assert_eq!(Tensor::stack(&[&x, &x, &x], -1)?.shape(), [2, 3]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no tensor, shapes differ, or the result has no such axis.
    pub fn stack(tensors: &[&Self], axis: isize) -> Result<Self> {
        let Some(first) = tensors.first() else {
            return Err(Error::value("stack", "at least one tensor is needed"));
        };
        if let Some(other) = tensors.iter().find(|x| x.shape() != first.shape()) {
            let (a, b) = (first.shape(), other.shape());
            return Err(Error::shape("stack", format!("shapes {a:?} and {b:?} differ")));
        }
        let axis = axis_of("stack", axis, first.rank() + 1)?;
        let layers = tensors.iter().map(|x| x.detach().unsqueeze(axis as isize));
        let layers = layers.collect::<Result<Vec<_>>>()?;
        let mut shape = first.shape().to_vec();
        shape.insert(axis, tensors.len());
        check("stack", &shape)?;
        shape[axis] = 1;
        let stacked =
            joined(&layers.iter().collect::<Vec<_>>(), &shape, axis, common_type(tensors));
        let edges = tensors
            .iter()
            .enumerate()
            .map(|(layer, x)| x.edge(|| move |g: &Self| g.select(axis as isize, layer as isize)));
        Ok(stacked.record("stack", edges))
    }
}

fn check_fits(first: &Tensor, other: &Tensor, axis: usize) -> Result<()> {
    let (a, b) = (first.shape(), other.shape());
    let fits = a.len() == b.len() && (0..a.len()).all(|at| at == axis || a[at] == b[at]);
    if fits {
        return Ok(());
    }
    let problem = format!("shapes {a:?} and {b:?} differ outside axis {axis}");
    Err(Error::shape("cat", problem))
}

fn common_type(tensors: &[&Tensor]) -> DType {
    promote(&tensors.iter().map(|x| (x.dtype(), Weight::Array)).collect::<Vec<_>>())
}

/// Tensors that fit, one after the other; `shape` is that of one of them.
fn joined(tensors: &[&Tensor], shape: &[usize], axis: usize, dtype: DType) -> Tensor {
    let arrays: Vec<Array> = tensors.iter().map(|x| x.array().cast(dtype)).collect();
    let mut shape = shape.to_vec();
    shape[axis] = tensors.iter().map(|x| x.shape()[axis]).sum();
    Tensor::new(match dtype {
        DType::Bool => Array::Bool(join(&arrays, &shape, axis)),
        DType::U8 => Array::U8(join(&arrays, &shape, axis)),
        DType::I64 => Array::I64(join(&arrays, &shape, axis)),
        DType::F32 => Array::F32(join(&arrays, &shape, axis)),
        DType::F64 => Array::F64(join(&arrays, &shape, axis)),
    })
}

/// Whole runs of numbers are copied: those of an axis and all after it lie together.
fn join<T: Element>(arrays: &[Array], shape: &[usize], axis: usize) -> Data<T> {
    let inner = count(&shape[axis + 1..]);
    let parts: Vec<_> = arrays
        .iter()
        .map(|array| T::unwrap(array).expect("cast to the common type"))
        .map(|data| (contiguous(data), data.shape()[axis] * inner))
        .collect();
    let mut out = Vec::with_capacity(count(shape));
    for outer in 0..count(&shape[..axis]) {
        for (numbers, run) in &parts {
            out.extend_from_slice(&numbers[outer * run..(outer + 1) * run]);
        }
    }
    from_vec(shape, out)
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{DType, Result, Tensor, tensor};
    use std::slice::from_ref;

    #[test]
    fn tensors_are_joined_as_in_pytorch() -> Result<()> {
        let (x, y) = (tensor![[0, 1, 2], [3, 4, 5]], tensor![[6], [7]]);
        let joined = Tensor::cat(&[&x, &y, &x.slice(1, ..0)?], -1)?;
        assert_eq!(joined.to_vec::<i64>()?, [0, 1, 2, 6, 3, 4, 5, 7]);
        assert_eq!(Tensor::cat(&[&x.t()?, &x.t()?], 1)?.to_vec::<i64>()?[..4], [0, 3, 0, 3]);
        assert_eq!(Tensor::cat(&[&Tensor::zeros(0), &x], 1)?.shape(), [2, 3]);
        assert_eq!(Tensor::cat(&[&Tensor::zeros(0), &x], 1)?.dtype(), DType::F32);
        assert_eq!(Tensor::cat(&[&Tensor::zeros(0)], 0)?.shape(), [0]);
        assert_eq!(Tensor::cat(&[&x, &tensor![[0.5], [1.5]; f64]], 1)?.dtype(), DType::F64);
        let s = Tensor::scalar(3);
        assert_eq!(Tensor::stack(&[&s, &s], -1)?.to_vec::<i64>()?, [3, 3]);
        let layers = Tensor::stack(&[&x, &x.neg()?], 1)?;
        assert_eq!(layers.to_vec::<i64>()?, [0, 1, 2, 0, -1, -2, 3, 4, 5, -3, -4, -5]);
        assert_eq!(Tensor::stack(&[&Tensor::zeros(0), &Tensor::zeros(0)], 0)?.shape(), [2, 0]);
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (x, y) = (Tensor::zeros([2, 3]), Tensor::zeros([3, 2]));
        assert!(Tensor::cat(&[], 0).is_err() && Tensor::stack(&[], 0).is_err());
        assert!(Tensor::cat(&[&x, &y], 0).unwrap_err().to_string().contains("[3, 2]"));
        assert!(Tensor::cat(&[&x, &x], 2).is_err() && Tensor::stack(&[&x, &x], 3).is_err());
        assert!(Tensor::cat(&[&x, &Tensor::zeros(3)], 0).is_err());
        assert!(Tensor::cat(&[&Tensor::scalar(1.0)], 0).is_err());
        assert!(Tensor::stack(&[&x, &y], 0).is_err());
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let a = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        let b = tensor![[1.5, -0.5, 0.125]; f64].requires_grad_()?;
        let both = [a.clone(), b];
        gradcheck(|x| Tensor::cat(&[&x[0], &x[1], &x[0]], 0), &both)?;
        gradgradcheck(|x| Tensor::cat(&[&x[0].square(), &x[1].square()], 0), &both)?;
        gradcheck(|x| Tensor::stack(&[&x[0], &x[0].square()], 1), from_ref(&a))?;
        gradgradcheck(|x| Tensor::stack(&[&x[0], &x[0].square()], 2), &[a])
    }
}
