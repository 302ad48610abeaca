//! exp of many single-precision numbers, without branches or calls, so that it is vectorised.
//!
//! exp x = 2ⁿ exp r with n the integer nearest to x/ln 2, so that |r| ≤ ln 2/2. The subtraction
//! r = x − n ln 2 is done with ln 2 in two parts, the first of which has so few bits that n times it
//! is exact (Cody & Waite 1980); exp r is Cephes' polynomial of degree 7 (Moshier, `expf`). 2ⁿ is
//! multiplied in two halves, so that a result that is subnormal is rounded once. No products are
//! fused: every instruction set gives the same bits.
//!
//! The error is at most 2 units in the last place, held by a test against `f64`.

/// Rounds to an integer when added and taken away again: 1.5·2²³.
const ROUNDER: f32 = 12_582_912.0;
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these the result is 0 or infinity anyway; a NaN stays one.
    let x = x.clamp(-104.0, 89.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        p = p * r + coefficient;
    }
    let mantissa = p * (r * r) + r + 1.0;
    // The shifted number's last bits are n.
    let n = shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).cast_signed();
    let half = n >> 1;
    mantissa * power_of_2(half) * power_of_2(n - half)
}

#[inline(always)]
fn power_of_2(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use crate::Level;

    /// The distance to the true value in units of the last place of the true value's neighbours.
    fn error_in_ulp(x: f32, got: f32) -> f64 {
        let truth = f64::from(x).exp();
        let nearest = truth as f32;
        if nearest.is_infinite() {
            return if got.is_infinite() { 0.0 } else { f64::INFINITY };
        }
        let ulp = f64::from(nearest.next_up()) - f64::from(nearest);
        (f64::from(got) - truth).abs() / ulp
    }

    #[test]
    fn the_error_is_at_most_two_units_in_the_last_place() {
        let numbers: Vec<f32> = (0..2_000_000).map(|i| -110.0 + i as f32 * 1e-4).collect();
        for level in Level::available() {
            let mut results = numbers.clone();
            level.exp(&mut results);
            let errors = numbers.iter().zip(&results).map(|(&x, &y)| error_in_ulp(x, y));
            let worst = errors.fold(0.0, f64::max);
            assert!(worst <= 2.0, "{level:?}: {worst}");
        }
    }

    #[test]
    fn special_values() {
        let mut numbers = [0.0, -0.0, f32::NEG_INFINITY, f32::INFINITY, f32::NAN, f32::MIN];
        Level::detect().exp(&mut numbers);
        assert_eq!(numbers[..4], [1.0, 1.0, 0.0, f32::INFINITY]);
        assert!(numbers[4].is_nan() && numbers[5] == 0.0);
    }
}
