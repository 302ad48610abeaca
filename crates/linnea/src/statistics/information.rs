//! The observed information of a softmax regression, and its inverse.

use faer::Side;
use linnea_kernels::{Element, GramSum, Level, Strips};

use crate::exact::{Algebra, Frame, Matrix, Panel, System};
use crate::pass::{gram_bytes, groups_for};

/// Parameters of `classes` beside the one that they are compared with.
pub(crate) fn parameter_count(features: usize, classes: usize) -> usize {
    features.saturating_add(1).saturating_mul(classes)
}

/// The information at the probabilities that a system's targets, which are logits less those of the
/// first class, give; in the frame's coordinates. Parameters are `[w of kept features, b]` for each
/// class.
#[derive(Debug, Clone)]
pub(crate) struct Information {
    matrix: Matrix<f64>,
    /// Each parameter's derivative of the log-likelihood.
    pub(crate) score: Vec<f64>,
    pub(crate) log_likelihood: f64,
    /// The parameters of a class.
    own: usize,
}

impl Information {
    pub(crate) fn of<T: Element>(system: &System<'_, T>, classes: &[u32], kept: &[usize]) -> Self {
        let (count, own) = (system.targets.len(), kept.len() + 1);
        let zero = || Sums::new(system.level, count, own);
        let pairs = count * (count + 1) / 2;
        let (groups, each) = (groups_for(pairs * gram_bytes(own)), pairs * own * own / 2);
        let add = |sums: &mut Sums, scratch: &mut Scratch, first: usize, panel: &Panel| {
            scratch.take(panel, system, kept, first);
            sums.add(scratch, &classes[first..]);
        };
        let mut all = zero();
        system
            .fold(groups, each, zero, Scratch::default, add)
            .iter()
            .for_each(|sums| all.merge(sums));
        all.finish()
    }

    pub(crate) fn parameters(&self) -> usize {
        self.score.len()
    }

    /// `None` if it is singular.
    pub(crate) fn invert(&self) -> Option<Inverse> {
        let size = self.parameters();
        let scales: Vec<f64> = (0..size).map(|i| self.matrix[(i, i)].sqrt()).collect();
        if scales.iter().any(|scale| !(*scale > 0.0 && scale.is_finite())) {
            return None;
        }
        let scaled = |i: usize, j: usize| self.matrix[(i, j)] / scales[i] / scales[j];
        let factor = Matrix::from_fn(size, size, scaled).view().llt(Side::Lower).ok()?;
        let lower = factor.L();
        // What is left of a parameter without the others.
        if !(0..size).all(|i| lower[(i, i)] > 1e-7) {
            return None;
        }
        let upper = |i: usize, j: usize| if i <= j { lower[(j, i)] * scales[j] } else { 0.0 };
        let mut spread = Matrix::identity(size);
        f64::solve_upper(&Matrix::from_fn(size, size, upper), &mut spread);
        Some(Inverse { spread, own: self.own })
    }
}

/// The inverse information, SSᵀ.
pub(crate) struct Inverse {
    spread: Matrix<f64>,
    own: usize,
}

impl Inverse {
    /// √(gᵀI⁻¹g)
    pub(crate) fn distance(&self, score: &[f64]) -> f64 {
        let columns = 0..self.spread.ncols();
        let along = |k| self.spread.column(k).iter().zip(score).map(|(s, g)| s * g).sum::<f64>();
        columns.map(|k| along(k).powi(2)).sum::<f64>().sqrt()
    }

    /// The variances of a class's features and, last, its intercept, in the data's coordinates; NaN for
    /// features that are not kept.
    pub(crate) fn variances(&self, class: usize, frame: &Frame, kept: &[usize]) -> Vec<f64> {
        let first = class * self.own;
        let columns = 0..self.spread.ncols();
        let mut variances = vec![f64::NAN; frame.features.len() + 1];
        let mut intercept: Vec<f64> =
            columns.clone().map(|k| self.spread[(first + kept.len(), k)]).collect();
        for (place, &j) in kept.iter().enumerate() {
            let axis = frame.features[j];
            let row = columns.clone().map(|k| self.spread[(first + place, k)] / axis.unit);
            variances[j] = row.clone().map(|x| x * x).sum();
            intercept.iter_mut().zip(row).for_each(|(b, x)| *b -= axis.origin * x);
        }
        variances[frame.features.len()] = intercept.iter().map(|x| x * x).sum();
        variances
    }
}

/// A panel's kept features with the intercept, and its probabilities.
#[derive(Debug, Default)]
struct Scratch {
    rows: Vec<f64>,
    weighted: Vec<f64>,
    strips: Strips<f64>,
    /// `rows × (classes − 1)`: logits less the first class's, then probabilities.
    probabilities: Vec<f64>,
    /// Each row's logarithm of Σ exp of the logits, the first of which is 0.
    normalizers: Vec<f64>,
}

impl Scratch {
    fn take<T: Element>(
        &mut self,
        panel: &Panel,
        system: &System<'_, T>,
        kept: &[usize],
        first: usize,
    ) {
        for numbers in [&mut self.rows, &mut self.probabilities, &mut self.normalizers] {
            numbers.clear();
        }
        for (index, row) in (first..).zip(panel.rows()) {
            self.rows.extend(kept.iter().map(|&j| row[j]));
            self.rows.push(1.0);
            self.probabilities.extend(system.targets.iter().map(|target| target[index]));
            self.normalizers.push(0.0);
        }
    }
}

struct Sums {
    /// For classes a ≤ b, ±Σ pₐ(δₐᵦ − pᵦ) x xᵀ; b changes faster.
    blocks: Vec<GramSum<f64>>,
    score: Vec<Vec<f64>>,
    log_likelihood: f64,
    /// The parameters of a class.
    own: usize,
}

impl Sums {
    fn new(level: Level, count: usize, own: usize) -> Self {
        let pairs = count * (count + 1) / 2;
        let blocks = (0..pairs).map(|_| GramSum::new(level, own)).collect();
        Self { blocks, score: vec![vec![0.0; own]; count], log_likelihood: 0.0, own }
    }

    fn add(&mut self, scratch: &mut Scratch, classes: &[u32]) {
        let (count, own) = (self.score.len(), self.own);
        let Scratch { rows, weighted, strips, probabilities, normalizers } = scratch;
        let each = probabilities.chunks_exact_mut(count).zip(normalizers.iter_mut());
        for (((logits, normalizer), row), &class) in each.zip(rows.chunks_exact(own)).zip(classes) {
            self.add_row(logits, normalizer, row, class as usize);
        }
        let mut blocks = self.blocks.iter_mut();
        for a in 0..count {
            for b in a..count {
                weighted.clone_from(rows);
                let pairs = probabilities.chunks_exact(count);
                for (row, p) in weighted.chunks_exact_mut(own).zip(pairs) {
                    // Off the diagonal it is the negative that has a root.
                    let weight = if a == b { p[a] * (1.0 - p[a]) } else { p[a] * p[b] };
                    let root = weight.sqrt();
                    row.iter_mut().for_each(|x| *x *= root);
                }
                if let Some(sum) = blocks.next() {
                    sum.add(weighted, own, strips);
                }
            }
        }
    }

    /// Turns a row's logits into probabilities, and adds its likelihood and score.
    fn add_row(&mut self, logits: &mut [f64], normalizer: &mut f64, row: &[f64], class: usize) {
        let largest = logits.iter().fold(0.0_f64, |m, &x| m.max(x));
        let total = (-largest).exp() + logits.iter().map(|x| (x - largest).exp()).sum::<f64>();
        *normalizer = largest + total.ln();
        let own = class.checked_sub(1).map_or(0.0, |a| logits[a]);
        self.log_likelihood += own - *normalizer;
        for (a, logit) in logits.iter_mut().enumerate() {
            *logit = (*logit - *normalizer).exp();
            let residual = f64::from(u8::from(a + 1 == class)) - *logit;
            self.score[a].iter_mut().zip(row).for_each(|(sum, x)| *sum += residual * x);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.log_likelihood += other.log_likelihood;
        self.blocks.iter_mut().zip(&other.blocks).for_each(|(into, from)| into.merge(from));
        for (into, from) in self.score.iter_mut().zip(&other.score) {
            into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
        }
    }

    fn finish(self) -> Information {
        let (count, own) = (self.score.len(), self.own);
        let blocks: Vec<Vec<f64>> = self.blocks.iter().map(GramSum::to_vec).collect();
        // Where the block of a ≤ b stands among the others.
        let block = |a: usize, b: usize| a * count - a * (a + 1) / 2 + b;
        let number = |i: usize, j: usize| {
            let ((a, k), (b, l)) = ((i / own, i % own), (j / own, j % own));
            let number = blocks[block(a.min(b), a.max(b))][k * own + l];
            if a == b { number } else { -number }
        };
        Information {
            matrix: Matrix::from_fn(count * own, count * own, number),
            score: self.score.concat(),
            log_likelihood: self.log_likelihood,
            own,
        }
    }
}
