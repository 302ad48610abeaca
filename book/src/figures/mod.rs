//! The figures: each a small file that computes its numbers with `linnea-tensor` and draws them.

mod hardmax_and_softmax;
mod likelihood_and_squared_loss;
mod log_sum_exp;
mod normal_densities;
mod sgd_loss_curve;
mod softmax_network;
mod softmax_temperature;
mod softmin_temperature;
mod surprise_and_entropy;
mod unit_balls;

use linnea_tensor::{Result, Tensor};
use std::path::PathBuf;

/// A figure of the book.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The name of its file, without `.svg`.
    pub name: &'static str,
    draw: fn() -> Result<String>,
}

impl Figure {
    /// Draws it anew.
    ///
    /// # Errors
    /// If a computation was refused, which would be a bug.
    pub fn draw(&self) -> Result<String> {
        (self.draw)()
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        crate::root().join("figures").join(self.name).with_extension("svg")
    }
}

/// All figures.
pub const FIGURES: [Figure; 10] = [
    Figure { name: "unit-balls", draw: unit_balls::draw },
    Figure { name: "normal-densities", draw: normal_densities::draw },
    Figure { name: "likelihood-and-squared-loss", draw: likelihood_and_squared_loss::draw },
    Figure { name: "sgd-loss-curve", draw: sgd_loss_curve::draw },
    Figure { name: "softmax-network", draw: softmax_network::draw },
    Figure { name: "hardmax-and-softmax", draw: hardmax_and_softmax::draw },
    Figure { name: "softmax-temperature", draw: softmax_temperature::draw },
    Figure { name: "log-sum-exp", draw: log_sum_exp::draw },
    Figure { name: "surprise-and-entropy", draw: surprise_and_entropy::draw },
    Figure { name: "softmin-temperature", draw: softmin_temperature::draw },
];

/// Values along an axis, as a tensor of f64.
fn tensor_of(values: &[f64]) -> Result<Tensor> {
    Tensor::from_vec(values.to_vec(), [values.len()])
}
