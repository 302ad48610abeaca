//! The model file: safetensors, with the weights as tensors and the rest as JSON in its metadata.
//!
//! Tensors, all `F64`: `weight` (outputs × features) and `bias` (outputs) of the features as they
//! are stored, as in PyTorch's `nn.Linear`; `feature_mean` and `feature_scale` (features), by which
//! they were standardised in training. The metadata has one entry, `linnea`, so that the bytes do
//! not depend on the order of a map.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use linnea_data::{TargetKind, is_usable};
use safetensors::{Dtype, SafeTensors, View, serialize};

use super::{Card, Model};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::parameters::Parameters;
use crate::scaling::Scaling;

/// The version of the format that this program writes.
pub(crate) const FORMAT: u32 = 1;

const KEY: &str = "linnea";
/// The longest header that safetensors allows.
const MOST_HEADER: u64 = 100_000_000;
/// The metadata entry of what a checkpoint holds besides the model.
const STATE: &str = "linnea_state";

/// What a file holds besides a model.
pub(crate) struct Extra {
    text: String,
    /// Names, shapes and numbers.
    tensors: Vec<(String, Vec<usize>, Vec<f64>)>,
}

impl Extra {
    pub(crate) fn new(text: String) -> Self {
        Self { text, tensors: Vec::new() }
    }

    /// Adds the tensors `{kind}.weight{suffix}` and `{kind}.bias{suffix}`.
    pub(crate) fn push(&mut self, kind: &str, suffix: &str, parameters: &Parameters) {
        let Parameters { outputs, features, weight, bias } = parameters;
        let weights = (format!("{kind}.weight{suffix}"), vec![*outputs, *features], weight.clone());
        self.tensors.push(weights);
        self.tensors.push((format!("{kind}.bias{suffix}"), vec![*outputs], bias.clone()));
    }
}

/// What a model's file holds besides the model: the text, if there is any, and the bytes in which the
/// tensors are.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read, [`Error::ModelFile`] if it is no whole model.
pub(crate) fn read_extra(path: &Path) -> Result<(Option<String>, Bytes)> {
    Model::load(path)?;
    let bytes = read(path)?;
    let header = SafeTensors::read_metadata(&bytes);
    let text = header.ok().and_then(|(_, header)| header.metadata().as_ref()?.get(STATE).cloned());
    Ok((text, Bytes(bytes)))
}

/// The bytes of a safetensors file.
pub(crate) struct Bytes(Vec<u8>);

impl Bytes {
    /// A tensor, which must have a certain shape and hold numbers; else what is wrong with it.
    pub(crate) fn numbers(
        &self,
        name: &str,
        shape: &[usize],
    ) -> std::result::Result<Vec<f64>, String> {
        let tensors = SafeTensors::deserialize(&self.0).map_err(|error| error.to_string())?;
        numbers(&tensors, name, shape)
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

/// What a safetensors file says of itself.
#[derive(serde::Deserialize)]
struct Header {
    #[serde(rename = "__metadata__")]
    metadata: HashMap<String, serde::de::IgnoredAny>,
}

impl Header {
    /// The header of a file, of which nothing else is read; `None` if it has none.
    fn of(path: &Path) -> Option<Self> {
        let mut file = std::fs::File::open(path).ok()?;
        let mut length = [0; size_of::<u64>()];
        file.read_exact(&mut length).ok()?;
        let length = Some(u64::from_le_bytes(length)).filter(|length| *length <= MOST_HEADER)?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

impl Model {
    /// The bytes of the model's file.
    ///
    /// # Errors
    /// [`Error::Mismatch`] if a parameter is no finite number, which JSON and users cannot read.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.to_bytes_with(None)
    }

    fn to_bytes_with(&self, extra: Option<&Extra>) -> Result<Vec<u8>> {
        let unwritable =
            |reason: String| Error::Mismatch(format!("cannot save the model: {reason}"));
        if !self.parameters.is_finite() {
            return Err(unwritable("a weight is not finite".into()));
        }
        let card = serde_json::to_string(&self.card).map_err(|e| unwritable(e.to_string()))?;
        let (q, d) = (self.outputs(), self.features());
        let own = [
            ("weight", Tensor::new(vec![q, d], &self.parameters.weight)),
            ("bias", Tensor::new(vec![q], &self.parameters.bias)),
            ("feature_mean", Tensor::new(vec![d], &self.scaling.mean)),
            ("feature_scale", Tensor::new(vec![d], &self.scaling.scale)),
        ];
        let others = extra.into_iter().flat_map(|extra| &extra.tensors);
        let others = others
            .map(|(name, shape, numbers)| (name.as_str(), Tensor::new(shape.clone(), numbers)));
        let mut metadata = HashMap::from([(KEY.to_owned(), card)]);
        metadata.extend(extra.map(|extra| (STATE.to_owned(), extra.text.clone())));
        let tensors = own.into_iter().chain(others);
        serialize(tensors, Some(metadata)).map_err(|e| unwritable(e.to_string()))
    }

    /// [`Model::save`], with more in the file.
    pub(crate) fn save_with(&self, path: &Path, extra: &Extra) -> Result<()> {
        linnea_data::atomic::write(path, &self.to_bytes_with(Some(extra))?)
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// Writes the model to `path`: to a temporary file beside it first, which then takes its place,
    /// so that there is the old file or the new one and never half of one.
    ///
    /// # Errors
    /// [`Error::Write`] if that cannot be done; an older file is then as it was.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        linnea_data::atomic::write(path, &self.to_bytes()?)
            .map_err(|source| Error::Write { path: path.to_owned(), source })
    }

    /// Reads a model that [`Model::save`] has written.
    ///
    /// # Errors
    /// [`Error::Read`] if the file cannot be read, [`Error::ModelFile`] if it is no whole model.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_bytes(&read(path)?)
            .map_err(|reason| Error::ModelFile { path: path.to_owned(), reason })
    }

    /// Whether a file calls itself a Linnea model, of this format or another, whole or not.
    #[must_use]
    pub fn is_model(path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        path.is_file() && Header::of(path).is_some_and(|header| header.metadata.contains_key(KEY))
    }

    /// The model of a file's bytes, or what is wrong with them.
    fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, String> {
        let damaged = |e| {
            format!(
                "this is no whole safetensors file, as which models are saved ({e}); name another file, or \
                 train or copy it again"
            )
        };
        let tensors = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let card = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let card = card.ok_or("this safetensors file holds no Linnea model")?;
        let format: Format = serde_json::from_str(card).map_err(|e| unreadable(&e))?;
        if format.format != FORMAT {
            return Err(format!(
                "the model is of format {}, this program reads format {FORMAT}; \
                 use the program that wrote it, or train again",
                format.format
            ));
        }
        let card: Card = serde_json::from_str(card).map_err(|e| unreadable(&e))?;
        let (q, d) = shape(&card)?;
        let parameters = Parameters {
            outputs: q,
            features: d,
            weight: numbers(&tensors, "weight", &[q, d])?,
            bias: numbers(&tensors, "bias", &[q])?,
        };
        let scaling = Scaling {
            mean: numbers(&tensors, "feature_mean", &[d])?,
            scale: numbers(&tensors, "feature_scale", &[d])?,
        };
        Ok(Self { card, parameters, scaling })
    }
}

/// What must be known of a card before the rest of it can be read.
#[derive(serde::Deserialize)]
struct Format {
    format: u32,
}

fn unreadable(error: &serde_json::Error) -> String {
    format!("the model's description cannot be read ({error}); train or copy it again")
}

/// The outputs and features that a card speaks of, if it makes sense.
fn shape(card: &Card) -> std::result::Result<(usize, usize), String> {
    let wrong = |what: &str| Err(format!("the model's description is wrong: {what}"));
    let outputs = match (card.loss, card.schema.target.as_ref().map(|target| &target.kind)) {
        (Loss::Softmax, Some(TargetKind::Classes { labels })) if labels.len() > 1 => labels.len(),
        (loss, Some(TargetKind::Value)) if !loss.is_of_classes() => 1,
        _ => return wrong("its target does not go with its loss"),
    };
    let threshold = card.recipe.delta.is_some_and(|delta| delta > 0.0 && is_usable(delta));
    if threshold != (card.loss == Loss::Huber) {
        return wrong("its threshold delta does not go with its loss");
    }
    let mut features = 0_usize;
    for column in &card.schema.columns {
        let Some(width) = column.checked_width() else { return wrong("a grid is too large") };
        if !column.fill.is_empty() && column.fill.len() != width {
            return wrong("a column has not one fill a feature");
        }
        features = features.saturating_add(width);
    }
    match card.provenance.valid {
        _ if features == 0 => wrong("it has no features"),
        Some(fraction) if !(fraction > 0.0 && fraction < 1.0) => {
            wrong("its share of validation rows is none")
        }
        _ => Ok((outputs, features)),
    }
}

/// A tensor of the file, which must have the shape that the schema asks for and hold numbers.
fn numbers(
    tensors: &SafeTensors<'_>,
    name: &str,
    shape: &[usize],
) -> std::result::Result<Vec<f64>, String> {
    let tensor = tensors.tensor(name).map_err(|_| format!("the tensor {name:?} is missing"))?;
    if tensor.dtype() != Dtype::F64 || tensor.shape() != shape {
        return Err(format!(
            "the tensor {name:?} is {:?} {:?}, but the schema asks for F64 {shape:?}",
            tensor.dtype(),
            tensor.shape()
        ));
    }
    let (words, _) = tensor.data().as_chunks::<8>();
    let numbers: Vec<f64> = words.iter().map(|word| f64::from_le_bytes(*word)).collect();
    if numbers.iter().any(|number| !is_usable(*number)) {
        return Err(format!(
            "the tensor {name:?} holds a number that is not finite, within ±1e100"
        ));
    }
    Ok(numbers)
}

/// Numbers on their way into a file.
struct Tensor {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    fn new(shape: Vec<usize>, numbers: &[f64]) -> Self {
        Self { shape, bytes: numbers.iter().flat_map(|number| number.to_le_bytes()).collect() }
    }
}

impl View for Tensor {
    fn dtype(&self) -> Dtype {
        Dtype::F64
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        (&self.bytes).into()
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
