//! Numbers where a condition holds.

use crate::array::{Array, Data, broadcast, contiguous, map_array};
use crate::shape::{broadcast_shapes, count};
use crate::{Element, Error, Result, Scalar, Tensor};

impl Tensor {
    /// The numbers where the mask holds, along one axis, in row-major order. Tensor and mask are
    /// broadcast.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let x = tensor![-1.0, 2.0, 3.0];
    /// assert_eq!(x.masked_select(&x.gt(0.0)?)?.to_vec::<f32>()?, [2.0, 3.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the mask is not boolean, or the shapes do not broadcast.
    pub fn masked_select(&self, mask: &Self) -> Result<Self> {
        let shape = broadcast_shapes("masked_select", self.shape(), mask.shape())?;
        let places = mask.true_places("masked_select", &shape)?;
        let numbers = self.detach().broadcast_to(shape.to_vec())?.array();
        let chosen = Self::new(map_array!(numbers, data => chosen(&data, &places)));
        let edge = self.edge(|| {
            let places = Self::from(places.iter().map(|&place| place as i64).collect::<Vec<_>>());
            move |g: &Self| {
                let zeros = Self::zeros(count(&shape)).to(g.dtype());
                zeros.index_add(0, &places, g)?.reshape(shape.as_slice())
            }
        });
        Ok(chosen.record("masked_select", [edge]))
    }

    /// The same numbers, with `value` where the mask holds. The mask is broadcast.
    ///
    /// # Errors
    /// If the mask is not boolean, or does not broadcast to this shape.
    pub fn masked_fill(&self, mask: &Self, value: impl Into<Scalar>) -> Result<Self> {
        let together = broadcast_shapes("masked_fill", self.shape(), mask.shape())?;
        if together.as_slice() != self.shape() {
            let (mask, shape) = (mask.shape(), self.shape());
            let problem = format!("a mask of shape {mask:?} is larger than the tensor's {shape:?}");
            return Err(Error::shape("masked_fill", problem));
        }
        mask.where_(self.full_like(value), self)
    }

    /// Where this mask, broadcast to a shape, holds.
    fn true_places(&self, op: &'static str, shape: &[usize]) -> Result<Vec<usize>> {
        let Array::Bool(mask) = &self.compact() else {
            let problem = format!("the mask must be bool, not {}", self.dtype());
            return Err(Error::dtype(op, problem));
        };
        let mask = broadcast(mask, shape);
        Ok(mask.iter().enumerate().filter(|&(_, &holds)| holds).map(|(place, _)| place).collect())
    }
}

fn chosen<T: Element>(data: &Data<T>, places: &[usize]) -> Data<T> {
    let numbers = contiguous(data);
    crate::array::from_vec(&[places.len()], places.iter().map(|&place| numbers[place]).collect())
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{DType, Result, Tensor, tensor};
    use std::slice::from_ref;

    #[test]
    fn numbers_are_chosen_as_in_pytorch() -> Result<()> {
        let x = Tensor::arange(0, 6, 1)?.reshape([2, 3])?;
        let columns = tensor![true, false, true];
        assert_eq!(x.masked_select(&columns)?.to_vec::<i64>()?, [0, 2, 3, 5]);
        assert_eq!(x.t()?.masked_select(&x.t()?.gt(2)?)?.to_vec::<i64>()?, [3, 4, 5]);
        let s = Tensor::scalar(3);
        assert_eq!(s.masked_select(&Tensor::scalar(true))?.to_vec::<i64>()?, [3]);
        assert_eq!(s.masked_select(&columns)?.to_vec::<i64>()?, [3, 3]);
        assert_eq!(x.masked_select(&x.gt(9)?)?.shape(), [0]);
        assert!(x.masked_select(&tensor![1, 0, 1]).is_err());
        assert!(x.masked_select(&tensor![true, false]).is_err());
        Ok(())
    }

    #[test]
    fn numbers_are_filled_in_the_tensors_type() -> Result<()> {
        let x = tensor![[1.0, 2.0], [3.0, 4.0]; f64];
        let filled = x.masked_fill(&tensor![true, false], f64::NEG_INFINITY)?;
        assert_eq!(filled.to_f64_vec(), [f64::NEG_INFINITY, 2.0, f64::NEG_INFINITY, 4.0]);
        assert_eq!(filled.dtype(), DType::F64);
        assert!(tensor![1.0].masked_fill(&tensor![true, false], 0.0).is_err());
        assert!(x.masked_fill(&x, 0.0).is_err());
        Ok(())
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        let mask = tensor![true, false, true];
        gradcheck(|x| x[0].masked_select(&mask), from_ref(&x))?;
        gradcheck(|x| x[0].select(1, 0)?.unsqueeze(1)?.masked_select(&mask), from_ref(&x))?;
        gradcheck(|x| x[0].masked_fill(&mask, 1.0), from_ref(&x))?;
        gradgradcheck(|x| x[0].square().masked_select(&mask), &[x])
    }
}
