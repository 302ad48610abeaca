//! The negative log-likelihood of classes, from log-probabilities.
//!
//! ℓ = −w_c·x_c for a row of log-probabilities x with class c; the gradient by x is −w_c at c. The
//! mean is divided by the sum of the rows' weights.

use super::Reduction;
use super::classes::{IGNORED, Spread, class_axis, class_weights, classes};
use crate::array::{contiguous, from_vec};
use crate::dtype::private::Sealed;
use crate::reduce::sum_of;
use crate::softmax::Order;
use crate::{Result, Tensor};

const OP: &str = "nll";

/// The mean negative log-likelihood of classes (i64 or u8) under log-probabilities of shape
/// `[classes]`, `[rows, classes]` or `[rows, classes, …]`, such as
/// [`log_softmax`](Tensor::log_softmax) gives. From scores,
/// [`cross_entropy`](super::cross_entropy()) takes both steps in one.
///
/// # Errors
/// If the shapes do not fit, classes are not integers, or one is out of range.
pub fn nll(log_probabilities: &Tensor, target: &Tensor) -> Result<Tensor> {
    Nll::new().loss(log_probabilities, target)
}

/// [`nll`] with class weights, an ignored class, and a choice of reduction.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Nll {
    weight: Option<Tensor>,
    ignore_index: Option<i64>,
    reduction: Reduction,
}

impl Nll {
    /// No weights, class −100 ignored, the mean.
    pub fn new() -> Self {
        Self::default()
    }

    /// A weight for each class; no gradient flows to it.
    pub fn weight(self, weight: &Tensor) -> Self {
        Self { weight: Some(weight.detach()), ..self }
    }

    /// The class whose rows count for nothing.
    pub fn ignore_index(self, class: i64) -> Self {
        Self { ignore_index: Some(class), ..self }
    }

    /// What becomes of the rows' losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of log-probabilities.
    ///
    /// # Errors
    /// If the shapes do not fit, classes are not integers, one is out of range, or weights are not one
    /// for each class.
    pub fn loss(&self, x: &Tensor, target: &Tensor) -> Result<Tensor> {
        let axis = class_axis(OP, x)?;
        let width = x.shape()[axis];
        let weight = class_weights(OP, self.weight.as_ref(), width)?;
        let weigh = |class| (class, weight.as_ref().map_or(1.0, |weight| weight[class]));
        let rows: Vec<Option<(usize, f64)>> =
            classes(OP, x, target, self.ignore_index.unwrap_or(IGNORED))?
                .into_iter()
                .map(|class| class.map(weigh))
                .collect();
        let order = Order::new(OP, x.rank(), &axis.into())?;
        let data = order.forward(&f64::cast_from(&x.array()));
        let mut slope = vec![0.0; data.len()];
        let losses = losses(&rows, &contiguous(&data), width, &mut slope);
        let slope = Tensor::new(order.back(from_vec(data.shape(), slope)));
        let count = sum_of(&rows, |row| row.map_or(0.0, |(_, weight)| weight));
        let spread = Spread::new(self.reduction, count, x, axis);
        let value = spread.value(losses, x.dtype().to_float());
        let edge = x.edge(|| move |g: &Tensor| slope.mul(spread.of(g)?));
        Ok(value.record(OP, [edge]))
    }
}

/// Each row's loss; its slope goes into `slope`. A class of weight 0 adds nothing, even if it is
/// impossible.
fn losses(
    rows: &[Option<(usize, f64)>],
    numbers: &[f64],
    width: usize,
    slope: &mut [f64],
) -> Vec<f64> {
    let loss = |(at, row): (usize, &Option<(usize, f64)>)| match *row {
        Some((class, weight)) if weight != 0.0 => {
            slope[at * width + class] = -weight;
            -weight * numbers[at * width + class]
        }
        _ => 0.0,
    };
    rows.iter().enumerate().map(loss).collect()
}

#[cfg(test)]
mod tests {
    use super::{Nll, nll};
    use crate::autograd::{gradcheck, gradgradcheck};
    use crate::loss::{CrossEntropy, Reduction, cross_entropy};
    use crate::{Result, Tensor, tensor};

    fn scores() -> Tensor {
        tensor![[0.1, 0.2, -0.3], [1.0, -1.0, 0.5]; f64].requires_grad_().unwrap()
    }

    #[test]
    fn with_log_softmax_it_is_cross_entropy() -> Result<()> {
        let (x, t, w) = (scores(), tensor![2, 1], tensor![0.5, 2.0, 1.0; f64]);
        for reduction in [Reduction::Mean, Reduction::Sum, Reduction::None] {
            let fused = CrossEntropy::new().weight(&w).reduction(reduction).loss(&x, &t)?;
            let composed =
                Nll::new().weight(&w).reduction(reduction).loss(&x.log_softmax(1)?, &t)?;
            assert!(fused.allclose(&composed, 1e-15, 0.0));
        }
        let (fused, composed) = (cross_entropy(&x, &t)?, nll(&x.log_softmax(1)?, &t)?);
        let gradient = |y: &Tensor| crate::autograd::grad(y, &[&x]).unwrap().remove(0);
        assert!(gradient(&fused).allclose(&gradient(&composed), 1e-14, 1e-16));
        Ok(())
    }

    #[test]
    fn gradients_are_those_of_differences() -> Result<()> {
        let (t, w) = (tensor![2, 1], tensor![0.5, 2.0, 1.0; f64]);
        for loss in [
            Nll::new(),
            Nll::new().weight(&w).ignore_index(2),
            Nll::new().weight(&w).reduction(Reduction::None),
        ] {
            gradcheck(|x| loss.loss(&x[0], &t), &[scores()])?;
            gradgradcheck(|x| loss.loss(&x[0].log_softmax(1)?, &t), &[scores()])?;
        }
        let x = scores().detach().reshape([1, 3, 2])?.requires_grad_()?;
        gradcheck(|x| nll(&x[0], &tensor![[2, 1]]), &[x])
    }

    #[test]
    fn edges() -> Result<()> {
        let x = tensor![[f64::NEG_INFINITY, 0.0]];
        assert_eq!(nll(&x, &tensor![0])?.item(), f64::INFINITY);
        // PyTorch: NaN, of 0·∞.
        let sum = Nll::new().weight(&tensor![0.0, 1.0]).reduction(Reduction::Sum);
        assert_eq!(sum.loss(&x, &tensor![0])?.item(), 0.0);
        assert!(nll(&x, &tensor![-100])?.item().is_nan());
        assert!(nll(&x, &tensor![2]).unwrap_err().to_string().contains("row 0 has class 2"));
        Ok(())
    }
}
