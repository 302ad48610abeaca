//! Many numbers to one, over any axes.

use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;

pub(crate) const TOLERANCE: Tolerance = Tolerance::SUMS;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("sum", |x, _| outputs(x[0].sum())),
    ("mean", |x, _| outputs(x[0].mean())),
    ("var", |x, _| outputs(x[0].var())),
    ("std", |x, _| outputs(x[0].std())),
    ("prod", |x, _| outputs(x[0].prod())),
    ("max", |x, _| outputs(x[0].max())),
    ("min", |x, _| outputs(x[0].min())),
    ("argmax", |x, _| outputs(x[0].argmax())),
    ("argmin", |x, _| outputs(x[0].argmin())),
    ("any", |x, _| outputs(x[0].any())),
    ("all", |x, _| outputs(x[0].all())),
    ("count_nonzero", |x, _| outputs(x[0].count_nonzero())),
    ("sum_dim", |x, a| outputs(x[0].sum_dim(a.axes()))),
    ("mean_dim", |x, a| outputs(x[0].mean_dim(a.axes()))),
    ("var_dim", |x, a| outputs(x[0].var_dim(a.axes()))),
    ("std_dim", |x, a| outputs(x[0].std_dim(a.axes()))),
    ("var_with", |x, a| outputs(x[0].var_with(a.axes(), a.number("correction")))),
    ("std_with", |x, a| outputs(x[0].std_with(a.axes(), a.number("correction")))),
    ("prod_dim", |x, a| outputs(x[0].prod_dim(a.axes()))),
    ("amax", |x, a| outputs(x[0].amax(a.axes()))),
    ("amin", |x, a| outputs(x[0].amin(a.axes()))),
    ("any_dim", |x, a| outputs(x[0].any_dim(a.axes()))),
    ("all_dim", |x, a| outputs(x[0].all_dim(a.axes()))),
    ("count_nonzero_dim", |x, a| outputs(x[0].count_nonzero_dim(a.axes()))),
    ("logsumexp", |x, a| outputs(x[0].logsumexp(a.axes()))),
    ("max_dim", |x, a| outputs(x[0].max_dim(a.get::<isize>("axis")))),
    ("min_dim", |x, a| outputs(x[0].min_dim(a.get::<isize>("axis")))),
    ("argmax_dim", |x, a| outputs(x[0].argmax_dim(a.get::<isize>("axis")))),
    ("argmin_dim", |x, a| outputs(x[0].argmin_dim(a.get::<isize>("axis")))),
    ("cumsum", |x, a| outputs(x[0].cumsum(a.get("axis")))),
];
