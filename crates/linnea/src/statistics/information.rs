//! The observed information of a softmax regression, and its inverse.

use faer::Side;
use linnea_kernels::{Element, Level};

use crate::exact::{Algebra, Frame, LANES, Matrix, Panel, Syrk, System};
use crate::pass::groups_for;

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
        let (count, width) = (system.targets.len(), (kept.len() + 1).next_multiple_of(LANES));
        let zero = || Sums::new(count, width);
        let size = count * (count + 1) / 2 * width * width;
        let groups = groups_for(size * size_of::<f64>());
        let add = |sums: &mut Sums, scratch: &mut Scratch, first: usize, panel: &Panel| {
            scratch.take(panel, system, kept, first, width);
            sums.add(scratch, &classes[first..], system.level);
        };
        let mut all = zero();
        system.fold(groups, zero, Scratch::default, add).iter().for_each(|sums| all.merge(sums));
        all.finish(kept.len() + 1)
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
    width: usize,
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
        width: usize,
    ) {
        self.width = width;
        for numbers in [&mut self.rows, &mut self.probabilities, &mut self.normalizers] {
            numbers.clear();
        }
        for (index, row) in (first..).zip(panel.rows()) {
            let start = self.rows.len();
            self.rows.extend(kept.iter().map(|&j| row[j]));
            self.rows.push(1.0);
            self.rows.resize(start + width, 0.0);
            self.probabilities.extend(system.targets.iter().map(|target| target[index]));
            self.normalizers.push(0.0);
        }
    }
}

struct Sums {
    /// For classes a ≤ b, Σ pₐ(δₐᵦ − pᵦ) x xᵀ: upper triangles, `width × width`; b changes faster.
    blocks: Vec<Vec<f64>>,
    score: Vec<Vec<f64>>,
    log_likelihood: f64,
    width: usize,
}

impl Sums {
    fn new(count: usize, width: usize) -> Self {
        let blocks = vec![vec![0.0; width * width]; count * (count + 1) / 2];
        Self { blocks, score: vec![vec![0.0; width]; count], log_likelihood: 0.0, width }
    }

    fn add(&mut self, scratch: &mut Scratch, classes: &[u32], level: Level) {
        let count = self.score.len();
        let Scratch { rows, weighted, width, probabilities, normalizers } = scratch;
        let each = probabilities.chunks_exact_mut(count).zip(normalizers.iter_mut());
        for (((logits, normalizer), row), &class) in
            each.zip(rows.chunks_exact(*width)).zip(classes)
        {
            self.add_row(logits, normalizer, row, class as usize);
        }
        let mut blocks = self.blocks.iter_mut();
        for a in 0..count {
            for b in a..count {
                weighted.clone_from(rows);
                let pairs = probabilities.chunks_exact(count);
                for (row, p) in weighted.chunks_exact_mut(*width).zip(pairs) {
                    // Off the diagonal it is the negative that has a root.
                    let weight = if a == b { p[a] * (1.0 - p[a]) } else { p[a] * p[b] };
                    let root = weight.sqrt();
                    row.iter_mut().for_each(|x| *x *= root);
                }
                if let Some(sum) = blocks.next() {
                    level.run(Syrk { panel: weighted, width: *width, sum });
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
        let pairs = self.blocks.iter_mut().zip(&other.blocks);
        for (into, from) in pairs.chain(self.score.iter_mut().zip(&other.score)) {
            into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
        }
    }

    fn finish(self, own: usize) -> Information {
        let count = self.score.len();
        // Where the block of a ≤ b stands among the others.
        let block = |a: usize, b: usize| a * count - a * (a + 1) / 2 + b;
        let number = |i: usize, j: usize| {
            let ((a, k), (b, l)) = ((i / own, i % own), (j / own, j % own));
            let sum = &self.blocks[block(a.min(b), a.max(b))];
            let number = sum[k.min(l) * self.width + k.max(l)];
            if a == b { number } else { -number }
        };
        Information {
            matrix: Matrix::from_fn(count * own, count * own, number),
            score: self.score.iter().flat_map(|score| &score[..own]).copied().collect(),
            log_likelihood: self.log_likelihood,
            own,
        }
    }
}
