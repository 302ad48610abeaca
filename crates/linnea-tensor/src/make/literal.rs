//! `tensor![…]`: numbers written out.

use crate::array::{Array, from_vec};
use crate::{DType, Tensor};

/// A tensor written out, nested to any depth. Types are PyTorch's: numbers with a fraction are f32,
/// integers i64 (`u8` stays), and booleans bool; `; f64` at the end asks for another type.
///
/// ```
/// use linnea_tensor::{DType, Tensor, tensor};
/// let x = tensor![[1.0, 2.0], [3.0, 4.0]];
/// assert_eq!((x.shape(), x.dtype()), (&[2, 2][..], DType::F32));
/// assert_eq!(tensor![0.1; f64].item(), 0.1);
/// assert_eq!(tensor![].shape(), [0]);
/// assert_eq!(Tensor::scalar(3.0).shape(), []);   // torch.tensor(3.0)
/// ```
#[macro_export]
macro_rules! tensor {
    [] => { $crate::Tensor::zeros([0]) };
    [$($part:expr),+ $(,)?; $dtype:ident] => {
        $crate::make::Nested::into_tensor([$($part),+], Some($crate::tensor!(@dtype $dtype)))
    };
    [$($part:expr),+ $(,)?] => { $crate::make::Nested::into_tensor([$($part),+], None) };
    (@dtype f32) => { $crate::DType::F32 };
    (@dtype f64) => { $crate::DType::F64 };
    (@dtype i64) => { $crate::DType::I64 };
    (@dtype u8) => { $crate::DType::U8 };
    (@dtype bool) => { $crate::DType::Bool };
}

/// A number that can be written in [`tensor!`](crate::tensor!).
pub trait Literal: Copy {
    /// Numbers in row-major order, as a tensor of the type that PyTorch gives them.
    fn tensor(shape: &[usize], values: Vec<Self>) -> Tensor;
    /// As an f64, for another type.
    fn to_f64(self) -> f64;
}

macro_rules! literals {
    ($($type:ty, $variant:ident |$x:ident| $as:expr, $f64:expr;)+) => {$(
        impl Literal for $type {
            fn tensor(shape: &[usize], values: Vec<Self>) -> Tensor {
                Tensor::new(Array::$variant(from_vec(shape, values.into_iter().map(|$x| $as).collect())))
            }
            fn to_f64(self) -> f64 {
                let $x = self;
                $f64
            }
        }
        impl Nested for $type {
            type Number = Self;
            fn sizes(&self, _: &mut Vec<usize>) {}
            fn gather(self, into: &mut Vec<Self>) {
                into.push(self);
            }
        }
    )+};
}
literals! {
    f64, F32 |x| x as f32, x;
    f32, F32 |x| x, f64::from(x);
    i32, I64 |x| i64::from(x), f64::from(x);
    i64, I64 |x| x, x as f64;
    usize, I64 |x| i64::try_from(x).unwrap_or(i64::MAX), x as f64;
    u8, U8 |x| x, f64::from(x);
    bool, Bool |x| x, f64::from(u8::from(x));
}

/// Arrays of arrays of numbers.
pub trait Nested: Sized {
    /// The numbers' type.
    type Number: Literal;
    /// The sizes of the axes, outermost first.
    fn sizes(&self, into: &mut Vec<usize>);
    /// The numbers, in row-major order.
    fn gather(self, into: &mut Vec<Self::Number>);

    /// The tensor, in PyTorch's type for such numbers or the one asked for.
    fn into_tensor(self, dtype: Option<DType>) -> Tensor {
        let (mut shape, mut values) = (Vec::new(), Vec::new());
        self.sizes(&mut shape);
        self.gather(&mut values);
        match dtype {
            Some(DType::F64) => {
                let values = values.into_iter().map(Literal::to_f64).collect();
                Tensor::new(Array::F64(from_vec(&shape, values)))
            }
            Some(dtype) => Literal::tensor(&shape, values).to(dtype),
            None => Literal::tensor(&shape, values),
        }
    }
}

impl<T: Nested, const N: usize> Nested for [T; N] {
    type Number = T::Number;

    fn sizes(&self, into: &mut Vec<usize>) {
        into.push(N);
        if let Some(first) = self.first() {
            first.sizes(into);
        }
    }

    fn gather(self, into: &mut Vec<T::Number>) {
        for part in self {
            part.gather(into);
        }
    }
}
