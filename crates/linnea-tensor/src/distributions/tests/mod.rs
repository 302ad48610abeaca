//! Distributions held to PyTorch's and mpmath's numbers, to differences, and to what defines them.

mod edges;
mod fits;
mod gradients;
mod sampling;
mod values;
