//! Vectors brought to length 1, and how far apart or how alike vectors are.

use crate::shape::Axes;
use crate::{Result, Tensor, keepdim};

/// The least length that [`Tensor::normalize`] divides by.
const SHORTEST: f64 = 1e-12;
/// The least length that [`Tensor::cosine_similarity`] divides by.
const SHORTEST_SIDE: f64 = 1e-8;
/// Added to each difference, so that equal vectors have a distance with a gradient.
const APART: f64 = 1e-6;

impl Tensor {
    /// Each vector along an axis divided by its p-norm, or by 1e-12 if that is larger.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// assert_eq!(tensor![3.0, 4.0].normalize(2, 0)?.to_vec::<f32>()?, [0.6, 0.8]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn normalize(&self, p: impl Into<f64>, axis: impl Into<Axes>) -> Result<Self> {
        self.divided_by_norm(p.into(), axis.into(), SHORTEST)
    }

    /// The cosine of the angle between the vectors of two tensors along an axis, which broadcast.
    /// Lengths below 1e-8 count as 1e-8.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or have no such axis.
    pub fn cosine_similarity(&self, other: &Self, axis: isize) -> Result<Self> {
        // The axis is one of the common shape's, from which either operand may lack leading axes.
        let shape =
            crate::shape::broadcast_shapes("cosine_similarity", self.shape(), other.shape())?;
        let side =
            |x: &Self| x.broadcast_to(&shape[..])?.divided_by_norm(2.0, axis.into(), SHORTEST_SIDE);
        side(self)?.mul(side(other)?)?.sum_dim(axis)
    }

    /// The p-norm of the difference along the last axis, as in PyTorch with 1e-6 added to each
    /// difference.
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    pub fn pairwise_distance(&self, other: &Self, p: impl Into<f64>) -> Result<Self> {
        self.sub(other)?.add(APART)?.norm_dim(p, -1)
    }

    fn divided_by_norm(&self, p: f64, axis: Axes, shortest: f64) -> Result<Self> {
        self.div(self.norm_dim(p, keepdim(axis))?.clamp(shortest, None)?)
    }
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        let y = tensor![1.0, 0.5, -0.25; f64].requires_grad_()?;
        for p in [1.0, 2.0, 3.0] {
            gradcheck(|x| x[0].normalize(p, 0), std::slice::from_ref(&x))?;
            gradcheck(|x| x[0].pairwise_distance(&x[1], p), &[x.clone(), y.clone()])?;
        }
        gradgradcheck(|x| x[0].normalize(2, 1), std::slice::from_ref(&x))?;
        gradcheck(|x| x[0].cosine_similarity(&x[1], 1), &[x, y])
    }

    #[test]
    fn short_vectors_are_pytorchs() -> Result<()> {
        assert_eq!(tensor![0.0, 0.0].normalize(2, 0)?.to_f64_vec(), [0.0, 0.0]);
        assert_eq!(tensor![1e-13, 0.0].normalize(2, 0)?.to_vec::<f32>()?, [0.1, 0.0]);
        assert_eq!(tensor![0.0, 0.0].cosine_similarity(&tensor![1.0, 0.0], 0)?.item(), 0.0);
        let same = tensor![0.0, 0.0].pairwise_distance(&tensor![0.0, 0.0], 2)?;
        assert!((same.item() / (2_f64.sqrt() * 1e-6) - 1.0).abs() < 2e-7);
        assert_eq!(tensor![[1.0], [2.0]].pairwise_distance(&tensor![0.0], 1)?.shape(), [2]);
        Ok(())
    }

    /// PyTorch: 0, as the lengths overflow.
    #[test]
    fn long_vectors_have_an_angle() -> Result<()> {
        let x = tensor![1e30, 1e30];
        assert!((x.cosine_similarity(&x, 0)?.item() - 1.0).abs() < 1e-6);
        Ok(())
    }
}
