//! The kernels' twin in tensors of `f64`, and the suite that holds the kernels to it.

use crate::{Ahead, Element, Level, Packed, Real};
use half::{bf16, f16};
use linnea_tensor::Tensor;

fn matrix(rows: usize, columns: usize, at: impl Fn(usize, usize) -> f64) -> Tensor {
    let numbers = (0..rows * columns).map(|i| at(i / columns, i % columns)).collect();
    Tensor::from_vec(numbers, [rows, columns]).expect("a number for each place")
}

/// Numbers that every storage holds exactly.
fn number(seed: usize) -> f64 {
    // Bits well mixed (splitmix64): of numbers that repeat, roundings would add up.
    let mut bits = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (bits >> 40 & 0xff) as f64
}

/// Numbers of `f32` whose products with those do not fit it, so that every sum rounds.
fn weight(seed: usize) -> f64 {
    f64::from((number(seed.wrapping_add(77)) / 251.0 - 0.5) as f32)
}

/// Within 4 units in the last place of what was summed, signs aside.
fn close(got: f64, want: f64, magnitude: f64, epsilon: f64) -> bool {
    (got - want).abs() <= 4.0 * epsilon * magnitude
}

/// The kernels against X W and Xᵀ G, for rows of which the weights see a part.
fn check<T: Element>(level: Level, shape: [usize; 4], cast: fn(f64) -> T, epsilon: f64) {
    let [m, d, q, start] = shape;
    let wide = d + start + 3;
    let x = matrix(m, wide, |r, j| number(r * wide + j));
    let stored: Vec<T> = x.to_f64_vec().into_iter().map(cast).collect();
    let rows: Vec<&[T]> = stored.chunks(wide).collect();
    let seen = x.narrow(1, start as isize, d).expect("the features lie inside the row");

    let w = matrix(d, q, |j, c| weight(j * q + c));
    let mut logits = pack::<T>(level, &matrix(m, q, |_, _| f64::NAN));
    let ahead = Ahead { rows: &rows, start, features: d };
    level.forward(&rows, start, &pack::<T>(level, &w), &mut logits, ahead);
    let expected = seen.matmul(&w).expect("shapes fit").to_f64_vec();
    let magnitudes = seen.abs().matmul(&w.abs()).expect("shapes fit").to_f64_vec();
    for (i, (want, magnitude)) in expected.into_iter().zip(magnitudes).enumerate() {
        let got = logits.get(i / q, i % q).to_f64();
        let fits = close(got, want, magnitude, epsilon);
        assert!(fits, "forward, {level:?} {shape:?}: {got} {want}");
    }

    let g = matrix(m, q, |r, c| weight(r * q + c + 5));
    let residuals = pack::<T>(level, &g);
    let mut gradient = pack::<T>(level, &matrix(d, q, |_, _| f64::NAN));
    level.backward(&rows, start, residuals.as_slice(), &mut gradient, ahead);
    let turned = seen.t().expect("a matrix");
    let expected = turned.matmul(&g).expect("shapes fit").to_f64_vec();
    let magnitudes = turned.abs().matmul(&g.abs()).expect("shapes fit").to_f64_vec();
    for (i, (want, magnitude)) in expected.into_iter().zip(magnitudes).enumerate() {
        let got = gradient.get(i / q, i % q).to_f64();
        let fits = close(got, want, magnitude, epsilon);
        assert!(fits, "backward, {level:?} {shape:?}: {got} {want}");
    }
    let padding: f64 = gradient.as_slice().iter().map(|x| x.to_f64()).sum();
    assert!(padding.is_finite(), "{shape:?}: padding must stay a number");
}

fn pack<T: Element>(level: Level, weights: &Tensor) -> Packed<T::Real> {
    let (numbers, q) = (weights.to_f64_vec(), weights.shape()[1]);
    let at = |j: usize, c: usize| T::Real::from_f64(numbers[j * q + c]);
    Packed::from_fn(weights.shape()[0], q, level.lanes::<T::Real>(), at)
}

/// All storages.
fn check_all(level: Level, [m, d, q]: [usize; 3]) {
    let (shape, single) = ([m, d, q, (m + d + q) % 5], f64::from(f32::EPSILON));
    check::<f32>(level, shape, |x| x as f32, single);
    check::<u8>(level, shape, |x| x as u8, single);
    check::<f16>(level, shape, f16::from_f64, single);
    check::<bf16>(level, shape, bf16::from_f64, single);
    check::<f64>(level, shape, |x| x, f64::EPSILON);
}

#[test]
fn kernels_agree_with_tensors() {
    let features = [0, 1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 100, 131];
    for level in Level::available() {
        for m in [0, 1, 2, 3, 7, 9, 25, 64] {
            for d in features {
                for q in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 21] {
                    check_all(level, [m, d, q]);
                }
            }
        }
        // More rows than a block of either product has, and more features than a segment.
        for m in [241, 257, 513] {
            for (d, q) in [(3, 1), (17, 4), (129, 10), (300, 11)] {
                check_all(level, [m, d, q]);
            }
        }
    }
}

#[test]
fn kernels_agree_with_tensors_for_many_classes_and_features() {
    for level in Level::available() {
        // Rows and vectors of features that are left of tiles, panels and blocks; classes of several tiles.
        for d in [0, 1, 17, 128, 383, 384, 385] {
            for q in [22, 25, 26, 30, 31, 32, 33, 34, 50, 100] {
                [1, 21].iter().for_each(|&m| check_all(level, [m, d, q]));
            }
        }
        for (d, q) in [(768, 10), (768, 33), (784, 1), (784, 10), (1000, 7), (1000, 100)] {
            [1, 5, 33].iter().for_each(|&m| check_all(level, [m, d, q]));
        }
        for (m, d, q) in [(257, 40, 100), (300, 385, 33), (300, 1000, 3)] {
            check_all(level, [m, d, q]);
        }
    }
}

#[test]
fn a_row_has_the_same_bits_in_any_company() {
    for level in Level::available() {
        let row: Vec<f32> = (0..45).map(|j| number(j) as f32 / 3.0).collect();
        let weights =
            Packed::from_fn(45, 11, level.lanes::<f32>(), |j, c| weight(j * 11 + c) as f32);
        let logits = |company: usize| {
            let rows = vec![row.as_slice(); company];
            let mut logits = Packed::zeros(company, 11, weights.lanes());
            level.forward(&rows, 0, &weights, &mut logits, Ahead::nothing());
            logits
        };
        let alone = logits(1);
        for company in 2..30 {
            let together = logits(company);
            for i in 0..company * 11 {
                assert_eq!(together.get(i / 11, i % 11), alone.get(0, i % 11), "{level:?}");
            }
        }
    }
}
