//! The triangle by Householder reflections, a stack of rows at a time: TSQR.
//!
//! Rows are stacked below the triangle of the rows before, and the stack is reduced to a triangle
//! again: Demmel, Grigori, Hoemmen & Langou, *Communication-optimal parallel and sequential QR and LU
//! factorizations* (2012), section 3. It is backward stable like a factorization of all rows at once,
//! reads them once and keeps O(p²) numbers. It costs 2np² operations; a Gram matrix costs np².

use linnea_kernels::{Element, Real};

use crate::exact::matrix::{Algebra, Matrix};
use crate::exact::panel::System;
use crate::exact::scalar::{Double, Scalar};
use crate::exact::triangle::Triangle;
use crate::pass::{Work, fold_blocks, groups_for};

/// A group has this many times more rows than the triangle, so that merging is little of the work.
const ROWS_A_GROUP: usize = 8;

/// The triangle of `system` in `f64`.
pub(crate) fn plain<T: Element>(system: &System<'_, T>) -> Triangle<f64> {
    reduce(system)
}

/// The triangle of `system` in double-double, of the numbers exactly as they are given.
pub(crate) fn extended<T: Element>(system: &System<'_, T>) -> Triangle<Double> {
    reduce(system)
}

fn reduce<T: Element, S: Algebra>(system: &System<'_, T>) -> Triangle<S> {
    let k = system.columns();
    let wanted = system.rows.len() / (ROWS_A_GROUP * k);
    let groups = wanted.max(1).min(groups_for(Stack::<S>::room(k) * k * size_of::<S>()));
    let stacks = fold_blocks(
        system.rows,
        Work::new::<f64>(system.threads, 2 * k * k * S::TIMES),
        groups,
        || Stack::<S>::new(k),
        || (),
        |stack, (), block| {
            for (index, row) in (block.first..).zip(block.rows) {
                stack.push(&mut |j| system.entry(index, row, j));
            }
        },
    );
    let mut all = Stack::<S>::new(k);
    stacks.into_iter().for_each(|stack| all.merge(stack));
    Triangle {
        r: all.finish(),
        intercept: system.intercept,
        features: system.features(),
        targets: system.targets.len(),
    }
}

impl<T: Element> System<'_, T> {
    /// The number in a row and a column of A = [1 ξ υ].
    fn entry<S: Scalar>(&self, index: usize, row: &[T], column: usize) -> S {
        let inner = column.checked_sub(usize::from(self.intercept));
        let number = match inner {
            None => S::ONE,
            Some(j) => {
                let (x, axis) = match j.checked_sub(row.len()) {
                    None => (row[j].to_real().to_f64(), self.frame.features[j]),
                    Some(target) => (self.targets[target][index], self.frame.targets[target]),
                };
                (S::of(x) - S::of(axis.origin)) * S::of(1.0 / axis.unit)
            }
        };
        self.weights.map_or(number, |weights| number * S::of(weights[index]).root())
    }
}

/// Rows, the first of which may be a triangle.
struct Stack<S> {
    rows: Matrix<S>,
    filled: usize,
}

impl<S: Algebra> Stack<S> {
    /// The rows of a stack of `columns`.
    fn room(columns: usize) -> usize {
        (3 * columns).max(columns + 256)
    }

    fn new(columns: usize) -> Self {
        Self { rows: Matrix::zeros(Self::room(columns), columns), filled: 0 }
    }

    /// Adds a row, given by its columns' numbers.
    fn push(&mut self, number: &mut dyn FnMut(usize) -> S) {
        if self.filled == self.rows.nrows() {
            self.reduce();
        }
        for j in 0..self.rows.ncols() {
            self.rows[(self.filled, j)] = number(j);
        }
        self.filled += 1;
    }

    /// Replaces the rows by their triangle.
    fn reduce(&mut self) {
        let triangle = S::triangle(self.rows.part(0..self.filled, 0..self.rows.ncols()));
        self.filled = triangle.nrows();
        for j in 0..self.rows.ncols() {
            for i in 0..self.filled {
                self.rows[(i, j)] = triangle[(i, j)];
            }
        }
    }

    fn merge(&mut self, mut other: Self) {
        if other.filled > 0 {
            other.reduce();
        }
        for i in 0..other.filled {
            self.push(&mut |j| other.rows[(i, j)]);
        }
    }

    /// The triangle of all rows, with rows of zeros if they are few.
    fn finish(mut self) -> Matrix<S> {
        let k = self.rows.ncols();
        if self.filled > 0 {
            self.reduce();
        }
        Matrix::from_fn(k, k, |i, j| if i < self.filled { self.rows[(i, j)] } else { S::ZERO })
    }
}
