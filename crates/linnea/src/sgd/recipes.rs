//! SGD's settings, with what was left open decided by the data.

use super::rate::suggest;
use crate::loss::Aim;
use crate::objective::Objective;
use crate::settings::{MOMENTUM, Recipe, Settings};
use crate::solver::Solver;
use crate::target::TargetUnits;
use linnea_kernels::Element;

/// About so many steps bring a run to its end where nobody says how many epochs it has.
const STEPS: usize = 3000;

/// The settings of all heads, with what was left open decided by the data.
pub(crate) fn recipes<T: Element>(
    heads: &[Settings],
    objective: &Objective<'_, T>,
    units: TargetUnits,
    aim: Aim,
) -> Vec<Recipe> {
    // The rate that the data suggest is the same for heads that differ in nothing that it rests on.
    let mut suggested: Vec<([u64; 2], f64)> = Vec::new();
    let recipe = |settings: &Settings| {
        let key = [momentum(settings).to_bits(), settings.l2.to_bits()];
        let known = suggested.iter().find(|(k, _)| *k == key).map(|&(_, rate)| rate);
        let settings =
            Settings { learning_rate: settings.learning_rate.or(known), ..settings.clone() };
        let recipe = recipe(&settings, objective, units, aim);
        suggested.push((key, recipe.learning_rate));
        recipe
    };
    heads.iter().map(recipe).collect()
}

fn momentum(settings: &Settings) -> f64 {
    settings.momentum.unwrap_or(MOMENTUM)
}

/// The settings of one head, with what was left open decided by the data.
fn recipe<T: Element>(
    settings: &Settings,
    objective: &Objective<'_, T>,
    units: TargetUnits,
    aim: Aim,
) -> Recipe {
    let rows = objective.rows.len();
    let batch_size = settings.batch_size.unwrap_or((rows / 16).clamp(16, 256)).min(rows);
    let momentum = momentum(settings);
    let rate = || suggest(objective, batch_size, momentum, units.l2(settings.l2));
    let learning_rate = settings.learning_rate.unwrap_or_else(rate);
    let steps = rows.div_ceil(batch_size);
    Recipe {
        solver: Solver::Sgd,
        delta: aim.delta,
        epochs: settings.epochs.unwrap_or(STEPS.div_ceil(steps).clamp(10, 200)),
        batch_size,
        learning_rate,
        schedule: settings.schedule.unwrap_or_default(),
        momentum,
        l2: settings.l2,
        l1: 0.0,
        tol: None,
        max_iterations: None,
        standardize: settings.standardize,
        seed: settings.seed,
        init_seed: settings.init_seed,
        fold: settings.fold,
    }
}
