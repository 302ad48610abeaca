//! Tensors with PyTorch's semantics, for the mathematics of linear neural networks.
//!
//! See [`Tensor`] for what a tensor is, and [`autograd`] for gradients.
//!
//! # Accuracy
//!
//! The largest error in units in the last place of the exact result, measured by `tests/accuracy.rs`
//! and `linalg/length.rs` against double-double arithmetic: softmax and its like over rows of 1 to
//! 1,000 numbers spread over 10⁻³ to 10³ around 0, ±1, ±100 and ±10⁴, nearly tied or dominated by one;
//! norms over 4,000 vectors of 2 to 1,000 numbers between 10^±36 (f32) and 10^±300 (f64).
//!
//! | function | bound, f32 | bound, f64 | PyTorch 2.15, f32 | PyTorch 2.15, f64 |
//! | --- | --- | --- | --- | --- |
//! | `norm(2)` | 0.501 | 2 | overflows from 10¹⁹ | overflows from 10¹⁵⁴ |
//! | `logsumexp` | 0.501 | 1.5 | 1.84 | 1.34 |
//! | `softmax` | 0.501 | 3 | 63 | 503 |
//! | `log_softmax` | 0.501 | 2.5 | all digits | all digits |
//! | `cross_entropy` | 0.501 | 2.5 | all digits | all digits |
//!
//! Log-sum-exp is the largest number plus a logarithm, which may cancel: its unit is that of the
//! result or of the largest number, whichever is larger in size. PyTorch loses all digits of the
//! logarithm of a share near 1, because 1 + Σ is rounded before the logarithm is taken.

mod array;
pub mod autograd;
mod display;
pub mod distributions;
mod dtype;
mod error;
pub mod information;
pub mod linalg;
pub mod loss;
pub mod make;
pub mod minibatch;
pub mod nn;
mod ops;
pub mod optim;
mod reduce;
mod shape;
mod softmax;
mod tensor;
mod view;

pub use autograd::no_grad;
pub use dtype::{DType, Element, Scalar};
pub use error::{Error, Result};
pub use make::{Generator, manual_seed};
pub use ops::Bound;
pub use shape::{Axes, IntoShape, IntoSizes, keepdim};
pub use tensor::{Operand, Tensor};
pub use view::Span;
