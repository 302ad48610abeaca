//! Classes that a plane separates from all others: without a penalty their weights grow for ever, and
//! there is no optimum, though the gradient becomes as small as anybody asks (Albert & Anderson, *On
//! the existence of maximum likelihood estimates in logistic regression models*, Biometrika 71 (1984)
//! 1–10, who call it complete separation of one class).
//!
//! The plane is looked for where the solver has come to: class c's logit less the mean of all. If every
//! row that has the class is above every row that has not, adding more of this very function to the
//! class's logit lowers every row's loss, which is a proof. Where there is a plane that the solver has
//! not turned to yet, nothing is said.

use linnea_data::{Dataset, Targets};

use crate::error::Result;
use crate::model::Model;
use crate::row_weights::{row_weights, weight_of};

/// The least of a class's own rows and the greatest of all others, for every class.
type Edges = Vec<(f64, f64)>;

impl Model {
    /// The classes that a plane separates from the rest, among rows that count.
    pub(crate) fn separated_classes(
        &self,
        data: &Dataset,
        threads: Option<usize>,
    ) -> Result<Vec<usize>> {
        let Targets::Classes(classes) = data.targets() else { return Ok(Vec::new()) };
        let (weights, q) = (row_weights(data), self.outputs());
        let start = || vec![(f64::INFINITY, f64::NEG_INFINITY); q];
        let add = |edges: &mut Edges, row: usize, logits: &mut [f64]| {
            if weight_of(weights.as_deref(), row) > 0.0 {
                widen(edges, classes[row] as usize, logits);
            }
        };
        let mut edges = start();
        for other in self.fold_logits(data, threads, 1, start, add)? {
            for (edge, other) in edges.iter_mut().zip(other) {
                *edge = (edge.0.min(other.0), edge.1.max(other.1));
            }
        }
        // A class without rows, or one that all rows have, is not what this is about.
        let apart = |(own, others): (f64, f64)| {
            own > others && own < f64::INFINITY && others > f64::NEG_INFINITY
        };
        Ok((0..q).filter(|&class| apart(edges[class])).collect())
    }
}

/// Takes in a row of a class.
fn widen(edges: &mut Edges, class: usize, logits: &[f64]) {
    let mean = logits.iter().sum::<f64>() / logits.len() as f64;
    for (other, (edge, logit)) in edges.iter_mut().zip(logits).enumerate() {
        let height = logit - mean;
        if other == class {
            edge.0 = edge.0.min(height);
        } else {
            edge.1 = edge.1.max(height);
        }
    }
}
