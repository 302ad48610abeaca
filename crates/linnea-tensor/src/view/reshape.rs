//! The same numbers, in the same row-major order, in another shape.

use super::restride;
use crate::array::{Array, with_array};
use crate::shape::{IntoSizes, axis_of, count, places};
use crate::{Error, Result, Tensor};

impl Tensor {
    /// The same numbers in another shape; one size may be −1, *whatever is left*. A view where the
    /// strides allow, else a copy.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// assert_eq!(tensor![1, 2, 3, 4].reshape([2, -1])?.shape(), [2, 2]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the sizes do not multiply to the number of elements, or more than one is −1.
    pub fn reshape(&self, sizes: impl IntoSizes) -> Result<Self> {
        let shape = complete("reshape", &sizes.into_sizes(), self.numel())?;
        let reshaped =
            self.reshaped_view(&shape).unwrap_or_else(|| Self::new(self.array().reshape(&shape)));
        Ok(self.record_reshaped("reshape", reshaped))
    }

    /// The same numbers in another shape, certainly without a copy; one size may be −1.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let x = tensor![[1, 2, 3], [4, 5, 6]];
    /// assert_eq!(x.view([3, -1])?.shape(), [3, 2]);
    /// assert!(x.t()?.view(6).unwrap_err().to_string().contains("reshape"));
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Tensor::reshape`], and if the numbers do not lie in order, so that they would have to
    /// be copied. Splitting an axis of a slice copies here, which it does not in PyTorch.
    pub fn view(&self, sizes: impl IntoSizes) -> Result<Self> {
        let shape = complete("view", &sizes.into_sizes(), self.numel())?;
        let Some(view) = self.reshaped_view(&shape) else {
            let problem = format!(
                "the numbers of this tensor of shape {:?} do not lie in row-major order, so shape \
                 {shape:?} needs a copy; use reshape",
                self.shape()
            );
            return Err(Error::shape("view", problem));
        };
        Ok(self.record_reshaped("view", view))
    }

    /// All numbers along one axis.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// assert_eq!(tensor![[1, 2], [3, 4]].flatten().to_vec::<i64>()?, [1, 2, 3, 4]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    #[must_use]
    pub fn flatten(&self) -> Self {
        self.flatten_dims(0, -1).expect("every tensor has a first and a last axis")
    }

    /// The axes from `start` to `end`, both among them, as one.
    ///
    /// ```
    /// use linnea_tensor::Tensor;
    /// assert_eq!(Tensor::zeros([64, 28, 28]).flatten_dims(1, -1)?.shape(), [64, 784]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis, or `start` comes after `end`.
    pub fn flatten_dims(&self, start: isize, end: isize) -> Result<Self> {
        let op = "flatten_dims";
        let (start, end) = (axis_of(op, start, self.rank())?, axis_of(op, end, self.rank())?);
        if start > end {
            return Err(Error::shape(op, format!("start {start} comes after end {end}")));
        }
        let mut shape = self.shape().to_vec();
        match shape.get(start..=end) {
            Some(merged) => shape.splice(start..=end, [count(merged)]).for_each(drop),
            None => shape.push(1),
        }
        let flat =
            self.reshaped_view(&shape).unwrap_or_else(|| Self::new(self.array().reshape(&shape)));
        Ok(self.record_reshaped("flatten", flat))
    }

    /// The numbers in another shape of the same length, if no copy is needed. One number seen
    /// everywhere has any shape.
    fn reshaped_view(&self, shape: &[usize]) -> Option<Self> {
        let array = self.compact();
        if array.len() == 1 || shape == self.shape() {
            let array = if array.len() == 1 { array.reshape(&[]) } else { array };
            return Some(Self::expanded(array, shape.into()));
        }
        if array.shape() != self.shape() {
            return None;
        }
        with_array!(&array, data => restride(data, shape).map(|data| Self::new(Array::from(data))))
    }

    /// The graph's part of a change of shape: the gradient goes back to the shape it came from.
    fn record_reshaped(&self, op: &'static str, reshaped: Self) -> Self {
        let edge = self.edge(|| {
            let shape = self.shape().to_vec();
            move |g: &Self| g.reshape(&shape)
        });
        reshaped.record(op, [edge])
    }
}

/// The shape that `sizes` stand for, with −1 filled in.
fn complete(op: &'static str, sizes: &[isize], numel: usize) -> Result<Vec<usize>> {
    let refused =
        |why: &str| Error::shape(op, format!("{numel} numbers cannot have shape {sizes:?}: {why}"));
    if let Some(size) = sizes.iter().find(|&&size| size < -1) {
        return Err(refused(&format!("a size of {size}")));
    }
    if sizes.iter().filter(|&&size| size == -1).count() > 1 {
        return Err(refused("only one size can be -1"));
    }
    let known = sizes
        .iter()
        .filter(|&&size| size != -1)
        .try_fold(1_usize, |known, &size| known.checked_mul(size as usize))
        .ok_or_else(|| refused("the sizes multiply to more than there can be"))?;
    let left = numel.checked_div(known);
    let shape: Option<Vec<usize>> =
        sizes.iter().map(|&size| if size == -1 { left } else { Some(size as usize) }).collect();
    match shape {
        Some(shape) if places(&shape) == Some(numel) => Ok(shape),
        Some(_) => Err(refused("the sizes do not multiply to that")),
        None => Err(refused("what is left for -1 is undetermined when another size is 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::complete;
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, tensor};
    use std::slice::from_ref;

    #[test]
    fn what_is_left_is_found_or_refused() {
        assert_eq!(complete("reshape", &[2, -1], 6), Ok(vec![2, 3]));
        assert_eq!(complete("reshape", &[-1], 0), Ok(vec![0]));
        assert_eq!(complete("reshape", &[], 1), Ok(vec![]));
        for (sizes, numel) in [
            (&[4, -1][..], 6),
            (&[-1, -1], 4),
            (&[-2, 2], 4),
            (&[0, -1], 0),
            (&[3], 4),
            (&[1 << 62, 4], 0),
        ] {
            assert!(complete("reshape", sizes, numel).is_err(), "{sizes:?}");
        }
    }

    #[test]
    fn a_view_is_refused_only_where_a_copy_is_needed() -> Result<()> {
        let x = Tensor::arange(0, 24, 1)?.reshape([2, 3, 4])?;
        let turned = x.permute([2, 0, 1])?;
        assert_eq!(turned.view([4, 6])?.to_vec::<i64>()?, turned.to_vec::<i64>()?);
        assert_eq!(turned.view([1, 4, 1, 6, 1])?.to_vec::<i64>()?, turned.to_vec::<i64>()?);
        assert!(turned.view([2, 12]).is_err() && turned.view(24).is_err());
        assert_eq!(turned.reshape(24)?.to_vec::<i64>()?, turned.to_vec::<i64>()?);
        assert!(x.slice(2, 1..)?.view([2, 9]).is_err());
        assert_eq!(x.slice(2, 1..)?.view([6, 3])?.to_vec::<i64>()?[3..6], [5, 6, 7]);
        assert_eq!(Tensor::zeros([0, 3]).t()?.view(0)?.shape(), [0]);
        assert_eq!(Tensor::ones([3, 4]).view([2, 6])?.shape(), [2, 6]);
        assert!(tensor![1.0, 2.0].expand([3, 2])?.view(6).is_err());
        assert_eq!(tensor![1.0, 2.0].expand([2, 2])?.reshape(4)?.to_f64_vec(), [1., 2., 1., 2.]);
        Ok(())
    }

    #[test]
    fn axes_are_merged_as_in_pytorch() -> Result<()> {
        let x = Tensor::zeros([2, 3, 4]);
        assert_eq!(x.flatten().shape(), [24]);
        assert_eq!(x.flatten_dims(0, 1)?.shape(), [6, 4]);
        assert_eq!(x.flatten_dims(1, 1)?.shape(), [2, 3, 4]);
        assert_eq!(Tensor::scalar(1.0).flatten().shape(), [1]);
        assert_eq!(Tensor::zeros([2, 0, 4]).flatten().shape(), [0]);
        assert!(x.flatten_dims(2, 1).is_err() && x.flatten_dims(0, 3).is_err());
        Ok(())
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        gradcheck(|x| x[0].view([3, 2]), from_ref(&x))?;
        gradcheck(|x| Ok(x[0].t()?.flatten()), from_ref(&x))?;
        gradgradcheck(|x| x[0].square().t()?.reshape([1, 6]), &[x])
    }
}
