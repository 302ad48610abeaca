//! The kernels' twin in plain loops over `f64`, and the suite that holds the kernels to it.

use super::{Element, Level, Packed, Real};

fn forward(rows: &[&[f64]], start: usize, weights: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let classes = weights.first().map_or(0, Vec::len);
    rows.iter()
        .map(|row| {
            (0..classes)
                .map(|c| weights.iter().enumerate().map(|(j, w)| row[start + j] * w[c]).sum())
                .collect()
        })
        .collect()
}

fn backward(
    rows: &[&[f64]],
    start: usize,
    features: usize,
    residuals: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let classes = residuals.first().map_or(0, Vec::len);
    let at = |j: usize, c: usize| -> f64 {
        rows.iter().zip(residuals).map(|(row, g)| row[start + j] * g[c]).sum()
    };
    (0..features).map(|j| (0..classes).map(|c| at(j, c)).collect()).collect()
}

/// Numbers that every storage holds exactly.
fn number(seed: usize) -> f64 {
    (seed.wrapping_mul(2_654_435_761) >> 7 & 0xff) as f64
}

fn weight(seed: usize) -> f64 {
    number(seed.wrapping_add(77)) / 256.0 - 0.5
}

fn close(got: f64, want: f64, magnitude: f64, epsilon: f64) -> bool {
    (got - want).abs() <= 8.0 * epsilon * magnitude.max(1.0)
}

fn check<T: Element>(level: Level, shape: [usize; 4], cast: fn(f64) -> T, epsilon: f64) {
    let [m, d, q, start] = shape;
    let wide = d + start + 3;
    let plain: Vec<Vec<f64>> =
        (0..m).map(|r| (0..wide).map(|j| number(r * wide + j)).collect()).collect();
    let stored: Vec<Vec<T>> =
        plain.iter().map(|row| row.iter().map(|&x| cast(x)).collect()).collect();
    let (plain, stored): (Vec<&[f64]>, Vec<&[T]>) =
        (plain.iter().map(Vec::as_slice).collect(), stored.iter().map(Vec::as_slice).collect());
    let lanes = level.lanes::<T::Real>();

    let weights: Vec<Vec<f64>> =
        (0..d).map(|j| (0..q).map(|c| weight(j * q + c)).collect()).collect();
    let packed = Packed::from_fn(d, q, lanes, |j, c| T::Real::from_f64(weights[j][c]));
    let mut logits = vec![T::Real::from_f64(f64::NAN); m * q];
    level.forward(&stored, start, &packed, &mut logits);
    let expected = forward(&plain, start, &weights);
    for (i, got) in logits.iter().enumerate() {
        let want = expected[i / q][i % q];
        assert!(
            close(got.to_f64(), want, 128.0 * d as f64, epsilon),
            "{level:?} {shape:?}: {got} {want}"
        );
    }

    let residuals: Vec<Vec<f64>> =
        (0..m).map(|r| (0..q).map(|c| weight(r * q + c + 5)).collect()).collect();
    let flat: Vec<T::Real> = residuals.iter().flatten().map(|&g| T::Real::from_f64(g)).collect();
    let mut gradient = Packed::from_fn(d, q, lanes, |_, _| T::Real::from_f64(f64::NAN));
    level.backward(&stored, start, &flat, &mut gradient);
    let expected = backward(&plain, start, d, &residuals);
    for (j, row) in expected.iter().enumerate() {
        for (c, &want) in row.iter().enumerate() {
            let got = gradient.get(j, c).to_f64();
            assert!(
                close(got, want, 128.0 * m as f64, epsilon),
                "{level:?} {shape:?}: {got} {want}"
            );
        }
    }
    let padding: f64 = gradient.as_slice().iter().map(|x| x.to_f64()).sum();
    assert!(padding.is_finite(), "{shape:?}: padding must stay a number");
}

#[test]
fn kernels_agree_with_plain_loops() {
    let features = [1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 100, 131];
    for level in Level::available() {
        for m in [0, 1, 2, 3, 7, 9, 25, 64] {
            for d in features {
                for q in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 21] {
                    let shape = [m, d, q, (m + d + q) % 5];
                    check::<f32>(level, shape, |x| x as f32, f64::from(f32::EPSILON));
                    check::<u8>(level, shape, |x| x as u8, f64::from(f32::EPSILON));
                    check::<f64>(level, shape, |x| x, f64::EPSILON);
                }
            }
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
            let mut logits = vec![0.0; company * 11];
            level.forward(&rows, 0, &weights, &mut logits);
            logits
        };
        let alone = logits(1);
        for company in 2..30 {
            assert!(logits(company).chunks(11).all(|logits| logits == alone), "{level:?}");
        }
    }
}
