//! The linear layer y = xWᵀ + b.
//!
//! W and b begin uniform in ±1/√in, as PyTorch's do (He et al.'s rule with a = √5 for W), so that
//! outputs neither grow nor vanish with the number of inputs.
//!
//! The layer is one operation with the local rules gW (by x), gᵀx (by W) and g (by b): one node, and
//! a gradient of W that lies as W does, so that an optimiser runs over both as slices.

use super::{Module, init};
use crate::autograd::Edge;
use crate::make::with_default;
use crate::shape::count;
use crate::{DType, Error, Generator, Result, Tensor, no_grad};

/// A linear layer with weight `[out, in]` and bias `[out]` (`torch.nn.Linear`).
///
/// ```
/// use linnea_tensor::{nn::{Linear, Module}, tensor};
/// let layer = Linear::from_parts(tensor![[2.0, -3.0]], Some(tensor![1.0]))?;
/// assert_eq!(layer.forward(&tensor![[1.0, 1.0], [0.0, 2.0]])?.to_f64_vec(), [0.0, -5.0]);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    /// A layer of f32 parameters drawn from the default generator.
    #[must_use]
    pub fn new(inputs: usize, outputs: usize) -> Self {
        with_default(|generator| Self::drawn(inputs, outputs, generator))
    }

    /// A layer of f32 parameters drawn from `generator`.
    #[must_use]
    pub fn drawn(inputs: usize, outputs: usize, generator: &mut Generator) -> Self {
        let bound = if inputs == 0 { 0.0 } else { 1.0 / (inputs as f64).sqrt() };
        let mut parameter = |shape: &[usize]| {
            let parameter = Tensor::zeros(shape);
            init::uniform_with_(&parameter, -bound, bound, generator)
                .and_then(|()| parameter.requires_grad_())
                .expect("an f32 leaf takes numbers and gradients")
        };
        Self { weight: parameter(&[outputs, inputs]), bias: Some(parameter(&[outputs])) }
    }

    /// A layer of given parameters, which become leaves that gather gradients.
    ///
    /// # Errors
    /// If the weight is no matrix, the bias has not one number for each of its rows, or they are not
    /// of one floating-point type.
    pub fn from_parts(weight: Tensor, bias: Option<Tensor>) -> Result<Self> {
        let &[outputs, _] = weight.shape() else {
            let problem = format!("the weight must be [out, in], not {:?}", weight.shape());
            return Err(Error::shape("Linear", problem));
        };
        if let Some(bias) = bias.as_ref().filter(|bias| bias.shape() != [outputs]) {
            let problem = format!("the bias must be [{outputs}], not {:?}", bias.shape());
            return Err(Error::shape("Linear", problem));
        }
        if let Some(bias) = bias.as_ref().filter(|bias| bias.dtype() != weight.dtype()) {
            let problem = format!(
                "weight ({}) and bias ({}) must be of one type; convert with \
                .to(DType::…)",
                weight.dtype(),
                bias.dtype()
            );
            return Err(Error::dtype("Linear", problem));
        }
        let bias = bias.map(Tensor::requires_grad_).transpose()?;
        Ok(Self { weight: weight.requires_grad_()?, bias })
    }

    /// The layer without its bias.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// A layer of the same parameters in another type, as leaves of their own.
    ///
    /// # Errors
    /// If the type is not floating.
    pub fn to(&self, dtype: DType) -> Result<Self> {
        let bias = self.bias.as_ref().map(|bias| bias.detach().to(dtype));
        Self::from_parts(self.weight.detach().to(dtype), bias)
    }

    /// The weight, [out, in].
    #[must_use]
    pub fn weight(&self) -> &Tensor {
        &self.weight
    }

    /// The bias, `[out]`.
    #[must_use]
    pub fn bias(&self) -> Option<&Tensor> {
        self.bias.as_ref()
    }

    /// The output [.., out] for an input [.., in].
    ///
    /// # Errors
    /// If the input's last axis is not of size `in`, or its type is not the weight's.
    pub fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let inputs = self.weight.shape()[1];
        if input.shape().last() != Some(&inputs) {
            let problem = format!(
                "takes {inputs} numbers on the last axis, but the input has shape {:?}",
                input.shape()
            );
            return Err(Error::shape("Linear", problem));
        }
        let output = no_grad(|| {
            let product = input.matmul(&self.weight.t()?)?;
            match &self.bias {
                Some(bias) => product.add(bias),
                None => Ok(product),
            }
        })?;
        let by_bias = self.bias.as_ref().and_then(|bias| bias.edge(|| |g: &Tensor| Ok(g.clone())));
        let edges = [self.by_input(input), self.by_weight(input), by_bias];
        Ok(output.record("linear", edges))
    }

    /// The edge to the input: gW.
    fn by_input(&self, input: &Tensor) -> Option<Edge> {
        input.edge(|| {
            let weight = self.weight.save();
            move |g: &Tensor| g.matmul(weight.get()?)
        })
    }

    /// The edge to the weight: gᵀx, over the rows of all leading axes.
    fn by_weight(&self, input: &Tensor) -> Option<Edge> {
        self.weight.edge(|| {
            let input = input.save();
            move |g: &Tensor| rows(g)?.t()?.matmul(&rows(input.get()?)?)
        })
    }

    /// Weight and bias, as clones that are the same tensors.
    #[must_use]
    pub fn parameters(&self) -> Vec<Tensor> {
        std::iter::once(&self.weight).chain(&self.bias).cloned().collect()
    }
}

/// The last axis as rows of a matrix.
fn rows(x: &Tensor) -> Result<Tensor> {
    let (width, leading) = x.shape().split_last().map_or((1, &[][..]), |(&n, lead)| (n, lead));
    x.reshape([count(leading), width])
}

impl Module for Linear {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        self.forward(input)
    }

    fn parameters(&self) -> Vec<Tensor> {
        self.parameters()
    }
}

#[cfg(test)]
mod tests {
    use super::Linear;
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{DType, Generator, Result, Tensor, no_grad, tensor};

    #[test]
    fn numbers_begin_uniform_within_one_over_root_inputs() {
        let layer = Linear::drawn(400, 300, &mut Generator::new(1));
        let (weight, bias) = (layer.weight().to_f64_vec(), layer.bias().unwrap().to_f64_vec());
        assert_eq!((layer.weight().shape(), bias.len()), (&[300, 400][..], 300));
        let most = |numbers: &[f64]| numbers.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        assert!(most(&weight) <= 0.05 && most(&weight) > 0.0499);
        assert!(most(&bias) <= 0.05 && most(&bias) > 0.048);
        // The variance of U(−a, a) is a²/3.
        let variance = weight.iter().map(|w| w * w).sum::<f64>() / weight.len() as f64;
        assert!((variance / (0.05 * 0.05 / 3.0) - 1.0).abs() < 0.01);
        let same = Linear::drawn(400, 300, &mut Generator::new(1));
        assert_eq!(same.weight().to_f64_vec(), weight);
        assert!(Linear::new(0, 2).bias().unwrap().to_f64_vec() == [0.0, 0.0]);
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let inputs = [
            tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?,
            tensor![[0.1, 0.2, -0.3], [1.0, -2.0, 0.5]; f64].requires_grad_()?,
            tensor![0.7, -0.2; f64].requires_grad_()?,
        ];
        let layer =
            |x: &[Tensor]| Linear::from_parts(x[1].clone(), Some(x[2].clone()))?.forward(&x[0]);
        gradcheck(layer, &inputs)?;
        gradgradcheck(|x| Ok(layer(x)?.square()), &inputs)
    }

    #[test]
    fn inputs_of_any_rank_and_empty_batches_pass() -> Result<()> {
        let layer = Linear::new(3, 2);
        for (input, output) in
            [(&[3][..], &[2][..]), (&[4, 3], &[4, 2]), (&[5, 4, 3], &[5, 4, 2]), (&[0, 3], &[0, 2])]
        {
            assert_eq!(layer.forward(&Tensor::ones(input))?.shape(), output);
            assert_eq!(layer.clone().without_bias().forward(&Tensor::ones(input))?.shape(), output);
        }
        Ok(())
    }

    #[test]
    fn parameters_are_the_layers_own() -> Result<()> {
        let layer = Linear::new(2, 1);
        no_grad(|| layer.parameters().iter().try_for_each(|p| p.fill_(2.0)))?;
        assert_eq!(layer.forward(&tensor![[1.0, 1.0]])?.item(), 6.0);
        assert_eq!(layer.to(DType::F64)?.forward(&tensor![[1.0, 1.0]; f64])?.dtype(), DType::F64);
        assert_eq!(layer.without_bias().parameters().len(), 1);
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let message = |result: Result<Tensor>| result.unwrap_err().to_string();
        let layer = Linear::new(3, 2);
        assert_eq!(
            message(layer.forward(&Tensor::ones([3, 2]))),
            "Linear: takes 3 numbers on the last axis, but the input has shape [3, 2]"
        );
        assert!(layer.forward(&Tensor::scalar(1.0)).is_err());
        assert!(layer.forward(&tensor![1.0, 2.0, 3.0; f64]).is_err());
        let parts = |w, b| Linear::from_parts(w, b).unwrap_err().to_string();
        assert!(parts(tensor![1.0], None).contains("[out, in]"));
        assert!(parts(tensor![[1.0]], Some(tensor![1.0, 2.0])).contains("bias must be [1]"));
        assert!(parts(tensor![[1.0]], Some(tensor![1.0; f64])).contains("one type"));
        assert!(parts(tensor![[1]], None).contains("f32 or f64"));
    }
}
