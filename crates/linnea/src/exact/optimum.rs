//! The exact solver as a solver among others: the optimum of the squared loss in standardised features.

use linnea_kernels::Element;

use crate::exact::choose::{Exact, Wanted, solve};
use crate::exact::frame::Frame;
use crate::exact::panel::System;
use crate::exact::penalty::{Measure, Penalty};
use crate::exact::solution::Deficient;
use crate::objective::Objective;
use crate::parameters::Parameters;

/// The weights V of the standardised features and the intercept at which the mean of ½(y − c − zV)²
/// plus `l2`/2·‖V‖² is least, and where there are several, the least ‖V‖; with the certificate.
/// Rows may be weighted. `None` if the rows hold numbers that cannot be computed with.
pub(crate) fn optimum<T: Element>(
    objective: &Objective<'_, T>,
    targets: &[f64],
    weights: Option<&[f64]>,
    l2: f64,
) -> Option<(Parameters, Exact)> {
    let Objective { rows, scaling, level, threads, .. } = *objective;
    let (targets, intercept) = ([targets], true);
    let frame = &Frame::fit(rows, &targets, weights, intercept);
    let system = System { rows, targets: &targets, weights, intercept, frame, level, threads };
    let penalty = Penalty { l2, measure: Measure::Given(&scaling.scale) };
    let wanted = Wanted { penalty, deficient: Deficient::MinimumNorm, method: None };
    let exact = solve(&system, &wanted)?;
    let (raw, mut parameters) = (&exact.estimate.raw[0], Parameters::zeros(1, rows.features()));
    parameters.bias[0] = raw[rows.features()];
    for (j, weight) in parameters.weight.iter_mut().enumerate() {
        if scaling.scale[j].is_finite() {
            *weight = raw[j] * scaling.scale[j];
            parameters.bias[0] += raw[j] * scaling.mean[j];
        }
    }
    Some((parameters, exact))
}

#[cfg(test)]
mod tests {
    use linnea_data::Schema;
    use linnea_kernels::Level;

    use super::*;
    use crate::loss::Squared;
    use crate::rows::Rows;
    use crate::scaling::Scaling;
    use crate::settings::Standardize;

    #[test]
    fn the_objective_has_no_gradient_there() {
        let number = |i: usize| ((i * 7919 % 1009) as f64 / 100.0).sin() + (i % 3) as f64;
        let x: Vec<f64> = (0..600).map(number).collect();
        let y: Vec<f64> = (0..200).map(|i| number(i * 5 + 1) * 3.0 + 10.0).collect();
        let rows = Rows::new(vec![x.as_slice()], 200, 3);
        let (level, threads) = (Level::detect(), Some(2));
        for standardize in [Standardize::On, Standardize::Off] {
            let scaling =
                &Scaling::fit(&rows, &Schema::numeric(3, None), standardize, None, level, Some(1));
            for l2 in [0.0, 0.3] {
                let loss = &Squared { targets: y.clone() };
                let objective = Objective { rows: &rows, loss, scaling, level, threads };
                let (at, exact) = optimum(&objective, &y, None, l2).unwrap();
                let gradient = objective.evaluate_one(&at).penalised(l2, &at);
                assert!(gradient.norm() < 1e-13);
                assert!(exact.gradient_norms[0] < 1e-14);
            }
        }
    }
}
