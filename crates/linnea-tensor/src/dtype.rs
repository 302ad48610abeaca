//! Number types, the scalars of the host language, and PyTorch's promotion between them.

use std::fmt;

/// The type of a tensor's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DType {
    /// `true` and `false`.
    Bool,
    /// 8-bit unsigned integers; arithmetic wraps, as in PyTorch.
    U8,
    /// 64-bit signed integers; arithmetic wraps, as in PyTorch.
    I64,
    /// 32-bit floating point: the default, as in PyTorch.
    F32,
    /// 64-bit floating point.
    F64,
}

impl DType {
    /// Whether numbers of this type have a fraction, and so a gradient.
    #[must_use]
    pub fn is_float(self) -> bool {
        self.kind() == Kind::Float
    }

    /// The type in which a function such as `exp` is computed: itself if it is floating, else f32.
    #[must_use]
    pub fn to_float(self) -> Self {
        if self.is_float() { self } else { Self::F32 }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Bool => Kind::Bool,
            Self::U8 | Self::I64 => Kind::Integer,
            Self::F32 | Self::F64 => Kind::Float,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Bool => "bool",
            Self::U8 => "u8",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

/// What a type can express: each kind holds the ones before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Bool,
    Integer,
    Float,
}

/// A number of the host language: it joins an operation without a type of its own, so that
/// `&x * 2.0` keeps the type of `x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
}

impl Scalar {
    /// The type that the scalar has when it stands alone.
    pub(crate) fn dtype(self) -> DType {
        match self {
            Self::Bool(_) => DType::Bool,
            Self::Int(_) => DType::I64,
            Self::Float(_) => DType::F32,
        }
    }

    /// The value as an f64.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Bool(value) => f64::from(u8::from(value)),
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

macro_rules! scalar_from {
    ($($variant:ident: $($type:ty),+;)+) => {$($(
        impl From<$type> for Scalar {
            fn from(value: $type) -> Self { Self::$variant(value.into()) }
        }
    )+)+};
}
scalar_from! { Bool: bool; Int: i64, i32, u8; Float: f64, f32; }

impl From<usize> for Scalar {
    /// Integers above `i64::MAX`, which no count reaches, become the nearest floating number.
    fn from(value: usize) -> Self {
        i64::try_from(value).map_or(Self::Float(value as f64), Self::Int)
    }
}

/// How much an operand has to say about the result's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    Scalar,
    ZeroDim,
    Array,
}

/// The type of a result, by PyTorch's rules: the wider type among the operands of the highest
/// weight, unless a lighter operand is of a higher kind (an integer tensor times 0.5 is f32).
pub(crate) fn promote(operands: &[(DType, Weight)]) -> DType {
    let of = |weight| operands.iter().filter(|o| o.1 == weight).map(|o| o.0).reduce(join);
    [of(Weight::ZeroDim), of(Weight::Scalar)]
        .into_iter()
        .flatten()
        .fold(of(Weight::Array), |heavier, lighter| {
            Some(match heavier {
                Some(heavier) if heavier.kind() >= lighter.kind() => heavier,
                Some(heavier) => join(heavier, lighter),
                None => lighter,
            })
        })
        .unwrap_or(DType::F32)
}

/// The narrowest type that holds both.
fn join(a: DType, b: DType) -> DType {
    a.max(b)
}

/// A Rust type that a tensor can hold.
///
/// Sealed: the five types of [`DType`] are all there are.
pub trait Element:
    private::Sealed + Copy + Default + PartialEq + fmt::Debug + Send + Sync + 'static
{
    /// The type's name at run time.
    const DTYPE: DType;
}

pub(crate) mod private {
    use crate::array::{Array, Data};

    /// The way between a typed array and the enum that hides its type.
    pub trait Sealed: Sized {
        fn wrap(data: Data<Self>) -> Array;
        fn unwrap(array: &Array) -> Option<&Data<Self>>;
        fn unwrap_mut(array: &mut Array) -> Option<&mut Data<Self>>;
        fn cast_from(array: &Array) -> Data<Self>;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        DType::{self, *},
        Weight::{self, *},
        promote,
    };

    #[test]
    fn promotion_is_pytorchs() {
        let cases: &[(&[(DType, Weight)], DType)] = &[
            (&[(F32, Array), (F64, Array)], F64),
            (&[(F32, Array), (F64, ZeroDim)], F32),
            (&[(I64, Array), (F64, ZeroDim)], F64),
            (&[(U8, Array), (I64, ZeroDim)], U8),
            (&[(Bool, Array), (I64, Scalar)], I64),
            (&[(U8, Array), (I64, Array)], I64),
            (&[(I64, Array), (F32, Scalar)], F32),
            (&[(F64, ZeroDim), (F32, Scalar)], F64),
            (&[(U8, ZeroDim), (I64, Scalar)], U8),
            (&[(F32, ZeroDim), (F64, ZeroDim)], F64),
        ];
        for (operands, expected) in cases {
            assert_eq!(promote(operands), *expected);
        }
    }
}
