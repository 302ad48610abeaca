//! Whose results agree with the reference's, and by how much they may differ.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::session::Row;

/// By how much a result may differ from the reference's for its time to count.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agree {
    /// The contestant that the others are compared with.
    pub(crate) reference: String,
    pub(crate) loss: Option<f64>,
    pub(crate) accuracy: Option<f64>,
    /// The Euclidean norm of the gradient, or of the coefficients.
    pub(crate) norm: Option<f64>,
    /// The Euclidean norm of the coefficients' standard errors.
    pub(crate) standard_errors: Option<f64>,
    /// Loss and penalty together, as a share of the least that there is.
    pub(crate) objective: Option<f64>,
}

impl Agree {
    /// Each quantity that is compared, with its tolerance.
    pub(crate) fn tolerances(&self) -> impl Iterator<Item = (&'static str, f64)> {
        [
            ("loss", self.loss),
            ("accuracy", self.accuracy),
            ("norm", self.norm),
            ("standard_errors", self.standard_errors),
        ]
        .into_iter()
        .filter_map(|(name, tolerance)| Some((name, tolerance?)))
    }
}

/// Strikes out the times whose results are not the reference's.
pub(crate) fn judge(agree: &Agree, rows: &mut [Row]) {
    let reference = rows.iter().find(|row| row.id == agree.reference && row.failure.is_none());
    let Some(reference) = reference.map(|row| row.reached.clone()) else {
        for row in rows.iter_mut() {
            let missing = || format!("not counted: no result of {}", agree.reference);
            row.failure.get_or_insert_with(missing);
        }
        return;
    };
    for row in rows.iter_mut().filter(|row| row.failure.is_none()) {
        let far = || too_high(agree, &reference, &row.reached);
        row.failure = disagreement(agree, &reference, &row.reached).or_else(far);
    }
}

/// In what a result differs from the reference's by more than it may.
fn disagreement(agree: &Agree, reference: &Value, found: &Value) -> Option<String> {
    agree.tolerances().find_map(|(name, tolerance)| {
        // Who does not say it cannot be held to it. Whatever is no number, which JSON has as null, does not
        // agree.
        let number = |of: &Value| Some(of.get(name)?.as_f64().unwrap_or(f64::NAN));
        let (found, wanted) = (number(found)?, number(reference)?);
        let agrees = (found - wanted).abs() <= tolerance;
        (!agrees).then(|| format!("not counted: {name} {found:.4}, not {wanted:.4}"))
    })
}

/// How a solver's objective is not that of the optimum, which the reference may have found by itself,
/// beside its own work.
fn too_high(agree: &Agree, reference: &Value, found: &Value) -> Option<String> {
    let tolerance = agree.objective?;
    let optimum = reference["optimum"].as_f64().or(reference["objective"].as_f64())?;
    let objective = found["objective"].as_f64().unwrap_or(f64::NAN);
    let reached = (objective / optimum - 1.0).abs() <= tolerance;
    let seconds = found["seconds"].as_f64().unwrap_or(f64::NAN);
    (!reached).then(|| {
        format!("not reached: objective {objective:.6} after {seconds:.1} s, not {optimum:.6}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_that_differs_does_not_count() {
        let agree = Agree { reference: "a".into(), loss: Some(0.1), ..Agree::default() };
        let row = |id: &str, loss: f64| Row {
            id: id.into(),
            reached: json!({"loss": loss}),
            ..Row::default()
        };
        let mut rows = [row("a", 1.0), row("b", 1.05), row("c", 1.2)];
        judge(&agree, &mut rows);
        assert_eq!(rows[0].failure, None);
        assert_eq!(rows[1].failure, None);
        assert_eq!(rows[2].failure.as_deref(), Some("not counted: loss 1.2000, not 1.0000"));
    }

    #[test]
    fn what_is_no_number_does_not_agree_and_what_is_not_said_does() {
        let agree = Agree { loss: Some(0.1), ..Agree::default() };
        let (one, null, silent) = (json!({"loss": 1.0}), json!({"loss": null}), json!({}));
        assert!(disagreement(&agree, &one, &null).is_some());
        assert!(disagreement(&agree, &null, &one).is_some());
        assert_eq!(disagreement(&agree, &one, &silent), None);
    }

    #[test]
    fn an_objective_is_held_to_the_optimum_by_its_share() {
        let agree = Agree { objective: Some(1e-2), ..Agree::default() };
        let reference = json!({"objective": 100.9, "optimum": 100.0});
        let found = |objective: f64| json!({"objective": objective, "seconds": 2.0});
        assert_eq!(too_high(&agree, &reference, &found(100.9)), None);
        let far = "not reached: objective 101.500000 after 2.0 s, not 100.000000";
        assert_eq!(too_high(&agree, &reference, &found(101.5)).as_deref(), Some(far));
        assert!(too_high(&agree, &reference, &json!({})).is_some());
    }
}
