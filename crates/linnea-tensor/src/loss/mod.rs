//! Losses: how far a prediction is from the truth, as one number to be made small.
//!
//! Each loss is a function of prediction and target that gives the mean over all numbers, and an
//! options type for everything else:
//!
//! ```
//! use linnea_tensor::loss::{self, CrossEntropy, Reduction};
//! use linnea_tensor::tensor;
//! let logits = tensor![[2.0, 0.0, -1.0], [0.5, 0.5, 0.5]];
//! let classes = tensor![0, 2];
//! let mean = loss::cross_entropy(&logits, &classes)?;
//! let each = CrossEntropy::new().reduction(Reduction::None).loss(&logits, &classes)?;
//! assert_eq!(each.shape(), [2]);
//! assert!((each.sum().item() / 2.0 - mean.item()).abs() < 1e-6);
//! # Ok::<(), linnea_tensor::Error>(())
//! ```
//!
//! The loss of a number or row is computed in f64, for f32 too, and rounded to the type of its
//! arguments; so is the mean or sum. A mean over nothing is NaN, as in PyTorch.
//!
//! **Shapes must be equal.** PyTorch broadcasts a prediction of shape (n, 1) and a target of shape (n)
//! to n×n numbers with no more than a warning (its issue 16045); here that is an error that says which
//! of the two to reshape. Only [`squared_loss`] reshapes, as its definition says.

mod absolute;
mod classes;
mod cross_entropy;
mod divergence;
mod gaussian;
mod guarded;
mod hinge;
mod logistic;
mod nll;
mod pointwise;
mod poisson;
mod squared;

pub use absolute::{Huber, L1, SmoothL1, huber, l1, smooth_l1};
pub use cross_entropy::{CrossEntropy, cross_entropy};
pub use divergence::{KlDiv, KlReduction, kl_div};
pub use gaussian::{GaussianNll, gaussian_nll};
pub use hinge::{Hinge, HingeEmbedding, hinge, hinge_embedding};
pub use logistic::{BceWithLogits, bce_with_logits};
pub use nll::{Nll, nll};
pub use poisson::{PoissonNll, poisson_nll};
pub use squared::{Mse, mse, squared_loss};

/// What becomes of the losses of the single numbers or rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// They stay as they are.
    None,
    /// Their mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}
