//! The numbers of a tensor: a typed `ndarray` behind one enum, and the loops over it.
//!
//! An [`Array`] is cheap to clone and copies its numbers only when they are changed while somebody
//! else holds them (`ArcArray`). So a view costs no copy, and what a view shows never changes.

use crate::dtype::{DType, Element, Scalar, private::Sealed};
use crate::shape::count;
use crate::view::restride;
use ndarray::{ArcArray, ArrayViewD, IxDyn};

/// Numbers of one type, of any rank, shared until changed.
#[allow(unreachable_pub, reason = "named by the sealed half of `Element`")]
pub type Data<T> = ArcArray<T, IxDyn>;

/// Numbers of a type known at run time.
#[allow(unreachable_pub, reason = "named by the sealed half of `Element`")]
#[derive(Clone, Debug)]
pub enum Array {
    Bool(Data<bool>),
    U8(Data<u8>),
    I64(Data<i64>),
    F32(Data<f32>),
    F64(Data<f64>),
}

/// Runs one expression for whichever type the array holds.
macro_rules! with_array {
    ($array:expr, $data:ident => $body:expr) => {
        match $array {
            $crate::array::Array::Bool($data) => $body,
            $crate::array::Array::U8($data) => $body,
            $crate::array::Array::I64($data) => $body,
            $crate::array::Array::F32($data) => $body,
            $crate::array::Array::F64($data) => $body,
        }
    };
}
pub(crate) use with_array;

/// Runs one expression that gives a typed array again, for whichever type the array holds.
macro_rules! map_array {
    ($array:expr, $data:ident => $body:expr) => {
        match $array {
            $crate::array::Array::Bool($data) => $crate::array::Array::Bool($body),
            $crate::array::Array::U8($data) => $crate::array::Array::U8($body),
            $crate::array::Array::I64($data) => $crate::array::Array::I64($body),
            $crate::array::Array::F32($data) => $crate::array::Array::F32($body),
            $crate::array::Array::F64($data) => $crate::array::Array::F64($body),
        }
    };
}
pub(crate) use map_array;

/// Runs one expression in f32 or f64; other types become f32 first, as in PyTorch.
macro_rules! map_float {
    ($array:expr, $data:ident => $body:expr) => {
        match &$array.to_float() {
            $crate::array::Array::F64($data) => $crate::array::Array::F64($body),
            $crate::array::Array::F32($data) => $crate::array::Array::F32($body),
            _ => unreachable!("to_float gives f32 or f64"),
        }
    };
}
pub(crate) use map_float;

impl Array {
    pub(crate) fn dtype(&self) -> DType {
        match self {
            Self::Bool(_) => DType::Bool,
            Self::U8(_) => DType::U8,
            Self::I64(_) => DType::I64,
            Self::F32(_) => DType::F32,
            Self::F64(_) => DType::F64,
        }
    }

    pub(crate) fn shape(&self) -> &[usize] {
        with_array!(self, data => data.shape())
    }

    pub(crate) fn len(&self) -> usize {
        with_array!(self, data => data.len())
    }

    /// The same numbers in another type; a float is cut towards zero, and any nonzero is `true`.
    pub(crate) fn cast(&self, dtype: DType) -> Self {
        if dtype == self.dtype() {
            return self.clone();
        }
        match dtype {
            DType::Bool => Self::Bool(bool::cast_from(self)),
            DType::U8 => Self::U8(u8::cast_from(self)),
            DType::I64 => Self::I64(i64::cast_from(self)),
            DType::F32 => Self::F32(f32::cast_from(self)),
            DType::F64 => Self::F64(f64::cast_from(self)),
        }
    }

    pub(crate) fn to_float(&self) -> Self {
        self.cast(self.dtype().to_float())
    }

    /// A tensor without axes.
    pub(crate) fn scalar(value: Scalar, dtype: DType) -> Self {
        Self::full(&[], value, dtype)
    }

    pub(crate) fn full(shape: &[usize], value: Scalar, dtype: DType) -> Self {
        let full = |value| Data::from_elem(IxDyn(shape), value);
        match (dtype, value) {
            (DType::F64, value) => Self::F64(Data::from_elem(IxDyn(shape), value.to_f64())),
            (DType::F32, value) => Self::F32(Data::from_elem(IxDyn(shape), value.to_f64() as f32)),
            (dtype, Scalar::Int(value)) => Self::I64(full(value)).cast(dtype),
            (dtype, value) => Self::F64(Data::from_elem(IxDyn(shape), value.to_f64())).cast(dtype),
        }
    }

    /// The array seen in a larger shape, which the caller has checked.
    pub(crate) fn broadcast_to(&self, shape: &[usize]) -> Self {
        map_array!(self, data => broadcast(data, shape))
    }

    /// The same numbers in another shape of the same length, without a copy where strides allow.
    pub(crate) fn reshape(&self, shape: &[usize]) -> Self {
        map_array!(self, data => reshape(data, shape))
    }

    /// The axes in another order, which the caller has checked.
    pub(crate) fn permute(&self, order: &[usize]) -> Self {
        map_array!(self, data => data.clone().permuted_axes(IxDyn(order)))
    }
}

impl<T: Element> From<Data<T>> for Array {
    fn from(data: Data<T>) -> Self {
        T::wrap(data)
    }
}

/// `data` seen in a larger shape. `ndarray` broadcasts views only, whose numbers are then copied.
pub(crate) fn broadcast<T: Copy>(data: &Data<T>, shape: &[usize]) -> Data<T> {
    if data.shape() == shape {
        return data.clone();
    }
    broadcast_view(data, shape).to_owned().into_shared()
}

pub(crate) fn broadcast_view<'a, T>(data: &'a Data<T>, shape: &[usize]) -> ArrayViewD<'a, T> {
    data.broadcast(IxDyn(shape)).expect("the caller has checked that the shapes broadcast")
}

/// `data` in another shape of the same length, in row-major order; copied only where it must be.
pub(crate) fn reshape<T: Clone>(data: &Data<T>, shape: &[usize]) -> Data<T> {
    restride(data, shape).unwrap_or_else(|| {
        let rows = data.as_standard_layout().into_owned().into_shared();
        rows.into_shape_with_order(IxDyn(shape)).expect("the caller has checked the length")
    })
}

/// The numbers in row-major order, borrowed where they lie so already.
pub(crate) fn contiguous<T: Clone>(data: &Data<T>) -> std::borrow::Cow<'_, [T]> {
    match data.as_slice() {
        Some(slice) => slice.into(),
        None => data.iter().cloned().collect::<Vec<_>>().into(),
    }
}

/// The numbers in row-major order, to be changed in place; they are brought into that order first.
pub(crate) fn rows_mut<T: Clone>(data: &mut Data<T>) -> &mut [T] {
    if !data.is_standard_layout() {
        *data = data.as_standard_layout().into_owned().into_shared();
    }
    data.as_slice_mut().expect("the numbers lie in row-major order")
}

/// An array from numbers in row-major order, as many as the shape has places.
pub(crate) fn from_vec<T>(shape: &[usize], values: Vec<T>) -> Data<T> {
    Data::from_shape_vec(IxDyn(shape), values).expect("as many numbers as places")
}

/// A function of every number.
pub(crate) fn map<T: Copy, R>(data: &Data<T>, f: impl Fn(T) -> R) -> Data<R> {
    from_vec(data.shape(), contiguous(data).iter().map(|&x| f(x)).collect())
}

/// A function of two arrays, number by number, broadcast to `shape`, which the caller has checked.
///
/// Most operands of a linear network have equal shapes, are a scalar, or repeat over the leading
/// axes (a bias): these run as plain loops over slices. Any others are written out first, so that
/// only plain loops are compiled for each function and number type.
pub(crate) fn zip<A: Copy, B: Copy, R>(
    a: &Data<A>,
    b: &Data<B>,
    shape: &[usize],
    f: impl Fn(A, B) -> R,
) -> Data<R> {
    let (x, y) = (contiguous(a), contiguous(b));
    let repeats = |short: &[usize]| shape.ends_with(short) && count(short) > 0;
    if a.shape() == shape && b.shape() == shape {
        from_vec(shape, x.iter().zip(&*y).map(|(&x, &y)| f(x, y)).collect())
    } else if a.shape() == shape && repeats(b.shape()) {
        from_vec(shape, repeat(&x, &y, f))
    } else if b.shape() == shape && repeats(a.shape()) {
        from_vec(shape, repeat(&y, &x, |y, x| f(x, y)))
    } else {
        zip(&broadcast(a, shape), &broadcast(b, shape), shape, f)
    }
}

/// `f` of every number of `long` and the number at its place in `short`, which starts again as
/// often as it ends.
fn repeat<A: Copy, B: Copy, R>(long: &[A], short: &[B], f: impl Fn(A, B) -> R) -> Vec<R> {
    if let [y] = *short {
        return long.iter().map(|&x| f(x, y)).collect();
    }
    let mut out = Vec::with_capacity(long.len());
    for row in long.chunks_exact(short.len()) {
        out.extend(row.iter().zip(short).map(|(&x, &y)| f(x, y)));
    }
    out
}

macro_rules! element {
    ($($type:ty, $variant:ident, $x:ident => $bool:expr, $u8:expr, $i64:expr, $f32:expr, $f64:expr;)+) => {$(
        impl Element for $type {
            const DTYPE: DType = DType::$variant;
        }
        impl Sealed for $type {
            fn wrap(data: Data<Self>) -> Array {
                Array::$variant(data)
            }
            fn unwrap(array: &Array) -> Option<&Data<Self>> {
                if let Array::$variant(data) = array { Some(data) } else { None }
            }
            fn unwrap_mut(array: &mut Array) -> Option<&mut Data<Self>> {
                if let Array::$variant(data) = array { Some(data) } else { None }
            }
            fn cast_from(array: &Array) -> Data<Self> {
                match array {
                    Array::Bool(data) => map(data, |$x| $bool),
                    Array::U8(data) => map(data, |$x| $u8),
                    Array::I64(data) => map(data, |$x| $i64),
                    Array::F32(data) => map(data, |$x| $f32),
                    Array::F64(data) => map(data, |$x| $f64),
                }
            }
        }
    )+};
}
element! {
    bool, Bool, x => x, x != 0, x != 0, x != 0.0, x != 0.0;
    u8, U8, x => u8::from(x), x, x as u8, x as i64 as u8, x as i64 as u8;
    i64, I64, x => i64::from(x), i64::from(x), x, x as i64, x as i64;
    f32, F32, x => f32::from(u8::from(x)), f32::from(x), x as f32, x, x as f32;
    f64, F64, x => f64::from(u8::from(x)), f64::from(x), x as f64, f64::from(x), x;
}
