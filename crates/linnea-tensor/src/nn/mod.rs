//! Layers: functions with parameters.
//!
//! ```
//! use linnea_tensor::{Tensor, nn::{Flatten, Linear, Module, Sequential, init}};
//! // Softmax regression: nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
//! let linear = Linear::new(784, 10);
//! init::normal_(linear.weight(), 0.0, 0.01)?;
//! let net = Sequential::new().then(Flatten).then(linear);
//! assert_eq!(net.forward(&Tensor::zeros([32, 1, 28, 28]))?.shape(), [32, 10]);
//! # Ok::<(), linnea_tensor::Error>(())
//! ```

pub mod init;
mod linear;
mod sequential;

pub use linear::Linear;
pub use sequential::{Flatten, Sequential};

use crate::{Result, Tensor};

/// A function of a tensor, with parameters that can be learned.
///
/// ```
/// use linnea_tensor::{Result, Tensor, nn::{Linear, Module}, tensor};
/// struct Distance(Linear);
/// impl Module for Distance {
///     fn forward(&self, x: &Tensor) -> Result<Tensor> {
///         Ok(self.0.forward(x)?.abs())
///     }
///     fn parameters(&self) -> Vec<Tensor> {
///         self.0.parameters()
///     }
/// }
/// let distance = Distance(Linear::new(2, 1));
/// assert!(distance.forward(&tensor![[1.0, 2.0]])?.item() >= 0.0);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
pub trait Module: Send + Sync {
    /// The output for an input.
    ///
    /// # Errors
    /// If the input's shape or type does not fit.
    fn forward(&self, input: &Tensor) -> Result<Tensor>;

    /// The tensors to be learned, as clones that are the same tensors; none by default.
    fn parameters(&self) -> Vec<Tensor> {
        Vec::new()
    }

    /// Forgets the gradient of every parameter.
    fn zero_grad(&self) {
        self.parameters().iter().for_each(Tensor::zero_grad);
    }
}
