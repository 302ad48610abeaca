//! The negative log-likelihood of numbers under normal distributions.
//!
//! ```text
//! ℓ = ½(log v + (y − μ)²/v) [+ ½ log 2π],    v = max(variance, ε)
//! ```
//!
//! As in PyTorch, a variance below ε is counted as ε but still has the gradient at ε, so that training
//! can raise it. (Nix & Weigend 1994, *Estimating the mean and variance of the target probability
//! distribution*.)

use super::Reduction;
use super::pointwise::same_shape;
use crate::{Error, Result, Tensor};

const OP: &str = "gaussian_nll";

/// The mean negative log-likelihood of targets under normal distributions of these means and
/// variances, without the constant ½ log 2π.
///
/// The variance has the mean's shape, or that shape with the last size 1 or without the last axis (one
/// variance for each row), or no axes.
///
/// # Errors
/// If the shapes do not fit, or a variance is negative.
pub fn gaussian_nll(mean: &Tensor, target: &Tensor, variance: &Tensor) -> Result<Tensor> {
    GaussianNll::new().loss(mean, target, variance)
}

/// [`gaussian_nll`] with the constant, the least variance, and a choice of reduction.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct GaussianNll {
    full: bool,
    eps: f64,
    reduction: Reduction,
}

impl Default for GaussianNll {
    fn default() -> Self {
        Self { full: false, eps: 1e-6, reduction: Reduction::Mean }
    }
}

impl GaussianNll {
    /// Without the constant, ε = 10⁻⁶, the mean.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the constant ½ log 2π is added.
    pub fn full(self, full: bool) -> Self {
        Self { full, ..self }
    }

    /// The least variance.
    pub fn eps(self, eps: f64) -> Self {
        Self { eps, ..self }
    }

    /// What becomes of the losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of means and variances.
    ///
    /// # Errors
    /// If the shapes do not fit, a variance is negative, or ε is not positive and finite.
    pub fn loss(self, mean: &Tensor, target: &Tensor, variance: &Tensor) -> Result<Tensor> {
        if !(self.eps > 0.0 && self.eps.is_finite()) {
            let problem = format!("eps must be a positive finite number, not {}", self.eps);
            return Err(Error::value(OP, problem));
        }
        same_shape(OP, mean, target)?;
        let v = self.floor(&fit(mean, variance)?)?;
        let losses = target.sub(mean)?.square().div(&v)?.add(v.log())?.mul(0.5)?;
        let constant = if self.full { 0.5 * std::f64::consts::TAU.ln() } else { 0.0 };
        Ok(self.reduction.of(losses.add(constant)?))
    }

    /// max(variance, ε), with the gradient of the variance itself.
    fn floor(self, variance: &Tensor) -> Result<Tensor> {
        if let Some(negative) = variance.to_f64_vec().into_iter().find(|&v| v < 0.0) {
            return Err(Error::value(OP, format!("a variance is negative: {negative}")));
        }
        let floor = variance.detach().clamp(self.eps, None)?;
        Ok(floor.record(OP, [variance.edge(|| |g: &Tensor| Ok(g.clone()))]))
    }
}

/// The variance in a shape that broadcasts to the mean's.
fn fit(mean: &Tensor, variance: &Tensor) -> Result<Tensor> {
    let (shape, given) = (mean.shape(), variance.shape());
    let rows = shape.split_last().map(|(_, rows)| rows);
    if given.is_empty() || given == shape {
        return Ok(variance.clone());
    }
    if let (Some(rows), Some((last, others))) = (rows, given.split_last()) {
        if *last == 1 && others == rows {
            return Ok(variance.clone());
        }
        if given == rows {
            return variance.reshape([rows, &[1]].concat());
        }
    }
    let problem = format!(
        "for means of shape {shape:?}, variances have that shape, the last size 1, no last axis, or no \
         axes; not {given:?}"
    );
    Err(Error::shape(OP, problem))
}

#[cfg(test)]
mod tests {
    use super::{GaussianNll, gaussian_nll};
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::loss::Reduction;
    use crate::{Result, Tensor, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let mean = tensor![[-0.5, -1.5], [-2.0, -0.1]; f64].requires_grad_()?;
        let y = tensor![[0.25, 0.75], [0.5, 0.6]; f64].requires_grad_()?;
        for variance in [
            tensor![[0.3, 1.0], [2.0, 0.7]; f64],
            tensor![[0.3], [2.0]; f64],
            tensor![0.3, 2.0; f64],
        ] {
            let all = [mean.clone(), y.clone(), variance.requires_grad_()?];
            let nll = GaussianNll::new().full(true).reduction(Reduction::None);
            gradcheck(|x| nll.loss(&x[0], &x[1], &x[2]), &all)?;
            gradgradcheck(|x| nll.loss(&x[0], &x[1], &x[2]), &all)?;
        }
        Ok(())
    }

    #[test]
    fn it_is_minus_the_log_of_the_density() -> Result<()> {
        let nll = GaussianNll::new().full(true);
        let loss = nll.loss(&tensor![1.0; f64], &tensor![2.5; f64], &tensor![4.0; f64])?.item();
        let density = (-0.5 * 1.5_f64.powi(2) / 4.0).exp() / (std::f64::consts::TAU * 4.0).sqrt();
        assert!((loss + density.ln()).abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn small_negative_and_unfit_variances() -> Result<()> {
        let (mean, variance) = (tensor![[1.0], [2.0]; f64], tensor![0.0; f64].requires_grad_()?);
        let y = tensor![0.0; f64];
        gaussian_nll(&y, &y, &variance)?.backward()?;
        // ½/ε: as in PyTorch, a variance of 0 can be raised.
        assert_eq!(variance.grad().unwrap().item(), 0.5 / 1e-6);
        assert!(gaussian_nll(&y, &y, &tensor![-1.0]).unwrap_err().to_string().contains("-1"));
        assert!(gaussian_nll(&mean, &mean, &tensor![1.0, 1.0, 1.0]).is_err());
        assert!(gaussian_nll(&mean, &Tensor::zeros([2]), &tensor![1.0]).is_err());
        assert!(GaussianNll::new().eps(0.0).loss(&y, &y, &y).is_err());
        Ok(())
    }
}
