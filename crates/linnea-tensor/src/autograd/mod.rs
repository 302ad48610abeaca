//! Gradients by reverse-mode automatic differentiation.
//!
//! While gradients are recorded, an operation on a tensor that requires one leaves a `Node`: for
//! each such input an edge, which is the input's node and a **local rule** that turns the gradient
//! of the output into the gradient of that input. Rules are one line each, written with tensor
//! operations beside the forward computation; so a gradient has a gradient. Everything else is the
//! driver's work (`backward.rs`): the order of nodes, summing over broadcast axes,
//! accumulation, and refusing what cannot be.
//!
//! ```
//! use linnea_tensor::{Tensor, tensor};
//! let x = Tensor::arange(0.0, 4.0, 1.0)?.requires_grad_()?;
//! let y = 2.0 * x.dot(&x)?;
//! y.backward()?;
//! assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [0.0, 4.0, 8.0, 12.0]);
//! # Ok::<(), linnea_tensor::Error>(())
//! ```

mod backward;
mod check;
mod mode;
mod node;
mod saved;

pub use backward::{Backward, grad};
pub use check::{gradcheck, gradgradcheck};
pub use mode::{enable_grad, is_grad_enabled, no_grad};
pub(crate) use node::{Edge, Node};
pub(crate) use saved::Saved;
