//! The natural logarithm of many single-precision numbers of at least 1, without branches or calls.
//!
//! x = m·2ᵉ with m between √½ and √2, so ln x = e ln 2 + ln m; ln m is Cephes' polynomial in m − 1
//! (Moshier, `logf`), and ln 2 is taken in two parts, as in `exp.rs`. Every instruction set gives the
//! same bits. The error is at most 2 units in the last place, held by a test against `f64`.

const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// The bits of √½.
const SQRT_HALF: u32 = 0x3f35_04f3;

#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // Counted from √½, the exponent's bits are e, and what remains are m's.
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF);
    let e = (shifted.cast_signed() >> 23) as f32;
    let f = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(SQRT_HALF)) - 1.0;
    let mut p = 7.037_683_6e-2;
    for coefficient in [
        -0.115_146_1,
        0.116_769_98,
        -0.124_201_41,
        0.142_493_23,
        -0.166_680_57,
        0.200_007_15,
        -0.249_999_94,
        0.333_333_3,
    ] {
        p = p * f + coefficient;
    }
    let square = f * f;
    let rest = p * f * square + e * LN_2_LOW - 0.5 * square;
    // What is no number stays none, and 0·x is 0 for all others.
    f + rest + e * LN_2_HIGH + 0.0 * x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_at_most_two_units_in_the_last_place() {
        let mut x = 1.0_f32;
        while x < 1e6 {
            let truth = f64::from(x).ln();
            let nearest = truth as f32;
            let ulp = f64::from(nearest.next_up()) - f64::from(nearest);
            let error = (f64::from(ln(x)) - truth).abs() / ulp;
            assert!(error <= 2.0, "ln {x}: {error}");
            x *= 1.000_01;
        }
        assert_eq!(ln(1.0), 0.0);
        assert!(ln(f32::NAN).is_nan());
    }
}
