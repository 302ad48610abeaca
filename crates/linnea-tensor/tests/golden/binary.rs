//! Functions of two tensors, number by number, and choices between them.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use linnea_tensor::{Bound, Operand, Result, Tensor};

pub(crate) const TOLERANCE: Tolerance = Tolerance::RELATIVE;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("add", |x, a| outputs(x[0].add(other(x, a)))),
    ("sub", |x, a| outputs(x[0].sub(other(x, a)))),
    ("mul", |x, a| outputs(x[0].mul(other(x, a)))),
    ("div", |x, a| outputs(x[0].div(other(x, a)))),
    ("pow", |x, a| outputs(x[0].pow(other(x, a)))),
    ("eq", |x, a| outputs(x[0].eq(other(x, a)))),
    ("ne", |x, a| outputs(x[0].ne(other(x, a)))),
    ("lt", |x, a| outputs(x[0].lt(other(x, a)))),
    ("le", |x, a| outputs(x[0].le(other(x, a)))),
    ("gt", |x, a| outputs(x[0].gt(other(x, a)))),
    ("ge", |x, a| outputs(x[0].ge(other(x, a)))),
    ("maximum", |x, a| outputs(x[0].maximum(other(x, a)))),
    ("minimum", |x, a| outputs(x[0].minimum(other(x, a)))),
    ("add_", |x, a| changed(x, x[0].add_(other(x, a)))),
    ("sub_", |x, a| changed(x, x[0].sub_(other(x, a)))),
    ("mul_", |x, a| changed(x, x[0].mul_(other(x, a)))),
    ("div_", |x, a| changed(x, x[0].div_(other(x, a)))),
    ("copy_", |x, _| changed(x, x[0].copy_(&x[1]))),
    ("where_", |x, a| {
        let (first, second) = branches(x, a);
        outputs(x[0].where_(first, second))
    }),
    ("clamp", |x, a| outputs(x[0].clamp(bound(a, "min"), bound(a, "max")))),
    ("equal", |x, _| outputs(x[0].equal(&x[1]))),
    ("allclose", |x, a| outputs(x[0].allclose(&x[1], a.number("rtol"), a.number("atol")))),
    ("rsub", |x, a| outputs(a.get::<i64>("other") - &x[0])),
    ("rdiv", |x, a| outputs(a.get::<i64>("other") / &x[0])),
];

/// Those whose type is asked for every pair of types.
pub(crate) fn promoting() -> Vec<(&'static str, Op)> {
    let names = ["add", "sub", "mul", "div", "pow", "eq", "lt", "maximum", "where_"];
    OPS.iter().copied().filter(|op| names.contains(&op.0)).collect()
}

/// The second tensor, or the number.
fn other(x: &[Tensor], a: &Arguments) -> Operand {
    match a.scalar("other") {
        Some(number) => Operand::Scalar(number),
        None => Operand::from(&x[1]),
    }
}

/// What a change in place left.
fn changed(x: &[Tensor], done: Result<()>) -> Result<Vec<Tensor>> {
    done.and_then(|()| outputs(x[0].clone()))
}

/// The two branches: each a number, or the next tensor.
fn branches(x: &[Tensor], a: &Arguments) -> (Operand, Operand) {
    let mut tensors = x[1..].iter().map(Operand::from);
    let mut branch = |name| match a.scalar(name) {
        Some(number) => Operand::Scalar(number),
        None => tensors.next().expect("a branch is a number or a tensor"),
    };
    (branch("a"), branch("b"))
}

fn bound(a: &Arguments, name: &str) -> Bound {
    a.scalar(name).map_or(Bound::from(None), Bound::from)
}
