//! Floating-point numbers, which are reduced in f64 and rounded once.

/// f32 or f64.
pub(crate) trait Real: Copy {
    /// The number as an f64, exactly.
    fn wide(self) -> f64;
    /// The nearest number of this type.
    fn narrow(wide: f64) -> Self;
}

impl Real for f32 {
    fn wide(self) -> f64 {
        f64::from(self)
    }
    fn narrow(wide: f64) -> Self {
        wide as Self
    }
}

impl Real for f64 {
    fn wide(self) -> f64 {
        self
    }
    fn narrow(wide: f64) -> Self {
        wide
    }
}
