//! One number of an axis for each place of an index, and the way back:
//!
//! ```text
//! gather       y[i, j] = x[index[i, j], j]      (along axis 0; likewise along the others)
//! scatter_add  y[index[i, j], j] += x[i, j]
//! ```
//!
//! Each is the other's gradient.

use super::index::{added, check_source, place};
use crate::array::{Data, contiguous, from_vec, map_array};
use crate::shape::axis_of;
use crate::{Element, Error, Result, Tensor};

impl Tensor {
    /// For each place of the index, the number at the same place except that the index says where
    /// along the axis.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let scores = tensor![[0.1, 0.9], [0.7, 0.3]];
    /// let labels = tensor![1, 0];
    /// let picked = scores.gather(1, &labels.unsqueeze(1)?)?;
    /// assert_eq!(picked.to_vec::<f32>()?, [0.9, 0.7]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis; if the index does not hold integers, has another number of
    /// axes, is larger along another axis, or names a place that is not there.
    pub fn gather(&self, axis: isize, index: &Self) -> Result<Self> {
        let places = places("gather", self.shape(), axis, index)?;
        let shape = index.shape();
        let picked = Self::new(map_array!(self.array(), data => pick(&data, shape, &places)));
        let edge = self.edge(|| {
            let (from, index) = (self.shape().to_vec(), index.save());
            move |g: &Self| {
                let zeros = Self::zeros(&from).to(g.dtype());
                zeros.scatter_add(axis, index.get()?, g)
            }
        });
        Ok(picked.record("gather", [edge]))
    }

    /// This tensor with each number of `source` added at the same place except that the index says
    /// where along the axis. If the index is smaller than the source, the rest is left out.
    ///
    /// ```
    /// use linnea_tensor::{Tensor, tensor};
    /// let sum = Tensor::zeros([2, 3]).scatter_add(1, &tensor![[0, 0], [2, 1]], &Tensor::ones([2, 2]))?;
    /// assert_eq!(sum.to_vec::<f32>()?, [2.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Tensor::gather`]; if the source has another type, or is smaller than the index.
    pub fn scatter_add(&self, axis: isize, index: &Self, source: &Self) -> Result<Self> {
        let places = places("scatter_add", self.shape(), axis, index)?;
        let source = &source.cropped(index.shape())?;
        check_source("scatter_add", self, source, index.shape())?;
        let sum = Self::new(added(self.array(), &source.array(), 1, &places));
        let to_self = self.edge(|| |g: &Self| Ok(g.clone()));
        let to_source = source.edge(|| {
            let index = index.save();
            move |g: &Self| g.gather(axis, index.get()?)
        });
        Ok(sum.record("scatter_add", [to_self, to_source]))
    }

    /// The first places of each axis, where there are more than in this shape.
    fn cropped(&self, shape: &[usize]) -> Result<Self> {
        if self.rank() != shape.len() {
            return Ok(self.clone());
        }
        let longer = (0..self.rank()).filter(|&axis| self.shape()[axis] > shape[axis]);
        longer.into_iter().try_fold(self.clone(), |x, axis| x.slice(axis as isize, ..shape[axis]))
    }
}

/// For each place of the index, where it points to in the row-major numbers of a tensor of this
/// shape. A tensor without axes counts as one with one number along one axis.
fn places(op: &'static str, shape: &[usize], axis: isize, index: &Tensor) -> Result<Vec<usize>> {
    let axis = axis_of(op, axis, shape.len())?;
    let shape = if shape.is_empty() { &[1] } else { shape };
    let sizes = if index.rank() == 0 { &[1] } else { index.shape() };
    check_index(op, shape, axis, sizes)?;
    let strides = strides(shape);
    let mut at = vec![0; sizes.len()];
    let mut places = Vec::with_capacity(index.numel());
    for index in index.indices(op)? {
        let here: usize = at.iter().zip(&strides).map(|(at, stride)| at * stride).sum();
        let along = place(op, index, shape[axis])?;
        places.push(here - at[axis] * strides[axis] + along * strides[axis]);
        step(&mut at, sizes);
    }
    Ok(places)
}

fn check_index(op: &'static str, shape: &[usize], axis: usize, sizes: &[usize]) -> Result<()> {
    let fits = sizes.len() == shape.len()
        && (0..shape.len()).all(|at| at == axis || sizes[at] <= shape[at]);
    if fits {
        return Ok(());
    }
    let problem = format!(
        "an index of shape {sizes:?} does not fit a tensor of shape {shape:?}: it must have as many \
         axes, and be no larger except along axis {axis}"
    );
    Err(Error::shape(op, problem))
}

/// How far apart neighbours along each axis lie, in row-major order.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// The next place of a tensor of this shape in row-major order; after the last comes the first.
fn step(at: &mut [usize], shape: &[usize]) {
    for (at, &size) in at.iter_mut().zip(shape).rev() {
        *at += 1;
        if *at < size {
            return;
        }
        *at = 0;
    }
}

fn pick<T: Element>(data: &Data<T>, shape: &[usize], places: &[usize]) -> Data<T> {
    let numbers = contiguous(data);
    from_vec(shape, places.iter().map(|&place| numbers[place]).collect())
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{DType, Result, Tensor, tensor};
    use std::slice::from_ref;

    #[test]
    fn numbers_are_picked_as_in_pytorch() -> Result<()> {
        let x = Tensor::arange(0, 6, 1)?.reshape([2, 3])?;
        assert_eq!(x.gather(1, &tensor![[0, 2], [1, 1]])?.to_vec::<i64>()?, [0, 2, 4, 4]);
        assert_eq!(x.gather(-1, &tensor![[0, 2]])?.to_vec::<i64>()?, [0, 2]);
        assert_eq!(x.gather(0, &tensor![[0, 1]])?.to_vec::<i64>()?, [0, 4]);
        assert_eq!(x.t()?.gather(0, &tensor![[2, 0]])?.to_vec::<i64>()?, [2, 3]);
        assert_eq!(x.gather(1, &Tensor::zeros([0, 0]).to(DType::I64))?.shape(), [0, 0]);
        let s = Tensor::scalar(3);
        assert_eq!(s.gather(0, &tensor![0, 0])?.to_vec::<i64>()?, [3, 3]);
        assert_eq!(s.gather(0, &Tensor::scalar(0))?.shape(), []);
        let cube = Tensor::arange(0, 24, 1)?.reshape([2, 3, 4])?;
        let index = tensor![[[1, 0], [2, 2]], [[0, 0], [0, 1]]];
        assert_eq!(cube.gather(1, &index)?.to_vec::<i64>()?, [4, 1, 8, 9, 12, 13, 12, 17]);
        Ok(())
    }

    #[test]
    fn numbers_are_added_as_in_pytorch() -> Result<()> {
        let x = Tensor::zeros([2, 3]);
        let sum = x.scatter_add(1, &tensor![[0, 2], [1, 1]], &Tensor::ones([2, 2]))?;
        assert_eq!(sum.to_f64_vec(), [1., 0., 1., 0., 2., 0.]);
        let part = tensor![[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]];
        let sum = x.scatter_add(1, &tensor![[2, 2]], &part)?;
        assert_eq!(sum.to_f64_vec(), [0., 0., 3., 0., 0., 0.]);
        let scalar = Tensor::scalar(0.0);
        assert_eq!(scalar.scatter_add(0, &tensor![0, 0], &Tensor::ones(2))?.item(), 2.0);
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let x = Tensor::zeros([2, 3]);
        let refused = |index: Tensor| x.gather(1, &index).is_err();
        assert!(refused(tensor![0]) && refused(tensor![[-1]]) && refused(tensor![[3]]));
        assert!(refused(tensor![[0], [0], [0]]) && refused(tensor![[0.0]]));
        assert!(x.gather(2, &tensor![[0]]).is_err());
        let add = |source: Tensor| x.scatter_add(1, &tensor![[0, 2]], &source).is_err();
        assert!(add(Tensor::ones([1, 1])) && add(Tensor::ones(2)));
        assert!(add(Tensor::ones([1, 2]).to(DType::F64)));
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        let y = tensor![[1.5, -0.5, 1.0], [0.5, 2.5, 7.0]; f64].requires_grad_()?;
        let index = tensor![[2, 2], [0, 1]];
        gradcheck(|x| x[0].gather(1, &index), from_ref(&x))?;
        gradgradcheck(|x| x[0].square().gather(1, &index), from_ref(&x))?;
        gradcheck(|x| x[0].scatter_add(1, &index, &x[1]), &[x.clone(), y.clone()])?;
        gradgradcheck(|x| x[0].scatter_add(1, &index, &x[1])?.pow(3.0), &[x, y])
    }
}
