//! Candle's part in the benchmark: softmax regression by minibatch SGD, as its examples have it.
//!
//! It is asked as all contestants are (`benchmarks/README.md`): lines of JSON in, a line for each
//! out. Weights start at zero, and a minibatch is gathered by indexing.

use std::error::Error;
use std::io::{self, BufRead};
use std::path::Path;
use std::{fs, time::Instant};

use candle_core::{D, DType, Device, Tensor, Var};
use candle_nn::{Linear, Module, Optimizer, SGD, loss::cross_entropy};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("{}", json!({"hello": {"candle": "0.11.1"}}));
    let mut task = None;
    for line in io::stdin().lock().lines() {
        let answer = answer(&serde_json::from_str(&line?)?, &mut task);
        println!("{}", answer.unwrap_or_else(|error| json!({"error": error.to_string()})));
    }
    Ok(())
}

fn answer(request: &Value, task: &mut Option<Task>) -> Result<Value> {
    if let Some(work) = request.get("prepare") {
        *task = Some(Task::read(work)?);
        return Ok(json!({"ready": true}));
    }
    let seed = request["run"]["seed"].as_u64().unwrap_or(0);
    task.as_ref().ok_or("run before prepare")?.run(seed)
}

/// Rows, classes, and how to step.
struct Task {
    x: Tensor,
    y: Tensor,
    outputs: usize,
    batch: usize,
    rate: f64,
    epochs: u64,
}

impl Task {
    fn read(work: &Value) -> Result<Self> {
        let folder = Path::new(work["folder"].as_str().ok_or("no folder")?);
        let (rows, features) = (size(work, "rows")?, size(work, "features")?);
        let x: Vec<f32> = numbers(&folder.join("x.bin"), f32::from_le_bytes)?;
        let y: Vec<u32> = numbers(&folder.join("y.bin"), u32::from_le_bytes)?;
        Ok(Self {
            x: Tensor::from_vec(x, (rows, features), &Device::Cpu)?,
            y: Tensor::from_vec(y, rows, &Device::Cpu)?,
            outputs: size(work, "outputs")?,
            batch: size(&work["settings"], "batch")?,
            epochs: work["settings"]["epochs"].as_u64().unwrap_or(1),
            rate: work["settings"]["learning_rate"].as_f64().ok_or("no learning rate")?,
        })
    }

    /// Some epochs, the middle one's time, and what was reached.
    fn run(&self, seed: u64) -> Result<Value> {
        let (rows, features) = self.x.dims2()?;
        let weight = Var::zeros((self.outputs, features), DType::F32, &Device::Cpu)?;
        let bias = Var::zeros(self.outputs, DType::F32, &Device::Cpu)?;
        let model = Linear::new(weight.as_tensor().clone(), Some(bias.as_tensor().clone()));
        let mut optimizer = SGD::new(vec![weight, bias], self.rate)?;
        let mut seconds = Vec::new();
        for epoch in 0..self.epochs {
            let start = Instant::now();
            for batch in order(rows, seed * self.epochs + epoch).chunks(self.batch) {
                let rows = Tensor::new(batch, &Device::Cpu)?;
                let (x, y) = (self.x.index_select(&rows, 0)?, self.y.index_select(&rows, 0)?);
                optimizer.backward_step(&cross_entropy(&model.forward(&x)?, &y)?)?;
            }
            seconds.push(start.elapsed().as_secs_f64());
        }
        seconds.sort_by(f64::total_cmp);
        let seconds = seconds[seconds.len() / 2];
        let (loss, accuracy) = self.reached(&model)?;
        Ok(json!({"seconds": seconds, "loss": loss, "accuracy": accuracy}))
    }

    fn reached(&self, model: &Linear) -> Result<(f32, f32)> {
        let logits = model.forward(&self.x)?;
        let hits = logits.argmax(D::Minus1)?.eq(&self.y)?.to_dtype(DType::F32)?;
        Ok((cross_entropy(&logits, &self.y)?.to_scalar()?, hits.mean_all()?.to_scalar()?))
    }
}

fn size(of: &Value, name: &str) -> Result<usize> {
    let count = of[name].as_u64().ok_or_else(|| format!("no {name}"))?;
    Ok(usize::try_from(count)?)
}

/// The numbers of a little-endian array of four bytes each.
fn numbers<T>(path: &Path, from: impl Fn([u8; 4]) -> T) -> Result<Vec<T>> {
    Ok(fs::read(path)?.as_chunks().0.iter().map(|chunk| from(*chunk)).collect())
}

/// A random order of the rows (Fisher and Yates, SplitMix64).
fn order(rows: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    let mut state = seed;
    for i in (1..rows).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        order.swap(i, ((z ^ (z >> 31)) % (i as u64 + 1)) as usize);
    }
    order
}
