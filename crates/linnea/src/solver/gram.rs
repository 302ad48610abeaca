//! Products of the standardised features with each other: C = ZᵀZ/n, in one pass; ZᵀWZ/n, if rows have
//! weights.
//!
//! A block of rows is standardised into a small matrix that stays in cache and is multiplied with
//! itself; nothing cancels, because the means are gone before anything is squared. n·d² multiply-adds
//! for all pairs of features, of which symmetry saves one half.

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::traits::RealField;
use faer::{Accum, Mat, MatRef, Par};

use crate::pass::{RowBlock, groups_for, reduce_blocks};
use crate::rows::Rows;
use crate::scaling::Scaling;
use linnea_kernels::{Element, Real};

/// ZᵀZ/n, with means, in its lower triangle.
pub(super) struct Gram {
    /// (d + 1)², the intercept's column of ones last.
    pub(super) products: Mat<f64>,
}

impl Gram {
    /// Of all rows, multiplied in `A` and summed in `f64`. The result does not depend on the threads.
    pub(super) fn of<T: Element, A: Real + RealField>(
        rows: &Rows<'_, T>,
        weights: Option<&[f64]>,
        scaling: &Scaling,
        threads: usize,
    ) -> Self {
        let size = rows.features() + 1;
        let products = reduce_blocks(
            rows,
            threads,
            groups_for(size * size * size_of::<f64>()),
            || Mat::<f64>::zeros(size, size),
            || (Vec::new(), Mat::<A>::zeros(size, size)),
            |sum, (standardised, product), block| {
                let block = standardise::<T, A>(&block, weights, scaling, standardised);
                lower_square(block, product);
                add_lower(sum, product);
            },
            add_lower,
        );
        let mut products = products.unwrap_or_else(|| Mat::zeros(size, size));
        let count = rows.len().max(1) as f64;
        products.col_iter_mut().for_each(|column| column.iter_mut().for_each(|x| *x /= count));
        Self { products }
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

fn lower_square<A: Real + RealField>(columns: MatRef<'_, A>, product: &mut Mat<A>) {
    matmul(
        product.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        columns,
        BlockStructure::Rectangular,
        columns.transpose(),
        BlockStructure::Rectangular,
        A::from_f64(1.0),
        Par::Seq,
    );
}

fn add_lower<A: Real>(sum: &mut Mat<f64>, product: &Mat<A>) {
    for j in 0..sum.ncols() {
        let (Some(sum), Some(product)) =
            (sum.col_mut(j).try_as_col_major_mut(), product.col(j).try_as_col_major())
        else {
            continue;
        };
        let (sum, product) = (sum.as_slice_mut(), product.as_slice());
        sum[j..].iter_mut().zip(&product[j..]).for_each(|(sum, x)| *sum += x.to_f64());
    }
}
