//! Where the sums of a round come from: passes over the rows in memory, shared between threads.

use super::{Arithmetic, Line, Method, State, Step};
use crate::loss::RowLoss;
use crate::objective::{Objective, Point, Sums, Value, add};
use crate::parameters::Parameters;
use crate::pass::{RowBlock, fold_blocks, groups_for, map};
use crate::settings::Fold;
use crate::sgd::deal;
use linnea_kernels::{Ahead, Element, Level, Packed, Real};

/// The states of one pass take at most so much; more heads take another pass.
const MOST_BYTES: usize = 256 << 20;

/// Which rows each head learns from.
#[derive(Debug, Default)]
pub(crate) struct Folds {
    /// Of each head: the fold of every row, by its place in `dealt`, and the one that is held out.
    heads: Vec<Option<(usize, u32)>>,
    dealt: Vec<((usize, u64), Vec<u32>)>,
}

impl Folds {
    /// From every head's fold and seed.
    pub(crate) fn new(heads: &[(Option<Fold>, u64)], rows: usize) -> Self {
        let mut folds = Self::default();
        for &(fold, seed) in heads {
            let own = fold.map(|Fold { index, of }| {
                let known = folds.dealt.iter().position(|(key, _)| *key == (of, seed));
                let place = known.unwrap_or_else(|| {
                    folds.dealt.push(((of, seed), deal(rows, of, seed)));
                    folds.dealt.len() - 1
                });
                (place, index as u32)
            });
            folds.heads.push(own);
        }
        folds
    }

    fn of(&self, head: usize) -> Option<(&[u32], u32)> {
        let (place, own) = (*self.heads.get(head)?)?;
        Some((&self.dealt[place].1, own))
    }

    /// How many of `all` rows a head learns from.
    pub(crate) fn rows(&self, head: usize, all: usize) -> usize {
        self.of(head).map_or(all, |(folds, own)| folds.iter().filter(|&&f| f != own).count())
    }

    /// Takes from the columns of a head what belongs to rows that it does not learn from.
    fn hold_out<A: Real>(
        &self,
        head: usize,
        column: usize,
        rows: &[u32],
        residuals: &mut Packed<A>,
        losses: &mut Packed<f64>,
    ) {
        let Some((folds, own)) = self.of(head) else { return };
        let q = residuals.columns() / losses.columns();
        for (r, _) in rows.iter().enumerate().filter(|(_, row)| folds[**row as usize] == own) {
            for c in column * q..(column + 1) * q {
                let index = residuals.index(r, c);
                residuals.as_mut_slice()[index] = A::ZERO;
            }
            let index = losses.index(r, column);
            losses.as_mut_slice()[index] = 0.0;
        }
    }
}

/// Sums over rows in memory.
pub(crate) struct Rounds<'a, T: Element> {
    objective: &'a Objective<'a, T>,
    /// The same loss, for passes in `f64`.
    double: &'a dyn RowLoss<f64>,
    folds: Folds,
    /// The line that each head was last seen on.
    kept: Vec<Option<(usize, Kept)>>,
}

struct Kept {
    logits: Vec<[Packed<f64>; 2]>,
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
        folds: Folds,
    ) -> Self {
        Self { objective, double, folds, kept: Vec::new() }
    }

    /// How many rows a head learns from.
    pub(crate) fn rows(&self, head: usize) -> usize {
        self.folds.rows(head, self.objective.rows.len())
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
        }
        for (i, method) in methods.iter().enumerate() {
            if let Step::Line { line, from, direction, length } = method.ask() {
                states.push((i, State::Line(self.along(first + i, line, from, direction, length))));
            }
        }
        states
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
        let pass = Pass::<T::Real>::new(self.objective, self.objective.loss, queries, &self.folds);
        self.pass(&pass, groups, |sums, scratch, block| {
            scratch.take(&block);
            let (rows, next) = (block.rows, block.next);
            pass.add_block(sums, scratch, rows, next);
        })
    }

    fn doubled(&self, queries: &[Query<'_>], groups: usize) -> Vec<Value> {
        let pass = Pass::<f64>::new(self.objective, self.double, queries, &self.folds);
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
        let Objective { rows, scaling, threads, .. } = *self.objective;
        let scratch = || Scratch::new(&pass.point);
        let states = fold_blocks(rows, threads, groups, || Sums::new(&pass.point), scratch, fold);
        let total = states.into_iter().reduce(|mut total, group| {
            total.merge(&group);
            total
        });
        let total = total.unwrap_or_else(|| Sums::new(&pass.point));
        let value = |(column, query): (usize, &Query<'_>)| {
            total.value(&pass.point, scaling, column, self.rows(query.head))
        };
        pass.queries.iter().enumerate().map(value).collect()
    }

    /// Loss and slope on a line of a head.
    fn along(
        &mut self,
        head: usize,
        line: usize,
        from: &Parameters,
        direction: &Parameters,
        length: f64,
    ) -> Line {
        self.kept.resize_with(self.kept.len().max(head + 1), || None);
        let passed = self.kept[head].as_ref().is_none_or(|(known, _)| *known != line);
        if passed {
            self.kept[head] = Some((line, self.keep(from, direction)));
        }
        let nothing = Kept { logits: Vec::new() };
        let kept = self.kept[head].as_ref().map_or(&nothing, |(_, kept)| kept);
        let [loss, slope] = self.sum_along(head, kept, length);
        let count = self.rows(head).max(1) as f64;
        Line { loss: loss / count, slope: slope / count, passed }
    }

    /// A forward pass at the start of a line and along it, in `f64`: a difference of two losses is what
    /// the search wants to see.
    fn keep(&self, from: &Parameters, direction: &Parameters) -> Kept {
        let Objective { rows, scaling, level, threads, .. } = *self.objective;
        let point = Point::<f64>::new(&[from, direction], scaling, level.lanes::<f64>());
        let q = from.outputs;
        let states = fold_blocks(
            rows,
            threads,
            usize::MAX,
            Vec::new,
            || (Vec::new(), Packed::zeros(0, 2 * q, point.weights.lanes())),
            |kept: &mut Vec<[Packed<f64>; 2]>, (room, logits), block| {
                let wide = widen(block.rows, std::mem::take(room));
                let wide_rows: Vec<_> = wide.chunks_exact(rows.features()).collect();
                level.forward(&wide_rows, 0, &point.weights, logits, Ahead::nothing());
                logits.add_to_columns(&point.bias);
                let lanes = point.weights.lanes();
                let part = |first: usize| {
                    Packed::from_fn(wide_rows.len(), q, lanes, |r, c| logits.get(r, first + c))
                };
                kept.push([part(0), part(q)]);
                *room = wide;
            },
        );
        Kept { logits: states.into_iter().flatten().collect() }
    }

    fn sum_along(&self, head: usize, kept: &Kept, length: f64) -> [f64; 2] {
        let mut starts = vec![0; kept.logits.len()];
        for i in 1..starts.len() {
            starts[i] = starts[i - 1] + kept.logits[i - 1][0].rows();
        }
        let along = |i: usize| self.block_along(head, starts[i], &kept.logits[i], length);
        let sums = map(kept.logits.len(), self.objective.threads, along);
        sums.iter().fold([0.0; 2], |[a, b], [loss, slope]| [a + loss, b + slope])
    }

    fn block_along(
        &self,
        head: usize,
        first: usize,
        [from, change]: &[Packed<f64>; 2],
        length: f64,
    ) -> [f64; 2] {
        let mut logits = Packed::zeros(from.rows(), from.columns(), from.lanes());
        let both = from.as_slice().iter().zip(change.as_slice());
        let moved = both.map(|(from, change)| from + length * change);
        logits.as_mut_slice().iter_mut().zip(moved).for_each(|(logit, moved)| *logit = moved);
        let mut losses = Packed::zeros(from.rows(), 1, from.lanes());
        let numbers: Vec<u32> = (first..first + from.rows()).map(|row| row as u32).collect();
        self.double.residuals(self.objective.level, &numbers, &mut logits, &mut losses);
        self.folds.hold_out(head, 0, &numbers, &mut logits, &mut losses);
        logits.clear_padding();
        losses.clear_padding();
        let slopes = logits.as_slice().iter().zip(change.as_slice()).map(|(g, step)| g * step);
        [losses.as_slice().iter().sum(), slopes.sum()]
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
        let (early, late) = next.split_at(next.len() / 2);
        let ahead = |rows| Ahead { rows, start: 0, features: self.point.weights.rows() };
        self.level.forward(rows, 0, &self.point.weights, logits, ahead(early));
        logits.add_to_columns(&self.point.bias);
        losses.set_rows(rows.len());
        self.loss.residuals(self.level, numbers, logits, losses);
        for (column, query) in self.queries.iter().enumerate() {
            self.folds.hold_out(query.head, column, numbers, logits, losses);
        }
        logits.clear_padding();
        losses.clear_padding();
        self.level.backward(rows, 0, logits.as_slice(), gradient, ahead(late));
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
fn widen<T: Element>(rows: &[&[T]], mut room: Vec<f64>) -> Vec<f64> {
    room.clear();
    rows.iter().for_each(|row| room.extend(row.iter().map(|x| x.to_real().to_f64())));
    room
}
