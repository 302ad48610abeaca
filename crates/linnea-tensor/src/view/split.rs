//! An axis cut into pieces, each a view.

use super::slice::Part;
use crate::{Error, Result, Tensor};

impl Tensor {
    /// Pieces of `size` along an axis; the last may be smaller.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let pieces = tensor![1, 2, 3].split(2, 0)?;
    /// assert_eq!(pieces[1].to_vec::<i64>()?, [3]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis, or the size is 0 and the axis is longer.
    pub fn split(&self, size: usize, axis: isize) -> Result<Vec<Self>> {
        let axis = self.axis("split", axis)?;
        let total = self.shape()[axis];
        if size == 0 && total > 0 {
            return Err(Error::value(
                "split",
                format!("pieces of 0 do not fill an axis of {total}"),
            ));
        }
        let pieces = total.checked_div(size).map_or(1, |_| total.div_ceil(size).max(1));
        let cut = |piece: usize| (piece * size).min(total);
        Ok((0..pieces)
            .map(|piece| {
                self.piece("split", axis, cut(piece), total.min(cut(piece).saturating_add(size)))
            })
            .collect())
    }

    /// Pieces of these sizes along an axis.
    ///
    /// # Errors
    /// If the tensor has no such axis, or the sizes do not add up to it.
    pub fn split_sizes(&self, sizes: &[usize], axis: isize) -> Result<Vec<Self>> {
        let axis = self.axis("split_sizes", axis)?;
        let total = self.shape()[axis];
        let sum = sizes.iter().try_fold(0_usize, |sum, &size| sum.checked_add(size));
        if sum != Some(total) {
            let problem = format!("{sizes:?} do not add up to the axis's size {total}");
            return Err(Error::shape("split_sizes", problem));
        }
        let ends = sizes.iter().scan(0, |end, &size| {
            *end += size;
            Some(*end)
        });
        Ok(ends
            .zip(sizes)
            .map(|(end, size)| self.piece("split_sizes", axis, end - size, end))
            .collect())
    }

    /// At most `n` pieces of equal size along an axis; the last may be smaller.
    ///
    /// # Errors
    /// If the tensor has no such axis, or n is 0.
    pub fn chunk(&self, n: usize, axis: isize) -> Result<Vec<Self>> {
        let at = self.axis("chunk", axis)?;
        match (n, self.shape()[at]) {
            (0, _) => Err(Error::value("chunk", "at least one piece must be asked for")),
            (n, 0) if n > 1 << 24 => Err(Error::value("chunk", format!("{n} pieces of nothing"))),
            (n, 0) => self.split_sizes(&vec![0; n], axis),
            (n, total) => self.split(total.div_ceil(n), axis),
        }
    }

    /// The places of an axis, one by one, without it.
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn unbind(&self, axis: isize) -> Result<Vec<Self>> {
        let at = self.axis("unbind", axis)?;
        (0..self.shape()[at]).map(|index| self.select(axis, index as isize)).collect()
    }

    fn piece(&self, op: &'static str, axis: usize, start: usize, end: usize) -> Self {
        self.part(op, Part { axis, start, end, step: 1 })
    }
}

#[cfg(test)]
mod tests {
    use crate::autograd::gradcheck;
    use crate::{Result, Tensor, tensor};
    use std::slice::from_ref;

    fn sizes(pieces: &[Tensor]) -> Vec<usize> {
        pieces.iter().map(|piece| piece.shape()[0]).collect()
    }

    #[test]
    fn pieces_are_pytorchs() -> Result<()> {
        let (x, empty) = (Tensor::arange(0, 10, 1)?, Tensor::zeros(0));
        assert_eq!(sizes(&x.chunk(4, 0)?), [3, 3, 3, 1]);
        assert_eq!(sizes(&x.chunk(20, -1)?), [1; 10]);
        assert_eq!(sizes(&x.split(4, 0)?), [4, 4, 2]);
        assert_eq!(sizes(&x.split(usize::MAX, 0)?), [10]);
        assert_eq!(sizes(&x.split_sizes(&[1, 0, 9], 0)?), [1, 0, 9]);
        assert_eq!(x.split_sizes(&[1, 2, 7], 0)?[1].to_vec::<i64>()?, [1, 2]);
        assert_eq!((sizes(&empty.chunk(3, 0)?), sizes(&empty.split(2, 0)?)), (vec![0; 3], vec![0]));
        assert_eq!(sizes(&empty.split(0, 0)?), [0]);
        assert_eq!(tensor![[1, 2], [3, 4]].unbind(1)?[1].to_vec::<i64>()?, [2, 4]);
        Ok(())
    }

    #[test]
    fn what_does_not_fill_the_axis_is_refused() {
        let x = tensor![1, 2, 3];
        assert!(x.split(0, 0).is_err() && x.chunk(0, 0).is_err());
        assert!(x.split_sizes(&[1, 1], 0).is_err() && x.split_sizes(&[usize::MAX, 4], 0).is_err());
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        gradcheck(|x| x[0].split(2, 1)?[0].mul(&x[0].split(2, 1)?[1]), from_ref(&x))?;
        gradcheck(|x| x[0].unbind(0)?[0].mul(&x[0].unbind(0)?[1]), &[x])
    }
}
