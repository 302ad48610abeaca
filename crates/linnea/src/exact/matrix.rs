//! Small dense matrices, and what is done with them in either arithmetic.
//!
//! In `f64` the work is faer's, on one thread. faer has no products of double-double numbers, so there
//! it is done here by plain loops over columns.

use std::ops::{Index, IndexMut, Range};

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::ColPivQr;
use faer::linalg::triangular_solve as solve;
use faer::{Accum, MatMut, MatRef, Par};

use crate::exact::householder::{self, Factor};
use crate::exact::scalar::{Double, Scalar};

/// A matrix, column by column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matrix<S> {
    rows: usize,
    columns: usize,
    numbers: Vec<S>,
}

impl<S: Scalar> Matrix<S> {
    pub(crate) fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, numbers: vec![S::ZERO; rows * columns] }
    }

    pub(crate) fn from_fn(rows: usize, columns: usize, number: impl Fn(usize, usize) -> S) -> Self {
        let number = &number;
        let numbers = (0..columns).flat_map(|j| (0..rows).map(move |i| number(i, j))).collect();
        Self { rows, columns, numbers }
    }

    pub(crate) fn identity(size: usize) -> Self {
        Self::from_fn(size, size, |i, j| if i == j { S::ONE } else { S::ZERO })
    }

    pub(crate) fn nrows(&self) -> usize {
        self.rows
    }

    pub(crate) fn ncols(&self) -> usize {
        self.columns
    }

    pub(crate) fn column(&self, column: usize) -> &[S] {
        &self.numbers[column * self.rows..][..self.rows]
    }

    pub(crate) fn column_mut(&mut self, column: usize) -> &mut [S] {
        &mut self.numbers[column * self.rows..][..self.rows]
    }

    /// A column, and all columns after it.
    pub(crate) fn split_after(&mut self, column: usize) -> (&mut [S], &mut [S]) {
        let (before, after) = self.numbers.split_at_mut((column + 1) * self.rows);
        (&mut before[column * self.rows..], after)
    }

    pub(crate) fn swap_columns(&mut self, a: usize, b: usize) {
        (0..self.rows).for_each(|i| self.numbers.swap(a * self.rows + i, b * self.rows + i));
    }

    /// A copy of some rows and columns.
    pub(crate) fn part(&self, rows: Range<usize>, columns: Range<usize>) -> Self {
        let (i0, j0) = (rows.start, columns.start);
        Self::from_fn(rows.len(), columns.len(), |i, j| self[(i0 + i, j0 + j)])
    }

    pub(crate) fn map<R: Scalar>(&self, map: impl Fn(S) -> R) -> Matrix<R> {
        let Self { rows, columns, .. } = *self;
        Matrix { rows, columns, numbers: self.numbers.iter().map(|&x| map(x)).collect() }
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.numbers.iter().all(|x| x.round().is_finite())
    }
}

impl<S> Index<(usize, usize)> for Matrix<S> {
    type Output = S;

    #[inline(always)]
    fn index(&self, (row, column): (usize, usize)) -> &S {
        &self.numbers[column * self.rows..][..self.rows][row]
    }
}

impl<S> IndexMut<(usize, usize)> for Matrix<S> {
    #[inline(always)]
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut S {
        &mut self.numbers[column * self.rows..][..self.rows][row]
    }
}

impl Matrix<f64> {
    pub(crate) fn view(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.numbers, self.rows, self.columns)
    }

    pub(crate) fn view_mut(&mut self) -> MatMut<'_, f64> {
        MatMut::from_column_major_slice_mut(&mut self.numbers, self.rows, self.columns)
    }

    pub(crate) fn copy_of(view: MatRef<'_, f64>) -> Self {
        Self::from_fn(view.nrows(), view.ncols(), |i, j| view[(i, j)])
    }
}

/// What the solver needs of a matrix.
pub(crate) trait Algebra: Scalar {
    /// The triangle R of A = QR, with as many rows as A has rows or columns.
    fn triangle(a: Matrix<Self>) -> Matrix<Self>;
    /// Q, R and the order of the columns, the longest that is left first.
    fn pivoted(a: Matrix<Self>) -> Factor<Self>;
    /// Q and R.
    fn factor(a: Matrix<Self>) -> Factor<Self>;
    /// Replaces B by R⁻¹B, for an upper triangle R.
    fn solve_upper(r: &Matrix<Self>, b: &mut Matrix<Self>);
    /// Replaces B by R⁻ᵀB, for an upper triangle R.
    fn solve_upper_transposed(r: &Matrix<Self>, b: &mut Matrix<Self>);
    /// AB
    fn product(a: &Matrix<Self>, b: &Matrix<Self>) -> Matrix<Self>;
    /// AᵀB
    fn transposed_product(a: &Matrix<Self>, b: &Matrix<Self>) -> Matrix<Self>;
}

impl Algebra for f64 {
    fn triangle(a: Matrix<Self>) -> Matrix<Self> {
        upper(a.view().qr().thin_R())
    }

    fn pivoted(a: Matrix<Self>) -> Factor<Self> {
        let qr = ColPivQr::new(a.view());
        let order = qr.P().arrays().0.to_vec();
        let q = Matrix::copy_of(qr.compute_thin_Q().as_ref());
        Factor { q, r: upper(qr.thin_R()), order }
    }

    fn factor(a: Matrix<Self>) -> Factor<Self> {
        let qr = a.view().qr();
        let q = Matrix::copy_of(qr.compute_thin_Q().as_ref());
        Factor { q, r: upper(qr.thin_R()), order: (0..a.ncols()).collect() }
    }

    fn solve_upper(r: &Matrix<Self>, b: &mut Matrix<Self>) {
        solve::solve_upper_triangular_in_place(r.view(), b.view_mut(), Par::Seq);
    }

    fn solve_upper_transposed(r: &Matrix<Self>, b: &mut Matrix<Self>) {
        solve::solve_lower_triangular_in_place(r.view().transpose(), b.view_mut(), Par::Seq);
    }

    fn product(a: &Matrix<Self>, b: &Matrix<Self>) -> Matrix<Self> {
        let mut product = Matrix::zeros(a.nrows(), b.ncols());
        matmul(product.view_mut(), Accum::Replace, a.view(), b.view(), 1.0, Par::Seq);
        product
    }

    fn transposed_product(a: &Matrix<Self>, b: &Matrix<Self>) -> Matrix<Self> {
        let mut product = Matrix::zeros(a.ncols(), b.ncols());
        matmul(product.view_mut(), Accum::Replace, a.view().transpose(), b.view(), 1.0, Par::Seq);
        product
    }
}

/// The upper triangle alone.
fn upper(r: MatRef<'_, f64>) -> Matrix<f64> {
    Matrix::from_fn(r.nrows(), r.ncols(), |i, j| if i <= j { r[(i, j)] } else { 0.0 })
}

impl Algebra for Double {
    fn triangle(a: Matrix<Self>) -> Matrix<Self> {
        householder::triangle(a)
    }

    fn pivoted(a: Matrix<Self>) -> Factor<Self> {
        householder::factor(a, true)
    }

    fn factor(a: Matrix<Self>) -> Factor<Self> {
        householder::factor(a, false)
    }

    fn solve_upper(r: &Matrix<Self>, b: &mut Matrix<Self>) {
        for t in 0..b.ncols() {
            for k in (0..r.ncols()).rev() {
                b[(k, t)] = b[(k, t)] / r[(k, k)];
                let x = b[(k, t)];
                let rest = b.column_mut(t).iter_mut().zip(r.column(k)).take(k);
                rest.for_each(|(b, &r)| *b = *b - x * r);
            }
        }
    }

    fn solve_upper_transposed(r: &Matrix<Self>, b: &mut Matrix<Self>) {
        for t in 0..b.ncols() {
            for k in 0..r.ncols() {
                let dot = dot(&r.column(k)[..k], &b.column(t)[..k]);
                b[(k, t)] = (b[(k, t)] - dot) / r[(k, k)];
            }
        }
    }

    fn product(a: &Matrix<Self>, b: &Matrix<Self>) -> Matrix<Self> {
        let mut product = Matrix::zeros(a.nrows(), b.ncols());
        for t in 0..b.ncols() {
            for (k, &x) in b.column(t).iter().enumerate() {
                let sums = product.column_mut(t).iter_mut().zip(a.column(k));
                sums.for_each(|(sum, &a)| *sum = *sum + x * a);
            }
        }
        product
    }

    fn transposed_product(a: &Matrix<Self>, b: &Matrix<Self>) -> Matrix<Self> {
        Matrix::from_fn(a.ncols(), b.ncols(), |i, j| dot(a.column(i), b.column(j)))
    }
}

fn dot(a: &[Double], b: &[Double]) -> Double {
    a.iter().zip(b).fold(Double::ZERO, |sum, (&a, &b)| sum + a * b)
}
