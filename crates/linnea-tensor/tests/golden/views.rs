//! The same numbers in another shape, parts of them, and tensors joined.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use linnea_tensor::{Result, Tensor};

pub(crate) const TOLERANCE: Tolerance = Tolerance::RELATIVE;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("reshape", |x, a| outputs(x[0].reshape(sizes(a)))),
    ("view", |x, a| outputs(x[0].view(sizes(a)))),
    ("flatten", |x, _| outputs(x[0].flatten())),
    ("flatten_dims", |x, a| outputs(x[0].flatten_dims(a.get("start"), a.get("end")))),
    ("transpose", |x, a| outputs(x[0].transpose(a.get("a"), a.get("b")))),
    ("t", |x, _| outputs(x[0].t())),
    ("permute", |x, a| outputs(x[0].permute(a.get::<Vec<isize>>("order")))),
    ("squeeze", |x, _| outputs(x[0].squeeze())),
    ("squeeze_dim", |x, a| outputs(x[0].squeeze_dim(axis(a)))),
    ("unsqueeze", |x, a| outputs(x[0].unsqueeze(axis(a)))),
    ("expand", |x, a| outputs(x[0].expand(sizes(a)))),
    ("broadcast_to", |x, a| outputs(x[0].broadcast_to(a.get::<Vec<usize>>("sizes")))),
    ("cat", |x, a| outputs(Tensor::cat(&all(x), axis(a)))),
    ("stack", |x, a| outputs(Tensor::stack(&all(x), axis(a)))),
    ("split", |x, a| outputs(x[0].split(a.get("size"), axis(a)))),
    ("split_sizes", |x, a| outputs(x[0].split_sizes(&a.get::<Vec<usize>>("sizes"), axis(a)))),
    ("chunk", |x, a| outputs(x[0].chunk(a.get("n"), axis(a)))),
    ("unbind", |x, a| outputs(x[0].unbind(axis(a)))),
    ("index_select", |x, a| outputs(x[0].index_select(axis(a), &x[1]))),
    ("index_add", |x, a| outputs(x[0].index_add(axis(a), &x[1], &x[2]))),
    ("gather", |x, a| outputs(x[0].gather(axis(a), &x[1]))),
    ("scatter_add", |x, a| outputs(x[0].scatter_add(axis(a), &x[1], &x[2]))),
    ("masked_select", |x, _| outputs(x[0].masked_select(&x[1]))),
    ("masked_fill", |x, a| {
        outputs(x[0].masked_fill(&x[1], a.scalar("value").expect("the case gives it")))
    }),
    ("select", |x, a| outputs(x[0].select(axis(a), a.get("index")))),
    ("slice", |x, a| outputs(slice(&x[0], a))),
    ("narrow", |x, a| outputs(x[0].narrow(axis(a), a.get("start"), a.get("length")))),
];

fn axis(a: &Arguments) -> isize {
    a.get("axis")
}

fn sizes(a: &Arguments) -> Vec<isize> {
    a.get("sizes")
}

fn all(x: &[Tensor]) -> Vec<&Tensor> {
    x.iter().collect()
}

/// Python's `start:end:step`, each end of which may be left out.
fn slice(x: &Tensor, a: &Arguments) -> Result<Tensor> {
    let (axis, step) = (axis(a), a.maybe::<usize>("step").unwrap_or(1));
    match (a.maybe::<isize>("start"), a.maybe::<isize>("end")) {
        (Some(start), Some(end)) => x.slice_step(axis, start..end, step),
        (Some(start), None) => x.slice_step(axis, start.., step),
        (None, Some(end)) => x.slice_step(axis, ..end, step),
        (None, None) => x.slice_step(axis, .., step),
    }
}
