//! Squared differences.
//!
//! ```text
//! squared_loss (ŷ − y)²/2     local rule  g·(ŷ − y)
//! mse          (ŷ − y)²       local rule  2g·(ŷ − y)
//! ```
//!
//! Least squares is maximum likelihood under normal noise: −log p(y|x) = (y − ŷ)²/2σ² + const.

use super::Reduction;
use super::pointwise::pointwise;
use crate::autograd::Edge;
use crate::{Error, Result, Tensor};

/// The notes' squared loss (ŷ − y)²/2 of each number. The target is reshaped to the prediction's
/// shape, so it may be a row or a column, as long as it has as many numbers.
///
/// ```
/// use linnea_tensor::{loss::squared_loss, tensor};
/// let loss = squared_loss(&tensor![[1.0], [2.0]], &tensor![0.0, 4.0])?;
/// assert_eq!(loss.shape(), [2, 1]);
/// assert_eq!(loss.to_f64_vec(), [0.5, 2.0]);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If there are not as many targets as predictions.
pub fn squared_loss(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    if prediction.numel() != target.numel() {
        let (left, right) = (prediction.shape(), target.shape());
        let problem = format!("a target of shape {right:?} does not fit a prediction of {left:?}");
        return Err(Error::shape("squared_loss", problem));
    }
    squares("squared_loss", prediction, &target.reshape(prediction.shape())?, 0.5)
}

/// c·(ŷ − y)² of each number.
fn squares(op: &'static str, prediction: &Tensor, target: &Tensor, c: f64) -> Result<Tensor> {
    let loss = pointwise(op, prediction, target, |x, y| c * ((x - y) * (x - y)))?;
    Ok(loss.record(op, [slope(prediction, target, c), slope(target, prediction, c)]))
}

/// The edge to `to` from c·(to − from)².
fn slope(to: &Tensor, from: &Tensor, c: f64) -> Option<Edge> {
    to.edge(|| {
        let (to, from) = (to.save(), from.save());
        move |g: &Tensor| {
            let difference = to.get()?.sub(from.get()?)?;
            let slope = g.mul(difference)?;
            if c == 0.5 { Ok(slope) } else { slope.mul(2.0 * c) }
        }
    })
}

/// The mean squared error, the mean of (ŷ − y)².
///
/// ```
/// use linnea_tensor::{loss::mse, tensor};
/// assert_eq!(mse(&tensor![1.0, 2.0], &tensor![0.0, 4.0])?.item(), 2.5);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If the shapes differ.
pub fn mse(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    Mse::new().loss(prediction, target)
}

/// [`mse`] with a choice of reduction.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Mse {
    reduction: Reduction,
}

impl Mse {
    /// The mean of (ŷ − y)².
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the squares.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction }
    }

    /// The loss of a prediction.
    ///
    /// # Errors
    /// If the shapes differ.
    pub fn loss(self, prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
        Ok(self.reduction.of(squares("mse", prediction, target, 1.0)?))
    }
}

#[cfg(test)]
mod tests {
    use super::{Mse, mse, squared_loss};
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::loss::Reduction;
    use crate::{DType, Result, Tensor, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5], [2.0, 3.0]; f64].requires_grad_()?;
        let y = tensor![[0.25, 1.0], [-0.75, 3.0]; f64].requires_grad_()?;
        let both = [x, y];
        gradcheck(|x| squared_loss(&x[0], &x[1]), &both)?;
        gradgradcheck(|x| squared_loss(&x[0], &x[1]), &both)?;
        for reduction in [Reduction::None, Reduction::Mean, Reduction::Sum] {
            let loss = |x: &[Tensor]| Mse::new().reduction(reduction).loss(&x[0], &x[1]);
            gradcheck(loss, &both)?;
            gradgradcheck(loss, &both)?;
        }
        Ok(())
    }

    #[test]
    fn a_column_and_a_row_are_refused() -> Result<()> {
        // PyTorch makes a 3×3 matrix of them, with a warning (its issue 16045).
        let (column, row) = (Tensor::zeros([3, 1]), Tensor::ones([3]));
        let message = mse(&column, &row).unwrap_err().to_string();
        assert!(message.contains("target.reshape([3, 1])"), "{message}");
        assert!(mse(&row, &Tensor::ones([2])).is_err());
        assert_eq!(squared_loss(&column, &row)?.shape(), [3, 1]);
        assert!(squared_loss(&column, &Tensor::ones([2])).is_err());
        Ok(())
    }

    #[test]
    fn edges() -> Result<()> {
        assert!(mse(&Tensor::zeros([0]), &Tensor::zeros([0]))?.item().is_nan());
        // PyTorch: inf, as its sum is f32.
        let big = tensor![1e19, 1e19, 1e19, 1e19];
        assert_eq!(mse(&big, &Tensor::zeros([4]))?.item(), f64::from(1e38_f32));
        let x = tensor![1, 2];
        assert_eq!(mse(&x, &tensor![1.0, 0.0; f64])?.dtype(), DType::F64);
        assert_eq!(mse(&x, &x)?.dtype(), DType::F32);
        Ok(())
    }
}
