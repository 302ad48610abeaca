//! How much each row counts, in the units that training works in.

use linnea_data::Dataset;

/// The rows' weights, scaled so that their mean is 1; `None` if all rows count alike. So a sum over rows
/// that is divided by their number is Σ w… / Σ w, and equal weights change no bit.
pub(crate) fn row_weights(data: &Dataset) -> Option<Vec<f64>> {
    let weights = data.weights()?;
    if weights.iter().all(|weight| *weight == weights[0]) {
        return None;
    }
    // The largest first becomes 1, so that no sum is too large or too small for a number.
    let largest = weights.iter().fold(0.0_f64, |largest, &weight| largest.max(weight));
    let shares = weights.iter().map(|weight| weight / largest);
    let mean = shares.clone().sum::<f64>() / weights.len() as f64;
    Some(shares.map(|share| share / mean).collect())
}

/// A row's weight; 1, if all rows count alike.
pub(crate) fn weight_of(weights: Option<&[f64]>, row: usize) -> f64 {
    weights.map_or(1.0, |weights| weights[row])
}

#[cfg(test)]
mod tests {
    use linnea_data::{Targets, Values};

    use super::*;

    #[test]
    fn the_mean_is_1_and_equal_weights_are_none() {
        let rows = Dataset::dense(1, Values::U8(vec![0; 3]), Targets::Absent).unwrap();
        let of =
            |weights: [f64; 3]| row_weights(&rows.clone().with_weights(weights.into()).unwrap());
        assert_eq!(of([2.0, 6.0, 4.0]), Some(vec![0.5, 1.5, 1.0]));
        assert_eq!(of([3e99, 6e99, 0.0]), Some(vec![1.0, 2.0, 0.0]));
        assert_eq!(of([0.1; 3]), None);
        assert_eq!(row_weights(&rows), None);
    }
}
