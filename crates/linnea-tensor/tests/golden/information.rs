//! Information theory.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use linnea_tensor::information::{self, Unit};

pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("self_information", |x, a| outputs(information::self_information(&x[0], unit(a)))),
    ("entropy", |x, a| outputs(information::entropy(&x[0], a.axes(), unit(a)))),
    ("cross_entropy", |x, a| outputs(information::cross_entropy(&x[0], &x[1], a.axes(), unit(a)))),
    ("kl_divergence", |x, a| outputs(information::kl_divergence(&x[0], &x[1], a.axes(), unit(a)))),
    ("perplexity", |x, a| outputs(information::perplexity(&x[0], a.axes()))),
    ("mutual_information", |x, a| outputs(information::mutual_information(&x[0], unit(a)))),
];

fn unit(a: &Arguments) -> Unit {
    if a.maybe("bits") == Some(true) { Unit::Bits } else { Unit::Nats }
}
