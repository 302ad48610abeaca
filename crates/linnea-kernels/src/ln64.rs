//! The natural logarithm of many double-precision numbers of at least 1, without branches or calls.
//!
//! As in `ln.rs`: ln x = e ln 2 + ln(1 + f) with 1 + f between √½ and √2. ln(1 + f) is fdlibm's
//! (Ng, `e_log.c`, Sun 1993): with s = f/(2 + f) it is f − (f²/2 − s(f²/2 + R(s²))), R by Remez. Every
//! instruction set gives the same bits. The error is less than 1 unit in the last place, held by a test
//! against double-double arithmetic.

use crate::exp64::{LN_2_HIGH, LN_2_LOW};

/// The bits of √½.
const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
/// An integer below 2⁵² is the last bits of its sum with this.
const TWO_TO_52: f64 = 4_503_599_627_370_496.0;

#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    // Counted from √½, the exponent's bits are e, and what remains are those of 1 + f. There is an e
    // below 0 for no x of at least 1, so it becomes a number by its bits: AVX2 has no instruction for it.
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF);
    let e = f64::from_bits(TWO_TO_52.to_bits() | shifted >> 52) - TWO_TO_52;
    let f = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(SQRT_HALF)) - 1.0;
    let (s, half) = (f / (2.0 + f), 0.5 * f * f);
    let rest = s * (half + remainder(s * s)) + e * LN_2_LOW;
    let result = e * LN_2_HIGH - ((half - rest) - f);
    // What is no number stays none, and 0·x is 0 for all that are finite.
    result + 0.0 * x
}

/// (ln(1 + s) − ln(1 − s))/s − 2, for the square of s. The terms are summed in two chains, odd and even, so
/// that they need not wait for each other.
#[inline(always)]
fn remainder(square: f64) -> f64 {
    let fourth = square * square;
    let mut odd = 0.147_981_986_051_165_86;
    for coefficient in [0.181_835_721_616_180_5, 0.285_714_287_436_623_9, 0.666_666_666_666_673_5] {
        odd = odd * fourth + coefficient;
    }
    let mut even = 0.153_138_376_992_093_73;
    for coefficient in [0.222_221_984_321_497_84, 0.399_999_999_994_094_2] {
        even = even * fourth + coefficient;
    }
    even * fourth + odd * square
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double_double::{self, Double};

    #[test]
    fn the_error_is_at_most_one_unit_in_the_last_place() {
        let near = (0..100_000).map(|i| 1.0 + f64::from(i) * 1.234_57e-5);
        let beside_1 = (1..1000).map(|i| 1.0 + 0.965_f64.powi(i));
        let wide = (0..20_000).map(|i| 1.035_7_f64.powi(i)).take_while(|x| x.is_finite());
        for x in near.chain(beside_1).chain(wide).chain([f64::MAX]) {
            let Double(high, low) = double_double::ln(x);
            let ulp = high.next_up() - high;
            let error = ((ln(x) - high) - low).abs() / ulp;
            assert!(error < 1.0, "ln {x}: {error}");
        }
        assert_eq!(ln(1.0), 0.0);
        assert!(ln(f64::NAN).is_nan());
    }
}
