//! The categorical distribution: class k of 0, 1, …, K − 1 with probability p\[k\].
//!
//! From logits, log p is their log-softmax, and entropy and divergence are computed from logarithms, so
//! that a probability too small for its type still counts. The maximum-likelihood estimates are the
//! shares of the classes.

use super::{Distribution, Divergence, samples};
use crate::array::{Array, contiguous, from_vec};
use crate::dtype::private::Sealed;
use crate::information::{
    Unit, divergence_of_logs, divergence_terms, entropy_of_logs, entropy_terms,
};
use crate::reduce::sum_of;
use crate::shape::{IntoShape, check};
use crate::{DType, Error, Generator, Result, Tensor, keepdim};

/// A distribution over classes, by their probabilities or by logits, along the last axis.
#[derive(Clone, Debug)]
pub struct Categorical {
    form: Form,
}

/// What is known of the classes, normalised.
#[derive(Clone, Debug)]
enum Form {
    Probabilities(Tensor),
    Logarithms(Tensor),
}

impl Categorical {
    /// The distribution with these probabilities along the last axis; they are divided by their sum,
    /// so that counts will do.
    ///
    /// ```
    /// use linnea_tensor::{distributions::{Categorical, Distribution}, tensor};
    /// let p = Categorical::new(&tensor![1, 2, 1])?;
    /// assert_eq!(p.pdf(&tensor![0, 1, 2, 3])?.to_f64_vec(), [0.25, 0.5, 0.25, 0.0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no class, a number is negative or not finite, or all of a distribution are 0.
    pub fn new(probabilities: &Tensor) -> Result<Self> {
        let p = probabilities.to(probabilities.dtype().to_float());
        each_row(&p, |row| {
            let bad = row.iter().find(|&&p| !(p >= 0.0 && p.is_finite()));
            match bad {
                Some(p) => Some(format!("probabilities must be finite and not negative, not {p}")),
                None if sum_of(row, |&p| p) == 0.0 => Some("the probabilities sum to 0".into()),
                None => None,
            }
        })?;
        // Divided by the largest first, so that the sum does not overflow.
        let largest = p.detach().amax(keepdim(-1))?;
        let p = p.div(&largest)?;
        Ok(Self { form: Form::Probabilities(p.div(p.sum_dim(keepdim(-1))?)?) })
    }

    /// The distribution whose probabilities are the softmax of these logits over the last axis; −∞ is
    /// an impossible class.
    ///
    /// # Errors
    /// If there is no class, a logit is NaN or +∞, or all of a distribution are −∞.
    pub fn from_logits(logits: &Tensor) -> Result<Self> {
        each_row(logits, |row| match row.iter().find(|&&l| l.is_nan() || l == f64::INFINITY) {
            Some(l) => Some(format!("a logit must be a number below ∞, not {l}")),
            None if row.iter().all(|&l| l == f64::NEG_INFINITY) => {
                Some("all logits are −∞: no class is possible".into())
            }
            None => None,
        })?;
        Ok(Self { form: Form::Logarithms(log_softmax(logits)?) })
    }

    /// The distribution over `classes` classes that makes the samples most likely: their shares.
    ///
    /// # Errors
    /// If there are no samples, or one is no integer from 0 below `classes`.
    pub fn fit(samples: &Tensor, classes: usize) -> Result<Self> {
        const OP: &str = "Categorical::fit";
        check(OP, &[classes])?;
        let mut counts = vec![0.0; classes];
        for x in samples::numbers(OP, samples)? {
            match counts.get_mut(x as usize) {
                Some(count) if x >= 0.0 && x.fract() == 0.0 => *count += 1.0,
                _ => {
                    let problem =
                        format!("samples must be classes from 0 below {classes}, not {x}");
                    return Err(Error::value(OP, problem));
                }
            }
        }
        let counts = Tensor::from_vec(counts, classes)?;
        Self::new(&counts.to(samples.dtype().to_float()))
    }

    /// The probabilities, of the batch shape followed by the classes.
    #[must_use]
    pub fn probs(&self) -> Tensor {
        match &self.form {
            Form::Probabilities(p) => p.clone(),
            Form::Logarithms(logs) => logs.exp(),
        }
    }

    /// The logarithms of the probabilities: normalised logits.
    #[must_use]
    pub fn logits(&self) -> Tensor {
        match &self.form {
            Form::Probabilities(p) => p.log(),
            Form::Logarithms(logs) => logs.clone(),
        }
    }

    fn table(&self) -> &Tensor {
        match &self.form {
            Form::Probabilities(table) | Form::Logarithms(table) => table,
        }
    }

    /// 0, 1, …, K − 1.
    fn classes(&self) -> Tensor {
        let classes = self.table().shape().last().map_or(0, |&n| n);
        Tensor::new(Array::I64(from_vec(&[classes], (0..classes as i64).collect())))
    }

    /// Whether each value is each class, along a new last axis.
    fn is_class(&self, x: &Tensor) -> Result<Tensor> {
        behind(x)?.eq(self.classes())
    }

    /// What was computed from x, in the type that PyTorch gives.
    fn typed(&self, y: &Tensor) -> Tensor {
        y.to(self.table().dtype())
    }
}

/// Logits less the logarithm of the sum of their exponentials, over the last axis.
fn log_softmax(logits: &Tensor) -> Result<Tensor> {
    let below = logits.sub(logits.detach().amax(keepdim(-1))?)?;
    below.sub(below.exp().sum_dim(keepdim(-1))?.log())
}

/// x with an axis of size 1 behind the others.
fn behind(x: &Tensor) -> Result<Tensor> {
    x.reshape([x.shape(), &[1]].concat())
}

/// Holds every distribution along the last axis to a condition.
fn each_row(tensor: &Tensor, problem: impl Fn(&[f64]) -> Option<String>) -> Result<()> {
    const OP: &str = "Categorical";
    let classes = match tensor.shape().last() {
        None | Some(0) => {
            let problem = format!(
                "at least one class is needed along the last axis, but the shape is {:?}",
                tensor.shape()
            );
            return Err(Error::shape(OP, problem));
        }
        Some(&classes) => classes,
    };
    let numbers = f64::cast_from(&tensor.array());
    let rows = contiguous(&numbers);
    match rows.chunks_exact(classes).find_map(problem) {
        Some(problem) => Err(Error::value(OP, problem)),
        None => Ok(()),
    }
}

impl Distribution for Categorical {
    fn batch_shape(&self) -> &[usize] {
        let shape = self.table().shape();
        &shape[..shape.len() - 1]
    }

    fn log_prob(&self, x: &Tensor) -> Result<Tensor> {
        let is_class = self.is_class(x)?;
        // The probability is chosen before the logarithm, whose gradient at 0 is infinite.
        let chosen = is_class.where_(self.table(), 0.0)?.sum_dim(-1)?;
        let y = match self.form {
            Form::Probabilities(_) => chosen.log(),
            Form::Logarithms(_) => chosen,
        };
        Ok(self.typed(&samples::supported(x, &is_class.sum_dim(-1)?.gt(0)?, &y)?))
    }

    fn pdf(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.is_class(x)?.where_(self.probs(), 0.0)?.sum_dim(-1)?;
        Ok(self.typed(&samples::keep_nan(x, &y)?))
    }

    fn cdf(&self, x: &Tensor) -> Result<Tensor> {
        let y = behind(x)?.ge(self.classes())?.where_(self.probs(), 0.0)?.sum_dim(-1)?;
        Ok(self.typed(&samples::keep_nan(x, &y)?))
    }

    fn entropy(&self) -> Result<Tensor> {
        match &self.form {
            Form::Probabilities(p) => entropy_terms(p, Unit::Nats),
            Form::Logarithms(logs) => entropy_of_logs(logs),
        }?
        .sum_dim(-1)
    }

    /// The mean of the class's number. (PyTorch gives NaN: classes may have no order.)
    fn mean(&self) -> Result<Tensor> {
        self.probs().mul(self.classes())?.sum_dim(-1)
    }

    /// The variance of the class's number. (PyTorch gives NaN.)
    fn variance(&self) -> Result<Tensor> {
        let deviation = self.classes().sub(behind(&self.mean()?)?)?;
        self.probs().mul(deviation.square())?.sum_dim(-1)
    }

    /// Classes, i64.
    fn sample_with(&self, shape: impl IntoShape, generator: &mut Generator) -> Result<Tensor> {
        let shape = [shape.into_shape().as_slice(), self.batch_shape()].concat();
        let u = generator.rand_of(&shape, DType::F64)?.to_f64_vec();
        let sums = running_sums(&self.probs(), self.classes().numel());
        let draw = |(at, u): (usize, &f64)| class_at(&sums[at % sums.len()], *u);
        let classes = u.iter().enumerate().map(draw).collect();
        Ok(Tensor::new(Array::I64(from_vec(&shape, classes))))
    }
}

/// For every distribution of a batch, p\[0\], p\[0\] + p\[1\], ….
fn running_sums(probabilities: &Tensor, classes: usize) -> Vec<Vec<f64>> {
    let add = |sum: &mut f64, p: &f64| {
        *sum += p;
        Some(*sum)
    };
    let rows = probabilities.to_f64_vec();
    rows.chunks_exact(classes).map(|row| row.iter().scan(0.0, add).collect()).collect()
}

/// The class in whose stretch of the running sums u falls; an impossible class has none.
fn class_at(sums: &[f64], u: f64) -> i64 {
    let total = sums.last().map_or(1.0, |&total| total);
    let class = sums.partition_point(|&sum| sum <= u * total);
    // Where u·total is rounded to the total, the last class that is possible.
    class.min(sums.partition_point(|&sum| sum < total)) as i64
}

impl Divergence<Self> for Categorical {
    fn kl(&self, q: &Self) -> Result<Tensor> {
        match (&self.form, &q.form) {
            (Form::Logarithms(p), Form::Logarithms(q)) => divergence_of_logs(p, q),
            _ => divergence_terms(&self.probs(), &q.probs()),
        }?
        .sum_dim(-1)
    }
}
