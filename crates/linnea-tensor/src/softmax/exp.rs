//! eˣ in f64 for results that will be f32: without branches, so that the compiler makes vectors of it.
//!
//! x = k·log 2 + r with |r| ≤ ½ log 2; eʳ by its Taylor series up to r¹⁰/10!, whose rest is below
//! 10⁻¹²; and 2ᵏ by its bits. The relative error is below 10⁻¹², a rounding of f32 6·10⁻⁸.

use std::f64::consts::{LN_2, LOG2_E};

/// 1.5·2⁵²: added to a small number, it leaves the number's nearest integer in the last bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Below this, eˣ is 0 to any f32, even as one of many terms.
const LEAST: f64 = -150.0;

/// eˣ for x ≤ 0, counted from −150; NaN stays.
pub(super) fn exp_for_f32(x: f64) -> f64 {
    // Not `max`, which would drop a NaN.
    let x = if x < LEAST { LEAST } else { x };
    let rounded = x * LOG2_E + ROUND;
    let r = x - (rounded - ROUND) * LN_2;
    let power = f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52);
    power * (1.0 + r * series(r))
}

/// (eʳ − 1)/r.
fn series(r: f64) -> f64 {
    const INVERSE_FACTORIALS: [f64; 10] = [
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
    ];
    INVERSE_FACTORIALS.iter().fold(0.0, |sum, factor| sum * r + factor)
}

#[cfg(test)]
mod tests {
    use super::exp_for_f32;

    #[test]
    fn it_is_the_exponential() {
        for i in 0..=150_000 {
            let x = -f64::from(i) / 1000.0;
            assert!((exp_for_f32(x) / x.exp() - 1.0).abs() < 1e-12, "{x}");
        }
        assert_eq!(exp_for_f32(0.0), 1.0);
        assert_eq!(exp_for_f32(f64::NEG_INFINITY) as f32, 0.0);
        assert!(exp_for_f32(f64::NAN).is_nan());
    }
}
