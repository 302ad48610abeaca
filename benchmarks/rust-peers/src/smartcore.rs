//! smartcore's part: penalised classifiers by L-BFGS, to the end that it chooses itself.

use std::time::Instant;

use serde_json::{Value, json};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

use crate::task::Task;
use crate::{Result, Run};

pub fn prepare(work: &Value) -> Result<Run> {
    let task = Task::read(work)?;
    let x: Vec<f64> = task.x.iter().map(|x| f64::from(*x)).collect();
    let x = DenseMatrix::new(task.rows, task.features, x, false)?;
    Ok(Box::new(move |_| {
        let parameters =
            LogisticRegressionParameters::default().with_alpha(1.0 / task.number("c")?);
        let start = Instant::now();
        let fit = LogisticRegression::fit(&x, &task.y, parameters)?;
        let seconds = start.elapsed().as_secs_f64();
        let (weight, bias) = (fit.coefficients(), fit.intercept());
        let vector = |k| {
            let weights = (0..task.features).map(move |j| *weight.get((k, j)));
            weights.chain([*bias.get(if task.outputs == 2 { (0, 0) } else { (k, 0) })])
        };
        let weights: Vec<f64> = (0..weight.shape().0).flat_map(vector).collect();
        Ok(json!({"seconds": seconds, "objective": task.objective(&weights)?}))
    }))
}
