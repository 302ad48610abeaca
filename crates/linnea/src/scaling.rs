//! Centres and scales of the features, and how they are folded into weights.
//!
//! Training works with z = (x − mean)/scale but never makes z: o = zV + c is xW + b with W = V/scale
//! and b = c − mean·W, and the gradient of V is that of W, less the mean's part, over the scale.

use linnea_data::Schema;
use pulp::{Simd, WithSimd};

use crate::pass::{Work, fold_blocks, groups_for};
use crate::rows::Rows;
use crate::settings::Standardize;
use linnea_kernels::{Element, Level, Real};

/// What is taken from each feature, and what it is then divided by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scaling {
    pub(crate) mean: Vec<f64>,
    /// Infinite for a feature that does not vary: its standardised value is 0, and so is its weight.
    pub(crate) scale: Vec<f64>,
}

impl Scaling {
    /// No change: mean 0 and scale 1.
    pub(crate) fn none(features: usize) -> Self {
        Self { mean: vec![0.0; features], scale: vec![1.0; features] }
    }

    /// Centres and scales of the rows, weighted if they have weights: as if a row of weight 2 stood there
    /// twice.
    pub(crate) fn fit<T: Element>(
        rows: &Rows<'_, T>,
        schema: &Schema,
        standardize: Standardize,
        weights: Option<&[f64]>,
        level: Level,
        threads: Option<usize>,
    ) -> Self {
        let each = match standardize {
            Standardize::Off => return Self::none(rows.features()),
            Standardize::On => true,
            Standardize::Auto => !schema.is_grid(),
        };
        let Moments { count, mean, squares } = Moments::of(rows, weights, level, threads);
        let variance = |sum: f64| sum / if count > 0.0 { count } else { 1.0 };
        let scale = if each {
            squares.iter().map(|&s| variance(s).sqrt()).collect()
        } else {
            vec![variance(squares.iter().sum::<f64>() / rows.features() as f64).sqrt(); mean.len()]
        };
        let varies = |s: f64| if s > 0.0 { s } else { f64::INFINITY };
        let scale = scale.into_iter().map(varies);
        Self { scale: scale.collect(), mean }
    }
}

/// Running means and sums of squared deviations of every feature.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    /// The rows, or the sum of their weights.
    pub(crate) count: f64,
    pub(crate) mean: Vec<f64>,
    pub(crate) squares: Vec<f64>,
}

impl Moments {
    /// The moments of all rows. They are taken of the differences to the first row, which are exact
    /// where numbers are close together, so that a constant has the deviation 0 and no other: to the
    /// first that counts, if rows have weights.
    pub(crate) fn of<T: Element>(
        rows: &Rows<'_, T>,
        weights: Option<&[f64]>,
        level: Level,
        threads: Option<usize>,
    ) -> Self {
        let d = rows.features();
        let counts = |row: &usize| weights.is_none_or(|weights| weights[*row] > 0.0);
        let origin: Vec<f64> = match (0..rows.len()).find(counts) {
            None => vec![0.0; d],
            Some(row) => rows.row(row).iter().map(|x| x.to_real().to_f64()).collect(),
        };
        let groups = fold_blocks(
            rows,
            Work::new::<f64>(threads, 2 * d),
            groups_for(d * 2 * size_of::<f64>()),
            || Self::none(d),
            || (),
            |moments, (), block| {
                let weights = weights.map(|weights| &weights[block.first..]);
                moments.merge(&level.run(OfBlock { rows: block.rows, weights, origin: &origin }));
            },
        );
        let mut all = Self::none(d);
        groups.iter().for_each(|group| all.merge(group));
        all.mean.iter_mut().zip(&origin).for_each(|(mean, origin)| *mean += origin);
        all
    }

    fn none(features: usize) -> Self {
        Self { count: 0.0, mean: vec![0.0; features], squares: vec![0.0; features] }
    }

    /// Chan, Golub & LeVeque, *Updating formulae and a pairwise algorithm for computing sample
    /// variances* (1979): exact sums of two samples from those of each, without cancellation.
    fn merge(&mut self, other: &Self) {
        let total = self.count + other.count;
        if total == 0.0 {
            return;
        }
        let (share, weight) = (other.count / total, self.count * other.count / total);
        let others = other.mean.iter().zip(&other.squares);
        for ((mean, squares), (m, s)) in self.mean.iter_mut().zip(&mut self.squares).zip(others) {
            let delta = m - *mean;
            *mean += delta * share;
            *squares += s + delta * delta * weight;
        }
        self.count = total;
    }
}

/// The moments of a block that is in cache, in two passes: first the mean, then what differs.
struct OfBlock<'a, T> {
    rows: &'a [&'a [T]],
    /// Of the rows, and more.
    weights: Option<&'a [f64]>,
    origin: &'a [f64],
}

impl<T: Element> WithSimd for OfBlock<'_, T> {
    type Output = Moments;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Moments {
        let mut moments = Moments::none(self.origin.len());
        let weight = |i: usize| self.weights.map_or(1.0, |weights| weights[i]);
        moments.count = (0..self.rows.len()).map(weight).sum();
        if moments.count == 0.0 {
            return moments;
        }
        for (i, row) in self.rows.iter().enumerate() {
            let weight = weight(i);
            let sums = moments.mean.iter_mut().zip(self.origin);
            for ((sum, origin), x) in sums.zip(*row) {
                *sum += weight * (x.to_real().to_f64() - origin);
            }
        }
        moments.mean.iter_mut().for_each(|sum| *sum /= moments.count);
        for (i, row) in self.rows.iter().enumerate() {
            let weight = weight(i);
            let means = moments.mean.iter().zip(self.origin).zip(&mut moments.squares);
            for (((mean, origin), squares), x) in means.zip(*row) {
                let delta = (x.to_real().to_f64() - origin) - mean;
                *squares += weight * (delta * delta);
            }
        }
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_do_not_cancel() {
        let n = 1000;
        let numbers: Vec<f64> = (0..n).flat_map(|i| [1e9 + f64::from(i % 2), 3.0]).collect();
        let rows = Rows::new(vec![numbers.as_slice()], n as usize, 2);
        for threads in [1, 2] {
            let moments = Moments::of(&rows, None, Level::detect(), Some(threads));
            assert_eq!(moments.mean, [1e9 + 0.5, 3.0]);
            assert_eq!(moments.squares, [250.0, 0.0]);
        }
        let schema = Schema::numeric(2, None);
        let scaling =
            Scaling::fit(&rows, &schema, Standardize::Auto, None, Level::detect(), Some(1));
        assert_eq!(scaling.scale, [0.5, f64::INFINITY]);
    }

    #[test]
    fn a_constant_is_one_whatever_its_digits() {
        let numbers = vec![0.1; 5000];
        let rows = Rows::new(vec![numbers.as_slice()], 5000, 1);
        let moments = Moments::of(&rows, None, Level::detect(), Some(2));
        assert_eq!((moments.mean[0], moments.squares[0]), (0.1, 0.0));
        // A row that does not count does not make it vary.
        let numbers = [vec![7.0], numbers].concat();
        let rows = Rows::new(vec![numbers.as_slice()], 5001, 1);
        let weights: Vec<f64> = (0..5001).map(|i| f64::from(i % 5) / 2.0).collect();
        let moments = Moments::of(&rows, Some(&weights), Level::detect(), Some(2));
        assert_eq!((moments.mean[0], moments.squares[0]), (0.1, 0.0));
    }

    #[test]
    fn weights_count_rows_more_than_once() {
        let (numbers, weights) = ([1.0, 5.0, 2.0, 8.0], [2.0, 0.0, 1.0, 3.0]);
        let many = [1.0, 1.0, 2.0, 8.0, 8.0, 8.0];
        let rows = Rows::new(vec![numbers.as_slice()], 4, 1);
        let weighted = Moments::of(&rows, Some(&weights), Level::detect(), Some(1));
        let all =
            Moments::of(&Rows::new(vec![many.as_slice()], 6, 1), None, Level::detect(), Some(1));
        assert_eq!((weighted.count, weighted.mean[0]), (all.count, all.mean[0]));
        assert!((weighted.squares[0] / all.squares[0] - 1.0).abs() < 1e-14);
    }
}
