//! Softmax, its relatives, and its temperature.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;

pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("softmax", |x, a| outputs(x[0].softmax(axis(a)))),
    ("log_softmax", |x, a| outputs(x[0].log_softmax(axis(a)))),
    ("softmin", |x, a| outputs(x[0].softmin(axis(a)))),
    ("hardmax", |x, a| outputs(x[0].hardmax(axis(a)))),
    ("softmax_at", |x, a| outputs(x[0].softmax_at(axis(a), a.number("temperature")))),
    ("log_softmax_at", |x, a| outputs(x[0].log_softmax_at(axis(a), a.number("temperature")))),
    ("softmin_at", |x, a| outputs(x[0].softmin_at(axis(a), a.number("temperature")))),
    ("soft_maximum", |x, a| outputs(x[0].soft_maximum(a.number("scale"), a.axes()))),
    ("soft_minimum", |x, a| outputs(x[0].soft_minimum(a.number("scale"), a.axes()))),
];

fn axis(a: &Arguments) -> isize {
    a.get("axis")
}
