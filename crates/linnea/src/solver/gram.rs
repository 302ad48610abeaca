//! Products of the standardised features with each other: C = ZᵀZ/n, in one pass; ZᵀWZ/n, if rows have
//! weights.
//!
//! A panel of rows is standardised into a matrix that is multiplied with itself; nothing cancels,
//! because the means are gone before anything is squared. n·d² multiply-adds for all pairs of features,
//! of which symmetry saves one half. The sums, d² numbers, go by once a panel: at 64 rows a panel that
//! took longer than the multiply-adds.

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::traits::RealField;
use faer::{Accum, Mat, MatRef, Par};

use crate::pass::{RowBlock, groups_for, reduce_panels};
use crate::rows::Rows;
use crate::scaling::Scaling;
use linnea_kernels::{Element, Real};

/// The rows of a panel.
const PANEL: usize = 256;

/// ZᵀZ/n, with means, in its lower triangle.
pub(super) struct Gram {
    /// (d + 1)², the intercept's column of ones last.
    pub(super) products: Mat<f64>,
}

impl Gram {
    /// Of all rows, multiplied and summed in `A`. The result does not depend on the threads.
    pub(super) fn of<T: Element, A: Real + RealField>(
        rows: &Rows<'_, T>,
        weights: Option<&[f64]>,
        scaling: &Scaling,
        threads: usize,
    ) -> Self {
        let size = rows.features() + 1;
        let products = reduce_panels(
            rows,
            threads,
            (groups_for(size * size * size_of::<A>()), PANEL),
            || Mat::<A>::zeros(size, size),
            Vec::new,
            |sum, room, block| {
                add_lower_square(standardise::<T, A>(&block, weights, scaling, room), sum);
            },
            add_lower,
        );
        let count = rows.len().max(1) as f64;
        let product = |i: usize, j: usize| {
            products.as_ref().map_or(0.0, |products| products[(i, j)].to_f64() / count)
        };
        Self { products: Mat::from_fn(size, size, product) }
    }
}

/// The rows of a block as the columns of a matrix: z, and a one for the intercept, times the root of
/// the row's weight.
fn standardise<'m, T: Element, A: Real + RealField>(
    block: &RowBlock<'_, '_, T>,
    weights: Option<&[f64]>,
    scaling: &Scaling,
    room: &'m mut Vec<A>,
) -> MatRef<'m, A> {
    room.clear();
    for (i, row) in (block.first..).zip(block.rows) {
        let root = weights.map_or(1.0, |weights| weights[i].sqrt());
        let numbers = row.iter().zip(&scaling.mean).zip(&scaling.scale);
        let z = numbers.map(|((x, mean), scale)| root * ((x.to_real().to_f64() - mean) / scale));
        room.extend(z.map(A::from_f64));
        room.push(A::from_f64(root));
    }
    MatRef::from_column_major_slice(room, scaling.mean.len() + 1, block.rows.len())
}

/// sum ← sum + CCᵀ, the lower triangle.
fn add_lower_square<A: Real + RealField>(columns: MatRef<'_, A>, sum: &mut Mat<A>) {
    matmul(
        sum.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Add,
        columns,
        BlockStructure::Rectangular,
        columns.transpose(),
        BlockStructure::Rectangular,
        A::from_f64(1.0),
        Par::Seq,
    );
}

fn add_lower<A: Real + RealField>(sum: &mut Mat<A>, other: &Mat<A>) {
    for j in 0..sum.ncols() {
        let (Some(sum), Some(other)) =
            (sum.col_mut(j).try_as_col_major_mut(), other.col(j).try_as_col_major())
        else {
            continue;
        };
        let (sum, other) = (sum.as_slice_mut(), other.as_slice());
        sum[j..].iter_mut().zip(&other[j..]).for_each(|(sum, &x)| *sum += x);
    }
}
