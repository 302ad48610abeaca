//! Candle's part: softmax regression by minibatch SGD, as its examples have it. Weights start at zero,
//! and a minibatch is gathered by indexing.

use candle_core::{D, DType, Device, Tensor, Var};
use candle_nn::{Linear, Module, Optimizer, SGD, loss::cross_entropy};
use serde_json::{Value, json};

use crate::task::Task;
use crate::{Result, Run};

pub fn prepare(work: &Value) -> Result<Run> {
    let mut task = Task::read(work)?;
    let shape = (task.rows, task.features);
    let x = Tensor::from_vec(std::mem::take(&mut task.x), shape, &Device::Cpu)?;
    let y = Tensor::from_slice(&task.y, task.rows, &Device::Cpu)?;
    Ok(Box::new(move |seed| run(&task, &x, &y, seed)))
}

/// Some epochs, the middle one's time, and what was reached.
fn run(task: &Task, x: &Tensor, y: &Tensor, seed: u64) -> Result<Value> {
    let weight = Var::zeros((task.outputs, task.features), DType::F32, &Device::Cpu)?;
    let bias = Var::zeros(task.outputs, DType::F32, &Device::Cpu)?;
    let model = Linear::new(weight.as_tensor().clone(), Some(bias.as_tensor().clone()));
    let mut optimizer = SGD::new(vec![weight, bias], task.number("learning_rate")?)?;
    let seconds = task.epochs(seed, |batch| {
        let rows = Tensor::new(batch, &Device::Cpu)?;
        let (x, y) = (x.index_select(&rows, 0)?, y.index_select(&rows, 0)?);
        Ok(optimizer.backward_step(&cross_entropy(&model.forward(&x)?, &y)?)?)
    })?;
    let (loss, accuracy) = reached(&model, x, y)?;
    Ok(json!({"seconds": seconds, "loss": loss, "accuracy": accuracy}))
}

fn reached(model: &Linear, x: &Tensor, y: &Tensor) -> Result<(f32, f32)> {
    let logits = model.forward(x)?;
    let hits = logits.argmax(D::Minus1)?.eq(y)?.to_dtype(DType::F32)?;
    Ok((cross_entropy(&logits, y)?.to_scalar()?, hits.mean_all()?.to_scalar()?))
}
