//! Modules one after the other.

use super::Module;
use crate::shape::count;
use crate::{Error, Result, Tensor};

/// Modules of which each takes the output of the one before (`torch.nn.Sequential`).
#[derive(Default)]
pub struct Sequential {
    modules: Vec<Box<dyn Module>>,
}

impl Sequential {
    /// No module yet: the output is the input.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same modules, and then this one.
    #[must_use]
    pub fn then(mut self, module: impl Module + 'static) -> Self {
        self.modules.push(Box::new(module));
        self
    }
}

impl std::fmt::Debug for Sequential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sequential").field("modules", &self.modules.len()).finish()
    }
}

impl Module for Sequential {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.modules.iter().try_fold(input.clone(), |x, module| module.forward(&x))
    }

    fn parameters(&self) -> Vec<Tensor> {
        self.modules.iter().flat_map(|module| module.parameters()).collect()
    }
}

/// Keeps the first axis and makes one of all others (`torch.nn.Flatten`): images to rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flatten;

impl Module for Flatten {
    /// # Errors
    /// If the input has no axis.
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        match input.shape() {
            [] => Err(Error::shape("Flatten", "a tensor without axes has no batch; unsqueeze it")),
            [_] => Ok(input.clone()),
            [batch, others @ ..] => input.reshape([*batch, count(others)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Flatten, Sequential};
    use crate::nn::{Linear, Module};
    use crate::{Result, Tensor, tensor};

    #[test]
    fn modules_follow_one_another() -> Result<()> {
        let first = Linear::from_parts(tensor![[1.0, 2.0], [0.0, 1.0]], None)?;
        let second = Linear::from_parts(tensor![[1.0, -1.0]], Some(tensor![0.5]))?;
        let net = Sequential::new().then(Flatten).then(first).then(second);
        let output = net.forward(&tensor![[[3.0], [4.0]]])?;
        assert_eq!((output.shape(), output.item()), (&[1, 1][..], 7.5));
        assert_eq!(net.parameters().len(), 3);
        output.sum().backward()?;
        net.zero_grad();
        assert!(net.parameters().iter().all(|p| p.grad().is_none()));
        Ok(())
    }

    #[test]
    fn flatten_keeps_the_batch() -> Result<()> {
        assert_eq!(Flatten.forward(&Tensor::ones([2, 3, 4]))?.shape(), [2, 12]);
        assert_eq!(Flatten.forward(&Tensor::ones([0, 3, 4]))?.shape(), [0, 12]);
        assert_eq!(Flatten.forward(&Tensor::ones([2]))?.shape(), [2]);
        assert!(Flatten.forward(&Tensor::scalar(1.0)).is_err());
        Ok(())
    }
}
