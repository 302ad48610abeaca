//! The problem on which every optimiser is held to PyTorch.

use super::Optimizer;
use crate::{DType, Result, Tensor, tensor};

/// f(w, b) = Σ aᵢ(wᵢ − tᵢ)² + (b·Σ wᵢ − 1)², from w = [[1, −2, 3]] and b = 0.5.
pub(super) struct Problem {
    pub(super) w: Tensor,
    pub(super) b: Tensor,
    dtype: DType,
}

impl Problem {
    pub(super) fn new(dtype: DType) -> Result<Self> {
        let w = tensor![[1.0, -2.0, 3.0]].to(dtype).requires_grad_()?;
        let b = Tensor::scalar(0.5).to(dtype).requires_grad_()?;
        Ok(Self { w, b, dtype })
    }

    /// The loss, with fresh gradients.
    pub(super) fn loss(&self) -> Result<Tensor> {
        self.w.zero_grad();
        self.b.zero_grad();
        let (a, t) = (tensor![1.0, 10.0, 0.1; f64], tensor![0.5, 1.5, -2.0; f64]);
        let far = self.w.sub(t.to(self.dtype))?.square().mul(a.to(self.dtype))?.sum();
        let loss = far.add(self.w.sum().mul(&self.b)?.sub(1.0)?.square())?;
        loss.backward()?;
        Ok(loss)
    }

    fn reached(&self) -> Vec<f64> {
        [self.w.to_f64_vec(), self.b.to_f64_vec()].concat()
    }

    /// Asserts that the parameters are where PyTorch's got.
    pub(super) fn assert_at(&self, expected: [f64; 4], tolerance: f64) {
        let reached = self.reached();
        for (x, y) in reached.iter().zip(expected) {
            assert!((x - y).abs() <= tolerance * y.abs(), "{reached:?} is not {expected:?}");
        }
    }
}

/// Ten steps from the start, in f64 and in f32, end where PyTorch's do.
pub(super) fn assert_ten_steps<O: Optimizer>(
    make: impl Fn([&Tensor; 2]) -> O,
    double: [f64; 4],
    single: [f64; 4],
) -> Result<()> {
    let cases = [(DType::F64, double, 1e-12), (DType::F32, single, 1e-6)];
    for (dtype, expected, tolerance) in cases {
        let problem = Problem::new(dtype)?;
        let mut optimizer = make([&problem.w, &problem.b]);
        for _ in 0..10 {
            optimizer.step_with(&mut || problem.loss())?;
        }
        problem.assert_at(expected, tolerance);
    }
    Ok(())
}
