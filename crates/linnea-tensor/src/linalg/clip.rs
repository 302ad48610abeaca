//! Gradients held to a greatest length.

use super::length::length;
use crate::{DType, Result, Tensor, no_grad};

/// Scales the gradients of `parameters` in place so that their 2-norm, taken together, is at most
/// `max_norm`; gives the norm that they had. Tensors without a gradient are passed over.
///
/// ```
/// use linnea_tensor::{linalg::clip_grad_norm, tensor};
/// let x = tensor![3.0, 4.0].requires_grad_()?;
/// x.square().sum().backward()?;                       // the gradient is [6, 8]
/// assert_eq!(clip_grad_norm(&[&x], 1.0)?.item(), 10.0);
/// assert!((x.grad().unwrap().norm(2).item() - 1.0).abs() < 1e-6);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If a gradient cannot be changed in place.
pub fn clip_grad_norm(parameters: &[&Tensor], max_norm: impl Into<f64>) -> Result<Tensor> {
    let gradients: Vec<Tensor> = parameters.iter().filter_map(|x| x.grad()).collect();
    let norms: Vec<f64> =
        gradients.iter().map(|g| g.to(DType::F64).detach().norm(2.0).item()).collect();
    let total = length(&norms, 2.0);
    // PyTorch's divisor, which a norm of 0 does not make 0.
    let factor = max_norm.into() / (total + 1e-6);
    if factor < 1.0 || factor.is_nan() {
        no_grad(|| gradients.iter().try_for_each(|g| g.mul_(factor)))?;
    }
    let dtype = gradients.iter().map(Tensor::dtype).max().unwrap_or(DType::F32);
    Ok(Tensor::from_vec(vec![total], ())?.to(dtype))
}

#[cfg(test)]
mod tests {
    use super::clip_grad_norm;
    use crate::{Result, Tensor, tensor};

    fn with_gradient(gradient: Tensor) -> Result<Tensor> {
        let x = gradient.zeros_like().requires_grad_()?;
        x.set_grad(Some(gradient))?;
        Ok(x)
    }

    #[test]
    fn all_gradients_are_one_vector() -> Result<()> {
        let (a, b) = (with_gradient(tensor![3.0, 4.0])?, with_gradient(tensor![12.0])?);
        let without = tensor![1.0].requires_grad_()?;
        assert_eq!(clip_grad_norm(&[&a, &without, &b], 26.0)?.item(), 13.0);
        assert_eq!(b.grad().unwrap().item(), 12.0);
        assert_eq!(clip_grad_norm(&[&a, &b], 1)?.item(), 13.0);
        let numbers = [a.grad().unwrap().to_f64_vec(), b.grad().unwrap().to_f64_vec()].concat();
        let expected = [3.0, 4.0, 12.0].map(|x| x / 13.0);
        assert!(numbers.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6));
        assert_eq!(clip_grad_norm(&[], 1.0)?.item(), 0.0);
        Ok(())
    }

    #[test]
    fn f64_keeps_its_digits() -> Result<()> {
        let x = with_gradient(tensor![3e100, 4e100; f64])?;
        assert_eq!(clip_grad_norm(&[&x], 1e200)?.item(), 5e100);
        Ok(())
    }

    /// PyTorch: the norm is inf, and the gradients become 0.
    #[test]
    fn large_gradients_keep_their_direction() -> Result<()> {
        let x = with_gradient(tensor![1e30, 1e30])?;
        clip_grad_norm(&[&x], 1.0)?;
        assert!((x.grad().unwrap().norm(2).item() - 1.0).abs() < 1e-6);
        Ok(())
    }
}
