//! What a factorization of the columns says of them, for who reads how a solution was found.

use serde::{Deserialize, Serialize};

use crate::exact::choose::{Exact, Method};

/// How the columns of a least-squares problem were factored, and what that says of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Factorization {
    /// How the triangle was made.
    pub method: Method,
    /// How many parameters the rows determine, the intercept among them.
    pub rank: usize,
    /// The condition number of the columns that stand for themselves, centred if there is an
    /// intercept, at unit length, with the penalty's rows below.
    pub condition: f64,
    /// The features that are linear functions of the others, as far as their rounding can tell;
    /// ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliased: Vec<usize>,
}

impl Factorization {
    pub(crate) fn of(exact: &Exact, intercept: bool) -> Self {
        let estimate = &exact.estimate;
        Self {
            method: exact.method,
            rank: estimate.kept.len() + usize::from(intercept),
            // JSON has no infinity.
            condition: estimate.condition.min(f64::MAX),
            aliased: estimate.aliased().collect(),
        }
    }
}
