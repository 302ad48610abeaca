//! Products of the standardised features with each other: C = ZᵀZ/n, in one pass; ZᵀWZ/n, if rows have
//! weights.
//!
//! A panel of rows is standardised and multiplied with itself; nothing cancels, because the means are
//! gone before anything is squared. n·d² multiply-adds for all pairs of features, of which symmetry
//! saves one half.

use linnea_kernels::{Element, GramSum, Real, Strips};

use crate::objective::Objective;
use crate::pass::{RowBlock, Work, gram_bytes, groups_for, reduce_panels};
use crate::rows::Rows;
use crate::scaling::Scaling;

/// The rows of a panel.
const PANEL: usize = 256;

/// ZᵀZ/n, with means: all of the symmetric matrix.
pub(super) struct Gram {
    /// (d + 1)², the intercept's column of ones last.
    pub(super) products: Vec<f64>,
    /// d + 1
    pub(super) size: usize,
}

impl Gram {
    /// Of all rows, multiplied and summed in `A`. The result does not depend on the threads.
    pub(super) fn of<T: Element, A: Real>(
        rows: &Rows<'_, T>,
        weights: Option<&[f64]>,
        objective: &Objective<'_, T>,
    ) -> Self {
        let Objective { scaling, level, threads, .. } = *objective;
        let size = rows.features() + 1;
        let sum = reduce_panels(
            rows,
            Work::new::<A>(threads, size * size / 2),
            (groups_for(gram_bytes(size)), PANEL),
            || GramSum::<A>::new(level, size),
            || (Vec::new(), Strips::default()),
            |sum, (panel, strips), block| {
                standardise(&block, weights, scaling, panel);
                sum.add(panel, size, strips);
            },
            GramSum::merge,
        );
        let count = rows.len().max(1) as f64;
        let products = sum.map_or_else(|| vec![A::ZERO; size * size], |sum| sum.to_vec());
        Self { products: products.into_iter().map(|x| x.to_f64() / count).collect(), size }
    }
}

/// The rows of a block: z, and a one for the intercept, times the root of the row's weight.
fn standardise<T: Element, A: Real>(
    block: &RowBlock<'_, '_, T>,
    weights: Option<&[f64]>,
    scaling: &Scaling,
    panel: &mut Vec<A>,
) {
    panel.clear();
    for (i, row) in (block.first..).zip(block.rows) {
        let root = weights.map_or(1.0, |weights| weights[i].sqrt());
        let numbers = row.iter().zip(&scaling.mean).zip(&scaling.scale);
        let z = numbers.map(|((x, mean), scale)| root * ((x.to_real().to_f64() - mean) / scale));
        panel.extend(z.map(A::from_f64));
        panel.push(A::from_f64(root));
    }
}
