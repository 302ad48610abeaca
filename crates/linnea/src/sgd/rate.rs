//! A learning rate from the data.
//!
//! Gradient descent on a loss of curvature L is stable with steps below 2/L. Here L is the loss's
//! own curvature times the largest eigenvalue λ of the standardised features' covariance. A
//! minibatch of B rows adds noise of about R²/B, where R² is the rows' squared length ‖z‖² (Bach &
//! Moulines 2013 bound the step of a single row by 1/R²): the mean as the rows themselves weigh it,
//! E‖z‖⁴/E‖z‖², where a residual is bounded, and the largest of all rows where it is not, because
//! there one outlier is enough to diverge. Momentum β repeats the noise 1/(1 − β) times. The rate
//! 1/(L (λ + R²/(B(1 − β)))) leaves about a factor two to spare. A row of weight w is taken as √w·z, its
//! intercept too, whose share of the noise is no longer the same for all.

use pulp::{Simd, WithSimd};

use crate::objective::Objective;
use crate::pass::{RowBlock, fold_blocks};
use crate::rows::Rows;
use crate::scaling::Scaling;
use linnea_kernels::{Ahead, Element, Packed, Real};

/// How many rows are looked at.
const SAMPLE: usize = 2048;
/// How often the power iteration multiplies. It ends within some per cent of λ, which is enough.
const ITERATIONS: usize = 12;

/// The learning rate for minibatches of `batch` rows, momentum `momentum` and the penalty `l2`.
pub(crate) fn suggest<T: Element>(
    objective: &Objective<'_, T>,
    batch: usize,
    momentum: f64,
    l2: f64,
) -> f64 {
    let largest = largest_eigenvalue(objective);
    let noise = squared_length(objective) / (batch as f64 * (1.0 - momentum));
    // The intercept's own curvature is 1, and adds to λ where features are not centred.
    1.0 / (objective.loss.curvature() * (largest + noise + 1.0) + l2)
}

/// The largest eigenvalue λ of the covariance of a sample of standardised rows.
fn largest_eigenvalue<T: Element>(objective: &Objective<'_, T>) -> f64 {
    let mut sample = Sample::new(objective);
    let mut direction: Vec<f64> =
        (0..objective.rows.features()).map(|j| 1.0 + (j * 7 % 13) as f64 / 13.0).collect();
    let mut largest = 0.0;
    for _ in 0..ITERATIONS {
        let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
        if length == 0.0 || !length.is_finite() {
            break;
        }
        direction.iter_mut().for_each(|v| *v /= length);
        direction = sample.multiply(&direction);
        largest = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
    }
    largest
}

/// R²: see above.
fn squared_length<T: Element>(objective: &Objective<'_, T>) -> f64 {
    let Objective { rows, scaling, level, threads, .. } = *objective;
    let weights = objective.loss.weights();
    let lengths = |rows: &[&[T]], weights| level.run(LengthsOf { rows, weights, scaling });
    if objective.loss.is_bounded() {
        let weights = sampled_weights(objective);
        return lengths(&sample(rows), weights.as_deref()).weighted_mean();
    }
    let fold = |all: &mut Lengths, (): &mut (), block: RowBlock<'_, '_, T>| {
        all.merge(&lengths(block.rows, weights.map(|weights| &weights[block.first..])));
    };
    let groups = fold_blocks(rows, threads, usize::MAX, Lengths::default, || (), fold);
    groups.iter().fold(0.0, |largest, group| group.largest.max(largest))
}

/// Rows spread evenly over the data.
fn sample<'a, T: Element>(rows: &Rows<'a, T>) -> Vec<&'a [T]> {
    sampled(rows.len()).map(|row| rows.row(row)).collect()
}

fn sampled(rows: usize) -> impl Iterator<Item = usize> {
    let count = rows.min(SAMPLE);
    (0..count).map(move |i| i * rows / count)
}

/// The weights of the sampled rows.
fn sampled_weights<T: Element>(objective: &Objective<'_, T>) -> Option<Vec<f64>> {
    let weights = objective.loss.weights()?;
    Some(sampled(weights.len()).map(|row| weights[row]).collect())
}

/// What is asked of some rows' squared lengths ‖z‖².
#[derive(Debug, Default)]
struct Lengths {
    squares: f64,
    fourths: f64,
    largest: f64,
}

impl Lengths {
    /// The mean as the lengths themselves weigh it.
    fn weighted_mean(&self) -> f64 {
        if self.squares > 0.0 { self.fourths / self.squares } else { 0.0 }
    }

    fn merge(&mut self, other: &Self) {
        self.squares += other.squares;
        self.fourths += other.fourths;
        self.largest = self.largest.max(other.largest);
    }
}

struct LengthsOf<'a, T> {
    rows: &'a [&'a [T]],
    /// Of the rows, and more.
    weights: Option<&'a [f64]>,
    scaling: &'a Scaling,
}

impl<T: Element> WithSimd for LengthsOf<'_, T> {
    type Output = Lengths;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Lengths {
        let inverse: Vec<f64> = self.scaling.scale.iter().map(|scale| 1.0 / scale).collect();
        let mut lengths = Lengths::default();
        for (r, row) in self.rows.iter().enumerate() {
            // Eight sums side by side: a single one would wait for itself at every feature.
            let mut sums = [0.0; 8];
            let features = row.iter().zip(self.scaling.mean.iter().zip(&inverse));
            for (i, (x, (mean, inverse))) in features.enumerate() {
                let z = (x.to_real().to_f64() - mean) * inverse;
                sums[i % 8] += z * z;
            }
            let square: f64 = sums.iter().sum();
            let square = self.weights.map_or(square, |weights| weights[r] * (square + 1.0));
            lengths.merge(&Lengths { squares: square, fourths: square * square, largest: square });
        }
        lengths
    }
}

struct Sample<'a, T: Element> {
    objective: &'a Objective<'a, T>,
    rows: Vec<&'a [T]>,
    weights: Option<Vec<f64>>,
    products: Packed<T::Real>,
    sums: Packed<T::Real>,
}

impl<'a, T: Element> Sample<'a, T> {
    fn new(objective: &'a Objective<'a, T>) -> Self {
        let rows = sample(objective.rows);
        let lanes = objective.level.lanes::<T::Real>();
        Self {
            products: Packed::zeros(rows.len(), 1, lanes),
            sums: Packed::zeros(objective.rows.features(), 1, lanes),
            weights: sampled_weights(objective),
            objective,
            rows,
        }
    }

    fn features(&self) -> usize {
        self.sums.rows()
    }

    /// The covariance times `v`: ZᵀW(Zv)/n, with Z = (X − mean)/scale left in X.
    fn multiply(&mut self, v: &[f64]) -> Vec<f64> {
        let (mean, scale) = (&self.objective.scaling.mean, &self.objective.scaling.scale);
        let weights = Packed::from_fn(self.features(), 1, self.sums.lanes(), |j, _| {
            T::Real::from_f64(v[j] / scale[j])
        });
        let offset: f64 = (0..v.len()).map(|j| mean[j] * v[j] / scale[j]).sum();
        let level = self.objective.level;
        level.forward(&self.rows, 0, &weights, &mut self.products, Ahead::nothing());
        self.products.add_to_columns(&[T::Real::from_f64(-offset)]);
        self.products.clear_padding();
        for (r, weight) in self.weights.iter().flatten().enumerate() {
            let index = self.products.index(r, 0);
            let product = &mut self.products.as_mut_slice()[index];
            *product = *product * T::Real::from_f64(*weight);
        }
        let products = self.products.as_slice();
        level.backward(&self.rows, 0, products, &mut self.sums, Ahead::nothing());
        let total: f64 = products.iter().map(|p| p.to_f64()).sum();
        let n = self.rows.len() as f64;
        (0..v.len())
            .map(|j| (self.sums.get(j, 0).to_f64() - mean[j] * total) / scale[j] / n)
            .collect()
    }
}
