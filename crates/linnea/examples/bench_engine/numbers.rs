//! The numbers that a work is done on: read from raw arrays, or made up.

use std::fs;
use std::path::Path;

use linnea::prelude::*;
use serde_json::Value;

use crate::Failure;

/// A work's data set: from its `folder`, or made up where it has none.
pub(crate) fn data(work: &Value) -> Result<Dataset, Failure> {
    match work["folder"].as_str() {
        Some(folder) => read(Path::new(folder)),
        None => synthetic(work),
    }
}

/// What `benchmarks/peers/data.py` wrote.
fn read(folder: &Path) -> Result<Dataset, Failure> {
    let about: Value = serde_json::from_slice(&fs::read(folder.join("about.json"))?)?;
    let (x, y) = (fs::read(folder.join("x.bin"))?, fs::read(folder.join("y.bin"))?);
    let values = match about["x"].as_str() {
        Some("uint8") => Values::U8(on_large_pages(&x)),
        Some("float32") => Values::F32(numbers(&x, f32::from_le_bytes)),
        Some("float64") => Values::F64(doubles(&x)),
        other => return Err(format!("no features are stored as {other:?}").into()),
    };
    let targets = match about["y"].as_str() {
        Some("uint32") => Targets::Classes(numbers(&y, u32::from_le_bytes)),
        Some("float32") => Targets::Values(numbers(&y, |bytes| f32::from_le_bytes(bytes).into())),
        Some("float64") => Targets::Values(doubles(&y)),
        other => return Err(format!("no targets are stored as {other:?}").into()),
    };
    Ok(Dataset::dense(size(&about, "features")?, values, targets)?)
}

fn on_large_pages(bytes: &[u8]) -> Vec<u8> {
    let mut copy = linnea::data::room(bytes.len());
    copy.extend_from_slice(bytes);
    copy
}

/// The doubles of a little-endian array.
pub(crate) fn doubles(bytes: &[u8]) -> Vec<f64> {
    numbers(bytes, f64::from_le_bytes)
}

/// The numbers of a little-endian array of so many bytes each.
fn numbers<T, const BYTES: usize>(bytes: &[u8], from: impl Fn([u8; BYTES]) -> T) -> Vec<T> {
    let mut numbers = linnea::data::room(bytes.len() / BYTES);
    numbers.extend(bytes.as_chunks().0.iter().map(|chunk| from(*chunk)));
    numbers
}

/// A count from a definition.
pub(crate) fn size(of: &Value, name: &str) -> Result<usize, Failure> {
    let count = of[name].as_u64().ok_or_else(|| format!("the work has no {name}"))?;
    Ok(usize::try_from(count)?)
}

/// A list of numbers from a definition.
pub(crate) fn list(of: &Value, name: &str) -> Result<Vec<f64>, Failure> {
    let list = of[name].as_array().ok_or_else(|| format!("the work has no {name}"))?;
    Ok(list.iter().filter_map(Value::as_f64).collect())
}

/// Features between -1 and 1, and targets that have nothing to do with them: for works whose time
/// counts and whose result does not.
fn synthetic(work: &Value) -> Result<Dataset, Failure> {
    let (rows, features) = (size(work, "rows")?, size(work, "features")?);
    let outputs = size(work, "outputs")?;
    let mut random = SplitMix(7);
    let mut values = linnea::data::room(rows * features);
    values.extend((0..rows * features).map(|_| random.next() as i32 as f32 / 2_f32.powi(31)));
    let values = Values::F32(values);
    let targets = if outputs == 1 {
        Targets::Values((0..rows).map(|row| f64::from(row % 2 == 0)).collect())
    } else {
        // Every class is there, for the largest says how many there are.
        Targets::Classes((0..rows).map(|row| (row % outputs) as u32).collect())
    };
    Ok(Dataset::dense(features, values, targets)?)
}

/// Steele, Lea & Flood 2014: quick, and even enough for made-up features.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
