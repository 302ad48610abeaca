//! Cross-entropy of scores, fused: by log-sum-exp forward, by softmax minus target back.
//!
//! For one row of scores o (logits) and a target distribution y,
//!
//! ```text
//! ℓ(o, y) = −Σⱼ yⱼ log softmax(o)ⱼ = Σⱼ yⱼ (log Σₖ exp(oₖ) − oⱼ)        ∂ℓ/∂o = softmax(o) − y
//! ```
//!
//! Neither goes through softmax and then log: a share that underflows has no logarithm. With class
//! weights w and label smoothing ε over K classes (Szegedy et al. 2016, §7), y is replaced by
//! t = w⊙((1 − ε)y + ε/K), whose total τ = Σ t need not be 1; then
//!
//! ```text
//! ℓ = Σⱼ tⱼ (log Σₖ exp(oₖ) − oⱼ)    ∂ℓ/∂o = τ·softmax(o) − t    ∂ℓ/∂y = −(1 − ε)·w⊙log softmax(o)
//! ```
//!
//! A class whose t is 0 adds nothing, even if it is impossible (score −∞). The gradient by o is
//! computed with the loss, while the exponentials are at hand, and is a tensor with a rule of its own,
//! so that it has a gradient:
//!
//! ```text
//! r = τ·softmax(o) − t,  p = softmax(o):   by o  τ·p⊙(h − Σ h⊙p)    by y  (1 − ε)·w⊙(Σ h⊙p − h)
//! ```

use super::Reduction;
use super::classes::{IGNORED, Spread, class_axis, class_weights, classes};
use super::pointwise::same_shape;
use crate::array::{Array, Data, contiguous, from_vec};
use crate::autograd::is_grad_enabled;
use crate::dtype::private::Sealed;
use crate::reduce::sum_of;
use crate::softmax::{Exponential, Order, Scale, Terms};
use crate::{Error, Result, Tensor, keepdim};

const OP: &str = "cross_entropy";

/// The mean cross-entropy of scores (logits) and classes or probabilities.
///
/// Scores have shape `[classes]`, `[rows, classes]` or `[rows, classes, …]`. The target is classes
/// (i64 or u8), in that shape without the axis of classes; or probabilities, in that very shape.
///
/// An impossible class (score −∞) costs +∞ and a certain one 0, with the gradient softmax − y as
/// ever. (PyTorch gives NaN for a certain class with score +∞, and for an impossible one with
/// probability 0.) A class that is nearly certain keeps its small loss; PyTorch's is 0 once
/// the share rounds to 1.
///
/// ```
/// use linnea_tensor::{loss::cross_entropy, tensor};
/// let logits = tensor![[1.0, 2.0, 3.0]].requires_grad_()?;
/// let loss = cross_entropy(&logits, &tensor![2])?;
/// assert!((loss.item() - 0.407_606).abs() < 1e-6);
/// loss.backward()?;
/// let expected = logits.detach().softmax(1)?.sub(&tensor![[0.0, 0.0, 1.0]])?;
/// assert!(logits.grad().unwrap().allclose(&expected, 1e-6, 0.0));
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If the shapes do not fit, classes are not integers, or one is out of range.
pub fn cross_entropy(logits: &Tensor, target: &Tensor) -> Result<Tensor> {
    CrossEntropy::new().loss(logits, target)
}

/// [`cross_entropy`] with class weights, an ignored class, label smoothing, and a choice of reduction.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CrossEntropy {
    weight: Option<Tensor>,
    ignore_index: Option<i64>,
    label_smoothing: f64,
    reduction: Reduction,
}

impl CrossEntropy {
    /// No weights, no smoothing, class −100 ignored, the mean.
    pub fn new() -> Self {
        Self::default()
    }

    /// A weight for each class. The mean over classes is divided by the weights of the rows' classes;
    /// that over probabilities by the number of rows, as in PyTorch. No gradient flows to weights.
    pub fn weight(self, weight: &Tensor) -> Self {
        Self { weight: Some(weight.detach()), ..self }
    }

    /// The class whose rows count for nothing.
    pub fn ignore_index(self, class: i64) -> Self {
        Self { ignore_index: Some(class), ..self }
    }

    /// How much of the target is shared out equally among all classes, from 0 to 1.
    pub fn label_smoothing(self, share: f64) -> Self {
        Self { label_smoothing: share, ..self }
    }

    /// What becomes of the rows' losses.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of scores.
    ///
    /// # Errors
    /// If the shapes do not fit; classes are not integers, or one is out of range; weights are not one
    /// for each class; the smoothing is not from 0 to 1; or an ignored class is given with
    /// probabilities.
    pub fn loss(&self, logits: &Tensor, target: &Tensor) -> Result<Tensor> {
        let truth = self.truth(logits, target)?;
        let wants_residual = logits.requires_grad() && is_grad_enabled();
        let (losses, totals, residual) = match &logits.array().to_float() {
            Array::F64(data) => truth.fuse(data, wants_residual),
            Array::F32(data) => truth.fuse(data, wants_residual),
            _ => unreachable!("to_float gives f32 or f64"),
        };
        let spread = Spread::new(self.reduction, truth.count(), logits, truth.axis);
        let value = spread.value(losses, logits.dtype().to_float());
        let by_logits = residual.and_then(|residual| {
            let residual = truth.with_rules(Tensor::new(residual), totals, logits, target).save();
            let spread = spread.clone();
            logits.edge(|| move |g: &Tensor| residual.get()?.mul(spread.of(g)?))
        });
        let by_target = target.edge(|| truth.by_target(logits, spread));
        Ok(value.record(OP, [by_logits, by_target]))
    }

    /// The target made ready, and everything checked.
    fn truth(&self, logits: &Tensor, target: &Tensor) -> Result<Truth> {
        let axis = class_axis(OP, logits)?;
        let classes = logits.shape()[axis];
        if !(0.0..=1.0).contains(&self.label_smoothing) {
            let problem = format!("label smoothing is from 0 to 1, not {}", self.label_smoothing);
            return Err(Error::value(OP, problem));
        }
        let order = Order::new(OP, logits.rank(), &axis.into())?;
        let rows = self.rows(logits, target, &order)?;
        let weight = class_weights(OP, self.weight.as_ref(), classes)?;
        let smoothing = self.label_smoothing;
        Ok(Truth { axis, shape: logits.shape().to_vec(), order, rows, weight, smoothing })
    }

    fn rows(&self, logits: &Tensor, target: &Tensor, order: &Order) -> Result<Rows> {
        if !target.dtype().is_float() && target.shape() != logits.shape() {
            let ignored = self.ignore_index.unwrap_or(IGNORED);
            return Ok(Rows::Classes(classes(OP, logits, target, ignored)?));
        }
        if !target.dtype().is_float() {
            let problem = format!(
                "a target in the scores' shape holds probabilities, f32 or f64, not {}; convert \
                 with .to(DType::F32)",
                target.dtype()
            );
            return Err(Error::dtype(OP, problem));
        }
        if target.rank() != logits.rank() {
            // Classes that are not integers: the check of their type says so.
            return Ok(Rows::Classes(classes(OP, logits, target, IGNORED)?));
        }
        same_shape(OP, logits, target)?;
        if self.ignore_index.is_some() {
            let problem = "an ignored class needs a target of classes, not of probabilities";
            return Err(Error::value(OP, problem));
        }
        let data = order.forward(&f64::cast_from(&target.array()));
        Ok(Rows::Probabilities(contiguous(&data).into_owned()))
    }
}

/// What each row should have been.
enum Rows {
    /// A class, or `None` for a row that is ignored.
    Classes(Vec<Option<usize>>),
    /// Probabilities, row after row.
    Probabilities(Vec<f64>),
}

/// The target of a loss with its weights and smoothing.
struct Truth {
    /// The axis of the classes.
    axis: usize,
    /// The scores' shape.
    shape: Vec<usize>,
    order: Order,
    rows: Rows,
    weight: Option<Vec<f64>>,
    smoothing: f64,
}

impl Truth {
    fn classes(&self) -> usize {
        self.shape[self.axis]
    }

    /// The shape of one loss for each row.
    fn rows_shape(&self) -> Vec<usize> {
        let mut shape = self.shape.clone();
        shape.remove(self.axis);
        shape
    }

    /// The same with the axis of classes kept, of size 1.
    fn kept(&self) -> Vec<usize> {
        let mut shape = self.shape.clone();
        shape[self.axis] = 1;
        shape
    }

    /// What the mean divides by.
    fn count(&self) -> f64 {
        match (&self.rows, &self.weight) {
            (Rows::Classes(rows), None) => rows.iter().flatten().count() as f64,
            (Rows::Classes(rows), Some(weight)) => {
                sum_of(rows, |row| row.map_or(0.0, |class| weight[class]))
            }
            (Rows::Probabilities(_), _) => crate::shape::count(&self.rows_shape()) as f64,
        }
    }

    /// Puts row `at` of t into `t`; `false` if the row is ignored.
    fn fill(&self, at: usize, t: &mut [f64]) -> bool {
        match &self.rows {
            Rows::Classes(rows) => {
                let Some(class) = rows[at] else { return false };
                t.fill(0.0);
                t[class] = 1.0;
            }
            Rows::Probabilities(p) => t.copy_from_slice(&p[at * t.len()..][..t.len()]),
        }
        if self.smoothing > 0.0 {
            let (keep, share) = (1.0 - self.smoothing, self.smoothing / t.len() as f64);
            t.iter_mut().for_each(|t| *t = keep * *t + share);
        }
        if let Some(weight) = &self.weight {
            t.iter_mut().zip(weight).for_each(|(t, w)| *t *= w);
        }
        true
    }

    /// Each row's loss and total τ, and the gradient by the scores if it is wanted.
    fn fuse<T: Exponential>(
        &self,
        data: &Data<T>,
        residual: bool,
    ) -> (Vec<f64>, Vec<f64>, Option<Array>) {
        let rows = self.order.forward(data);
        let numbers = contiguous(&rows);
        let count = crate::shape::count(&self.rows_shape());
        let (mut losses, mut totals) = (vec![0.0; count], vec![0.0; count]);
        let mut gradient = Vec::with_capacity(if residual { numbers.len() } else { 0 });
        let (mut terms, mut t) = (Terms::new(Scale::ONE), vec![0.0; self.classes()]);
        for at in 0..count {
            let row = &numbers[at * t.len()..][..t.len()];
            if self.fill(at, &mut t) {
                terms.read(row);
                totals[at] = sum_of(&t, |&x| x);
                losses[at] = loss_of(&terms, row, &t);
                if residual {
                    push_residual(&terms, &t, totals[at], &mut gradient);
                }
            } else if residual {
                gradient.extend(row.iter().map(|_| T::narrow(0.0)));
            }
        }
        let array = residual.then(|| self.order.back(from_vec(rows.shape(), gradient)).into());
        (losses, totals, array)
    }

    /// The residual τ·softmax(o) − t with its own rules.
    fn with_rules(
        &self,
        residual: Tensor,
        totals: Vec<f64>,
        logits: &Tensor,
        target: &Tensor,
    ) -> Tensor {
        let axis = self.axis as isize;
        let by_logits = logits.edge(|| {
            let totals = Tensor::new(from_vec(&self.kept(), totals)).to(residual.dtype());
            let logits = logits.save();
            move |h: &Tensor| {
                let p = logits.get()?.softmax(axis)?;
                let mean = h.mul(&p)?.sum_dim(keepdim(axis))?;
                p.mul(h.sub(mean)?)?.mul(&totals)
            }
        });
        let by_target = target.edge(|| {
            let (logits, factor) = (logits.save(), self.factor());
            move |h: &Tensor| {
                let p = logits.get()?.softmax(axis)?;
                h.mul(&p)?.sum_dim(keepdim(axis))?.sub(h)?.mul(&factor)
            }
        });
        residual.record("cross_entropy_residual", [by_logits, by_target])
    }

    /// The rule for a target of probabilities.
    fn by_target(
        &self,
        logits: &Tensor,
        spread: Spread,
    ) -> impl Fn(&Tensor) -> Result<Tensor> + use<> {
        let (logits, factor, axis) = (logits.save(), self.factor(), self.axis as isize);
        move |g: &Tensor| logits.get()?.log_softmax(axis)?.mul(&factor)?.mul(spread.of(g)?)?.neg()
    }

    /// (1 − ε)·w, in a shape that broadcasts to the scores'.
    fn factor(&self) -> Tensor {
        let keep = 1.0 - self.smoothing;
        match &self.weight {
            None => Tensor::new(Array::scalar(keep.into(), crate::DType::F64)),
            Some(weight) => {
                let mut shape = vec![1; self.shape.len()];
                shape[self.axis] = weight.len();
                Tensor::new(from_vec(&shape, weight.iter().map(|w| keep * w).collect()))
            }
        }
    }
}

fn loss_of<T: Exponential>(terms: &Terms, row: &[T], t: &[f64]) -> f64 {
    let surprise = terms.surprises();
    let parts = row.iter().zip(t).filter(|&(_, &t)| t != 0.0);
    parts.map(|(&x, t)| t * surprise(x.wide())).sum()
}

/// τ·softmax − t. Where all of t is at the largest score, the difference is −τ·(the others' share):
/// computed so, it keeps its digits when the class is nearly certain.
fn push_residual<T: Exponential>(terms: &Terms, t: &[f64], total: f64, out: &mut Vec<T>) {
    let start = out.len();
    out.extend(terms.shares().zip(t).map(|(share, t)| T::narrow(total * share - t)));
    if t.get(terms.at) == Some(&total) {
        out[start + terms.at] = T::narrow(-total * terms.others_share());
    }
}

#[cfg(test)]
mod tests;
