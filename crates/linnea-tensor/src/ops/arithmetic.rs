//! Sums, differences, products and quotients, broadcast by PyTorch's rules.
//!
//! | operation | by a | by b |
//! | --- | --- | --- |
//! | a + b | g | g |
//! | a − b | g | −g |
//! | a · b | g·b | g·a |
//! | a / b | g/b | −(g·(a/b))/b |
//!
//! The driver sums each over the axes that were broadcast. Integers wrap; the quotient of integers
//! is f32; booleans add as *or* and multiply as *and*.

use crate::array::{Array, zip};
use crate::dtype::{Weight, promote};
use crate::shape::broadcast_shapes;
use crate::tensor::Operand;
use crate::{DType, Error, Result, Scalar, Tensor};

/// Two operands made ready: one type, one shape.
pub(crate) struct Pair {
    pub(crate) left: Array,
    pub(crate) right: Array,
    pub(crate) shape: crate::shape::Shape,
    pub(crate) dtype: DType,
}

impl Pair {
    pub(crate) fn new(op: &'static str, left: &Operand, right: &Operand) -> Result<Self> {
        let dtype = promote(&[left.typed(), right.typed()]);
        let shape = broadcast_shapes(op, left.shape(), right.shape())?;
        Ok(Self { left: left.array(dtype), right: right.array(dtype), shape, dtype })
    }

    /// The same pair with integers turned to f32.
    pub(crate) fn into_float(self) -> Self {
        let dtype = self.dtype.to_float();
        Self { left: self.left.cast(dtype), right: self.right.cast(dtype), dtype, ..self }
    }
}

impl Operand {
    fn typed(&self) -> (DType, Weight) {
        match self {
            Self::Tensor(tensor) if tensor.rank() == 0 => (tensor.dtype(), Weight::ZeroDim),
            Self::Tensor(tensor) => (tensor.dtype(), Weight::Array),
            Self::Scalar(scalar) => (scalar.dtype(), Weight::Scalar),
        }
    }

    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Self::Tensor(tensor) => tensor.shape(),
            Self::Scalar(_) => &[],
        }
    }

    fn array(&self, dtype: DType) -> Array {
        match self {
            Self::Tensor(tensor) => tensor.compact().cast(dtype),
            Self::Scalar(scalar) => Array::scalar(*scalar, dtype),
        }
    }

    pub(crate) fn as_tensor(&self) -> Option<&Tensor> {
        match self {
            Self::Tensor(tensor) => Some(tensor),
            Self::Scalar(_) => None,
        }
    }

    /// The number, or the tensor, as a tensor that is saved for a rule.
    pub(crate) fn save(&self) -> SavedOperand {
        match self {
            Self::Tensor(tensor) => SavedOperand::Tensor(tensor.save()),
            Self::Scalar(scalar) => SavedOperand::Scalar(*scalar),
        }
    }
}

/// An operand kept for a rule.
pub(crate) enum SavedOperand {
    Tensor(crate::autograd::Saved),
    Scalar(Scalar),
}

impl SavedOperand {
    pub(crate) fn get(&self) -> Result<Operand> {
        match self {
            Self::Tensor(saved) => Ok(saved.get()?.into()),
            Self::Scalar(scalar) => Ok(Operand::Scalar(*scalar)),
        }
    }
}

/// An expression in two numbers, for each type that has it.
macro_rules! zip_numbers {
    ($pair:expr, float |$a:ident, $b:ident| $float:expr, int $int:expr, bool $bool:expr) => {{
        let Pair { left, right, shape, .. } = &$pair;
        match (left, right) {
            (Array::F64(x), Array::F64(y)) => Array::F64(zip(x, y, shape, |$a, $b| $float)),
            (Array::F32(x), Array::F32(y)) => Array::F32(zip(x, y, shape, |$a, $b| $float)),
            (Array::I64(x), Array::I64(y)) => Array::I64(zip(x, y, shape, |$a, $b| $int)),
            (Array::U8(x), Array::U8(y)) => Array::U8(zip(x, y, shape, |$a, $b| $int)),
            (Array::Bool(x), Array::Bool(y)) => Array::Bool(zip(x, y, shape, |$a, $b| $bool)),
            _ => unreachable!("a pair has one type"),
        }
    }};
}
pub(crate) use zip_numbers;

impl Tensor {
    /// The sum a + b.
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    pub fn add(&self, other: impl Into<Operand>) -> Result<Self> {
        add(&self.into(), &other.into())
    }

    /// The difference a − b.
    ///
    /// # Errors
    /// If the shapes do not broadcast, or either is boolean.
    pub fn sub(&self, other: impl Into<Operand>) -> Result<Self> {
        sub(&self.into(), &other.into())
    }

    /// The product a·b, number by number.
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    pub fn mul(&self, other: impl Into<Operand>) -> Result<Self> {
        mul(&self.into(), &other.into())
    }

    /// The quotient a/b; of integers it is f32.
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    pub fn div(&self, other: impl Into<Operand>) -> Result<Self> {
        div(&self.into(), &other.into())
    }
}

pub(super) fn add(a: &Operand, b: &Operand) -> Result<Tensor> {
    let pair = Pair::new("add", a, b)?;
    let sum = zip_numbers!(pair, float |x, y| x + y, int x.wrapping_add(y), bool x | y);
    Ok(Tensor::new(sum).record(
        "add",
        [
            a.as_tensor().and_then(|a| a.edge(|| |g: &Tensor| Ok(g.clone()))),
            b.as_tensor().and_then(|b| b.edge(|| |g: &Tensor| Ok(g.clone()))),
        ],
    ))
}

pub(super) fn sub(a: &Operand, b: &Operand) -> Result<Tensor> {
    let pair = Pair::new("sub", a, b)?;
    if [a, b].iter().any(|operand| operand.typed().0 == DType::Bool) {
        let problem = "takes no booleans; use ne (exclusive or), or convert with .to(DType::…)";
        return Err(Error::dtype("sub", problem));
    }
    let difference = zip_numbers!(pair, float |x, y| x - y, int x.wrapping_sub(y), bool x ^ y);
    Ok(Tensor::new(difference).record(
        "sub",
        [
            a.as_tensor().and_then(|a| a.edge(|| |g: &Tensor| Ok(g.clone()))),
            b.as_tensor().and_then(|b| b.edge(|| |g: &Tensor| g.neg())),
        ],
    ))
}

pub(super) fn mul(a: &Operand, b: &Operand) -> Result<Tensor> {
    let pair = Pair::new("mul", a, b)?;
    let product = zip_numbers!(pair, float |x, y| x * y, int x.wrapping_mul(y), bool x & y);
    Ok(Tensor::new(product).record("mul", [times_other(a, b), times_other(b, a)]))
}

/// The edge to `to` from its product with `other`.
fn times_other(to: &Operand, other: &Operand) -> Option<crate::autograd::Edge> {
    to.as_tensor()?.edge(|| {
        let other = other.save();
        move |g: &Tensor| g.mul(other.get()?)
    })
}

pub(super) fn div(a: &Operand, b: &Operand) -> Result<Tensor> {
    let pair = Pair::new("div", a, b)?.into_float();
    let quotient = zip_numbers!(pair, float |x, y| x / y, int x / y, bool x & y);
    let quotient = Tensor::new(quotient);
    let edges = [
        a.as_tensor().and_then(|a| {
            a.edge(|| {
                let b = b.save();
                move |g: &Tensor| g.div(b.get()?)
            })
        }),
        b.as_tensor().and_then(|b| {
            b.edge_from(&quotient, || {
                let b = b.save();
                move |g: &Tensor, q: &Tensor| g.mul(q)?.div(b.get()?)?.neg()
            })
        }),
    ];
    Ok(quotient.record("div", edges))
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{DType, Result, Tensor, tensor};

    type Op = fn(&Tensor, &Tensor) -> Result<Tensor>;
    const OPS: [Op; 4] = [|a, b| a.add(b), |a, b| a.sub(b), |a, b| a.mul(b), |a, b| a.div(b)];

    fn leaves() -> Result<[Tensor; 2]> {
        let a = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]].to(DType::F64).requires_grad_()?;
        let b = tensor![1.5, -2.0, 0.5].to(DType::F64).requires_grad_()?;
        Ok([a, b])
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        for op in OPS {
            gradcheck(|x| op(&x[0], &x[1]), &leaves()?)?;
            gradgradcheck(|x| op(&op(&x[0], &x[1])?, &x[0]), &leaves()?)?;
        }
        Ok(())
    }

    #[test]
    fn expanded_operands_are_as_good_as_any() -> Result<()> {
        let ones = Tensor::ones([2, 2]);
        assert_eq!(ones.add(1.0)?.add(&ones)?.to_f64_vec(), [3.0; 4]);
        assert_eq!(ones.add(Tensor::ones([2, 1]))?.to_f64_vec(), [2.0; 4]);
        Ok(())
    }

    #[test]
    fn integers_wrap_and_their_quotient_is_a_float() -> Result<()> {
        let x = tensor![250_u8, 3];
        assert_eq!(x.add(10)?.to_vec::<u8>()?, [4, 13]);
        assert_eq!(x.div(2)?.to_vec::<f32>()?, [125.0, 1.5]);
        assert_eq!(tensor![7_i64].mul(0.5)?.dtype(), DType::F32);
        Ok(())
    }
}
