//! Tensors as they are written: `f32[2,3]/transposed 1 -0.5 nan inf 1e-40 0` (see `golden/text.py`).

use linnea_tensor::{DType, Element, Result, Tensor};
use std::str::FromStr;

/// A tensor's text, taken apart.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(from = "String")]
pub(crate) struct Text {
    pub(crate) dtype: DType,
    pub(crate) shape: Vec<usize>,
    layout: String,
    numbers: Vec<String>,
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        let mut words = text.split(' ');
        let head = words.next().expect("a split text has a first part");
        let (kind, layout) = head.split_once('/').unwrap_or((head, ""));
        let (dtype, shape) =
            kind.trim_end_matches(']').split_once('[').expect("a type and a shape");
        let sizes = shape.split(',').filter(|size| !size.is_empty());
        Self {
            dtype: dtype_named(dtype),
            shape: sizes.map(|size| size.parse().expect("a size")).collect(),
            layout: layout.into(),
            numbers: words.map(String::from).collect(),
        }
    }
}

impl Text {
    /// The tensor, laid out in memory as the text says.
    pub(crate) fn tensor(&self) -> Tensor {
        let plain = match self.dtype {
            DType::F32 => self.typed::<f32>(),
            DType::F64 => self.typed::<f64>(),
            DType::I64 => self.typed::<i64>(),
            DType::U8 => self.typed::<u8>(),
            _ => self.typed::<u8>().map(|x| x.to(DType::Bool)),
        };
        let laid_out = plain.and_then(|plain| self.lay_out(&plain));
        laid_out.expect("the text holds as many numbers as its shape has places").detach()
    }

    fn typed<T: Element + FromStr>(&self) -> Result<Tensor> {
        let parse = |x: &String| x.parse().unwrap_or_else(|_| panic!("{x} is no {}", T::DTYPE));
        Tensor::from_vec(self.numbers.iter().map(parse).collect::<Vec<T>>(), &self.shape)
    }

    fn lay_out(&self, plain: &Tensor) -> Result<Tensor> {
        match self.layout.as_str() {
            "" => Ok(plain.clone()),
            "transposed" => Tensor::cat(&[&plain.transpose(-1, -2)?], 0)?.transpose(-1, -2),
            "strided" => {
                let wide = Tensor::stack(&[plain, plain], -1)?.flatten_dims(-2, -1)?;
                wide.slice_step(-1, .., 2)
            }
            "expanded" => plain.slice(0, ..1)?.broadcast_to(plain.shape()),
            layout => panic!("unknown layout {layout}"),
        }
    }
}

/// The type of this name.
pub(crate) fn dtype_named(name: &str) -> DType {
    match name {
        "f32" => DType::F32,
        "f64" => DType::F64,
        "i64" => DType::I64,
        "u8" => DType::U8,
        "bool" => DType::Bool,
        _ => panic!("unknown type {name}"),
    }
}
