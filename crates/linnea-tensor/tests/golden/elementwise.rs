//! Functions of one tensor, number by number.

use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use crate::text::dtype_named;

pub(crate) const TOLERANCE: Tolerance = Tolerance::RELATIVE;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("abs", |x, _| outputs(x[0].abs())),
    ("copy", |x, _| outputs(x[0].copy())),
    ("cos", |x, _| outputs(x[0].cos())),
    ("erf", |x, _| outputs(x[0].erf())),
    ("exp", |x, _| outputs(x[0].exp())),
    ("expm1", |x, _| outputs(x[0].expm1())),
    ("isfinite", |x, _| outputs(x[0].isfinite())),
    ("isinf", |x, _| outputs(x[0].isinf())),
    ("isnan", |x, _| outputs(x[0].isnan())),
    ("log", |x, _| outputs(x[0].log())),
    ("log1p", |x, _| outputs(x[0].log1p())),
    ("log2", |x, _| outputs(x[0].log2())),
    ("logical_not", |x, _| outputs(x[0].logical_not())),
    ("neg", |x, _| outputs(x[0].neg())),
    ("reciprocal", |x, _| outputs(x[0].reciprocal())),
    ("relu", |x, _| outputs(x[0].relu())),
    ("sigmoid", |x, _| outputs(x[0].sigmoid())),
    ("sign", |x, _| outputs(x[0].sign())),
    ("sin", |x, _| outputs(x[0].sin())),
    ("softplus", |x, _| outputs(x[0].softplus())),
    ("sqrt", |x, _| outputs(x[0].sqrt())),
    ("square", |x, _| outputs(x[0].square())),
    ("tanh", |x, _| outputs(x[0].tanh())),
    ("to", |x, a| outputs(x[0].to(dtype_named(&a.get::<String>("dtype"))))),
];
