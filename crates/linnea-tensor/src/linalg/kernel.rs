//! The product of two matrices as they lie in memory: C = A·B, C row after row.
//!
//! A transposed matrix is the same numbers with their strides exchanged, so it is multiplied
//! without a copy. There are three ways:
//!
//! - **Small** products and integers: each number of C is one sum over a row of A and a column of B.
//!   A product of 2×2 by 2×2 takes 20 ns.
//! - **Rows of A times one vector**: the same sums, over slices, in eight running sums. f32 is
//!   accumulated in f64, f64 pairwise.
//! - **Large** products: faer's blocked multiplication (Goto & van de Geijn, *Anatomy of
//!   High-Performance Matrix Multiplication*, 2008) on one thread. A tall matrix times
//!   a narrow one (256×784 by 784×10, f32) takes 0.057 ms, and its transpose times a narrow one
//!   (784×256 by 256×10) 0.059 ms; exchanged operands (BᵀAᵀ) and copied layouts gained nothing.

use crate::Element;
use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use ndarray::{ArrayView2, ArrayViewD};
use std::borrow::Cow;

/// Up to so many multiplications, the plain sums are as fast as faer (2×2 by 2×2: 20 ns each).
const SMALL: usize = 32;
const BLOCK: usize = 128;
const LANES: usize = 8;

/// A matrix as it lies in memory: number (i, j) is at i·`down` + j·`right`.
pub(super) struct Matrix<'a, T: Clone> {
    numbers: Cow<'a, [T]>,
    rows: usize,
    columns: usize,
    down: usize,
    right: usize,
}

impl<'a, T: Clone> Matrix<'a, T> {
    /// Rows or columns that lie one after the other are borrowed; other layouts are copied by rows.
    fn new(view: &ArrayView2<'a, T>) -> Self {
        let (rows, columns) = view.dim();
        let (numbers, down, right) = match (view.to_slice(), view.reversed_axes().to_slice()) {
            (Some(numbers), _) => (numbers.into(), columns, 1),
            (None, Some(numbers)) => (numbers.into(), 1, rows),
            (None, None) => (view.iter().cloned().collect(), columns, 1),
        };
        Self { numbers, rows, columns, down, right }
    }

    fn faer(&self) -> MatRef<'_, T> {
        if self.right == 1 {
            MatRef::from_row_major_slice(&self.numbers, self.rows, self.columns)
        } else {
            MatRef::from_column_major_slice(&self.numbers, self.rows, self.columns)
        }
    }
}

/// Numbers that are multiplied and summed, in a type that is wide enough.
pub(super) trait Multiply: Element {
    /// What products are summed in.
    type Sum: Copy + Default;
    fn add_product(sum: Self::Sum, a: Self, b: Self) -> Self::Sum;
    fn add(a: Self::Sum, b: Self::Sum) -> Self::Sum;
    fn round(sum: Self::Sum) -> Self;
    /// The product of large matrices.
    fn large(a: &Matrix<'_, Self>, b: &Matrix<'_, Self>, out: &mut [Self]);
}

macro_rules! multiply_float {
    ($($type:ty)+) => {$(
        impl Multiply for $type {
            type Sum = f64;
            fn add_product(sum: f64, a: Self, b: Self) -> f64 {
                f64::from(a) * f64::from(b) + sum
            }
            fn add(a: f64, b: f64) -> f64 {
                a + b
            }
            fn round(sum: f64) -> Self {
                sum as Self
            }
            fn large(a: &Matrix<'_, Self>, b: &Matrix<'_, Self>, out: &mut [Self]) {
                let out = MatMut::from_row_major_slice_mut(out, a.rows, b.columns);
                matmul(out, Accum::Replace, a.faer(), b.faer(), 1.0, Par::Seq);
            }
        }
    )+};
}
multiply_float!(f32 f64);

macro_rules! multiply_integer {
    ($($type:ty)+) => {$(
        impl Multiply for $type {
            type Sum = Self;
            fn add_product(sum: Self, a: Self, b: Self) -> Self {
                sum.wrapping_add(a.wrapping_mul(b))
            }
            fn add(a: Self, b: Self) -> Self {
                a.wrapping_add(b)
            }
            fn round(sum: Self) -> Self {
                sum
            }
            fn large(a: &Matrix<'_, Self>, b: &Matrix<'_, Self>, out: &mut [Self]) {
                by_sums(a, b, out);
            }
        }
    )+};
}
multiply_integer!(u8 i64);

/// The products of two stacks of matrices with equal leading axes, one after the other.
pub(super) fn products<T: Multiply>(a: ArrayViewD<'_, T>, b: ArrayViewD<'_, T>, out: &mut [T]) {
    if out.is_empty() {
        return;
    }
    if a.ndim() > 2 {
        let size = out.len() / a.shape()[0];
        for ((a, b), out) in a.outer_iter().zip(b.outer_iter()).zip(out.chunks_exact_mut(size)) {
            products(a, b, out);
        }
    } else if let (Ok(a), Ok(b)) = (a.into_dimensionality(), b.into_dimensionality()) {
        product(&Matrix::new(&a), &Matrix::new(&b), out);
    }
}

fn product<T: Multiply>(a: &Matrix<'_, T>, b: &Matrix<'_, T>, out: &mut [T]) {
    let rows_by_vector = b.columns == 1 && a.right == 1;
    if rows_by_vector || a.rows * a.columns * b.columns <= SMALL {
        by_sums(a, b, out);
    } else {
        T::large(a, b, out);
    }
}

fn by_sums<T: Multiply>(a: &Matrix<'_, T>, b: &Matrix<'_, T>, out: &mut [T]) {
    for (place, out) in out.iter_mut().enumerate() {
        let (row, column) = (place / b.columns * a.down, place % b.columns * b.right);
        *out = T::round(match (a.right, b.down) {
            (1, 1) => dot(&a.numbers[row..][..a.columns], &b.numbers[column..][..b.rows]),
            _ => (0..a.columns).fold(T::Sum::default(), |sum, k| {
                T::add_product(sum, a.numbers[row + k * a.right], b.numbers[column + k * b.down])
            }),
        });
    }
}

/// The sum of products: pairwise, in blocks of eight running sums.
pub(super) fn dot<T: Multiply>(a: &[T], b: &[T]) -> T::Sum {
    if a.len() < LANES {
        return sum_products(T::Sum::default(), a, b);
    }
    if a.len() <= BLOCK {
        return block_dot(a, b);
    }
    let half = (a.len() / 2).next_multiple_of(BLOCK);
    T::add(dot(&a[..half], &b[..half]), dot(&a[half..], &b[half..]))
}

fn block_dot<T: Multiply>(a: &[T], b: &[T]) -> T::Sum {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [T::Sum::default(); LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] = T::add_product(lanes[lane], a[lane], b[lane]);
        }
    }
    let rest = sum_products(T::Sum::default(), a_rest, b_rest);
    lanes.into_iter().fold(rest, T::add)
}

fn sum_products<T: Multiply>(start: T::Sum, a: &[T], b: &[T]) -> T::Sum {
    a.iter().zip(b).fold(start, |sum, (&a, &b)| T::add_product(sum, a, b))
}
