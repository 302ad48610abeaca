//! One row of numbers seen from its maximum: the terms of log-sum-exp and softmax.
//!
//! With m = max x and dⱼ = λ(xⱼ − m) ≤ 0, the largest term exp(dⱼ) is exactly 1, so
//!
//! ```text
//! log Σ exp(λxⱼ) = λm + log1p(r)      softmaxⱼ = exp(dⱼ)/(1 + r)      r = Σ_{j ≠ argmax} exp(dⱼ)
//! ```
//!
//! which neither overflows nor loses a small r beside the 1 (Blanchard, Higham & Higham 2021,
//! algorithm 4.1 and its log1p form; the division in softmax is more accurate than exp(dⱼ − log1p r),
//! their §4). Everything is computed in f64, for f32 too. For f64, what the rounded difference xⱼ − m
//! lacks is found by Knuth's exact sum and given back as a factor 1 + low: without it the relative error
//! of a small share would be as many roundings as |dⱼ|.

use super::exp::exp_for_f32;
use crate::dtype::Element;
use crate::reduce::{Real, sum_of};

/// A floating-point type that has exponentials.
pub(crate) trait Exponential: Real + Element {
    /// Appends exp(λ(x − max)) of each number to `out`, as exact as this type can show.
    fn terms(row: &[Self], max: f64, scale: Scale, out: &mut Vec<f64>);
}

impl Exponential for f32 {
    fn terms(row: &[Self], max: f64, scale: Scale, out: &mut Vec<f64>) {
        let factor = scale.factor();
        out.extend(row.iter().map(|&x| {
            let x = f64::from(x);
            exp_for_f32(factor * if x == max { 0.0 } else { x - max })
        }));
    }
}

impl Exponential for f64 {
    fn terms(row: &[Self], max: f64, scale: Scale, out: &mut Vec<f64>) {
        out.extend(row.iter().map(|&x| {
            let (d, low) = scale.shift(x, max);
            let e = d.exp();
            e + e * low
        }));
    }
}

/// What differences are scaled with: an inverse temperature, or a temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    Times(f64),
    Over(f64),
}

impl Scale {
    pub(crate) const ONE: Self = Self::Over(1.0);

    /// λ(x − max), as a rounded number and what it lacks.
    fn shift(self, x: f64, max: f64) -> (f64, f64) {
        if x == max {
            return (0.0, 0.0);
        }
        let (d, low) = exact_difference(x, max);
        let (d, low) = match self {
            Self::Times(1.0) | Self::Over(1.0) => (d, low),
            Self::Times(factor) => {
                let product = d * factor;
                (product, d.mul_add(factor, -product) + low * factor)
            }
            Self::Over(divisor) => {
                let quotient = d / divisor;
                (quotient, ((-quotient).mul_add(divisor, d) + low) / divisor)
            }
        };
        (d, if d.is_finite() && low.is_finite() { low } else { 0.0 })
    }

    /// λ, rounded once; finite, so that it times 0 is 0.
    fn factor(self) -> f64 {
        match self {
            Self::Times(factor) => factor,
            Self::Over(divisor) => divisor.recip().min(f64::MAX),
        }
    }

    /// x/λ.
    fn unscale(self, x: f64) -> f64 {
        match self {
            Self::Times(factor) => x / factor,
            Self::Over(divisor) => x * divisor,
        }
    }
}

/// a − b and its rounding error (Knuth, *The Art of Computer Programming* 2, §4.2.2, theorem B).
fn exact_difference(a: f64, b: f64) -> (f64, f64) {
    let d = a - b;
    let minus_b = d - a;
    (d, (a - (d - minus_b)) + (-b - minus_b))
}

/// The terms of one row; the same memory serves row after row.
pub(crate) struct Terms {
    scale: Scale,
    /// The largest number; NaN if one is, −∞ if there is none.
    pub(crate) max: f64,
    /// The first place of the largest number.
    pub(crate) at: usize,
    exps: Vec<f64>,
    /// The sum of all terms but the largest.
    rest: f64,
}

impl Terms {
    pub(crate) fn new(scale: Scale) -> Self {
        Self { scale, max: f64::NEG_INFINITY, at: 0, exps: Vec::new(), rest: 0.0 }
    }

    /// Takes in a row.
    ///
    /// Against one +∞ the other numbers have share 0, as in the limit. Of two +∞, and of a row of
    /// −∞ alone, the shares depend on how the limit is taken: they are NaN.
    pub(crate) fn read<T: Exponential>(&mut self, row: &[T]) {
        (self.at, self.max) = peak(row);
        let (scale, max) = (self.scale, self.max);
        self.exps.clear();
        T::terms(row, max, scale, &mut self.exps);
        self.rest = self.sum_of_others();
        // A second +∞ adds a term of 1.
        if max.is_infinite() && (max < 0.0 || self.rest >= 1.0) {
            self.rest = f64::NAN;
        }
    }

    fn sum_of_others(&mut self) -> f64 {
        let Some(largest) = self.exps.get_mut(self.at) else { return 0.0 };
        let term = std::mem::replace(largest, 0.0);
        let rest = sum_of(&self.exps, |&x| x);
        self.exps[self.at] = term;
        rest
    }

    /// log Σ exp(λx)/λ.
    pub(crate) fn log_sum_exp(&self) -> f64 {
        if self.max.is_finite() {
            self.max + self.scale.unscale(self.rest.ln_1p())
        } else {
            self.max
        }
    }

    /// The shares exp(λxⱼ)/Σ exp(λx).
    pub(crate) fn shares(&self) -> impl Iterator<Item = f64> {
        let total = 1.0 + self.rest;
        self.exps.iter().map(move |e| e / total)
    }

    /// 1 − share, for the largest number: without the difference.
    pub(crate) fn others_share(&self) -> f64 {
        self.rest / (1.0 + self.rest)
    }

    /// −log of the share of a number of the row, as a function of the number: log1p(r) − d, both
    /// parts of which are ≥ 0, so that nothing cancels.
    pub(crate) fn surprises(&self) -> impl Fn(f64) -> f64 + use<> {
        let (scale, max, log) = (self.scale, self.max, self.rest.ln_1p());
        move |x| {
            let (d, low) = scale.shift(x, max);
            (log - d) - low
        }
    }
}

/// The first place and the value of the largest number, or of the first NaN. The loop has no
/// branches: where the largest of a row stands cannot be predicted.
pub(crate) fn peak<T: Exponential>(row: &[T]) -> (usize, f64) {
    let (mut at, mut max, mut any_nan) = (0, f64::NEG_INFINITY, false);
    for (place, &x) in row.iter().enumerate() {
        let x = x.wide();
        let larger = x > max;
        at = if larger { place } else { at };
        max = if larger { x } else { max };
        any_nan |= x.is_nan();
    }
    if any_nan {
        at = row.iter().position(|&x| x.wide().is_nan()).unwrap_or(at);
        max = f64::NAN;
    }
    (at, max)
}

#[cfg(test)]
mod tests {
    use super::{Scale, Terms, exact_difference, peak};

    #[test]
    fn a_difference_and_what_it_lacks_are_exact() {
        let (d, low) = exact_difference(1e-3, 1e16);
        assert_eq!((d, low), (-1e16, 1e-3));
    }

    #[test]
    fn the_first_of_equal_maxima_is_the_peak() {
        assert_eq!(peak(&[1.0, 3.0, 3.0]), (1, 3.0));
        assert_eq!(peak::<f32>(&[]), (0, f64::NEG_INFINITY));
        assert!(peak(&[1.0, f64::NAN, 3.0]).1.is_nan());
    }

    #[test]
    fn a_rest_far_below_one_is_kept() {
        let mut terms = Terms::new(Scale::ONE);
        terms.read(&[0.0_f64, -50.0]);
        assert_eq!(terms.surprises()(0.0), (-50.0_f64).exp());
        assert_eq!(terms.others_share(), (-50.0_f64).exp());
    }
}
