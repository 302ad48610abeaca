//! Settings that differ in one penalty alone are a path: from the largest to the smallest, a full-batch
//! solver begins each fit where the ones before it lead, fold by fold (Friedman, Hastie & Tibshirani,
//! *Regularization paths for generalized linear models via coordinate descent*, J. Stat. Softw. 33
//! (2010), 2.5). Small penalties, for which a solver takes longest from 0, are then a few steps away.

use crate::settings::Settings;

/// The order of a path through all settings, if they are one.
pub(super) fn order(settings: &[Settings]) -> Option<Vec<usize>> {
    let but_l1 = |one: &Settings| Settings { l1: 0.0, ..one.clone() };
    let but_l2 = |one: &Settings| Settings { l2: 0.0, ..one.clone() };
    let alike = |but: fn(&Settings) -> Settings| {
        settings.len() > 1 && settings.iter().all(|one| but(one) == but(&settings[0]))
    };
    let penalty: fn(&Settings) -> f64 = if alike(but_l1) && settings.iter().all(|one| one.l1 > 0.0)
    {
        |one| one.l1
    } else if alike(but_l2) {
        |one| one.l2
    } else {
        return None;
    };
    let mut order: Vec<usize> = (0..settings.len()).collect();
    order.sort_by(|&a, &b| penalty(&settings[b]).total_cmp(&penalty(&settings[a])));
    Some(order)
}
