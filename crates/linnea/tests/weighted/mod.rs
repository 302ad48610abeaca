//! Rows that count by whole-number weights, and the same rows, each as often as its weight says.

use linnea::prelude::*;

/// Numbers that look random, between −1 and 1.
fn noise(seed: u64, i: usize) -> f64 {
    let bits = (i as u64 + 1 + seed * 1_000_003).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits ^ bits >> 32) as f64 / (u64::MAX / 2) as f64 - 1.0
}

/// `n` rows of `d` features around 5, and what a target is made of.
fn features(seed: u64, n: usize, d: usize) -> (Values, Vec<f64>) {
    let x: Vec<f64> = (0..n * d).map(|i| 5.0 + noise(seed, i) * (1.0 + (i % d) as f64)).collect();
    let signal = |r: usize| x[r * d..][..d].iter().sum::<f64>() + 2.0 * noise(seed + 7, r);
    let signals = (0..n).map(signal).collect();
    (Values::F64(x), signals)
}

/// Numbers to be predicted, or classes if there are some, with rows on the wrong side.
pub(crate) fn rows(seed: u64, n: usize, d: usize, classes: u32) -> Dataset {
    let (x, signals) = features(seed, n, d);
    let target = if classes == 0 {
        Targets::Values(signals)
    } else {
        let class = |r: usize| (signals[r] * 2.0).abs() as u32 % classes;
        let each = |r: usize| if r < classes as usize { r as u32 } else { class(r) };
        Targets::Classes((0..n).map(each).collect())
    };
    Dataset::dense(d, x, target).unwrap()
}

/// Counts to be predicted.
pub(crate) fn counts(seed: u64, n: usize, d: usize) -> Dataset {
    let (x, signals) = features(seed, n, d);
    let counts = signals.iter().map(|y| (y / 3.0).abs().round()).collect();
    Dataset::dense(d, x, Targets::Values(counts)).unwrap()
}

/// The same rows with whole-number weights, and each as often as its weight says.
pub(crate) fn both(data: &Dataset, seed: u64) -> (Dataset, Dataset) {
    let weight = |r: usize| ((noise(seed + 3, r) + 1.0) * 2.0) as usize;
    let classes = 4;
    let weights: Vec<usize> =
        (0..data.rows()).map(|r| if r < classes { 1 } else { weight(r) }).collect();
    let repeated: Vec<usize> =
        weights.iter().enumerate().flat_map(|(row, &count)| vec![row; count]).collect();
    let weighted = data.clone().with_weights(weights.iter().map(|&w| w as f64).collect()).unwrap();
    (weighted, data.select(&repeated))
}

/// The largest difference of two models' parameters, relative to the largest parameter. What is added
/// to the intercepts of all classes alike changes nothing, and is left out.
pub(crate) fn distance(a: &Model, b: &Model) -> f64 {
    let all = |model: &Model| {
        let bias = model.bias();
        let shift = bias.iter().sum::<f64>() / bias.len() as f64;
        let shift = if bias.len() > 1 { shift } else { 0.0 };
        [model.weight(), &bias.iter().map(|b| b - shift).collect::<Vec<_>>()].concat()
    };
    let (a, b) = (all(a), all(b));
    let largest = a.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    a.iter().zip(&b).fold(0.0_f64, |m, (x, y)| m.max((x - y).abs())) / largest.max(1e-3)
}
