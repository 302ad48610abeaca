//! Running sums yᵢ = x₀ + … + xᵢ. The gradient is a running sum from the other end.

use crate::array::{Array, Data};
use crate::dtype::private::Sealed;
use crate::shape::axis_of;
use crate::{Result, Tensor};
use ndarray::Axis;

impl Tensor {
    /// The running sum along an axis; f32 is summed in f64, integers and booleans in i64.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// assert_eq!(tensor![1, 2, 3].cumsum(0)?.to_vec::<i64>()?, [1, 3, 6]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no such axis.
    pub fn cumsum(&self, axis: isize) -> Result<Self> {
        Ok(cumulate(self, axis_of("cumsum", axis, self.rank())?, false))
    }
}

fn cumulate(x: &Tensor, axis: usize, from_end: bool) -> Tensor {
    let sums = match &x.array() {
        Array::F32(data) => Array::F32(run(data, axis, from_end, 0.0_f64, |sum, x| {
            *sum += f64::from(*x);
            *x = *sum as f32;
        })),
        Array::F64(data) => Array::F64(run(data, axis, from_end, 0.0, |sum, x| {
            *sum += *x;
            *x = *sum;
        })),
        other => Array::I64(run(&i64::cast_from(other), axis, from_end, 0, |sum: &mut i64, x| {
            *sum = sum.wrapping_add(*x);
            *x = *sum;
        })),
    };
    let edge = x.edge(|| move |g: &Tensor| Ok(cumulate(g, axis, !from_end)));
    Tensor::new(sums).record("cumsum", [edge])
}

/// Goes along every lane of an axis with a state.
fn run<T: Clone, S: Copy>(
    data: &Data<T>,
    axis: usize,
    from_end: bool,
    start: S,
    step: impl Fn(&mut S, &mut T),
) -> Data<T> {
    let mut out = data.to_owned();
    if out.ndim() > 0 {
        for mut lane in out.lanes_mut(Axis(axis)) {
            if from_end {
                lane.invert_axis(Axis(0));
            }
            let mut state = start;
            lane.iter_mut().for_each(|x| step(&mut state, x));
        }
    }
    out.into_shared()
}

#[cfg(test)]
mod tests {
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::{Result, Tensor, tensor};

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let x = tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_()?;
        gradcheck(|x| x[0].cumsum(0), std::slice::from_ref(&x))?;
        gradcheck(|x| x[0].cumsum(-1), std::slice::from_ref(&x))?;
        gradgradcheck(|x| x[0].square().cumsum(1), &[x])
    }

    #[test]
    fn types_and_edges_are_pytorchs() -> Result<()> {
        assert_eq!(tensor![true, true].cumsum(0)?.to_vec::<i64>()?, [1, 2]);
        assert_eq!(Tensor::scalar(3.0).cumsum(-1)?.item(), 3.0);
        assert_eq!(Tensor::zeros([0, 2]).cumsum(0)?.shape(), [0, 2]);
        assert!(tensor![1.0].cumsum(1).is_err());
        Ok(())
    }
}
