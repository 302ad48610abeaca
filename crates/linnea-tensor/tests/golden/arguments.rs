//! The arguments of a case, by name.

use linnea_tensor::{Axes, Scalar, Tensor, keepdim};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What is given beside the tensors.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Arguments(Map<String, Value>);

impl Arguments {
    /// An argument that every case of the operation gives.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str) -> T {
        self.maybe(name).unwrap_or_else(|| panic!("the case does not give {name}"))
    }

    /// An argument that a case may leave out, or give as null.
    pub(crate) fn maybe<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.0.get(name).filter(|value| !value.is_null())?;
        let read = serde_json::from_value(value.clone());
        Some(read.unwrap_or_else(|error| panic!("{name} = {value}: {error}")))
    }

    /// A number that may be infinite or NaN.
    pub(crate) fn number(&self, name: &str) -> f64 {
        self.scalar(name).unwrap_or_else(|| panic!("the case does not give {name}")).to_f64()
    }

    /// A number with the type that it has in Python, if it is given.
    pub(crate) fn scalar(&self, name: &str) -> Option<Scalar> {
        Some(match self.0.get(name)? {
            Value::Null => return None,
            Value::Bool(value) => Scalar::from(*value),
            Value::Number(value) => match value.as_i64() {
                Some(integer) => Scalar::from(integer),
                None => Scalar::from(value.as_f64().expect("a number is an f64")),
            },
            Value::String(value) => Scalar::from(value.parse::<f64>().expect("nan, inf or -inf")),
            other => panic!("{name} = {other} is no number"),
        })
    }

    /// The axes under `axes` (all of them if it is null or left out), kept if `keepdim` says so.
    pub(crate) fn axes(&self) -> Axes {
        let axes = match self.0.get("axes") {
            None | Some(Value::Null) => Axes::from(..),
            Some(Value::Number(axis)) => Axes::from(axis.as_i64().expect("an axis is an integer")),
            Some(_) => Axes::from(self.get::<Vec<i64>>("axes").as_slice()),
        };
        if self.maybe("keepdim") == Some(true) { keepdim(axes) } else { axes }
    }

    /// The tensor at this place among the inputs, if there are so many.
    pub(crate) fn tensor<'a>(&self, inputs: &'a [Tensor], at: &str) -> Option<&'a Tensor> {
        inputs.get(self.maybe::<usize>(at)?)
    }
}
