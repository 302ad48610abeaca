//! Parts of an axis, as views.
//!
//! The gradient of a part is zero elsewhere: one tensor of zeros with the gradient in the part's
//! place (`Tensor::embed`), whose own gradient is the part again.

use super::Span;
use crate::array::{Data, map_array};
use crate::{Element, Error, Result, Tensor};
use ndarray::{Axis, IxDyn, Slice};

impl Tensor {
    /// A range of an axis, by Python's rules: `1..3`, `-2..`, `..`; see [`Span`].
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let x = tensor![[1, 2], [3, 4], [5, 6]];
    /// assert_eq!(x.slice(0, 1..3)?.to_vec::<i64>()?, [3, 4, 5, 6]);
    /// assert_eq!(x.slice(1, -1..)?.to_vec::<i64>()?, [2, 4, 6]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn slice(&self, axis: isize, range: impl Into<Span>) -> Result<Self> {
        self.slice_step(axis, range, 1)
    }

    /// Every `step`-th place of a range of an axis, from the first.
    ///
    /// # Errors
    /// If the tensor has no such axis, or the step is 0.
    pub fn slice_step(&self, axis: isize, range: impl Into<Span>, step: usize) -> Result<Self> {
        let axis = self.axis("slice", axis)?;
        if step == 0 {
            return Err(Error::value("slice", "the step must be at least 1, not 0"));
        }
        let (start, end) = range.into().resolve(self.shape()[axis]);
        Ok(self.part("slice", Part { axis, start, end, step }))
    }

    /// `length` places of an axis from `start`, which counts from the end if it is negative.
    ///
    /// # Errors
    /// If the tensor has no such axis, or the axis not so many places.
    pub fn narrow(&self, axis: isize, start: isize, length: usize) -> Result<Self> {
        let axis = self.axis("narrow", axis)?;
        let size = self.shape()[axis];
        let from = if start < 0 { start.checked_add_unsigned(size) } else { Some(start) };
        let within = from.and_then(|from| usize::try_from(from).ok());
        match within.and_then(|start| Some((start, start.checked_add(length)?))) {
            Some((start, end)) if end <= size => {
                Ok(self.part("narrow", Part { axis, start, end, step: 1 }))
            }
            _ => {
                let problem = format!("{length} places from {start} leave an axis of size {size}");
                Err(Error::shape("narrow", problem))
            }
        }
    }

    /// One place of an axis, which goes; a negative index counts from the end.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let x = tensor![[1, 2], [3, 4]];
    /// assert_eq!(x.select(0, -1)?.to_vec::<i64>()?, [3, 4]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis, or the axis no such place.
    pub fn select(&self, axis: isize, index: isize) -> Result<Self> {
        let axis = self.axis("select", axis)?;
        let size = self.shape()[axis];
        let at = if index < 0 { index.saturating_add_unsigned(size) } else { index };
        match usize::try_from(at) {
            Ok(at) if at < size => self.selected(Part { axis, start: at, end: at + 1, step: 1 }),
            _ => Err(Error::Index { op: "select", index: index as i64, size }),
        }
    }

    fn selected(&self, part: Part) -> Result<Self> {
        let place = self.detach().part("select", part).squeeze_dim(part.axis as isize)?;
        let edge = self.edge(|| {
            let shape = self.shape().to_vec();
            move |g: &Self| Ok(g.unsqueeze(part.axis as isize)?.embed(part, &shape))
        });
        Ok(place.record("select", [edge]))
    }

    pub(super) fn part(&self, op: &'static str, part: Part) -> Self {
        let view = self.along(part.axis, part.len(), |array| {
            map_array!(array, data => data.clone().slice_axis_move(Axis(part.axis), part.slice()))
        });
        let edge = self.edge(|| {
            let shape = self.shape().to_vec();
            move |g: &Self| Ok(g.embed(part, &shape))
        });
        view.record(op, [edge])
    }

    /// Zeros of this shape, with the tensor in the place of a part.
    fn embed(&self, part: Part, shape: &[usize]) -> Self {
        let whole = map_array!(self.compact(), data => embed(&data, part, shape));
        let edge = self.edge(|| move |g: &Self| Ok(g.part("slice", part)));
        Self::new(whole).record("slice_backward", [edge])
    }
}

/// Places of an axis, which are there: every `step`-th from `start`, before `end`.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) axis: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) step: usize,
}

impl Part {
    fn len(self) -> usize {
        (self.end - self.start).div_ceil(self.step)
    }

    fn slice(self) -> Slice {
        // A step past the end is as good as any longer one, and fits.
        let step = self.step.min(self.end.max(1));
        Slice::new(self.start as isize, Some(self.end as isize), step as isize)
    }
}

fn embed<T: Element>(data: &Data<T>, part: Part, shape: &[usize]) -> Data<T> {
    let mut whole = ndarray::ArrayD::from_elem(IxDyn(shape), T::default());
    whole.slice_axis_mut(Axis(part.axis), part.slice()).assign(data);
    whole.into_shared()
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, tensor};
    use std::slice::from_ref;

    fn counted() -> Result<Tensor> {
        Tensor::arange(0, 12, 1)?.reshape([3, 4])
    }

    #[test]
    fn parts_are_pytorchs() -> Result<()> {
        let x = counted()?;
        assert_eq!(x.slice(0, 1..)?.to_vec::<i64>()?, [4, 5, 6, 7, 8, 9, 10, 11]);
        let (start, end) = (5, 2);
        assert_eq!(x.slice(1, start..end)?.shape(), [3, 0]);
        assert_eq!(x.slice_step(1, .., 2)?.to_vec::<i64>()?, [0, 2, 4, 6, 8, 10]);
        assert_eq!(x.slice_step(-1, 1.., usize::MAX)?.to_vec::<i64>()?, [1, 5, 9]);
        assert_eq!(x.narrow(1, -1, 1)?.to_vec::<i64>()?, [3, 7, 11]);
        assert_eq!(x.narrow(0, 3, 0)?.shape(), [0, 4]);
        assert_eq!(x.t()?.select(0, 1)?.to_vec::<i64>()?, [1, 5, 9]);
        assert_eq!(Tensor::zeros([0, 3]).slice(0, ..2)?.shape(), [0, 3]);
        let wide = tensor![1, 2].expand([3, 2])?;
        assert_eq!(wide.slice(0, 1..)?.to_vec::<i64>()?, [1, 2, 1, 2]);
        assert_eq!(
            (wide.slice(0, 3..)?.shape(), wide.select(0, 2)?.to_vec::<i64>()?),
            (&[0, 2][..], vec![1, 2])
        );
        Ok(())
    }

    #[test]
    fn what_is_not_there_is_refused() -> Result<()> {
        let x = counted()?;
        assert!(x.select(1, 4).is_err() && x.select(1, -5).is_err());
        assert!(x.select(0, isize::MIN).is_err() && x.slice_step(0, .., 0).is_err());
        assert!(x.narrow(0, 4, 0).is_err() && x.narrow(0, 2, 2).is_err());
        assert!(x.narrow(0, -4, 1).is_err() && x.narrow(0, 1, usize::MAX).is_err());
        Ok(())
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        gradcheck(|x| x[0].slice(1, 1..), from_ref(&x))?;
        gradcheck(|x| x[0].slice_step(1, .., 2), from_ref(&x))?;
        gradcheck(|x| x[0].select(1, 1), from_ref(&x))?;
        gradcheck(|x| x[0].t()?.narrow(0, 1, 2), from_ref(&x))?;
        gradgradcheck(|x| x[0].square().slice_step(1, .., 2), from_ref(&x))?;
        gradgradcheck(|x| x[0].square().select(0, -1), &[x])
    }
}
