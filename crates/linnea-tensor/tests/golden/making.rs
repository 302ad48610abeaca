//! Tensors out of nothing.

use crate::arguments::Arguments;
use crate::case::Op;
use crate::compare::Tolerance;
use crate::family::outputs;
use crate::text::dtype_named;
use linnea_tensor::{DType, Scalar, Tensor};

pub(crate) const TOLERANCE: Tolerance = Tolerance::RELATIVE;

pub(crate) const OPS: &[(&str, Op)] = &[
    ("zeros", |_, a| outputs(Tensor::zeros(shape(a)))),
    ("ones", |_, a| outputs(Tensor::ones(shape(a)))),
    ("full", |_, a| outputs(Tensor::full(shape(a), scalar(a, "value")))),
    ("eye", |_, a| outputs(Tensor::eye(a.get("n")))),
    ("scalar", |_, a| outputs(Tensor::scalar(scalar(a, "value")))),
    ("zeros_like", |x, _| outputs(x[0].zeros_like())),
    ("ones_like", |x, _| outputs(x[0].ones_like())),
    ("full_like", |x, a| outputs(x[0].full_like(scalar(a, "fill_value")))),
    ("arange", |_, a| {
        let [start, end, step] = ["start", "end", "step"].map(|name| scalar(a, name));
        outputs(match dtype(a) {
            Some(dtype) => Tensor::arange_of(start.to_f64(), end.to_f64(), step.to_f64(), dtype),
            None => Tensor::arange(start, end, step),
        })
    }),
    ("linspace", |_, a| {
        let dtype = dtype(a).unwrap_or(DType::F32);
        outputs(Tensor::linspace_of(a.number("start"), a.number("end"), a.get("steps"), dtype))
    }),
    ("one_hot", |x, a| outputs(x[0].one_hot(a.maybe::<usize>("classes")))),
];

fn shape(a: &Arguments) -> Vec<usize> {
    a.get("shape")
}

fn scalar(a: &Arguments, name: &str) -> Scalar {
    a.scalar(name).expect("the case gives it")
}

fn dtype(a: &Arguments) -> Option<DType> {
    a.maybe::<String>("dtype").map(|name| dtype_named(&name))
}
