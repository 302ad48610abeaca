//! A sweep over nothing but L1 penalties is a path: from the largest to the smallest, each fit begins
//! where the one before it ended (Friedman, Hastie & Tibshirani, *Regularization paths for generalized
//! linear models via coordinate descent*, J. Stat. Softw. 33 (2010), 2.5).

use linnea_data::Dataset;

use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::trainer::{Fit, Trainer};

/// Whether settings differ in their L1 penalty alone, and all have one.
pub(super) fn is_path(settings: &[Settings]) -> bool {
    let rest = |one: &Settings| Settings { l1: 0.0, ..one.clone() };
    settings.len() > 1 && settings.iter().all(|one| one.l1 > 0.0 && rest(one) == rest(&settings[0]))
}

/// The fits of a path, in the order of its settings.
pub(super) fn fits(
    trainer: &Trainer<'_>,
    data: &Dataset,
    settings: &[Settings],
) -> Result<Vec<Result<Fit>>> {
    let mut order: Vec<usize> = (0..settings.len()).collect();
    order.sort_by(|&a, &b| settings[b].l1.total_cmp(&settings[a].l1));
    let penalties: Vec<f64> = order.iter().map(|&index| settings[index].l1).collect();
    let trainer = trainer.clone().settings(settings[0].clone());
    let mut fits: Vec<Result<Fit>> = settings.iter().map(|_| Err(Error::Interrupted)).collect();
    for (index, fit) in order.into_iter().zip(trainer.fit_path(data, &penalties)?) {
        fits[index] = fit;
    }
    Ok(fits)
}
