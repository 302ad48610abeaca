//! What data must be before anything is computed from them.

use linnea_data::{Dataset, Targets, is_usable};

use crate::error::{Error, Result};

/// Refuses data that cannot be trained on, with the place of the first bad number.
pub(crate) fn check_training(data: &Dataset) -> Result<()> {
    let unlearnable = |reason: &str| Err(Error::Unlearnable(reason.into()));
    if data.rows() < 2 {
        return unlearnable("there are fewer than two rows to learn from; give more data");
    }
    if u32::try_from(data.rows()).is_err() {
        return unlearnable("there are more than 4,294,967,295 rows; give fewer");
    }
    check_features(data)?;
    match data.targets() {
        Targets::Absent => unlearnable("there is no target to learn"),
        Targets::Classes(classes) if classes.iter().all(|class| *class == classes[0]) => {
            unlearnable("every row has the same class; classification needs at least two")
        }
        Targets::Values(values) => match values.iter().position(|y| !is_usable(*y)) {
            Some(row) => Err(Error::TargetNotFinite { row, value: values[row] }),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Refuses validation rows that a model of `data` could not be judged by.
pub(crate) fn check_valid(data: &Dataset, valid: &Dataset) -> Result<()> {
    let mismatch = |reason: &str| Err(Error::Mismatch(reason.into()));
    if valid.rows() == 0 || valid.features() != data.features() {
        return mismatch("the validation rows must be some, with the training rows' features");
    }
    if std::mem::discriminant(valid.targets()) != std::mem::discriminant(data.targets()) {
        return mismatch("the validation rows have no targets like those of the training rows");
    }
    check_features(valid)
}

/// Refuses numbers that cannot be computed with, naming the first.
pub(crate) fn check_features(data: &Dataset) -> Result<()> {
    let Some((row, feature)) = data.find_unusable() else { return Ok(()) };
    let block = &data.blocks()[row / data.block_rows()];
    let value = block.values().get(row % data.block_rows() * data.features() + feature);
    let feature = data.schema().feature_names().swap_remove(feature);
    Err(Error::NotFinite { row, feature, value })
}
