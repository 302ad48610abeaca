//! exp and ln in double-double arithmetic, about 30 digits, to hold the kernels' to.

/// An unevaluated sum of which the second number is at most half a unit in the last place of the first.
#[derive(Clone, Copy)]
pub(crate) struct Double(pub(crate) f64, pub(crate) f64);

/// ln 2.
const LN_2: Double = Double(std::f64::consts::LN_2, 2.319_046_813_846_3e-17);

impl Double {
    /// The sum of two numbers (Knuth's TwoSum).
    fn sum(a: f64, b: f64) -> Self {
        let s = a + b;
        let own = s - a;
        Self(s, (a - (s - own)) + (b - own))
    }

    fn plus(self, other: f64) -> Self {
        let Self(high, low) = Self::sum(self.0, other);
        Self::sum(high, low + self.1)
    }

    fn times(self, other: Self) -> Self {
        let product = self.0 * other.0;
        let low = self.0.mul_add(other.0, -product) + (self.0 * other.1 + self.1 * other.0);
        Self::sum(product, low)
    }

    fn over(self, divisor: f64) -> Self {
        let quotient = self.0 / divisor;
        let rest = (-quotient).mul_add(divisor, self.0) + self.1;
        Self::sum(quotient, rest / divisor)
    }
}

/// `(y, n)` with exp x = y·2ⁿ: Taylor's series for |r| ≤ ln 2/2, of which 28 terms leave 1e-43.
pub(crate) fn exp(x: f64) -> (Double, i32) {
    let n = (x / LN_2.0).round();
    let r = LN_2.times(Double(-n, 0.0)).plus(x);
    let one = Double(1.0, 0.0);
    let y = (1..=28).rev().fold(one, |sum, k| r.times(sum).over(f64::from(k)).plus(1.0));
    (y, n as i32)
}

/// The library's logarithm y, and what is wrong with it: ln(x exp −y) = x exp −y − 1, up to its square.
pub(crate) fn ln(x: f64) -> Double {
    let y = x.ln();
    let (Double(high, low), n) = exp(-y);
    // Halves of 2ⁿ, of which the whole may be no number.
    let x = x * 2.0_f64.powi(n / 2) * 2.0_f64.powi(n - n / 2);
    let rest = Double(high, low).times(Double(x, 0.0)).plus(-1.0);
    Double(y, rest.0)
}
