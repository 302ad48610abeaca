//! A learning rate from the data.
//!
//! Gradient descent on a loss of curvature L is stable with steps below 2/L. Here L is the largest
//! eigenvalue λ of the mean of s·zzᵀ over the rows, with a row's steepness s, the second derivative of its
//! loss: a constant but for counts, where nothing bounds it and it is what the count says. A minibatch of
//! B rows adds noise of about R²/B, where R² is the rows' s·‖z‖² (Bach & Moulines 2013 bound the step of a
//! single row by 1/R²): the mean as the rows themselves weigh it, E R⁴/E R², where a residual is bounded,
//! and the largest of all rows where it is not, because there one outlier is enough to diverge. Momentum β
//! repeats the noise 1/(1 − β) times. The rate 1/(λ + R²/(B(1 − β))) leaves about a factor two to spare.
//!
//! A row of weight w is w times as steep: it is taken as √w·z, its intercept too, whose share of the noise
//! is then no longer the same for all. Rows of weight 0 are not looked at.

use pulp::{Simd, WithSimd};

use crate::objective::Objective;
use crate::pass::{RowBlock, Work, fold_blocks};
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
    let sample = Sample::new(objective);
    let largest = largest_eigenvalue(objective, &sample);
    let noise = squared_length(objective, &sample) / (batch as f64 * (1.0 - momentum));
    // The intercept's own curvature is the mean steepness, and adds to λ where features are not centred.
    let steepness: f64 = sample.steepness.iter().sum();
    1.0 / (largest + noise + steepness / sample.count + l2)
}

/// The largest eigenvalue λ of the mean of s·zzᵀ over a sample of standardised rows.
fn largest_eigenvalue<T: Element>(objective: &Objective<'_, T>, sample: &Sample<'_, T>) -> f64 {
    let mut covariance = Covariance::new(objective, sample);
    let mut direction: Vec<f64> =
        (0..objective.rows.features()).map(|j| 1.0 + (j * 7 % 13) as f64 / 13.0).collect();
    let mut largest = 0.0;
    for _ in 0..ITERATIONS {
        let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
        if length == 0.0 || !length.is_finite() {
            break;
        }
        direction.iter_mut().for_each(|v| *v /= length);
        direction = covariance.multiply(&direction);
        largest = direction.iter().map(|v| v * v).sum::<f64>().sqrt();
    }
    largest
}

/// R²: see above.
fn squared_length<T: Element>(objective: &Objective<'_, T>, sample: &Sample<'_, T>) -> f64 {
    let Objective { rows, scaling, level, threads, loss } = *objective;
    // What the intercept adds to a row's ‖z‖², where it is not the same for all rows.
    let intercept = if loss.weights().is_some() { 1.0 } else { 0.0 };
    let lengths = |rows: &[&[T]], steepness: &[f64]| {
        level.run(LengthsOf { rows, steepness, intercept, scaling })
    };
    if loss.is_bounded() {
        return lengths(&sample.rows, &sample.steepness).weighted_mean();
    }
    let fold = |all: &mut Lengths, (): &mut (), block: RowBlock<'_, '_, T>| {
        let numbers = block.first..block.first + block.rows.len();
        let steepness: Vec<f64> = numbers.map(|row| loss.steepness(row)).collect();
        all.merge(&lengths(block.rows, &steepness));
    };
    let work = Work::new::<f64>(threads, 2 * rows.features());
    let groups = fold_blocks(rows, work, usize::MAX, Lengths::default, || (), fold);
    groups.iter().fold(0.0, |largest, group| group.largest.max(largest))
}

/// Rows spread evenly over those that count.
struct Sample<'a, T> {
    rows: Vec<&'a [T]>,
    steepness: Vec<f64>,
    /// By what a sum over the rows is divided to be a mean over all: more than their number, where there
    /// are rows that do not count.
    count: f64,
}

impl<'a, T: Element> Sample<'a, T> {
    fn new(objective: &Objective<'a, T>) -> Self {
        let all = objective.rows.len();
        let counting: Option<Vec<usize>> = objective
            .loss
            .weights()
            .map(|weights| (0..all).filter(|&row| weights[row] > 0.0).collect());
        let there = counting.as_ref().map_or(all, Vec::len);
        let size = there.min(SAMPLE);
        let place = |i: usize| i * there / size;
        let number = |i: usize| counting.as_ref().map_or(place(i), |rows| rows[place(i)]);
        let numbers = || (0..size).map(number);
        Self {
            rows: numbers().map(|row| objective.rows.row(row)).collect(),
            steepness: numbers().map(|row| objective.loss.steepness(row)).collect(),
            count: size as f64 * (all as f64 / there.max(1) as f64),
        }
    }
}

/// What is asked of some rows' s·‖z‖².
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
    steepness: &'a [f64],
    intercept: f64,
    scaling: &'a Scaling,
}

impl<T: Element> WithSimd for LengthsOf<'_, T> {
    type Output = Lengths;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Lengths {
        let inverse: Vec<f64> = self.scaling.scale.iter().map(|scale| 1.0 / scale).collect();
        let mut lengths = Lengths::default();
        for (row, steepness) in self.rows.iter().zip(self.steepness) {
            // Eight sums side by side: a single one would wait for itself at every feature.
            let mut sums = [0.0; 8];
            let features = row.iter().zip(self.scaling.mean.iter().zip(&inverse));
            for (i, (x, (mean, inverse))) in features.enumerate() {
                let z = (x.to_real().to_f64() - mean) * inverse;
                sums[i % 8] += z * z;
            }
            let square = steepness * (sums.iter().sum::<f64>() + self.intercept);
            lengths.merge(&Lengths { squares: square, fourths: square * square, largest: square });
        }
        lengths
    }
}

/// The mean of s·zzᵀ over the sampled rows.
struct Covariance<'a, T: Element> {
    objective: &'a Objective<'a, T>,
    sample: &'a Sample<'a, T>,
    steepness: Vec<T::Real>,
    products: Packed<T::Real>,
    sums: Packed<T::Real>,
}

impl<'a, T: Element> Covariance<'a, T> {
    fn new(objective: &'a Objective<'a, T>, sample: &'a Sample<'a, T>) -> Self {
        let lanes = objective.level.lanes::<T::Real>();
        Self {
            products: Packed::zeros(sample.rows.len(), 1, lanes),
            steepness: sample.steepness.iter().map(|&s| T::Real::from_f64(s)).collect(),
            sums: Packed::zeros(objective.rows.features(), 1, lanes),
            objective,
            sample,
        }
    }

    fn features(&self) -> usize {
        self.sums.rows()
    }

    /// The mean of s·zzᵀ times `v`: Zᵀ(s∘Zv)/n, with Z = (X − mean)/scale left in X.
    fn multiply(&mut self, v: &[f64]) -> Vec<f64> {
        let (mean, scale) = (&self.objective.scaling.mean, &self.objective.scaling.scale);
        let weights = Packed::from_fn(self.features(), 1, self.sums.lanes(), |j, _| {
            T::Real::from_f64(v[j] / scale[j])
        });
        let offset: f64 = (0..v.len()).map(|j| mean[j] * v[j] / scale[j]).sum();
        let level = self.objective.level;
        level.forward(&self.sample.rows, 0, &weights, &mut self.products, Ahead::nothing());
        self.products.add_to_columns(&[T::Real::from_f64(-offset)]);
        self.products.clear_padding();
        // One column, so that the rows stand one after another.
        let pairs = self.products.as_mut_slice().iter_mut().zip(&self.steepness);
        pairs.for_each(|(product, &steepness)| *product = *product * steepness);
        let products = self.products.as_slice();
        level.backward(&self.sample.rows, 0, products, &mut self.sums, Ahead::nothing());
        let total: f64 = products.iter().map(|p| p.to_f64()).sum();
        let n = self.sample.count;
        (0..v.len())
            .map(|j| (self.sums.get(j, 0).to_f64() - mean[j] * total) / scale[j] / n)
            .collect()
    }
}
