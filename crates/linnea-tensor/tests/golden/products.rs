//! Products of vectors and matrices.

use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;

pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("matmul", |x, _| outputs(x[0].matmul(&x[1]))),
    ("mm", |x, _| outputs(x[0].mm(&x[1]))),
    ("mv", |x, _| outputs(x[0].mv(&x[1]))),
    ("dot", |x, _| outputs(x[0].dot(&x[1]))),
    ("outer", |x, _| outputs(x[0].outer(&x[1]))),
];
