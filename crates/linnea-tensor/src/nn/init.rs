//! First values for parameters, put in place without recording.
//!
//! | rule | spread |
//! | --- | --- |
//! | Xavier, uniform | ±gain·√(6/(in + out)) |
//! | Xavier, normal | σ = gain·√(2/(in + out)) |
//! | Kaiming, uniform | ±gain·√(3/fan) |
//! | Kaiming, normal | σ = gain/√fan |
//!
//! Glorot & Bengio, *Understanding the difficulty of training deep feedforward neural networks*
//! (2010); He, Zhang, Ren & Sun, *Delving deep into rectifiers* (2015). A weight [out, in, …] has
//! fans in·Π… and out·Π….
//!
//! Each random rule draws from the default generator; its twin named `…_with_` from one's own.

use crate::make::with_default;
use crate::{Error, Generator, Result, Scalar, Tensor, no_grad};

/// Sets every number to `value`.
///
/// # Errors
/// If the tensor is the result of a recorded operation.
pub fn constant_(tensor: &Tensor, value: impl Into<Scalar>) -> Result<()> {
    check_leaf("constant_", tensor)?;
    no_grad(|| tensor.fill_(value))
}

/// Sets every number to 0.
///
/// # Errors
/// If the tensor is the result of a recorded operation.
pub fn zeros_(tensor: &Tensor) -> Result<()> {
    constant_(tensor, 0)
}

/// Sets every number to 1.
///
/// # Errors
/// If the tensor is the result of a recorded operation.
pub fn ones_(tensor: &Tensor) -> Result<()> {
    constant_(tensor, 1)
}

/// The random rules, each with its twin.
macro_rules! rules {
    ($($(#[$doc:meta])+ $name:ident, $with:ident
        ($tensor:ident, $generator:ident $(, $argument:ident: $type:ty)*) $body:block)+) => {$(
        $(#[$doc])+
        pub fn $name($tensor: &Tensor $(, $argument: $type)*) -> Result<()> {
            with_default(|generator| $with($tensor $(, $argument)*, generator))
        }

        #[doc = concat!("As [`", stringify!($name), "`], drawn from `generator`.")]
        ///
        /// # Errors
        #[doc = concat!("As for [`", stringify!($name), "`].")]
        pub fn $with(
            $tensor: &Tensor,
            $($argument: $type,)*
            $generator: &mut Generator,
        ) -> Result<()> $body
    )+};
}
rules! {
    /// Uniform numbers in [low, high).
    ///
    /// # Errors
    /// If `low` is above `high` or either is not finite, the tensor is not floating, or it is the
    /// result of a recorded operation.
    uniform_, uniform_with_(tensor, generator, low: f64, high: f64) {
        check_leaf("uniform_", tensor)?;
        if !(low <= high && (high - low).is_finite()) {
            let problem = format!("the range must be finite and not empty, not [{low}, {high})");
            return Err(Error::value("uniform_", problem));
        }
        let numbers = generator.rand_of(tensor.shape(), tensor.dtype())?;
        no_grad(|| tensor.copy_(&numbers.mul(high - low)?.add(low)?))
    }
    /// Normal numbers with this mean and standard deviation.
    ///
    /// # Errors
    /// If the deviation is negative or NaN, the tensor is not floating, or it is the result of a
    /// recorded operation.
    normal_, normal_with_(tensor, generator, mean: f64, deviation: f64) {
        check_leaf("normal_", tensor)?;
        let numbers = generator.normal_of(mean, deviation, tensor.shape(), tensor.dtype())?;
        no_grad(|| tensor.copy_(&numbers))
    }
    /// Xavier's uniform numbers, times a gain (1 for a linear layer).
    ///
    /// # Errors
    /// As for [`uniform_`], and if the tensor has fewer than two axes.
    xavier_uniform_, xavier_uniform_with_(tensor, generator, gain: f64) {
        let bound = gain * (6.0 / fans("xavier_uniform_", tensor)?.sum()).sqrt();
        uniform_with_(tensor, -bound, bound, generator)
    }
    /// Xavier's normal numbers, times a gain (1 for a linear layer).
    ///
    /// # Errors
    /// As for [`normal_`], and if the tensor has fewer than two axes.
    xavier_normal_, xavier_normal_with_(tensor, generator, gain: f64) {
        let deviation = gain * (2.0 / fans("xavier_normal_", tensor)?.sum()).sqrt();
        normal_with_(tensor, 0.0, deviation, generator)
    }
    /// Kaiming's uniform numbers, for what follows the layer.
    ///
    /// # Errors
    /// As for [`uniform_`], and if the tensor has fewer than two axes.
    kaiming_uniform_, kaiming_uniform_with_(
        tensor, generator, fan: Fan, nonlinearity: Nonlinearity
    ) {
        let fan = fans("kaiming_uniform_", tensor)?.of(fan);
        let bound = nonlinearity.gain() * (3.0 / fan).sqrt();
        uniform_with_(tensor, -bound, bound, generator)
    }
    /// Kaiming's normal numbers, for what follows the layer.
    ///
    /// # Errors
    /// As for [`normal_`], and if the tensor has fewer than two axes.
    kaiming_normal_, kaiming_normal_with_(
        tensor, generator, fan: Fan, nonlinearity: Nonlinearity
    ) {
        let fan = fans("kaiming_normal_", tensor)?.of(fan);
        normal_with_(tensor, 0.0, nonlinearity.gain() / fan.sqrt(), generator)
    }
}

/// Which variance Kaiming's rule keeps: that of outputs (the fan in) or of gradients (the fan out).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// How many numbers go into one output.
    In,
    /// How many outputs one number goes into.
    Out,
}

/// What follows a layer, and so how much larger its weights should be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Nonlinearity {
    /// Nothing.
    Linear,
    /// 1/(1 + e⁻ˣ).
    Sigmoid,
    /// tanh x.
    Tanh,
    /// max(x, 0).
    Relu,
    /// x above 0, and this slope times x below.
    LeakyRelu(f64),
}

impl Nonlinearity {
    /// PyTorch's `calculate_gain`.
    #[must_use]
    pub fn gain(self) -> f64 {
        match self {
            Self::Linear | Self::Sigmoid => 1.0,
            Self::Tanh => 5.0 / 3.0,
            Self::Relu => std::f64::consts::SQRT_2,
            Self::LeakyRelu(slope) => (2.0 / (1.0 + slope * slope)).sqrt(),
        }
    }
}

struct Fans {
    inputs: f64,
    outputs: f64,
}

impl Fans {
    /// At least 1, so that an empty weight divides nothing.
    fn sum(&self) -> f64 {
        (self.inputs + self.outputs).max(1.0)
    }

    fn of(&self, fan: Fan) -> f64 {
        match fan {
            Fan::In => self.inputs.max(1.0),
            Fan::Out => self.outputs.max(1.0),
        }
    }
}

fn fans(op: &'static str, tensor: &Tensor) -> Result<Fans> {
    match *tensor.shape() {
        [outputs, inputs, ref field @ ..] => {
            let field = crate::shape::count(field) as f64;
            Ok(Fans { inputs: inputs as f64 * field, outputs: outputs as f64 * field })
        }
        ref shape => Err(Error::shape(
            op,
            format!("a weight has at least two axes, [out, in]; the tensor has shape {shape:?}"),
        )),
    }
}

/// Only a leaf begins with values of its own.
fn check_leaf(op: &'static str, tensor: &Tensor) -> Result<()> {
    if tensor.is_leaf() {
        return Ok(());
    }
    Err(Error::autograd(op, "the tensor is the result of a recorded operation, not a leaf"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DType;

    fn weight(shape: &[usize]) -> Tensor {
        Tensor::zeros(shape).to(DType::F64).requires_grad_().unwrap()
    }

    fn largest(tensor: &Tensor) -> f64 {
        tensor.to_f64_vec().iter().fold(0.0, |m: f64, x| m.max(x.abs()))
    }

    fn deviation(tensor: &Tensor) -> f64 {
        (tensor.square().sum().item() / tensor.numel() as f64).sqrt()
    }

    /// Bounds and deviations from the formulas for [60, 20, 5, 2]: fan in 200, fan out 600.
    #[test]
    fn spreads_are_pytorchs() -> Result<()> {
        let (w, g) = (weight(&[60, 20, 5, 2]), &mut Generator::new(3));
        let near =
            |x: f64, y: f64, tolerance: f64| assert!((x / y - 1.0).abs() < tolerance, "{x} {y}");
        xavier_uniform_with_(&w, 2.0, g)?;
        near(largest(&w), 0.17320508, 1e-3);
        kaiming_uniform_with_(&w, Fan::In, Nonlinearity::LeakyRelu(5.0_f64.sqrt()), g)?;
        near(largest(&w), 0.07071068, 1e-3);
        kaiming_uniform_with_(&w, Fan::Out, Nonlinearity::Relu, g)?;
        near(largest(&w), 0.1, 1e-3);
        xavier_normal_with_(&w, 5.0 / 3.0, g)?;
        near(deviation(&w), 0.08333333, 0.02);
        kaiming_normal_with_(&w, Fan::In, Nonlinearity::Tanh, g)?;
        near(deviation(&w), 0.11785113, 0.02);
        assert!(w.requires_grad() && w.is_leaf());
        Ok(())
    }

    #[test]
    fn a_seed_gives_the_same_numbers() -> Result<()> {
        let (a, b) = (weight(&[3, 4]), weight(&[3, 4]));
        normal_with_(&a, 1.0, 0.5, &mut Generator::new(9))?;
        normal_with_(&b, 1.0, 0.5, &mut Generator::new(9))?;
        assert_eq!(a.to_f64_vec(), b.to_f64_vec());
        normal_(&b, 1.0, 0.5)?;
        assert_ne!(a.to_f64_vec(), b.to_f64_vec());
        ones_(&a)?;
        assert_eq!(a.sum().item(), 12.0);
        zeros_(&a)?;
        constant_(&b, 0.25)?;
        assert_eq!((a.sum().item(), b.sum().item()), (0.0, 3.0));
        Ok(())
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() -> Result<()> {
        let message = |result: Result<()>| result.unwrap_err().to_string();
        assert!(message(xavier_uniform_(&weight(&[3]), 1.0)).contains("at least two axes"));
        assert!(message(uniform_(&weight(&[3]), 1.0, -1.0)).contains("not empty"));
        assert!(message(uniform_(&weight(&[3]), 0.0, f64::INFINITY)).contains("finite"));
        assert!(normal_(&weight(&[3]), 0.0, -1.0).is_err());
        assert!(normal_(&crate::tensor![1, 2], 0.0, 1.0).is_err());
        assert!(message(zeros_(&weight(&[3]).mul(2.0)?)).contains("not a leaf"));
        xavier_normal_(&weight(&[0, 0]), 1.0)?;
        kaiming_normal_(&weight(&[2, 0]), Fan::In, Nonlinearity::Linear)
    }
}
