//! Whether any or all numbers are nonzero, and how many. NaN is nonzero.

use super::Rows;
use crate::array::Array;
use crate::shape::Axes;
use crate::{DType, Result, Tensor};

impl Tensor {
    /// Whether any number is nonzero: a boolean, or of u8 numbers a u8.
    #[must_use]
    pub fn any(&self) -> Self {
        self.any_dim(..).expect("all axes are axes")
    }

    /// Whether any number over some axes is nonzero.
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn any_dim(&self, axes: impl Into<Axes>) -> Result<Self> {
        self.judge("any", &axes.into(), |row| row.contains(&true))
    }

    /// Whether all numbers are nonzero: a boolean, or of u8 numbers a u8.
    #[must_use]
    pub fn all(&self) -> Self {
        self.all_dim(..).expect("all axes are axes")
    }

    /// Whether all numbers over some axes are nonzero.
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn all_dim(&self, axes: impl Into<Axes>) -> Result<Self> {
        self.judge("all", &axes.into(), |row| !row.contains(&false))
    }

    /// How many numbers are nonzero, an i64.
    #[must_use]
    pub fn count_nonzero(&self) -> Self {
        self.count_nonzero_dim(..).expect("all axes are axes")
    }

    /// How many numbers over some axes are nonzero.
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn count_nonzero_dim(&self, axes: impl Into<Axes>) -> Result<Self> {
        Self::new(self.array().cast(DType::Bool)).sum_dim(axes)
    }

    fn judge(&self, op: &'static str, axes: &Axes, f: fn(&[bool]) -> bool) -> Result<Self> {
        let rows = Rows::new(op, self, axes)?;
        let Array::Bool(nonzero) = &self.array().cast(DType::Bool) else {
            unreachable!("cast to bool")
        };
        let verdict = Array::Bool(rows.map(nonzero, f));
        let dtype = if self.dtype() == DType::U8 { DType::U8 } else { DType::Bool };
        Ok(Self::new(verdict.cast(dtype)))
    }
}

#[cfg(test)]
mod tests {
    use crate::{DType, Result, Tensor, tensor};

    #[test]
    fn verdicts_and_counts_are_pytorchs() -> Result<()> {
        let x = tensor![[0.0, f64::NAN], [0.0, 2.0]];
        assert_eq!(x.any_dim(0)?.to_vec::<bool>()?, [false, true]);
        assert_eq!(x.all_dim(-1)?.to_vec::<bool>()?, [false, false]);
        assert_eq!(x.count_nonzero_dim(0)?.to_vec::<i64>()?, [0, 2]);
        assert_eq!((x.any().item(), x.all().item(), x.count_nonzero().item()), (1.0, 0.0, 2.0));
        assert_eq!(tensor![2_u8].all().dtype(), DType::U8);
        let none = Tensor::zeros([0]);
        assert_eq!((none.any().item(), none.all().item()), (0.0, 1.0));
        assert!(x.any_dim(2).is_err());
        Ok(())
    }
}
