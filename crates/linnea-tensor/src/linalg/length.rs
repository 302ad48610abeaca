//! The p-norm of one row of numbers, in f64.
//!
//! ‖x‖ₚ = (Σ|xᵢ|ᵖ)^(1/p); its limits are the largest magnitude (p = ∞), the smallest (p = −∞), and, by
//! convention, the number of nonzeros (p = 0).
//!
//! Squares of f32 numbers neither overflow nor vanish in f64. Those of f64 numbers may: if their sum
//! left the range in which every square that matters is exact, it is taken again with the numbers
//! times 2^±600, which loses nothing (Blue, *A Portable Fortran Program to Find the Euclidean Norm of
//! a Vector*, 1978). For other p the largest magnitude is factored out (of a negative p, the smallest).

use crate::reduce::{Real, sum_of};

/// Sums of squares between these have lost no digit to underflow, and are finite.
const SAFE: std::ops::RangeInclusive<f64> = 1e-270..=f64::MAX;

pub(super) fn length<T: Real>(row: &[T], p: f64) -> f64 {
    let magnitude = |x: &T| x.wide().abs();
    match p {
        0.0 => row.iter().filter(|x| x.wide() != 0.0).count() as f64,
        1.0 => sum_of(row, magnitude),
        2.0 => euclidean(row),
        f64::INFINITY => row.iter().map(magnitude).fold(0.0, larger),
        f64::NEG_INFINITY => row.iter().map(magnitude).fold(f64::INFINITY, smaller),
        p => general(row, p),
    }
}

fn euclidean<T: Real>(row: &[T]) -> f64 {
    let scaled = |scale: f64| sum_of(row, |x| (x.wide() * scale).powi(2));
    let sum = scaled(1.0);
    let scale = 600_f64.exp2();
    match sum {
        sum if SAFE.contains(&sum) || sum.is_nan() => sum.sqrt(),
        f64::INFINITY => scaled(scale.recip()).sqrt() * scale,
        _ => scaled(scale).sqrt() / scale,
    }
}

fn general<T: Real>(row: &[T], p: f64) -> f64 {
    let limit = if p < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    let scale = length(row, limit);
    if p.is_nan() || scale == 0.0 || !scale.is_finite() {
        return scale + if p.is_nan() { f64::NAN } else { 0.0 };
    }
    scale * sum_of(row, |x| (x.wide().abs() / scale).powf(p)).powf(p.recip())
}

/// The larger number, or NaN if either is (`max` would drop it).
fn larger(a: f64, b: f64) -> f64 {
    if a > b || a.is_nan() { a } else { b }
}

fn smaller(a: f64, b: f64) -> f64 {
    if a < b || a.is_nan() { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::length;

    /// Σx² as a sum of two f64, whose error is about 2⁻¹⁰⁰: products and sums with their rounding
    /// errors (Dekker 1971, Knuth's TwoSum).
    fn exact_squares(row: &[f64]) -> (f64, f64) {
        row.iter().fold((0.0, 0.0), |(high, low), &x| {
            let square = x * x;
            let error = x.mul_add(x, -square);
            let sum = high + square;
            let back = sum - high;
            let lost = (high - (sum - back)) + (square - back);
            let low = low + lost + error;
            (sum + low, low - ((sum + low) - sum))
        })
    }

    /// How far `norm` is from the root of the exact sum, in units of the last place `ulp`.
    fn error_in_ulp(norm: f64, (high, low): (f64, f64), ulp: f64) -> f64 {
        let root = high.sqrt();
        let correction = (root.mul_add(-root, high) + low) / (2.0 * root);
        ((norm - root) - correction).abs() / ulp
    }

    /// Rows of many lengths, over `decades` powers of ten on either side of 1.
    fn rows(decades: f64) -> impl Iterator<Item = Vec<f64>> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut uniform = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..4000).map(move |at| {
            let scale = 10_f64.powf((uniform() * 2.0 - 1.0) * decades);
            let length = [2, 3, 10, 100, 1000][at % 5];
            (0..length).map(|_| (uniform() - 0.5) * scale * 10_f64.powf(uniform() * 2.0)).collect()
        })
    }

    fn ulp_f64(x: f64) -> f64 {
        f64::from_bits(x.to_bits() + 1) - x
    }

    fn ulp_f32(x: f64) -> f64 {
        let x = x as f32;
        f64::from(f32::from_bits(x.to_bits() + 1)) - f64::from(x)
    }

    #[test]
    fn the_norm_of_f32_is_rounded_but_once() {
        let mut worst = 0.0_f64;
        for row in rows(36.0) {
            let row: Vec<f32> = row.into_iter().map(|x| x as f32).collect();
            let wide: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
            let norm = f64::from(length(&row, 2.0) as f32);
            let ulp = ulp_f32(norm);
            worst = worst.max(error_in_ulp(norm, exact_squares(&wide), ulp));
        }
        println!("f32 norm: {worst:.6} ULP");
        assert!(worst <= 0.500_001, "{worst}");
    }

    #[test]
    fn the_norm_of_f64_is_right_to_two_units_in_the_last_place() {
        let mut worst = 0.0_f64;
        for row in rows(300.0) {
            // The reference needs squares in range: a power of two changes no digit.
            let largest = row.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            let scale = (-largest.log2().round() / 2.0).round().exp2();
            let scaled: Vec<f64> = row.iter().map(|x| x * scale * scale).collect();
            let norm = length(&row, 2.0) * scale * scale;
            worst = worst.max(error_in_ulp(norm, exact_squares(&scaled), ulp_f64(norm)));
        }
        println!("f64 norm: {worst:.3} ULP");
        assert!(worst <= 2.0, "{worst}");
    }

    #[test]
    fn numbers_at_the_ends_of_the_range_keep_their_digits() {
        let close = |a: f64, b: f64| (a - b).abs() <= 2.0 * ulp_f64(b);
        assert!(close(length(&[1e200, 1e200], 2.0), 2_f64.sqrt() * 1e200));
        assert!(close(length(&[3e-320, 4e-320], 2.0), 5e-320));
        assert!(close(length(&[3e-160, 4e-160], 2.0), 5e-160));
        assert!(close(length(&[1e300, 1e300], 3.0), 2_f64.cbrt() * 1e300));
        assert!(close(length(&[1e-320, 1e-320], -2.0), 1e-320 / 2_f64.sqrt()));
    }

    #[test]
    fn infinities_nan_and_nothing() {
        const INF: f64 = f64::INFINITY;
        for p in [0.5, 1.0, 1.5, 2.0, 3.0, INF] {
            assert_eq!(length(&[1.0, -INF], p), INF, "{p}");
            assert_eq!(length::<f64>(&[], p), 0.0, "{p}");
        }
        for p in [-INF, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0, INF] {
            assert!(length(&[1.0, f64::NAN, INF], p).is_nan(), "{p}");
            assert!(length(&[f64::NAN, 1.0], p).is_nan(), "{p}");
        }
        for p in [-INF, -1.0, -2.0] {
            assert_eq!((length(&[0.0, 2.0], p), length(&[1.0, INF], p)), (0.0, 1.0), "{p}");
            assert_eq!((length::<f64>(&[], p), length(&[INF], p)), (INF, INF), "{p}");
        }
        assert_eq!(length(&[0.0, 2.0, f64::NAN], 0.0), 2.0);
        assert!(length(&[1.0], f64::NAN).is_nan());
    }
}
