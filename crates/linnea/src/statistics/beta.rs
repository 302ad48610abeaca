//! The regularised incomplete beta function, from which the t and F distributions are made.
//!
//! I_x(a, b) = xᵃ(1−x)ᵇ / B(a, b) times a continued fraction in a − (a + b)x, which does not cancel
//! where x is near 1 (Didonato & Morris, *Significant digit computation of the incomplete beta function
//! ratios*, 1992, BFRAC). The factor in front is a binomial density, computed by saddle points (Loader, *Fast and
//! Accurate Computation of Binomial Probabilities*, 2000), because the difference of log-gammas loses
//! nine digits at a million degrees of freedom.

use std::f64::consts::TAU;

/// The fraction needs about √max(a, b) terms.
const MOST_TERMS: usize = 1_000_000;

/// I_x(a, b) for x + y = 1, which are both given because one may be too small to see in the other.
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    // x against the mean a/(a + b), by whichever of x and y is exact.
    let beyond = if y < x { (a + b) * y - b } else { a - (a + b) * x };
    if beyond >= 0.0 {
        front(a, b, x, y) * fraction(a, b, x, y, beyond)
    } else {
        1.0 - front(b, a, y, x) * fraction(b, a, y, x, -beyond)
    }
}

/// xᵃyᵇ/B(a, b)
fn front(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let correction = stirling_error(n) - stirling_error(a) - stirling_error(b);
    let exponent = correction - deviance(a, n * x) - deviance(b, n * y);
    a * b / n * exponent.exp() * (n / (TAU * a * b)).sqrt()
}

/// ln Γ(z + 1) − ln(√(2πz)(z/e)ᶻ)
fn stirling_error(mut z: f64) -> f64 {
    let mut sum = 0.0;
    // The series is good from 16 on; below, the error at z is that at z + 1 and this.
    while z < 16.0 {
        sum += (z + 0.5) * (1.0 / z).ln_1p() - 1.0;
        z += 1.0;
    }
    let square = z * z;
    let series = 1.0 / 1260.0
        - (1.0 / 1680.0 - (1.0 / 1188.0 - 691.0 / 360_360.0 / square) / square) / square;
    sum + (1.0 / 12.0 - (1.0 / 360.0 - series / square) / square) / z
}

/// x ln(x/m) + m − x, without cancellation where x is near m.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let (mut sum, mut term) = ((x - m) * v, 2.0 * x * v);
    for odd in (3..1000).step_by(2) {
        term *= v * v;
        let next = sum + term / f64::from(odd);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// I_x(a, b) over the factor in front, for `beyond` = a − (a + b)x ≥ 0.
fn fraction(a: f64, b: f64, x: f64, y: f64, beyond: f64) -> f64 {
    let (c, c0, c1) = (1.0 + beyond, b / a, 1.0 + 1.0 / a);
    let (mut p, mut s) = (1.0, a + 1.0);
    // Numerators and denominators of two convergents.
    let (mut before, mut last) = ([0.0, 1.0], [1.0, c / c1]);
    let mut ratio = c1 / c;
    for term in 1..MOST_TERMS {
        let n = term as f64;
        let (t, w, e) = (n / a, n * (b - n) * x, a / s);
        let alpha = p * (p + c0) * e * e * (w * x);
        let beta = n + w / s + (t + 1.0) / (c1 + t + t) * (c + n * (y + 1.0));
        (p, s) = (t + 1.0, s + 2.0);
        let next = [0, 1].map(|i| alpha * before[i] + beta * last[i]);
        let old = ratio;
        ratio = next[0] / next[1];
        if (ratio - old).abs() <= f64::EPSILON * ratio {
            break;
        }
        (before, last) = (last.map(|x| x / next[1]), [ratio, 1.0]);
    }
    ratio
}
