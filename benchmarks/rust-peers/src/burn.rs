//! burn's part: softmax regression by minibatch SGD, as its guide has it, on its own backend for
//! processors, flex. Weights start at zero, and a minibatch is gathered by indexing.

use burn::module::Initializer;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::{Value, json};

use crate::task::Task;
use crate::{Result, Run};

pub fn prepare(work: &Value) -> Result<Run> {
    let mut task = Task::read(work)?;
    let device = Device::default().autodiff();
    let rows = TensorData::new(std::mem::take(&mut task.x), [task.rows, task.features]);
    let x = Tensor::<2>::from_data(rows, &device);
    let y = classes(&task.y, &device);
    Ok(Box::new(move |seed| run(&task, &x, &y, seed)))
}

fn classes(y: &[u32], device: &Device) -> Tensor<1, Int> {
    let y: Vec<i64> = y.iter().map(|y| i64::from(*y)).collect();
    Tensor::from_data(TensorData::new(y.clone(), [y.len()]), device)
}

/// Some epochs, the middle one's time, and what was reached.
fn run(task: &Task, x: &Tensor<2>, y: &Tensor<1, Int>, seed: u64) -> Result<Value> {
    let device = x.device();
    let config = LinearConfig::new(task.features, task.outputs);
    let mut model = config.with_initializer(Initializer::Zeros).init(&device);
    let loss = CrossEntropyLossConfig::new().init(&device);
    let (rate, mut optimizer) = (task.number("learning_rate")?, sgd(task).init());
    let seconds = task.epochs(seed, |batch| {
        let rows = classes(batch, &device);
        let (x, y) = (x.clone().select(0, rows.clone()), y.clone().select(0, rows));
        let gradients = loss.forward(model.forward(x), y).backward();
        let gradients = GradientsParams::from_grads(gradients, &model);
        model = optimizer.step(rate, model.clone(), gradients);
        Ok(())
    })?;
    let (loss, accuracy) = reached(&model, x, y);
    Ok(json!({"seconds": seconds, "loss": loss, "accuracy": accuracy}))
}

fn sgd(task: &Task) -> SgdConfig {
    let momentum = task.number("momentum").ok();
    let plain = |momentum| MomentumConfig::new().with_momentum(momentum).with_dampening(0.0);
    SgdConfig::new().with_momentum(momentum.map(plain))
}

fn reached(model: &Linear, x: &Tensor<2>, y: &Tensor<1, Int>) -> (f32, f32) {
    let logits = model.forward(x.clone());
    let loss = CrossEntropyLossConfig::new().init(&x.device());
    let found = logits.clone().argmax(1).squeeze_dim::<1>(1);
    let accuracy = found.equal(y.clone()).float().mean().into_scalar::<f32>();
    (loss.forward(logits, y.clone()).into_scalar::<f32>(), accuracy)
}
