//! How the numbers of one tensor are written: all alike.
//!
//! Whole numbers as `1.`, others with four digits; in scientific notation, if one is above 10⁸ or
//! below 10⁻⁴, or the largest is more than a thousand times the smallest, zeros and what is not
//! finite left aside.

use crate::array::{Array, contiguous};
use crate::{DType, Tensor};

/// A notation, and the width that aligns it.
pub(super) struct Format {
    notation: Notation,
    width: usize,
}

#[derive(Clone, Copy)]
enum Notation {
    Integer,
    Boolean,
    Whole,
    Fixed(usize),
    Scientific(usize),
}

impl Format {
    /// The format of all numbers of a tensor.
    pub(super) fn of(tensor: &Tensor, precision: usize) -> Self {
        let notation = match tensor.dtype() {
            DType::Bool => Notation::Boolean,
            DType::U8 | DType::I64 => Notation::Integer,
            DType::F32 | DType::F64 => Notation::of(&aligned(tensor), precision),
        };
        let cells = if tensor.dtype().is_float() {
            aligned(tensor).into_iter().map(|x| notation.write(x)).collect()
        } else {
            notation.cells(tensor)
        };
        let width = cells.iter().map(String::len).max().unwrap_or(1);
        Self { notation, width }
    }

    /// The width of one number.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The numbers in row-major order, aligned on the right.
    pub(super) fn cells(&self, tensor: &Tensor) -> Vec<String> {
        let cells = self.notation.cells(tensor);
        cells.into_iter().map(|cell| format!("{cell:>width$}", width = self.width)).collect()
    }
}

/// The numbers that notation and width are chosen for.
fn aligned(tensor: &Tensor) -> Vec<f64> {
    tensor.to_f64_vec().into_iter().filter(|x| x.is_finite() && *x != 0.0).collect()
}

impl Notation {
    fn of(numbers: &[f64], precision: usize) -> Self {
        let (min, max) = numbers
            .iter()
            .map(|x| x.abs())
            .fold((f64::INFINITY, 0.0), |(min, max), x| (x.min(min), x.max(max)));
        if !numbers.is_empty() && (max / min > 1000.0 || max > 1e8 || min < 1e-4) {
            Self::Scientific(precision)
        } else if numbers.iter().all(|x| x.fract() == 0.0) {
            Self::Whole
        } else {
            Self::Fixed(precision)
        }
    }

    fn cells(self, tensor: &Tensor) -> Vec<String> {
        match &tensor.array() {
            // Above 2⁵³ an integer has digits that an f64 has not.
            Array::I64(data) => contiguous(data).iter().map(ToString::to_string).collect(),
            _ => tensor.to_f64_vec().into_iter().map(|x| self.write(x)).collect(),
        }
    }

    fn write(self, x: f64) -> String {
        match self {
            Self::Boolean => if x == 0.0 { "False" } else { "True" }.to_owned(),
            _ if x.is_nan() => "nan".to_owned(),
            _ if x.is_infinite() => format!("{x}"),
            Self::Integer => format!("{x:.0}"),
            Self::Whole => format!("{x:.0}."),
            Self::Fixed(precision) => format!("{x:.precision$}"),
            Self::Scientific(precision) => scientific(x, precision),
        }
    }
}

/// As C writes it: a signed exponent of at least two digits.
fn scientific(x: f64, precision: usize) -> String {
    let text = format!("{x:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').expect("a finite number has an exponent");
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use super::scientific;

    #[test]
    fn exponents_are_written_as_in_c() {
        assert_eq!(scientific(0.0, 4), "0.0000e+00");
        assert_eq!(scientific(-1.0e-5, 1), "-1.0e-05");
        assert_eq!(scientific(5e-324, 4), "4.9407e-324");
        assert_eq!(scientific(f64::MAX, 0), "2e+308");
    }
}
