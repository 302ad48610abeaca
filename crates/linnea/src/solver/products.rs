//! The Hessian of the mean loss times a vector, for any number of heads, in one pass over the rows.
//!
//! With logits O = ZV + c and their change C = ZD + e along a direction (D, e), the product is ZᵀR/n,
//! where a row of R is the loss's second derivative times the row of C: (diag(p) − ppᵀ)·c for softmax. So
//! a block of rows is multiplied forward twice and back once while it is in cache, and no Hessian is made.

use super::Arithmetic;
use super::rounds::{MOST_BYTES, Rounds, widen};
use crate::folds::Folds;
use crate::loss::RowLoss;
use crate::objective::{Objective, Point, Sums, add};
use crate::parameters::Parameters;
use crate::pass::{RowBlock, groups_for, reduce_blocks};
use linnea_kernels::{Ahead, Element, Level, Packed, Real};

/// A point of the head with this number, and the vector that the Hessian there is multiplied by.
#[derive(Clone, Copy)]
pub(super) struct Query<'p> {
    pub(super) head: usize,
    pub(super) at: &'p Parameters,
    pub(super) vector: &'p Parameters,
}

/// What every block of one pass shares.
struct Pass<'p, A: Real> {
    at: Point<A>,
    along: Point<A>,
    loss: &'p dyn RowLoss<A>,
    queries: &'p [Query<'p>],
    folds: &'p Folds,
    level: Level,
}

/// Room for the work on one block.
struct Scratch<A> {
    numbers: Vec<u32>,
    wide: Vec<f64>,
    logits: Packed<A>,
    changes: Packed<A>,
    losses: Packed<f64>,
    gradient: Packed<A>,
}

impl<T: Element> Rounds<'_, T> {
    /// The products of all queries; the bits are those that each has alone.
    pub(super) fn multiply(
        &self,
        queries: &[Query<'_>],
        arithmetic: Arithmetic,
    ) -> Vec<Parameters> {
        let Some(Query { at: Parameters { outputs, features, .. }, .. }) = queries.first() else {
            return Vec::new();
        };
        let bytes = features * outputs * size_of::<f64>();
        // As many groups as alone: they decide the order of the sums.
        let groups = groups_for(bytes);
        let at_once = (MOST_BYTES / (groups * bytes).max(1)).max(1);
        let pass = |queries: &[Query<'_>]| match arithmetic {
            Arithmetic::Stored => self.multiply_stored(queries, groups),
            Arithmetic::Double => self.multiply_doubled(queries, groups),
        };
        queries.chunks(at_once).flat_map(pass).collect()
    }

    fn multiply_stored(&self, queries: &[Query<'_>], groups: usize) -> Vec<Parameters> {
        let pass = Pass::<T::Real>::new(self.objective, self.objective.loss, queries, self.folds);
        self.multiply_pass(&pass, groups, |sums, scratch, block| {
            pass.add_block(sums, scratch, block.rows, block.next);
        })
    }

    fn multiply_doubled(&self, queries: &[Query<'_>], groups: usize) -> Vec<Parameters> {
        let pass = Pass::<f64>::new(self.objective, self.double, queries, self.folds);
        self.multiply_pass(&pass, groups, |sums, scratch, block| {
            let wide = widen(block.rows, std::mem::take(&mut scratch.wide));
            let d = self.objective.rows.features();
            pass.add_block(sums, scratch, &wide.chunks_exact(d).collect::<Vec<_>>(), &[]);
            scratch.wide = wide;
        })
    }

    fn multiply_pass<A: Real>(
        &self,
        pass: &Pass<'_, A>,
        groups: usize,
        fold: impl Fn(&mut Sums, &mut Scratch<A>, RowBlock<'_, '_, T>) + Sync,
    ) -> Vec<Parameters> {
        let Objective { rows, scaling, .. } = *self.objective;
        let work = self.objective.work::<A>(3, pass.at.weights.columns());
        let scratch = || Scratch::new(&pass.at);
        let start = || Sums::new(&pass.at);
        let fold = |sums: &mut Sums, scratch: &mut Scratch<A>, block: RowBlock<'_, '_, T>| {
            let own = block.first..block.first + block.rows.len();
            scratch.numbers.clear();
            scratch.numbers.extend(own.map(|row| row as u32));
            fold(sums, scratch, block);
        };
        let total = reduce_blocks(rows, work, groups, start, scratch, fold, Sums::merge);
        let total = total.unwrap_or_else(|| Sums::new(&pass.at));
        let product = |(column, query): (usize, &Query<'_>)| {
            total.value(&pass.at, scaling, column, self.folds.weight(query.head)).gradient
        };
        pass.queries.iter().enumerate().map(product).collect()
    }
}

impl<'p, A: Real> Pass<'p, A> {
    fn new<T: Element>(
        objective: &Objective<'_, T>,
        loss: &'p dyn RowLoss<A>,
        queries: &'p [Query<'p>],
        folds: &'p Folds,
    ) -> Self {
        let level = objective.level;
        let point = |of: fn(&Query<'p>) -> &'p Parameters| {
            let heads: Vec<&Parameters> = queries.iter().map(of).collect();
            Point::new(&heads, objective.scaling, level.lanes::<A>())
        };
        let (at, along) = (point(|query| query.at), point(|query| query.vector));
        Self { at, along, loss, queries, folds, level }
    }

    /// The rows' part of all sums.
    fn add_block<E: Element<Real = A>>(
        &self,
        sums: &mut Sums,
        scratch: &mut Scratch<A>,
        rows: &[&[E]],
        next: &[&[E]],
    ) {
        let Scratch { numbers, logits, changes, losses, gradient, .. } = scratch;
        let ahead = Ahead { rows: next, start: 0, features: self.at.weights.rows() };
        let (early, late) = ahead.split();
        self.level.forward(rows, 0, &self.at.weights, logits, early);
        logits.add_to_columns(&self.at.bias);
        self.level.forward(rows, 0, &self.along.weights, changes, Ahead::nothing());
        changes.add_to_columns(&self.along.bias);
        self.loss.bend(self.level, numbers, logits, changes);
        losses.set_rows(rows.len());
        for (column, query) in self.queries.iter().enumerate() {
            self.folds.hold_out(query.head, column, numbers, changes, losses);
        }
        changes.clear_padding();
        self.level.backward(rows, 0, changes.as_slice(), gradient, late);
        add(&mut sums.residuals, &changes.column_sums());
        add(&mut sums.gradient, gradient.as_slice());
    }
}

impl<A: Real> Scratch<A> {
    fn new(point: &Point<A>) -> Self {
        let (columns, lanes) = (point.weights.columns(), point.weights.lanes());
        Self {
            numbers: Vec::new(),
            wide: Vec::new(),
            logits: Packed::zeros(0, columns, lanes),
            changes: Packed::zeros(0, columns, lanes),
            losses: Packed::zeros(0, point.heads, lanes),
            gradient: Packed::zeros(point.weights.rows(), columns, lanes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::weighted;
    use crate::rows::Rows;
    use crate::scaling::Scaling;
    use crate::twin::{Target, number};

    fn parameters(outputs: usize, features: usize, seed: usize) -> Parameters {
        let mut at = Parameters::zeros(outputs, features);
        at.weight.iter_mut().enumerate().for_each(|(i, w)| *w = number(seed + i) / 3.0);
        at.bias.iter_mut().enumerate().for_each(|(i, b)| *b = number(seed + 50 + i));
        at
    }

    /// The gradient's own central difference, for two heads side by side, one with a
    /// fold, and rows that count alike or by their weights.
    #[test]
    fn a_product_is_the_derivative_of_the_gradient() {
        let (n, d) = (301, 7);
        let x: Vec<f32> = (0..n * d).map(|i| (110.0 + 100.0 * number(i)).floor() as f32).collect();
        let rows = Rows::new(vec![x.as_slice()], n, d);
        let scaling = Scaling { mean: vec![100.0; d], scale: vec![50.0; d] };
        let numbers: Vec<f64> = (0..n).map(|i| 2.0 * number(i + 3)).collect();
        let classes = (0..n).map(|i| (i * 5 % 4) as u32).collect();
        let counts = (0..n).map(|i| (i * 7 % 5) as f64).collect();
        let targets = [
            Target::Classes { classes, count: 4 },
            Target::Robust(numbers.clone(), 0.7),
            Target::Numbers(numbers),
            Target::Counts(counts),
        ];
        // With the mean 1; some rows do not count.
        let weights: Vec<f64> = (0..n).map(|i| [0.0, 2.0, 1.0][i % 3] * n as f64 / 300.0).collect();
        for (target, weights) in targets.iter().flat_map(|t| [(t, None), (t, Some(&*weights))]) {
            for level in Level::available() {
                let stored = weighted(target.loss::<f32>(), weights, target.outputs());
                let double = weighted(target.loss::<f64>(), weights, target.outputs());
                let loss = stored.as_ref();
                let objective =
                    Objective { rows: &rows, loss, scaling: &scaling, level, threads: Some(2) };
                let recipe = |fold| crate::sgd::recipe_with(fold);
                let recipes = [recipe(None), recipe(Some(crate::Fold::new(1, 3)))];
                let folds = Folds::new(&recipes, &target.keys(n), weights).unwrap();
                let rounds = Rounds::new(&objective, double.as_ref(), &folds);
                check(&rounds, target.outputs(), &format!("{}, {level:?}", target.kind()));
            }
        }
    }

    fn check(rounds: &Rounds<'_, f32>, q: usize, case: &str) {
        const STEP: f64 = 1e-5;
        let d = rounds.objective.rows.features();
        let points = [0, 1].map(|head| (parameters(q, d, 9 * head), parameters(q, d, 70 + head)));
        let query = |head: usize| Query { head, at: &points[head].0, vector: &points[head].1 };
        let queries = [query(0), query(1)];
        let exact = rounds.multiply(&queries, Arithmetic::Double);
        let near = rounds.multiply(&queries, Arithmetic::Stored);
        for Query { head, at, vector } in queries {
            assert!(rounds.multiply(&[query(head)], Arithmetic::Double)[0] == exact[head]);
            let moved = [STEP, -STEP].map(|step| at.plus(step, vector));
            let both = moved.each_ref().map(|at| (head, at));
            let values = rounds.evaluate(&both, Arithmetic::Double);
            let difference = values[0].gradient.plus(-1.0, &values[1].gradient);
            let difference = difference.scaled(0.5 / STEP);
            assert!(difference.plus(-1.0, &exact[head]).norm() < 1e-7, "{case}, head {head}");
            assert!(near[head].plus(-1.0, &exact[head]).norm() < 1e-4, "{case}, head {head}");
        }
    }
}
