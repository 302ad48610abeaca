//! What data must be before anything is computed from them.

use linnea_data::{Dataset, Targets, is_usable};

use crate::error::{Error, Result};
use crate::loss::{Loss, check_counts};
use crate::settings::Settings;

/// Refuses settings that make no sense, or that one pass cannot have side by side.
pub(crate) fn check_heads(heads: &[Settings]) -> Result<()> {
    let refuse = |name, value: String, range| Err(Error::Setting { name, value, range });
    let Some(first) = heads.first() else {
        return refuse("the number of heads", "0".into(), "at least 1");
    };
    let shared = |head: &Settings| {
        let loss = (head.loss, head.delta.map(f64::to_bits));
        (head.batch_size, head.seed, head.standardize, head.solver, loss)
    };
    for (i, head) in heads.iter().enumerate() {
        head.check()?;
        if shared(head) != shared(first) {
            let range = "the first head's, because all see the same rows together";
            return refuse(
                "the batch size, seed, standardizing, solver or loss of a head",
                format!("head {i}'s"),
                range,
            );
        }
    }
    Ok(())
}

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
    }?;
    check_counting(data)
}

/// Refuses rows of which too few count.
fn check_counting(data: &Dataset) -> Result<()> {
    let Some(weights) = data.weights() else { return Ok(()) };
    let counting = (0..data.rows()).filter(|&row| weights[row] > 0.0);
    if counting.clone().count() < 2 {
        let reason = "fewer than two rows have a weight above 0; there is nothing to learn from";
        return Err(Error::Unlearnable(reason.into()));
    }
    if let Targets::Classes(classes) = data.targets() {
        let mut own = counting.map(|row| classes[row]);
        let first = own.next();
        if own.all(|class| Some(class) == first) {
            let reason = "every row with a weight has the same class; classification needs two";
            return Err(Error::Unlearnable(reason.into()));
        }
    }
    Ok(())
}

/// Refuses rows none of which counts, as a part of weighted rows may be.
pub(crate) fn check_weights(data: &Dataset) -> Result<()> {
    match data.weights() {
        Some(weights) if weights.iter().all(|&weight| weight == 0.0) => {
            let reason = "every one of the rows has the weight 0, so that none counts";
            Err(Error::Unlearnable(reason.into()))
        }
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
    check_weights(valid)?;
    check_features(valid)
}

/// Refuses validation rows that a model of counts could not be judged by.
pub(crate) fn check_valid_counts(valid: Option<&Dataset>, heads: &[Settings]) -> Result<()> {
    match valid.map(Dataset::targets) {
        Some(Targets::Values(values)) if heads[0].loss == Some(Loss::Poisson) => {
            check_counts(values)
        }
        _ => Ok(()),
    }
}

/// Refuses numbers that cannot be computed with, naming the first.
pub(crate) fn check_features(data: &Dataset) -> Result<()> {
    let Some((row, feature)) = data.find_unusable() else { return Ok(()) };
    let block = &data.blocks()[row / data.block_rows()];
    let value = block.values().get(row % data.block_rows() * data.features() + feature);
    let feature = data.schema().feature_names().swap_remove(feature);
    Err(Error::NotFinite { row, feature, value })
}
