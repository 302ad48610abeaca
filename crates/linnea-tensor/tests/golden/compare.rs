//! When two tensors are the same.

use linnea_tensor::{DType, Tensor};

/// How far a number may be from PyTorch's: |ours − theirs| ≤ absolute + relative·|theirs|.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tolerance {
    pub(crate) f32: (f64, f64),
    pub(crate) f64: (f64, f64),
    /// Whether a zero must have the right sign.
    pub(crate) signs: bool,
}

impl Tolerance {
    /// For what is computed number by number: relative alone, but for the last subnormal.
    pub(crate) const RELATIVE: Self =
        Self { f32: (1.3e-6, 1.5e-45), f64: (1e-13, 5e-324), signs: true };
    /// For what adds numbers up, which may cancel. PyTorch's own tests allow (1.3e-6, 1e-5) in f32 and
    /// (1e-7, 1e-7) in f64.
    pub(crate) const SUMS: Self = Self { f32: (1.3e-6, 4e-7), f64: (1e-13, 1e-15), signs: false };

    /// That of f32 for both types.
    pub(crate) fn rough(self) -> Self {
        Self { f64: self.f32, ..self }
    }

    /// Without the signs of zeros: in a gradient, whether one is 0·g or a number never written to
    /// means nothing.
    pub(crate) fn unsigned(self) -> Self {
        Self { signs: false, ..self }
    }
}

impl From<(f64, f64)> for Tolerance {
    fn from(bounds: (f64, f64)) -> Self {
        Self { f32: bounds, f64: bounds, signs: false }
    }
}

/// Says what differs: type, shape, or numbers. NaN is NaN.
pub(crate) fn compare(ours: &Tensor, theirs: &Tensor, tolerance: Tolerance) -> Result<(), String> {
    let kind = |x: &Tensor| format!("{}{:?}", x.dtype(), x.shape());
    if kind(ours) != kind(theirs) {
        return Err(format!("expected {}, got {}", kind(theirs), kind(ours)));
    }
    match ours.dtype() {
        DType::F32 => each(ours, theirs, |a, b| near(a, b, tolerance.f32, tolerance.signs)),
        DType::F64 => each(ours, theirs, |a, b| near(a, b, tolerance.f64, tolerance.signs)),
        // An i64 may be too large for an f64.
        DType::I64 if ours.to_vec::<i64>() == theirs.to_vec::<i64>() => Ok(()),
        DType::I64 => Err(format!("expected {theirs:?}, got {ours:?}")),
        _ => each(ours, theirs, |a, b| a == b),
    }
}

/// Whether every number is the same; if not, the first few places that are not.
fn each(ours: &Tensor, theirs: &Tensor, same: impl Fn(f64, f64) -> bool) -> Result<(), String> {
    let wrong: Vec<String> = ours
        .to_f64_vec()
        .into_iter()
        .zip(theirs.to_f64_vec())
        .enumerate()
        .filter(|&(_, (a, b))| !same(a, b))
        .map(|(at, (a, b))| format!("number {at}: expected {b:?}, got {a:?}"))
        .take(6)
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn near(a: f64, b: f64, (relative, absolute): (f64, f64), signs: bool) -> bool {
    match (a, b) {
        (0.0, 0.0) => !signs || a.is_sign_negative() == b.is_sign_negative(),
        (a, b) if a.is_finite() && b.is_finite() => (a - b).abs() <= absolute + relative * b.abs(),
        (a, b) => a == b || (a.is_nan() && b.is_nan()),
    }
}
