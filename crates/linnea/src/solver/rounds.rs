//! Where the sums of a round come from: passes over the rows in memory, shared between threads.

use super::kept::Kept;
use super::{Arithmetic, Method, State, Step, products};
use crate::folds::Folds;
use crate::loss::RowLoss;
use crate::objective::{Objective, Point, Sums, Value, add};
use crate::parameters::Parameters;
use crate::pass::{RowBlock, groups_for, reduce_blocks};
use linnea_kernels::{Ahead, Element, Level, Packed, Real};

/// The states of one pass take at most so much; more heads take another pass.
pub(super) const MOST_BYTES: usize = 256 << 20;

/// Sums over rows in memory.
pub(crate) struct Rounds<'a, T: Element> {
    pub(super) objective: &'a Objective<'a, T>,
    /// The same loss, for passes in `f64`.
    pub(super) double: &'a dyn RowLoss<f64>,
    pub(super) folds: &'a Folds,
    /// The line that each head was last seen on.
    pub(super) kept: Vec<Option<(usize, Kept)>>,
}

/// A point that some head wants to know about.
#[derive(Clone, Copy)]
struct Query<'p> {
    head: usize,
    at: &'p Parameters,
}

/// Room for the work on one block.
struct Scratch<A> {
    numbers: Vec<u32>,
    wide: Vec<f64>,
    logits: Packed<A>,
    losses: Packed<f64>,
    gradient: Packed<A>,
}

/// What every block of one pass shares.
struct Pass<'p, A: Real> {
    point: Point<A>,
    loss: &'p dyn RowLoss<A>,
    queries: &'p [Query<'p>],
    folds: &'p Folds,
    level: Level,
}

impl<'a, T: Element> Rounds<'a, T> {
    pub(crate) fn new(
        objective: &'a Objective<'a, T>,
        double: &'a dyn RowLoss<f64>,
        folds: &'a Folds,
    ) -> Self {
        Self { objective, double, folds, kept: Vec::new() }
    }

    /// The answers to what the methods ask, of which the first is the head with number `first`: those
    /// that want a pass share one.
    pub(crate) fn answer(
        &mut self,
        methods: &[Box<dyn Method + '_>],
        first: usize,
    ) -> Vec<(usize, State)> {
        let mut states = Vec::new();
        for wanted in [Arithmetic::Stored, Arithmetic::Double] {
            let points = methods.iter().enumerate().filter_map(|(i, method)| match method.ask() {
                Step::Point { at, arithmetic } if arithmetic == wanted => Some((i, at)),
                _ => None,
            });
            let points: Vec<_> = points.collect();
            let of_heads: Vec<_> = points.iter().map(|&(i, at)| (first + i, at)).collect();
            let values = self.evaluate(&of_heads, wanted).into_iter().map(State::Value);
            states.extend(points.iter().map(|&(i, _)| i).zip(values));
            self.products(methods, first, wanted, &mut states);
        }
        for (i, method) in methods.iter().enumerate() {
            if let Step::Line { line, from, direction, length } = method.ask() {
                states.push((i, State::Line(self.along(first + i, line, from, direction, length))));
            }
        }
        states
    }

    /// The products that methods ask for in some arithmetic.
    fn products(
        &self,
        methods: &[Box<dyn Method + '_>],
        first: usize,
        wanted: Arithmetic,
        states: &mut Vec<(usize, State)>,
    ) {
        let asked = methods.iter().enumerate().filter_map(|(i, method)| match method.ask() {
            Step::Product { at, vector, arithmetic } if arithmetic == wanted => {
                Some((i, products::Query { head: first + i, at, vector }))
            }
            _ => None,
        });
        let (own, queries): (Vec<usize>, Vec<_>) = asked.unzip();
        let products = self.multiply(&queries, wanted).into_iter().map(State::Product);
        states.extend(own.into_iter().zip(products));
    }

    /// Loss and gradient at points, each of the head with that number; the bits are those that each
    /// has alone.
    pub(crate) fn evaluate(
        &self,
        points: &[(usize, &Parameters)],
        arithmetic: Arithmetic,
    ) -> Vec<Value> {
        let Some(&(_, Parameters { outputs, features, .. })) = points.first() else {
            return Vec::new();
        };
        let bytes = features * outputs * size_of::<f64>();
        // As many groups as alone: they decide the order of the sums.
        let groups = groups_for(bytes);
        let at_once = (MOST_BYTES / (groups * bytes).max(1)).max(1);
        let queries: Vec<_> = points.iter().map(|&(head, at)| Query { head, at }).collect();
        let pass = |queries: &[Query<'_>]| match arithmetic {
            Arithmetic::Stored => self.stored(queries, groups),
            Arithmetic::Double => self.doubled(queries, groups),
        };
        queries.chunks(at_once).flat_map(pass).collect()
    }

    fn stored(&self, queries: &[Query<'_>], groups: usize) -> Vec<Value> {
        let pass = Pass::<T::Real>::new(self.objective, self.objective.loss, queries, self.folds);
        self.pass(&pass, groups, |sums, scratch, block| {
            scratch.take(&block);
            let (rows, next) = (block.rows, block.next);
            pass.add_block(sums, scratch, rows, next);
        })
    }

    fn doubled(&self, queries: &[Query<'_>], groups: usize) -> Vec<Value> {
        let pass = Pass::<f64>::new(self.objective, self.double, queries, self.folds);
        self.pass(&pass, groups, |sums, scratch, block| {
            scratch.take(&block);
            let wide = widen(block.rows, std::mem::take(&mut scratch.wide));
            let d = self.objective.rows.features();
            pass.add_block(sums, scratch, &wide.chunks_exact(d).collect::<Vec<_>>(), &[]);
            scratch.wide = wide;
        })
    }

    fn pass<A: Real>(
        &self,
        pass: &Pass<'_, A>,
        groups: usize,
        fold: impl Fn(&mut Sums, &mut Scratch<A>, RowBlock<'_, '_, T>) + Sync,
    ) -> Vec<Value> {
        let Objective { rows, scaling, .. } = *self.objective;
        let work = self.objective.work::<A>(2, pass.point.weights.columns());
        let scratch = || Scratch::new(&pass.point);
        let start = || Sums::new(&pass.point);
        let total = reduce_blocks(rows, work, groups, start, scratch, fold, Sums::merge);
        let total = total.unwrap_or_else(|| Sums::new(&pass.point));
        let value = |(column, query): (usize, &Query<'_>)| {
            total.value(&pass.point, scaling, column, self.folds.weight(query.head))
        };
        pass.queries.iter().enumerate().map(value).collect()
    }
}

impl<'p, A: Real> Pass<'p, A> {
    fn new<T: Element>(
        objective: &Objective<'_, T>,
        loss: &'p dyn RowLoss<A>,
        queries: &'p [Query<'p>],
        folds: &'p Folds,
    ) -> Self {
        let heads: Vec<&Parameters> = queries.iter().map(|query| query.at).collect();
        let level = objective.level;
        let point = Point::new(&heads, objective.scaling, level.lanes::<A>());
        Self { point, loss, queries, folds, level }
    }

    /// The rows' part of all sums.
    fn add_block<E: Element<Real = A>>(
        &self,
        sums: &mut Sums,
        scratch: &mut Scratch<A>,
        rows: &[&[E]],
        next: &[&[E]],
    ) {
        let Scratch { numbers, logits, losses, gradient, .. } = scratch;
        let ahead = Ahead { rows: next, start: 0, features: self.point.weights.rows() };
        let (early, late) = ahead.split();
        self.level.forward(rows, 0, &self.point.weights, logits, early);
        logits.add_to_columns(&self.point.bias);
        losses.set_rows(rows.len());
        self.loss.residuals(self.level, numbers, logits, losses);
        for (column, query) in self.queries.iter().enumerate() {
            self.folds.hold_out(query.head, column, numbers, logits, losses);
        }
        logits.clear_padding();
        losses.clear_padding();
        self.level.backward(rows, 0, logits.as_slice(), gradient, late);
        add(&mut sums.losses, &losses.column_sums());
        add(&mut sums.residuals, &logits.column_sums());
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
            losses: Packed::zeros(0, point.heads, lanes),
            gradient: Packed::zeros(point.weights.rows(), columns, lanes),
        }
    }

    /// Notes which rows a block has.
    fn take<T>(&mut self, block: &RowBlock<'_, '_, T>) {
        self.numbers.clear();
        self.numbers.extend((block.first..block.first + block.rows.len()).map(|row| row as u32));
    }
}

/// The numbers of all rows in `f64`.
pub(super) fn widen<T: Element>(rows: &[&[T]], mut room: Vec<f64>) -> Vec<f64> {
    room.clear();
    rows.iter().for_each(|row| room.extend(row.iter().map(|x| x.to_real().to_f64())));
    room
}
