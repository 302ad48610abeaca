//! Products of vectors and matrices, systems of equations, and norms.

mod clip;
mod distance;
mod kernel;
mod length;
mod matmul;
mod matrix_norm;
mod norm;
mod solve;
mod vector;

pub use clip::clip_grad_norm;
pub use solve::solve;
