//! The loss over all rows, and its gradient, for any number of heads in one pass: what full-batch
//! solvers ask for, and what certificates are made of.

use linnea_kernels::{Ahead, Element, Level, Packed, Real};

use crate::loss::RowLoss;
use crate::parameters::Parameters;
use crate::pass::{A_LOGIT, RowBlock, Work, groups_for, reduce_blocks};
use crate::rows::Rows;
use crate::scaling::Scaling;

/// The states of one pass take at most so much; more heads take another pass.
const MOST_BYTES: usize = 256 << 20;

/// The mean loss of some rows as a function of the weights V of the standardised features and of the
/// intercepts. Penalties are left to who asks.
pub(crate) struct Objective<'a, T: Element> {
    pub(crate) rows: &'a Rows<'a, T>,
    pub(crate) loss: &'a dyn RowLoss<T::Real>,
    pub(crate) scaling: &'a Scaling,
    pub(crate) level: Level,
    pub(crate) threads: Option<usize>,
}

/// The mean loss at a point, and its gradient in weights and intercepts.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) loss: f64,
    pub(crate) gradient: Parameters,
}

impl Value {
    /// The gradient of the mean loss plus λ/2·‖V‖² at the same point.
    pub(crate) fn penalised(&self, l2: f64, at: &Parameters) -> Parameters {
        let mut gradient = self.gradient.clone();
        let slopes = gradient.weight.iter_mut().zip(&at.weight);
        slopes.for_each(|(slope, weight)| *slope += l2 * weight);
        gradient
    }
}

/// What every block of a pass needs: the weights of the features as they are stored.
pub(crate) struct Point<A> {
    pub(crate) weights: Packed<A>,
    pub(crate) bias: Vec<A>,
    pub(crate) heads: usize,
}

/// Sums over some rows.
pub(crate) struct Sums {
    /// Of each head.
    pub(crate) losses: Vec<f64>,
    /// Laid out as the weights.
    pub(crate) gradient: Vec<f64>,
    pub(crate) residuals: Vec<f64>,
}

/// Room for the work on one block.
struct Scratch<A> {
    rows: Vec<u32>,
    logits: Packed<A>,
    losses: Packed<f64>,
    gradient: Packed<A>,
}

impl<T: Element> Objective<'_, T> {
    /// The loss and its gradient at `at`, weights and intercepts of standardised features.
    pub(crate) fn evaluate_one(&self, at: &Parameters) -> Value {
        let nothing = Value { loss: 0.0, gradient: Parameters::zeros(at.outputs, at.features) };
        self.evaluate(&[at]).pop().unwrap_or(nothing)
    }

    /// Loss and gradient of every head; each has the same bits as alone.
    pub(crate) fn evaluate(&self, heads: &[&Parameters]) -> Vec<Value> {
        let Some(&Parameters { outputs, features, .. }) = heads.first().copied() else {
            return Vec::new();
        };
        // As many as alone: they decide the order of the sums.
        let bytes = features * outputs * size_of::<f64>();
        let groups = groups_for(bytes);
        let at_once = (MOST_BYTES / (groups * bytes).max(1)).max(1);
        heads.chunks(at_once).flat_map(|heads| self.pass(heads, groups)).collect()
    }

    /// What a pass takes that makes so many products with `columns` vectors, and a loss's residuals.
    pub(crate) fn work<A>(&self, products: usize, columns: usize) -> Work {
        Work::new::<A>(self.threads, (products * self.rows.features() + A_LOGIT) * columns)
    }

    fn pass(&self, heads: &[&Parameters], groups: usize) -> Vec<Value> {
        let point = Point::<T::Real>::new(heads, self.scaling, self.level.lanes::<T::Real>());
        let total = reduce_blocks(
            self.rows,
            self.work::<T::Real>(2, point.weights.columns()),
            groups,
            || Sums::new(&point),
            || Scratch::new(&point),
            |sums, scratch, block| self.add_block(sums, scratch, block, &point),
            Sums::merge,
        );
        let total = total.unwrap_or_else(|| Sums::new(&point));
        let count = self.rows.len() as f64;
        (0..heads.len()).map(|head| total.value(&point, self.scaling, head, count)).collect()
    }

    fn add_block(
        &self,
        sums: &mut Sums,
        scratch: &mut Scratch<T::Real>,
        block: RowBlock<'_, '_, T>,
        point: &Point<T::Real>,
    ) {
        let (level, rows, features) = (self.level, block.rows, point.weights.rows());
        let Scratch { rows: numbers, logits, losses, gradient } = scratch;
        numbers.clear();
        numbers.extend((block.first..block.first + rows.len()).map(|row| row as u32));
        let (early, late) = Ahead { rows: block.next, start: 0, features }.split();
        level.forward(rows, 0, &point.weights, logits, early);
        logits.add_to_columns(&point.bias);
        losses.set_rows(rows.len());
        self.loss.residuals(level, numbers, logits, losses);
        logits.clear_padding();
        losses.clear_padding();
        level.backward(rows, 0, logits.as_slice(), gradient, late);
        add(&mut sums.losses, &losses.column_sums());
        add(&mut sums.residuals, &logits.column_sums());
        add(&mut sums.gradient, gradient.as_slice());
    }
}

impl<A: Real> Point<A> {
    pub(crate) fn new(heads: &[&Parameters], scaling: &Scaling, lanes: usize) -> Self {
        let folded: Vec<_> = heads.iter().map(|&at| at.clone().unscale(scaling)).collect();
        let (d, q) = (heads[0].features, heads[0].outputs);
        let weights = Packed::from_fn(d, heads.len() * q, lanes, |j, column| {
            A::from_f64(folded[column / q].weight[column % q * d + j])
        });
        let bias = folded.iter().flat_map(Parameters::bias_as).collect();
        Self { weights, bias, heads: heads.len() }
    }
}

impl<A: Real> Scratch<A> {
    fn new(point: &Point<A>) -> Self {
        let (columns, lanes) = (point.weights.columns(), point.weights.lanes());
        Self {
            rows: Vec::new(),
            logits: Packed::zeros(0, columns, lanes),
            losses: Packed::zeros(0, point.heads, lanes),
            gradient: Packed::zeros(point.weights.rows(), columns, lanes),
        }
    }
}

impl Sums {
    pub(crate) fn new<A: Real>(point: &Point<A>) -> Self {
        Self {
            losses: vec![0.0; point.heads],
            gradient: vec![0.0; point.weights.as_slice().len()],
            residuals: vec![0.0; point.bias.len()],
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        add(&mut self.losses, &other.losses);
        add(&mut self.gradient, &other.gradient);
        add(&mut self.residuals, &other.residuals);
    }

    /// From sums over features as they are stored to one head's mean loss over rows whose weights add up
    /// to `count`, and its gradient over standardised features.
    pub(crate) fn value<A: Real>(
        &self,
        point: &Point<A>,
        scaling: &Scaling,
        head: usize,
        count: f64,
    ) -> Value {
        let (d, q) = (point.weights.rows(), point.bias.len() / point.heads);
        let (count, Scaling { mean, scale }) = (if count > 0.0 { count } else { 1.0 }, scaling);
        let mut gradient = Parameters::zeros(q, d);
        for (c, weights) in gradient.weight.chunks_exact_mut(d).enumerate() {
            let column = head * q + c;
            let residuals = self.residuals[column];
            for (j, slope) in weights.iter_mut().enumerate() {
                let raw = self.gradient[point.weights.index(j, column)];
                *slope = (raw - mean[j] * residuals) / scale[j] / count;
            }
            gradient.bias[c] = residuals / count;
        }
        Value { loss: self.losses[head] / count, gradient }
    }
}

/// `into += from`, number by number.
pub(crate) fn add<A: Real>(into: &mut [f64], from: &[A]) {
    into.iter_mut().zip(from).for_each(|(into, from)| *into += from.to_f64());
}

impl Parameters {
    /// The Euclidean norm of all parameters together.
    pub(crate) fn norm(&self) -> f64 {
        // `max` would pass over what is no number.
        let larger = |m: f64, x: &f64| if x.abs() > m || x.is_nan() { x.abs() } else { m };
        let largest = self.weight.iter().chain(&self.bias).fold(0.0, larger);
        if largest == 0.0 || !largest.is_finite() {
            return largest;
        }
        let scaled = self.weight.iter().chain(&self.bias).map(|x| (x / largest).powi(2));
        largest * scaled.sum::<f64>().sqrt()
    }
}
