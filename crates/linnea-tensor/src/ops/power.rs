//! Powers aᵇ.
//!
//! By a: g·b·aᵇ⁻¹, and 0 where b = 0. By b: g·aᵇ·log a, and 0 where a = 0 and b ≥ 0.

use super::arithmetic::{Pair, zip_numbers};
use crate::array::{Array, zip};
use crate::tensor::Operand;
use crate::{Error, Result, Scalar, Tensor};

impl Tensor {
    /// The power aᵇ. Integers to integer powers stay integers, and wrap.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// assert_eq!(tensor![1.0, 4.0].pow(0.5)?.to_f64_vec(), [1.0, 2.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, or an integer tensor is raised to a negative integer.
    pub fn pow(&self, exponent: impl Into<Operand>) -> Result<Self> {
        let (a, b) = (Operand::from(self), exponent.into());
        if let Operand::Scalar(Scalar::Int(power)) = b
            && power < 0
            && !self.dtype().is_float()
        {
            return Err(Error::value(
                "pow",
                "an integer to a negative integer is no integer; \
                give the exponent as a floating-point number",
            ));
        }
        let pair = Pair::new("pow", &a, &b)?;
        let power =
            zip_numbers!(pair, float |x, y| x.powf(y), int IntegerPower::power(x, y), bool x | !y);
        let power = Self::new(power);
        let edges = [by_base(self, &b), by_exponent(self, &b, &power)];
        Ok(power.record("pow", edges))
    }
}

fn by_base(base: &Tensor, exponent: &Operand) -> Option<crate::autograd::Edge> {
    base.edge(|| {
        let (base, exponent) = (base.save(), exponent.save());
        move |g: &Tensor| match exponent.get()? {
            Operand::Scalar(b) => match b.to_f64() {
                0.0 => Ok(g.zeros_like()),
                1.0 => Ok(g.clone()),
                2.0 => g.mul(base.get()?.mul(2.0)?),
                b => g.mul(base.get()?.pow(b - 1.0)?.mul(b)?),
            },
            Operand::Tensor(b) => {
                let b = b.to(g.dtype());
                let slope = base.get()?.pow(b.sub(1.0)?)?.mul(&b)?;
                b.eq(0)?.where_(0.0, g.mul(slope)?)
            }
        }
    })
}

fn by_exponent(base: &Tensor, exponent: &Operand, power: &Tensor) -> Option<crate::autograd::Edge> {
    exponent.as_tensor()?.edge_from(power, || {
        let (base, exponent) = (base.save(), exponent.save());
        move |g: &Tensor, y: &Tensor| {
            let (a, b) = (base.get()?, exponent.get()?);
            let Operand::Tensor(b) = b else { unreachable!("a number has no edge") };
            // An integer's logarithm would be f32 where the power is f64.
            let a = a.to(g.dtype());
            let flat = a.eq(0)?.mul(b.ge(0)?)?;
            flat.where_(0.0, g.mul(y)?.mul(a.log())?)
        }
    })
}

/// Powers of integers, with PyTorch's answer for a negative exponent: the quotient, cut.
trait IntegerPower {
    fn power(self, exponent: Self) -> Self;
}

impl IntegerPower for i64 {
    fn power(self, exponent: Self) -> Self {
        match (self, exponent) {
            (_, 0..) => (0..64 - exponent.leading_zeros()).rev().fold(1_i64, |power, bit| {
                let square = power.wrapping_mul(power);
                if exponent >> bit & 1 == 1 { square.wrapping_mul(self) } else { square }
            }),
            (1, _) => 1,
            (-1, _) => {
                if exponent % 2 == 0 {
                    1
                } else {
                    -1
                }
            }
            _ => 0,
        }
    }
}

impl IntegerPower for u8 {
    fn power(self, exponent: Self) -> Self {
        self.wrapping_pow(exponent.into())
    }
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let a = tensor![[0.5, 1.5, 2.0]; f64].requires_grad_()?;
        let b = tensor![[2.0], [-0.5]; f64].requires_grad_()?;
        gradcheck(|x| x[0].pow(&x[1]), &[a.clone(), b.clone()])?;
        gradgradcheck(|x| x[0].pow(&x[1]), &[a.clone(), b])?;
        for power in [0.0, 1.0, 2.0, 3.0, -0.5] {
            gradcheck(|x| x[0].pow(power), std::slice::from_ref(&a))?;
        }
        Ok(())
    }

    #[test]
    fn at_zero_the_gradient_is_pytorchs() -> Result<()> {
        let a = tensor![0.0, 0.0].requires_grad_()?;
        let b = tensor![0.0, 2.0].requires_grad_()?;
        a.pow(&b)?.sum().backward()?;
        assert_eq!(a.grad().unwrap().to_f64_vec(), [0.0, 0.0]);
        assert_eq!(b.grad().unwrap().to_f64_vec(), [0.0, 0.0]);
        Ok(())
    }

    #[test]
    fn integers_stay_integers() -> Result<()> {
        assert_eq!(tensor![2, -3].pow(3)?.to_vec::<i64>()?, [8, -27]);
        assert_eq!(tensor![2, -1].pow(tensor![-1, -3])?.to_vec::<i64>()?, [0, -1]);
        assert!(tensor![2].pow(-1).is_err());
        Ok(())
    }
}
