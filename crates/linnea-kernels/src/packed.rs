//! The layout of weights, gradients, logits and residuals that the kernels read and write.

use crate::aligned::Aligned;
use crate::real::Real;

/// A matrix whose rows are taken a vector at a time: number (r, c) is at
/// `((r / lanes) · columns + c) · lanes + r % lanes`, so that all columns of a vector of rows stand
/// together. Weights and gradients have a row for each feature, logits and residuals one for each row
/// of the minibatch; both have a column for each output. Rows beyond the last are padding.
#[derive(Debug)]
pub struct Packed<A> {
    numbers: Aligned<A>,
    rows: usize,
    columns: usize,
    lanes: usize,
}

impl<A: Real> Packed<A> {
    /// All numbers 0, `lanes` rows to a vector.
    pub fn zeros(rows: usize, columns: usize, lanes: usize) -> Self {
        let length = rows.div_ceil(lanes) * lanes * columns;
        Self { numbers: Aligned::zeros(length), rows, columns, lanes }
    }

    /// Fills every place from its row and column.
    pub fn from_fn(
        rows: usize,
        columns: usize,
        lanes: usize,
        mut value: impl FnMut(usize, usize) -> A,
    ) -> Self {
        let mut packed = Self::zeros(rows, columns, lanes);
        for j in 0..rows {
            for c in 0..columns {
                let index = packed.index(j, c);
                packed.as_mut_slice()[index] = value(j, c);
            }
        }
        packed
    }

    /// Changes the number of rows; what the numbers are is open then.
    pub fn set_rows(&mut self, rows: usize) {
        if rows.div_ceil(self.lanes) > self.rows.div_ceil(self.lanes) {
            *self = Self::zeros(rows, self.columns, self.lanes);
        }
        self.rows = rows;
    }

    /// The rows, without padding.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many rows a vector holds.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// One number.
    pub fn get(&self, row: usize, column: usize) -> A {
        self.as_slice()[self.index(row, column)]
    }

    /// Where a number stands in [`Packed::as_slice`].
    pub fn index(&self, row: usize, column: usize) -> usize {
        let (vector, lane) = (row / self.lanes, row % self.lanes);
        (vector * self.columns + column) * self.lanes + lane
    }

    /// The numbers of one row, column by column.
    pub fn row(&self, row: usize) -> impl Iterator<Item = A> + '_ {
        // Where there are no columns, nothing stands there.
        let numbers = self.as_slice().get(self.index(row, 0)..).unwrap_or_default();
        numbers.iter().step_by(self.lanes).take(self.columns).copied()
    }

    /// Adds to every column its number.
    pub fn add_to_columns(&mut self, numbers: &[A]) {
        let (lanes, columns) = (self.lanes, self.columns);
        for vectors in self.as_mut_slice().chunks_exact_mut((columns * lanes).max(1)) {
            for (vector, &number) in vectors.chunks_exact_mut(lanes).zip(numbers) {
                vector.iter_mut().for_each(|x| *x += number);
            }
        }
    }

    /// The sum of each column; what stands in the padding is summed too.
    pub fn column_sums(&self) -> Vec<A> {
        let (lanes, width) = (self.lanes, self.columns * self.lanes);
        let mut sums = vec![A::ZERO; width];
        for vectors in self.as_slice().chunks_exact(width.max(1)) {
            sums.iter_mut().zip(vectors).for_each(|(sum, &x)| *sum += x);
        }
        let column = |lanes: &[A]| lanes.iter().fold(A::ZERO, |sum, &x| sum + x);
        sums.chunks_exact(lanes).map(column).collect()
    }

    /// Puts 0 where there are no rows.
    pub fn clear_padding(&mut self) {
        let (lanes, columns, used) = (self.lanes, self.columns, self.rows % self.lanes);
        if used > 0 {
            let last = self.length() - columns * lanes;
            for vector in self.as_mut_slice()[last..].chunks_exact_mut(lanes) {
                vector[used..].fill(A::ZERO);
            }
        }
    }

    fn length(&self) -> usize {
        self.rows.div_ceil(self.lanes) * self.lanes * self.columns
    }

    /// All numbers, padding included, as laid out.
    pub fn as_slice(&self) -> &[A] {
        &self.numbers[..self.length()]
    }

    /// All numbers, padding included, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [A] {
        let length = self.length();
        &mut self.numbers[..length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aligned::ALIGNMENT;

    #[test]
    fn every_number_has_its_place_and_padding_is_zero() {
        let packed = Packed::from_fn(5, 3, 4, |j, c| (1 + 10 * j + c) as f64);
        assert_eq!(packed.as_slice().len(), 24);
        assert_eq!(packed.get(4, 2), 43.0);
        assert_eq!(packed.as_slice()[4..8], [2.0, 12.0, 22.0, 32.0]);
        assert_eq!(packed.as_slice().iter().filter(|&&x| x == 0.0).count(), 9);
        assert_eq!(packed.as_slice().as_ptr() as usize % ALIGNMENT, 0);
    }

    #[test]
    fn there_may_be_no_columns() {
        let mut packed = Packed::<f64>::zeros(5, 0, 4);
        packed.add_to_columns(&[]);
        packed.clear_padding();
        assert!(packed.row(3).next().is_none() && packed.column_sums().is_empty());
    }
}
