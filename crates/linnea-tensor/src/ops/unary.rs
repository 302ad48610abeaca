//! Functions of one number.
//!
//! Each line of the table gives the function and its local rule, in terms of the input x or of the
//! output y, whichever is cheaper or loses fewer digits. Integers become f32 where the function
//! leaves the integers; `neg abs sign square relu` keep them.

use crate::array::{Array, map, map_float};
use crate::{DType, Error, Result, Tensor};
use num_traits::{Float, Signed};

/// A function on f32 and f64, with its rule.
macro_rules! functions {
    ($($(#[$doc:meta])+ $name:ident |$x:ident| $forward:expr, $kind:ident |$g:ident, $v:ident| $rule:expr;)+) => {
        impl Tensor {$(
            $(#[$doc])+
            #[must_use]
            pub fn $name(&self) -> Self {
                let y = Self::new(map_float!(self.array(), data => map(data, |$x| $forward)));
                let edge = functions!($kind self y |$g, $v| $rule);
                y.record(stringify!($name), [edge])
            }
        )+}
    };
    (input $self:ident $y:ident |$g:ident, $v:ident| $rule:expr) => {
        $self.edge(|| {
            let x = $self.save();
            move |$g: &Tensor| {
                let $v = x.get()?;
                $rule
            }
        })
    };
    (output $self:ident $y:ident |$g:ident, $v:ident| $rule:expr) => {
        $self.edge_from(&$y, || |$g: &Tensor, $v: &Tensor| $rule)
    };
}
functions! {
    /// eˣ.
    exp |x| x.exp(), output |g, y| g.mul(y);
    /// eˣ − 1, with its digits also near 0.
    expm1 |x| x.exp_m1(), output |g, y| g.mul(y.add(1.0)?);
    /// The natural logarithm; −∞ at 0, NaN below.
    log |x| x.ln(), input |g, x| g.div(x);
    /// log(1 + x), with its digits also near 0.
    log1p |x| x.ln_1p(), input |g, x| g.div(x.add(1.0)?);
    /// The logarithm to base 2.
    log2 |x| x.log2(), input |g, x| g.div(x)?.mul(std::f64::consts::LOG2_E);
    /// √x; NaN below 0.
    sqrt |x| x.sqrt(), output |g, y| g.div(y.mul(2.0)?);
    /// 1/x.
    reciprocal |x| x.recip(), output |g, y| g.mul(y)?.mul(y)?.neg();
    /// The sine.
    sin |x| x.sin(), input |g, x| g.mul(x.cos());
    /// The cosine.
    cos |x| x.cos(), input |g, x| g.mul(x.sin())?.neg();
    /// The hyperbolic tangent.
    tanh |x| x.tanh(), output |g, y| g.mul(Tensor::scalar(1.0).sub(y.square())?);
    /// The logistic function 1/(1 + e⁻ˣ); it neither overflows nor cancels.
    sigmoid |x| sigmoid(x), output |g, y| g.mul(y)?.mul(Tensor::scalar(1.0).sub(y)?);
    /// log(1 + eˣ), computed as max(x, 0) + log1p(e^−|x|): exact in both tails.
    ///
    /// PyTorch returns x itself above 20; the difference there is below f32's last digit, not f64's.
    softplus |x| softplus(x), input |g, x| g.mul(x.sigmoid());
    /// The error function 2/√π ∫₀ˣ e^−t² dt.
    erf |x| Erf::erf(x), input |g, x| g.mul(x.square().neg()?.exp())?.mul(std::f64::consts::FRAC_2_SQRT_PI);
    /// 1 − erf(x), with its digits also where erf(x) is close to 1.
    erfc |x| Erf::erfc(x), input |g, x| g.mul(x.square().neg()?.exp())?.mul(-std::f64::consts::FRAC_2_SQRT_PI);
}

fn sigmoid<T: Float>(x: T) -> T {
    let e = (-x.abs()).exp();
    if x >= T::zero() { T::one() / (T::one() + e) } else { e / (T::one() + e) }
}

/// NaN goes through the second term, as `max` drops it.
fn softplus<T: Float>(x: T) -> T {
    x.max(T::zero()) + (-x.abs()).exp().ln_1p()
}

/// The error function and its complement, which the standard library lacks.
trait Erf {
    fn erf(self) -> Self;
    fn erfc(self) -> Self;
}

impl Erf for f32 {
    fn erf(self) -> Self {
        libm::erff(self)
    }

    fn erfc(self) -> Self {
        libm::erfcf(self)
    }
}

impl Erf for f64 {
    fn erf(self) -> Self {
        libm::erf(self)
    }

    fn erfc(self) -> Self {
        libm::erfc(self)
    }
}

/// An expression in a number of any signed type, and in one of type u8; booleans stay as they are.
macro_rules! map_numbers {
    ($array:expr, |$x:ident| $signed:expr, u8 $unsigned:expr) => {
        match &$array {
            Array::F64(data) => Array::F64(map(data, |$x| $signed)),
            Array::F32(data) => Array::F32(map(data, |$x| $signed)),
            Array::I64(data) => Array::I64(map(data, |$x| $signed)),
            Array::U8(data) => Array::U8(map(data, |$x| $unsigned)),
            Array::Bool(data) => Array::Bool(data.clone()),
        }
    };
}

impl Tensor {
    /// −x; an unsigned number wraps.
    ///
    /// # Errors
    /// If the tensor is boolean.
    pub fn neg(&self) -> Result<Self> {
        if self.dtype() == DType::Bool {
            return Err(Error::dtype("neg", "a boolean has no negative; use logical_not"));
        }
        let y =
            Self::new(map_numbers!(self.array(), |x| Negative::negative(x), u8 x.wrapping_neg()));
        Ok(y.record("neg", [self.edge(|| |g: &Self| g.neg())]))
    }

    /// |x|; its gradient at 0 is 0.
    #[must_use]
    pub fn abs(&self) -> Self {
        let y = Self::new(map_numbers!(self.array(), |x| Negative::magnitude(x), u8 x));
        let edge = self.edge(|| {
            let x = self.save();
            move |g: &Self| g.mul(x.get()?.sign())
        });
        y.record("abs", [edge])
    }

    /// −1, 0 or 1; NaN stays. Its gradient is 0.
    #[must_use]
    pub fn sign(&self) -> Self {
        let y = Self::new(map_numbers!(self.array(), |x| Negative::direction(x), u8 x.min(1)));
        y.record("sign", [self.edge(|| |g: &Self| Ok(g.zeros_like()))])
    }

    /// x²; of a boolean, an integer.
    #[must_use]
    pub fn square(&self) -> Self {
        let array = self.array();
        let array = if self.dtype() == DType::Bool { array.cast(DType::I64) } else { array };
        let y = Self::new(map_numbers!(array, |x| Negative::times(x, x), u8 x.wrapping_mul(x)));
        let edge = self.edge(|| {
            let x = self.save();
            move |g: &Self| g.mul(x.get()?.mul(2.0)?)
        });
        y.record("square", [edge])
    }

    /// max(x, 0); NaN stays, and the gradient at 0 is 0.
    #[must_use]
    pub fn relu(&self) -> Self {
        let y = Self::new(map_numbers!(self.array(), |x| Negative::positive_part(x), u8 x));
        let edge = self.edge_from(&y, || |g: &Self, y: &Self| y.le(0)?.where_(0.0, g));
        y.record("relu", [edge])
    }

    /// Whether each number is 0.
    #[must_use]
    pub fn logical_not(&self) -> Self {
        match &self.array().cast(DType::Bool) {
            Array::Bool(data) => Self::new(Array::Bool(map(data, |x| !x))),
            _ => unreachable!("cast to bool"),
        }
    }
}

/// What signed numbers have in common, with integers that wrap.
trait Negative: Copy {
    fn negative(self) -> Self;
    fn magnitude(self) -> Self;
    fn direction(self) -> Self;
    fn times(self, other: Self) -> Self;
    fn positive_part(self) -> Self;
}

macro_rules! negative_float {
    ($($type:ty)+) => {$(
        impl Negative for $type {
            fn negative(self) -> Self { -self }
            fn magnitude(self) -> Self { Float::abs(self) }
            fn direction(self) -> Self { if self == 0.0 { 0.0 } else { Float::signum(self) } }
            fn times(self, other: Self) -> Self { self * other }
            fn positive_part(self) -> Self { if self < 0.0 { 0.0 } else { self } }
        }
    )+};
}
negative_float!(f32 f64);

impl Negative for i64 {
    fn negative(self) -> Self {
        self.wrapping_neg()
    }
    fn magnitude(self) -> Self {
        self.wrapping_abs()
    }
    fn direction(self) -> Self {
        Signed::signum(&self)
    }
    fn times(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }
    fn positive_part(self) -> Self {
        self.max(0)
    }
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let everywhere = tensor![[-2.3, -0.4], [0.6, 3.0]; f64].requires_grad_()?;
        let positive = tensor![[0.2, 0.4], [1.6, 3.0]; f64].requires_grad_()?;
        let smooth: [fn(&Tensor) -> Tensor; 13] = [
            Tensor::exp,
            Tensor::expm1,
            Tensor::reciprocal,
            Tensor::sin,
            Tensor::cos,
            Tensor::tanh,
            Tensor::sigmoid,
            Tensor::softplus,
            Tensor::erf,
            Tensor::erfc,
            Tensor::abs,
            Tensor::square,
            Tensor::relu,
        ];
        for f in smooth {
            gradcheck(|x| Ok(f(&x[0])), std::slice::from_ref(&everywhere))?;
            gradgradcheck(|x| Ok(f(&x[0])), std::slice::from_ref(&everywhere))?;
        }
        for f in [Tensor::log, Tensor::log1p, Tensor::log2, Tensor::sqrt] {
            gradcheck(|x| Ok(f(&x[0])), std::slice::from_ref(&positive))?;
            gradgradcheck(|x| Ok(f(&x[0])), std::slice::from_ref(&positive))?;
        }
        gradcheck(|x| x[0].neg(), &[everywhere])
    }

    #[test]
    fn tails_keep_their_digits() -> Result<()> {
        let x = tensor![-1000.0, -100.0, 0.0, 100.0, f64::INFINITY, f64::NEG_INFINITY; f64];
        assert_eq!(x.sigmoid().to_f64_vec()[1], (-100.0_f64).exp());
        assert_eq!(x.softplus().to_f64_vec()[1], (-100.0_f64).exp());
        assert_eq!(x.softplus().to_f64_vec()[3..], [100.0, f64::INFINITY, 0.0]);
        // mpmath: erfc(10), erfc(-10).
        let tails = tensor![10.0, -10.0; f64].erfc();
        assert!(tails.allclose(&tensor![2.088487583762545e-45, 2.0; f64], 1e-15, 0.0));
        assert!(tensor![f64::NAN].relu().item().is_nan());
        assert!(tensor![f64::NAN].softplus().item().is_nan());
        Ok(())
    }
}
