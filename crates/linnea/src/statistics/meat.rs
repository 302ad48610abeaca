//! The middle of a sandwich covariance: Σ ωᵢ zᵢzᵢᵀ, in the coordinates of the scores.

use linnea_kernels::{Element, GramSum};

use crate::error::{Error, Result};
use crate::exact::{Algebra, Matrix, System};
use crate::pass::{gram_bytes, groups_for};
use crate::statistics::covariance::Covariance;
use crate::statistics::scores::{Scores, fold_scores};

/// A leverage is 1 if no more than this is left of it.
const WHOLE: f64 = 1e-10;

/// What the sandwich of a target's estimate is made of.
pub(crate) struct Sandwich<'a, T> {
    pub(crate) system: &'a System<'a, T>,
    pub(crate) target: usize,
    pub(crate) framed: &'a [f64],
    pub(crate) spread: &'a Matrix<f64>,
    /// Rows and parameters, as degrees of freedom count them.
    pub(crate) rows: usize,
    pub(crate) rank: usize,
}

impl<T: Element> Sandwich<'_, T> {
    /// The middle, in the square of the target's unit in the frame; `None` for the classic covariance,
    /// which has none.
    ///
    /// # Errors
    /// [`Error::Leverage`] if a row's residual is 0 whatever its target, and HC2 or HC3 divide by 0.
    pub(crate) fn meat(&self, covariance: &Covariance) -> Result<Option<Matrix<f64>>> {
        let (n, k) = (self.rows as f64, self.rank as f64);
        Ok(Some(match covariance {
            Covariance::Classic => return Ok(None),
            Covariance::Hc0 => self.by_rows(|_, _| Ok(1.0))?,
            Covariance::Hc1 => self.by_rows(|_, _| Ok(n / (n - k)))?,
            Covariance::Hc2 => self.by_rows(|row, h| Ok(1.0 / self.left(covariance, row, h)?))?,
            Covariance::Hc3 => {
                self.by_rows(|row, h| Ok(self.left(covariance, row, h)?.powi(2).recip()))?
            }
            Covariance::Clustered(labels) => self.by_clusters(labels, (n - 1.0) / (n - k))?,
        }))
    }

    /// What a row's leverage leaves of 1.
    fn left(&self, covariance: &Covariance, row: usize, leverage: f64) -> Result<f64> {
        let left = 1.0 - leverage;
        if left > WHOLE {
            Ok(left)
        } else {
            Err(Error::Leverage { row, covariance: covariance.name() })
        }
    }

    fn by_rows(&self, factor: impl Fn(usize, f64) -> Result<f64> + Sync) -> Result<Matrix<f64>> {
        let columns = self.spread.ncols();
        let zero = || GramSum::new(self.system.level, columns);
        let add = |sum: &mut GramSum<f64>, first: usize, scores: &mut Scores| {
            for (index, row) in scores.z.chunks_exact_mut(columns).enumerate() {
                let leverage: f64 = row.iter().map(|z| z * z).sum();
                let root = factor(first + index, leverage)?.sqrt() * scores.residuals[index];
                row.iter_mut().for_each(|z| *z *= root);
            }
            sum.add(&scores.z, columns, &mut scores.strips);
            Ok(())
        };
        let mut sum = zero();
        let states = self.fold(gram_bytes(columns), zero, add)?;
        states.iter().for_each(|state| sum.merge(state));
        let all = sum.to_vec();
        Ok(Matrix::from_fn(columns, columns, |i, j| all[i * columns + j]))
    }

    fn by_clusters(&self, labels: &[u64], correction: f64) -> Result<Matrix<f64>> {
        let columns = self.spread.ncols();
        let (clusters, count) = dense(labels);
        let add = |sums: &mut Vec<f64>, first: usize, scores: &mut Scores| {
            for (index, (z, residual)) in scores.rows().enumerate() {
                let into = &mut sums[clusters[first + index] * columns..][..columns];
                into.iter_mut().zip(z).for_each(|(sum, z)| *sum += residual * z);
            }
            Ok(())
        };
        let size = count * columns;
        let states = self.fold(size * size_of::<f64>(), || vec![0.0; size], add)?;
        let total = |i: usize| states.iter().map(|state| state[i]).sum::<f64>();
        let sums: Vec<f64> = (0..size).map(total).collect();
        let sums = Matrix::from_fn(count, columns, |g, j| sums[g * columns + j]);
        let groups = count as f64;
        let factor = groups / (groups - 1.0) * correction;
        Ok(f64::transposed_product(&sums, &sums).map(|x| x * factor))
    }

    fn fold<S: Send>(
        &self,
        bytes: usize,
        start: impl Fn() -> S + Sync,
        add: impl Fn(&mut S, usize, &mut Scores) -> Result<()> + Sync,
    ) -> Result<Vec<S>> {
        let groups = groups_for(bytes);
        fold_scores(self.system, self.target, self.framed, self.spread, groups, start, add)
    }
}

/// Labels as indices from 0, and how many there are.
fn dense(labels: &[u64]) -> (Vec<usize>, usize) {
    let mut distinct = labels.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    // Every label is among them.
    let index = |label| distinct.binary_search(label).unwrap_or_else(|place| place);
    (labels.iter().map(index).collect(), distinct.len())
}
