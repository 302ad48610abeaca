//! Norms of vectors and matrices, and what is made of them.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use linnea_tensor::{Result, Tensor, linalg};

pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("norm", |x, a| outputs(x[0].norm(p(a)))),
    ("norm_dim", |x, a| outputs(x[0].norm_dim(p(a), a.axes()))),
    ("frobenius_norm", |x, _| outputs(x[0].frobenius_norm())),
    ("nuclear_norm", |x, _| outputs(x[0].nuclear_norm())),
    ("spectral_norm", |x, _| outputs(x[0].spectral_norm())),
    ("normalize", |x, a| outputs(x[0].normalize(p(a), a.get::<isize>("axis")))),
    ("cosine_similarity", |x, a| outputs(x[0].cosine_similarity(&x[1], a.get("axis")))),
    ("pairwise_distance", |x, a| outputs(x[0].pairwise_distance(&x[1], p(a)))),
    ("clip_grad_norm", |x, a| outputs(clip_grad_norm(x, a.number("max_norm")))),
];

fn p(a: &Arguments) -> f64 {
    a.number("p")
}

/// The norm of all gradients together, and the gradients after clipping.
fn clip_grad_norm(gradients: &[Tensor], max_norm: f64) -> Result<Vec<Tensor>> {
    let parameter = |gradient: &Tensor| {
        let parameter = gradient.zeros_like().copy().requires_grad_()?;
        parameter.set_grad(Some(gradient.copy()))?;
        Ok(parameter)
    };
    let parameters = gradients.iter().map(parameter).collect::<Result<Vec<_>>>()?;
    let norm = linalg::clip_grad_norm(&parameters.iter().collect::<Vec<_>>(), max_norm)?;
    let clipped = parameters.iter().map(|x| x.grad().expect("it was set"));
    Ok([norm].into_iter().chain(clipped).collect())
}
