//! Variances and standard deviations.
//!
//! The variance is Σ(x − x̄)²/(n − c), where the correction c is 1 for a sample. It is computed in two
//! passes in f64, and what rounding left in x̄ is taken out again: Σd² − (Σd)²/n with d = x − x̄
//! (Chan, Golub & LeVeque, *Algorithms for Computing the Sample Variance*, 1983, eq. 1.7).
//!
//! The gradient of the variance is 2g(x − x̄)/(n − c); of its root s, g(x − x̄)/(s(n − c)), and 0 where
//! s = 0.

use super::mean::mean_of;
use super::{Real, Rows, sum_of};
use crate::array::map_float;
use crate::shape::Axes;
use crate::{Result, Tensor, keepdim};

impl Tensor {
    /// The variance of all numbers, as of a sample (divided by n − 1); NaN of fewer than two.
    #[must_use]
    pub fn var(&self) -> Self {
        self.var_dim(..).expect("all axes are axes")
    }

    /// The variance over some axes, as of a sample.
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn var_dim(&self, axes: impl Into<Axes>) -> Result<Self> {
        self.var_with(axes, 1.0)
    }

    /// The variance over some axes, divided by n − `correction`, or by 0 if that is less.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// assert_eq!(tensor![1.0, 3.0].var_with(.., 0)?.item(), 1.0);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn var_with(&self, axes: impl Into<Axes>, correction: impl Into<f64>) -> Result<Self> {
        let rows = Rows::new("var", self, &axes.into())?;
        let freedom = (rows.width as f64 - correction.into()).max(0.0);
        let variance = map_float!(self.array(), data => {
            rows.map(data, |row| Real::narrow(squares_of(row) / freedom))
        });
        let edge = self.edge(|| {
            let (x, places) = (self.save(), Places::of(&rows));
            move |g: &Self| {
                let slope = places.deviations(x.get()?)?.mul(2.0 / freedom)?;
                g.reshape(&places.kept)?.mul(slope)
            }
        });
        Ok(Self::new(variance).record("var", [edge]))
    }

    /// The standard deviation of all numbers, as of a sample; NaN of fewer than two.
    #[must_use]
    pub fn std(&self) -> Self {
        self.std_dim(..).expect("all axes are axes")
    }

    /// The standard deviation over some axes, as of a sample.
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn std_dim(&self, axes: impl Into<Axes>) -> Result<Self> {
        self.std_with(axes, 1.0)
    }

    /// The root of [`Tensor::var_with`].
    ///
    /// # Errors
    /// If the tensor has no such axis, or one is given twice.
    pub fn std_with(&self, axes: impl Into<Axes>, correction: impl Into<f64>) -> Result<Self> {
        let rows = Rows::new("std", self, &axes.into())?;
        let freedom = (rows.width as f64 - correction.into()).max(0.0);
        let deviation = Self::new(map_float!(self.array(), data => {
            rows.map(data, |row| Real::narrow((squares_of(row) / freedom).sqrt()))
        }));
        let edge = self.edge_from(&deviation, || {
            let (x, places) = (self.save(), Places::of(&rows));
            move |g: &Self, s: &Self| {
                // Where s = 0, so is x − x̄: any divisor but 0 gives the gradient 0.
                let divisor = s.eq(0)?.where_(1.0, s.mul(freedom)?)?;
                let slope = g.div(divisor)?.reshape(&places.kept)?;
                slope.mul(places.deviations(x.get()?)?)
            }
        });
        Ok(deviation.record("std", [edge]))
    }
}

/// The sum of squared deviations from the mean.
fn squares_of<T: Real>(row: &[T]) -> f64 {
    let mean = mean_of(row);
    let squares = sum_of(row, |x| (x.wide() - mean).powi(2));
    let left = sum_of(row, |x| x.wide() - mean);
    let squares_left = squares - left * left / row.len() as f64;
    // A comparison, since `max` would lose a NaN.
    if squares_left < 0.0 { 0.0 } else { squares_left }
}

/// Where a reduction's result lies in the tensor it came from.
struct Places {
    axes: Vec<usize>,
    kept: Vec<usize>,
}

impl Places {
    fn of(rows: &Rows) -> Self {
        Self { axes: rows.axes.to_vec(), kept: rows.kept.to_vec() }
    }

    fn deviations(&self, x: &Tensor) -> Result<Tensor> {
        x.sub(x.mean_dim(keepdim(self.axes.as_slice()))?)
    }
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, keepdim, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        for axes in [&[0][..], &[1], &[0, 1]] {
            gradcheck(|x| x[0].var_dim(axes), std::slice::from_ref(&x))?;
            gradcheck(|x| x[0].std_with(keepdim(axes), 0.0), std::slice::from_ref(&x))?;
            gradgradcheck(|x| x[0].var_with(axes, 0.0), std::slice::from_ref(&x))?;
            gradgradcheck(|x| x[0].std_dim(axes), std::slice::from_ref(&x))?;
        }
        Ok(())
    }

    #[test]
    fn edge_values_are_pytorchs() -> Result<()> {
        let x = tensor![1.0, 2.0, 4.0];
        assert_eq!(x.var_with(0, 1.5)?.item() as f32, 3.111_111_2);
        assert_eq!(x.var_with(0, 5)?.item(), f64::INFINITY);
        assert!(Tensor::ones([3]).var_with(0, 5)?.item().is_nan());
        assert!(tensor![1.0].var().item().is_nan() && Tensor::zeros([0]).std().item().is_nan());
        let flat = tensor![1.0, 1.0].requires_grad_()?;
        flat.std().backward()?;
        assert_eq!(flat.grad().unwrap().to_f64_vec(), [0.0, 0.0]);
        assert!(tensor![1.0, f64::NAN].var().item().is_nan());
        Ok(())
    }

    #[test]
    fn a_large_mean_hides_no_variance() {
        let x = tensor![1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0; f64];
        assert_eq!(x.var().item(), 30.0);
    }
}
