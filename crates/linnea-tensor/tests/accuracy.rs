//! The accuracy that the documentation of softmax and cross-entropy promises, measured against
//! double-double arithmetic: `cargo test -p linnea-tensor --test accuracy -- --nocapture` prints the
//! table.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "accuracy/double_double.rs"]
mod double_double;

use double_double::Double;
use linnea_tensor::loss::{CrossEntropy, Reduction};
use linnea_tensor::{DType, Tensor};

/// The largest error found of each function, in units in the last place of the exact result; of
/// log-sum-exp, of the result or the largest number, whichever is larger in size.
#[derive(Debug, Default)]
struct Errors {
    logsumexp: f64,
    softmax: f64,
    log_softmax: f64,
    cross_entropy: f64,
}

/// Numbers from 0 to 1, the same everywhere (Knuth's linear congruential generator).
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Rows of many lengths, scales and offsets: spread out, nearly tied, or dominated by one.
fn rows(dtype: DType) -> Vec<Vec<f64>> {
    let mut uniform = Uniform(1);
    let mut rows = Vec::new();
    let eps = if dtype == DType::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    for length in [1, 2, 3, 10, 100, 1000] {
        for scale in [1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e3] {
            for offset in [0.0, 1.0, -1.0, 100.0, -100.0, 1e4, -1e4] {
                let mut row = |f: &mut dyn FnMut(usize, f64) -> f64| {
                    let number = |at| f(at, uniform.next());
                    rows.push((0..length).map(number).map(|x| round(x, dtype)).collect());
                };
                row(&mut |_, u| offset + scale * (2.0 * u - 1.0));
                row(&mut |_, u| (offset + scale) * (1.0 + eps * (8.0 * u).floor()));
                row(&mut |at, u| offset + scale * u + if at == 0 { scale + 20.0 } else { 0.0 });
            }
        }
    }
    rows
}

fn round(x: f64, dtype: DType) -> f64 {
    if dtype == DType::F32 { f64::from(x as f32) } else { x }
}

/// The distance of numbers near x.
fn ulp(x: f64, dtype: DType) -> f64 {
    let (digits, least) = if dtype == DType::F32 { (23, -149) } else { (52, -1074) };
    // The exponent of a number below 2⁻¹⁰²² does not matter: the least distance is reached before.
    let exponent = ((x.abs().to_bits() >> 52) as i32 - 1023).max(-1022);
    let power = (exponent - digits).max(least);
    if power < -1022 { f64::from_bits(1 << (power + 1074)) } else { 2_f64.powi(power) }
}

/// The exact results for a row: what to compare with.
struct Exact {
    max: f64,
    rest: Double,
    log: Double,
}

impl Exact {
    fn new(row: &[f64]) -> Self {
        let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let peak = row.iter().position(|&x| x == max).expect("a row has numbers");
        let others = row.iter().enumerate().filter(|&(at, _)| at != peak);
        let rest = others.fold(Double::ZERO, |sum, (_, &x)| sum + Double::difference(x, max).exp());
        Self { max, rest, log: rest.ln_1p() }
    }

    fn logsumexp(&self) -> Double {
        Double::from(self.max) + self.log
    }

    fn share(&self, x: f64) -> Double {
        Double::difference(x, self.max).exp() / (Double::from(1.0) + self.rest)
    }

    fn surprise(&self, x: f64) -> Double {
        self.log + Double::difference(self.max, x)
    }
}

fn measure(dtype: DType) -> Errors {
    let mut errors = Errors::default();
    for row in rows(dtype) {
        let n = row.len();
        let exact = Exact::new(&row);
        let x = Tensor::from_vec(row.clone(), [n]).unwrap().to(dtype);
        let worst = |found: &mut f64, computed: f64, exact: Double, at_least: f64| {
            let unit = ulp(exact.high().abs().max(at_least), dtype);
            *found = found.max(exact.distance(computed) / unit);
        };
        let value = x.logsumexp(0).unwrap().item();
        worst(&mut errors.logsumexp, value, exact.logsumexp(), exact.max.abs());
        let shares = x.softmax(0).unwrap().to_f64_vec();
        let logs = x.log_softmax(0).unwrap().to_f64_vec();
        for ((&x, share), log) in row.iter().zip(shares).zip(logs) {
            worst(&mut errors.softmax, share, exact.share(x), 0.0);
            worst(&mut errors.log_softmax, -log, exact.surprise(x), 0.0);
        }
        let each = CrossEntropy::new().reduction(Reduction::None);
        for class in [0, n / 2, n - 1] {
            let loss = each.loss(&x, &Tensor::scalar(class)).unwrap().item();
            worst(&mut errors.cross_entropy, loss, exact.surprise(row[class]), 0.0);
        }
    }
    errors
}

/// The documented bounds hold, and are not far from what is found.
fn check(name: &str, found: f64, bound: f64) {
    println!("| {name} | {found:.4} | {bound} |");
    assert!(found <= bound, "{name}: {found} ULP, documented {bound}");
}

#[test]
fn errors_are_within_the_documented_bounds() {
    println!("| function | error found (ULP) | bound |\n| --- | --- | --- |");
    let f32 = measure(DType::F32);
    check("logsumexp f32", f32.logsumexp, 0.501);
    check("softmax f32", f32.softmax, 0.501);
    check("log_softmax f32", f32.log_softmax, 0.501);
    check("cross_entropy f32", f32.cross_entropy, 0.501);
    let f64 = measure(DType::F64);
    check("logsumexp f64", f64.logsumexp, 1.5);
    check("softmax f64", f64.softmax, 3.0);
    check("log_softmax f64", f64.log_softmax, 2.5);
    check("cross_entropy f64", f64.cross_entropy, 2.5);
}

#[test]
fn the_measure_finds_an_error() {
    assert_eq!(ulp(1.0, DType::F64), f64::EPSILON);
    assert_eq!(ulp(1.0, DType::F32), f64::from(f32::EPSILON));
    assert_eq!(ulp(5e-324, DType::F64), 5e-324);
    assert_eq!(ulp(1e-300, DType::F32), f64::from(f32::from_bits(1)));
    // Log-sum-exp as it is written down, of numbers for which that does not overflow.
    let naive = (20_f64.exp() + 1.0).ln();
    let exact = Exact::new(&[20.0, 0.0]).logsumexp();
    assert!(exact.distance(naive) < 2.0 * ulp(20.0, DType::F64));
    assert!(exact.distance(naive + 4.0 * ulp(20.0, DType::F64)) > 2.0 * ulp(20.0, DType::F64));
}
