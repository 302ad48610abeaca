//! The regularised incomplete beta function, from which the t and F distributions are made.
//!
//! I_x(a, b) = xᵃ(1−x)ᵇ / (a B(a, b)) times a continued fraction (DLMF 8.17.22, evaluated by Lentz's
//! method). The factor in front is a binomial density, computed by saddle points (Loader, *Fast and
//! Accurate Computation of Binomial Probabilities*, 2000), because the difference of log-gammas loses
//! nine digits at a million degrees of freedom.

use std::f64::consts::TAU;

/// The fraction needs about √max(a, b) terms.
const MOST_TERMS: usize = 1_000_000;

/// I_x(a, b) for x + y = 1, which are both given because one may be too small to see in the other.
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 || y >= 1.0 && x == 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    if x < (a + 1.0) / (a + b + 2.0) {
        front(a, b, x, y) * fraction(a, b, x) / a
    } else {
        1.0 - front(b, a, y, x) * fraction(b, a, y) / b
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
    let series = 1.0 / 1260.0 - (1.0 / 1680.0 - (1.0 / 1188.0 - 691.0 / 360_360.0 / square) / square) / square;
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

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut product) = (1.0, d);
    for term in 1..MOST_TERMS {
        let m = term as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for coefficient in [even, odd] {
            d = 1.0 / away(1.0 + coefficient * d);
            c = away(1.0 + coefficient / c);
            change = c * d;
            product *= change;
        }
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    product
}
