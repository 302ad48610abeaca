//! The parameters of a linear network: one weight a feature and output, one intercept an output.

use crate::scaling::Scaling;
use linnea_kernels::{Packed, Real};

/// Weights and intercepts in `f64`, whatever they were trained in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameters {
    pub(crate) outputs: usize,
    pub(crate) features: usize,
    /// `outputs × features`, row-major.
    pub(crate) weight: Vec<f64>,
    pub(crate) bias: Vec<f64>,
}

impl Parameters {
    pub(crate) fn zeros(outputs: usize, features: usize) -> Self {
        Self { outputs, features, weight: vec![0.0; outputs * features], bias: vec![0.0; outputs] }
    }

    /// The weights of `features` as the kernels want them.
    pub(crate) fn pack<A: Real>(&self, lanes: usize) -> Packed<A> {
        Packed::from_fn(self.features, self.outputs, lanes, |j, c| {
            A::from_f64(self.weight[c * self.features + j])
        })
    }

    pub(crate) fn bias_as<A: Real>(&self) -> Vec<A> {
        self.bias.iter().map(|&b| A::from_f64(b)).collect()
    }

    /// From weights of standardised features to weights of the features as they are.
    pub(crate) fn unscale(mut self, scaling: &Scaling) -> Self {
        for (weights, bias) in self.weight.chunks_exact_mut(self.features).zip(&mut self.bias) {
            for ((weight, mean), scale) in weights.iter_mut().zip(&scaling.mean).zip(&scaling.scale)
            {
                *weight /= scale;
                *bias -= *weight * mean;
            }
        }
        self
    }

    /// From a target that was centred and scaled to the target as it is.
    pub(crate) fn unscale_target(mut self, mean: f64, scale: f64) -> Self {
        self.weight.iter_mut().for_each(|weight| *weight *= scale);
        self.bias.iter_mut().for_each(|bias| *bias = *bias * scale + mean);
        self
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.weight.iter().chain(&self.bias).all(|x| x.is_finite())
    }
}
