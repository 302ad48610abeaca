//! Absolute differences, and what is quadratic near 0 and absolute far away.
//!
//! With d = ŷ − y,
//!
//! ```text
//! l1           |d|                                              g·sign d
//! huber        d²/2 if |d| ≤ δ, δ(|d| − δ/2) beyond             g·clamp(d, −δ, δ)
//! smooth_l1    huber(δ = β)/β, and |d| for β = 0
//! ```
//!
//! (Huber 1964, *Robust estimation of a location parameter*.)

use super::Reduction;
use super::pointwise::pointwise;
use crate::autograd::Edge;
use crate::{Error, Result, Tensor};

/// The mean absolute error, the mean of |ŷ − y|; its gradient where both are equal is 0.
///
/// # Errors
/// If the shapes differ.
pub fn l1(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    L1::new().loss(prediction, target)
}

/// The mean Huber loss with δ = 1: squares near 0, absolute values beyond.
///
/// ```
/// use linnea_tensor::{loss::huber, tensor};
/// assert_eq!(huber(&tensor![0.5], &tensor![0.0])?.item(), 0.125);
/// assert_eq!(huber(&tensor![3.0], &tensor![0.0])?.item(), 2.5);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If the shapes differ.
pub fn huber(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    Huber::new().loss(prediction, target)
}

/// The mean smooth L1 loss with β = 1.
///
/// # Errors
/// If the shapes differ.
pub fn smooth_l1(prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
    SmoothL1::new().loss(prediction, target)
}

/// |ŷ − y| of each number.
fn absolute(op: &'static str, x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let loss = pointwise(op, x, y, |x, y| (x - y).abs())?;
    let edge = |to: &Tensor, from: &Tensor| difference_edge(to, from, |g, d| g.mul(d.sign()));
    Ok(loss.record(op, [edge(x, y), edge(y, x)]))
}

/// The Huber loss of each number.
fn huber_of(op: &'static str, x: &Tensor, y: &Tensor, delta: f64) -> Result<Tensor> {
    let loss = pointwise(op, x, y, |x, y| {
        let d = (x - y).abs();
        // Not `min`, which would drop a NaN.
        if d > delta { delta * (d - 0.5 * delta) } else { 0.5 * d * d }
    })?;
    let edge = |to: &Tensor, from: &Tensor| {
        difference_edge(to, from, move |g, d| g.mul(d.clamp(-delta, delta)?))
    };
    Ok(loss.record(op, [edge(x, y), edge(y, x)]))
}

/// The edge to `to` of a loss that is even in d = to − from, with `rule` of g and d.
fn difference_edge(
    to: &Tensor,
    from: &Tensor,
    rule: impl Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync + 'static,
) -> Option<Edge> {
    to.edge(|| {
        let (to, from) = (to.save(), from.save());
        move |g: &Tensor| rule(g, &to.get()?.sub(from.get()?)?)
    })
}

/// [`l1`] with a choice of reduction.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct L1 {
    reduction: Reduction,
}

impl L1 {
    /// The mean of |ŷ − y|.
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of the absolute differences.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction }
    }

    /// The loss of a prediction.
    ///
    /// # Errors
    /// If the shapes differ.
    pub fn loss(self, prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
        Ok(self.reduction.of(absolute("l1", prediction, target)?))
    }
}

/// [`huber`] with a choice of δ and reduction.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Huber {
    delta: f64,
    reduction: Reduction,
}

impl Default for Huber {
    fn default() -> Self {
        Self { delta: 1.0, reduction: Reduction::Mean }
    }
}

impl Huber {
    /// δ = 1, the mean.
    pub fn new() -> Self {
        Self::default()
    }

    /// The difference at which squares end.
    pub fn delta(self, delta: f64) -> Self {
        Self { delta, ..self }
    }

    /// What becomes of the losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of a prediction.
    ///
    /// # Errors
    /// If the shapes differ, or δ is not a positive finite number.
    pub fn loss(self, prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
        if !(self.delta > 0.0 && self.delta.is_finite()) {
            let problem = format!("delta must be a positive finite number, not {}", self.delta);
            return Err(Error::value("huber", problem));
        }
        Ok(self.reduction.of(huber_of("huber", prediction, target, self.delta)?))
    }
}

/// [`smooth_l1`] with a choice of β and reduction.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct SmoothL1 {
    beta: f64,
    reduction: Reduction,
}

impl Default for SmoothL1 {
    fn default() -> Self {
        Self { beta: 1.0, reduction: Reduction::Mean }
    }
}

impl SmoothL1 {
    /// β = 1, the mean.
    pub fn new() -> Self {
        Self::default()
    }

    /// The difference at which squares end; 0 for none.
    pub fn beta(self, beta: f64) -> Self {
        Self { beta, ..self }
    }

    /// What becomes of the losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of a prediction.
    ///
    /// # Errors
    /// If the shapes differ, or β is negative or not finite.
    pub fn loss(self, prediction: &Tensor, target: &Tensor) -> Result<Tensor> {
        if !(self.beta >= 0.0 && self.beta.is_finite()) {
            let problem = format!("beta must be a finite number from 0, not {}", self.beta);
            return Err(Error::value("smooth_l1", problem));
        }
        let losses = if self.beta == 0.0 {
            absolute("smooth_l1", prediction, target)?
        } else {
            huber_of("smooth_l1", prediction, target, self.beta)?.div(self.beta)?
        };
        Ok(self.reduction.of(losses))
    }
}

#[cfg(test)]
mod tests {
    use super::{Huber, L1, SmoothL1, huber, l1, smooth_l1};
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::loss::Reduction;
    use crate::{Result, Tensor, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5], [2.0, 7.0]; f64].requires_grad_()?;
        let y = tensor![[0.25, 1.0], [-0.75, 3.0]; f64].requires_grad_()?;
        let losses: [fn(&Tensor, &Tensor) -> Result<Tensor>; 5] = [
            l1,
            |x, y| Huber::new().delta(2.6).reduction(Reduction::None).loss(x, y),
            |x, y| Huber::new().delta(0.3).reduction(Reduction::Sum).loss(x, y),
            |x, y| SmoothL1::new().beta(2.6).loss(x, y),
            |x, y| SmoothL1::new().beta(0.0).loss(x, y),
        ];
        for loss in losses {
            gradcheck(|x| loss(&x[0], &x[1]), &[x.clone(), y.clone()])?;
            gradgradcheck(|x| loss(&x[0], &x[1]), &[x.clone(), y.clone()])?;
        }
        Ok(())
    }

    #[test]
    fn known_values_and_the_kink() -> Result<()> {
        let (x, zero) = (tensor![-3.0, 0.5, 0.0].requires_grad_()?, Tensor::zeros([3]));
        let each = SmoothL1::new().beta(0.5).reduction(Reduction::None).loss(&x, &zero)?;
        assert_eq!(each.to_f64_vec(), [2.75, 0.25, 0.0]);
        let each = Huber::new().delta(2.0).reduction(Reduction::None).loss(&x, &zero)?;
        assert_eq!(each.to_f64_vec(), [4.0, 0.125, 0.0]);
        L1::new().reduction(Reduction::Sum).loss(&x, &zero)?.backward()?;
        assert_eq!(x.grad().unwrap().to_f64_vec(), [-1.0, 1.0, 0.0]);
        Ok(())
    }

    #[test]
    fn edges_and_refusals() -> Result<()> {
        let (column, row) = (Tensor::zeros([3, 1]), Tensor::zeros([3]));
        for loss in [l1, huber, smooth_l1] {
            assert!(loss(&column, &row).unwrap_err().to_string().contains("reshape"));
            assert!(loss(&tensor![f64::NAN], &tensor![0.0])?.item().is_nan());
            assert!(loss(&tensor![], &tensor![])?.item().is_nan());
            assert_eq!(loss(&tensor![f64::INFINITY], &tensor![0.0])?.item(), f64::INFINITY);
        }
        // PyTorch: inf, as its sum is f32.
        let mean = l1(&tensor![3e38, 3e38], &tensor![0.0, 0.0])?.item();
        assert_eq!(mean, f64::from(3e38_f32));
        assert!(Huber::new().delta(0.0).loss(&row, &row).is_err());
        assert!(SmoothL1::new().beta(-1.0).loss(&row, &row).is_err());
        Ok(())
    }
}
