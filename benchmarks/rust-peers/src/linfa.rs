//! linfa's part: penalised classifiers by L-BFGS, with as many iterations as the work says. It gets
//! double precision: in single precision its softmax does not leave the start.

use std::time::Instant;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2};
use serde_json::{Value, json};

use crate::task::Task;
use crate::{Result, Run};

/// So small that the iterations decide.
const NEVER: f64 = 1e-12;

type Rows = DatasetBase<Array2<f64>, Array1<usize>>;

pub fn prepare(work: &Value) -> Result<Run> {
    let task = Task::read(work)?;
    let x = task.x.iter().map(|x| f64::from(*x)).collect();
    let x = Array2::from_shape_vec((task.rows, task.features), x)?;
    let rows = DatasetBase::new(x, task.y.iter().map(|y| *y as usize).collect::<Array1<_>>());
    Ok(Box::new(move |_| {
        let start = Instant::now();
        let weights = if task.outputs == 2 { two(&task, &rows)? } else { many(&task, &rows)? };
        let seconds = start.elapsed().as_secs_f64();
        Ok(json!({"seconds": seconds, "objective": task.objective(&weights)?}))
    }))
}

/// The weights of the second of two classes, and its intercept. Those that it gives are of the class
/// that has more rows.
fn two(task: &Task, rows: &Rows) -> Result<Vec<f64>> {
    let fit = LogisticRegression::default()
        .alpha(1.0 / task.number("c")?)
        .gradient_tolerance(NEVER)
        .max_iterations(task.count("max_iter")? as u64)
        .fit(rows)?;
    let sign = if fit.labels().pos.class == 1 { 1.0 } else { -1.0 };
    Ok(fit.params().iter().copied().chain([fit.intercept()]).map(|w| sign * w).collect())
}

/// The weights of each class, and its intercept.
fn many(task: &Task, rows: &Rows) -> Result<Vec<f64>> {
    let fit = MultiLogisticRegression::default()
        .alpha(1.0 / task.number("c")?)
        .gradient_tolerance(NEVER)
        .max_iterations(task.count("max_iter")? as u64)
        .fit(rows)?;
    let vectors = fit.params().columns().into_iter().zip(fit.intercept());
    Ok(vectors.flat_map(|(w, b)| w.iter().copied().chain([*b]).collect::<Vec<_>>()).collect())
}
