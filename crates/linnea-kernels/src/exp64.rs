//! exp of many double-precision numbers, without branches or calls, so that it is vectorised.
//!
//! As in `exp.rs`, exp x = 2ⁿ exp r, where r = x − n ln 2 is kept as high − low. exp r is fdlibm's
//! (Ng, `e_exp.c`, Sun 1993): c = r − r²·P(r²) with P of degree 4 by Remez, and
//! exp r = 1 + r + r·c/(2 − c), in which what was rounded of r comes back through low. 2ⁿ is multiplied
//! in two halves, so that a result that is subnormal is rounded once. No products are fused: every
//! instruction set gives the same bits.
//!
//! The error is less than 1 unit in the last place, held by a test against double-double arithmetic.

/// Rounds to an integer when added and taken away again: 1.5·2⁵².
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// The last 21 bits are 0, so that n times it is exact.
pub(crate) const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
pub(crate) const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// The exponent of 1 as it is stored.
const BIAS: u64 = 1023;

#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    // Beyond these the result is 0 or infinity anyway; a NaN stays one.
    let x = x.clamp(-746.0, 710.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let (high, low) = (x - n * LN_2_HIGH, n * LN_2_LOW);
    let r = high - low;
    let c = r - r * r * remainder(r * r);
    let mantissa = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    // The shifted number's last bits are n. Biased for each half, it has no sign, whose shift would be
    // several instructions where there is no AVX-512.
    let n = shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(2 * BIAS);
    let half = n >> 1;
    mantissa * f64::from_bits(half << 52) * f64::from_bits(n.wrapping_sub(half) << 52)
}

/// (r − 2 + 2r/(exp r − 1))/r², for the square of r.
#[inline(always)]
fn remainder(square: f64) -> f64 {
    let mut p = 4.138_136_797_057_238_5e-8;
    for coefficient in [
        -1.653_390_220_546_525_2e-6,
        6.613_756_321_437_934e-5,
        -2.777_777_777_701_559_3e-3,
        0.166_666_666_666_666_02,
    ] {
        p = p * square + coefficient;
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;
    use crate::double_double::{self, Double};

    /// The distance to the true value in units of the last place of the true value's neighbours.
    fn error_in_ulp(x: f64, got: f64) -> f64 {
        let (Double(high, low), n) = double_double::exp(x);
        // Halves of 2ⁿ, of which the whole may be no number.
        let scaled = |y: f64, n: i32| y * 2.0_f64.powi(n / 2) * 2.0_f64.powi(n - n / 2);
        let nearest = scaled(high, n);
        if nearest.is_infinite() {
            return if got.is_infinite() { 0.0 } else { f64::INFINITY };
        }
        let ulp = scaled(nearest.next_up() - nearest, -n);
        ((scaled(got, -n) - high) - low).abs() / ulp
    }

    /// All that have an exponential, and denser, with small ones, what a softmax has.
    fn numbers() -> Vec<f64> {
        let wide = (0..150_000).map(|i| -750.0 + f64::from(i) * 9.761_3e-3);
        let near = (0..150_000).map(|i| -20.0 + f64::from(i) * 1.413_7e-4);
        let small = (0..300).flat_map(|i| [1.0, -1.0].map(|sign| sign * 0.83_f64.powi(i)));
        let edges = [-745.133_219_101_941, -745.2, -708.396_418_532_264_1, 709.782_712_893_384];
        wide.chain(near).chain(small).chain(edges).collect()
    }

    #[test]
    fn the_error_is_at_most_one_unit_in_the_last_place() {
        let numbers = numbers();
        let worst = numbers.iter().map(|&x| error_in_ulp(x, exp(x))).fold(0.0, f64::max);
        assert!(worst < 1.0, "{worst}");
    }

    #[test]
    fn every_instruction_set_has_the_same_bits() {
        let numbers = numbers();
        let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let expected: Vec<f64> = numbers.iter().map(|&x| exp(x)).collect();
        for level in Level::available() {
            let mut results = numbers.clone();
            level.exp(&mut results);
            assert!(bits(&results) == bits(&expected), "{level:?}");
        }
    }

    #[test]
    fn special_values() {
        let mut numbers = [0.0, -0.0, f64::NEG_INFINITY, f64::INFINITY, f64::NAN, f64::MIN];
        Level::detect().exp(&mut numbers);
        assert_eq!(numbers[..4], [1.0, 1.0, 0.0, f64::INFINITY]);
        assert!(numbers[4].is_nan() && numbers[5] == 0.0);
        // The least subnormal number, half of it, the largest number, and what is beyond.
        let ends = [-744.44, -745.14, 709.78, 709.79].map(exp);
        assert_eq!(ends[..2], [f64::from_bits(1), 0.0]);
        assert!(ends[2] > 1.7e308 && ends[2].is_finite() && ends[3].is_infinite());
    }
}
