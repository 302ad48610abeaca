//! Times the notes' programs and one small operation. Prints a line of JSON for each: its name, the
//! median, the least and the most of its rounds in microseconds, and a check that the work was done.
//!
//!     cargo run --release -p linnea-tensor --example bench_notes [-- NAME [ROUNDS]]
//!
//! `benchmarks/peers/torch_notes.py` does the same in PyTorch; `benchmarks/notes.py` runs both.

use linnea_tensor::loss::{cross_entropy, squared_loss};
use linnea_tensor::minibatch::Minibatches;
use linnea_tensor::nn::Linear;
use linnea_tensor::optim::{Optimizer, Sgd};
use linnea_tensor::{Generator, Result, Tensor, no_grad, tensor};
use std::time::Instant;

/// One repetition, which returns the loss that it came to.
type Work = Box<dyn FnMut() -> Result<f64>>;

/// A piece of work: prepared once, then a round at a time gives a number to check.
struct Bench {
    name: &'static str,
    rounds: usize,
    /// What one time is divided by: the small operation runs many times a round.
    repeats: usize,
    prepare: fn() -> Result<Work>,
}

const BENCHES: [Bench; 3] = [
    Bench { name: "linear_regression", rounds: 101, repeats: 1, prepare: linear_regression },
    Bench { name: "softmax_epoch", rounds: 9, repeats: 1, prepare: softmax_epoch },
    Bench { name: "small_add", rounds: 101, repeats: 10_000, prepare: small_add },
];

/// From scratch: 1,000 × 2, batches of 10, 3 epochs, 300 steps. Checks the last epoch's loss.
fn linear_regression() -> Result<Box<dyn FnMut() -> Result<f64>>> {
    let mut generator = Generator::new(0);
    let x = generator.randn([1000, 2]);
    let y = x.matmul(&tensor![2.0, -3.4])?.add(4.2)?.add(&generator.normal(0.0, 0.01, 1000)?)?;
    let y = y.reshape([-1, 1])?;
    Ok(Box::new(move || {
        let w = generator.normal(0.0, 0.01, [2, 1])?.requires_grad_()?;
        let b = Tensor::zeros(1).requires_grad_()?;
        let net = |x: &Tensor| x.matmul(&w)?.add(&b);
        let data = Minibatches::new(&[&x, &y], 10)?.shuffle();
        for _epoch in 0..3 {
            for [x, y] in &data {
                squared_loss(&net(&x)?, &y)?.sum().backward()?;
                for parameter in [&w, &b] {
                    let gradient = parameter.grad().expect("backward has been");
                    no_grad(|| parameter.sub_(gradient * 0.03 / 10.0))?;
                    parameter.zero_grad();
                }
            }
        }
        Ok(no_grad(|| squared_loss(&net(&x)?, &y))?.mean().item())
    }))
}

/// MNIST's shape, made up: 60,000 × 784, 10 classes, batches of 256, an epoch. Checks the loss of
/// the last batch.
fn softmax_epoch() -> Result<Box<dyn FnMut() -> Result<f64>>> {
    let mut generator = Generator::new(0);
    let x = generator.rand([60_000, 784]);
    let y = generator.randint(0, 10, 60_000)?;
    let net = Linear::new(784, 10);
    let mut trainer = Sgd::new(net.parameters(), 0.1);
    Ok(Box::new(move || {
        let mut last = 0.0;
        for [x, y] in &Minibatches::new(&[&x, &y], 256)?.shuffle() {
            trainer.zero_grad();
            let loss = cross_entropy(&net.forward(&x)?, &y)?;
            loss.backward()?;
            trainer.step()?;
            last = loss.item();
        }
        Ok(last)
    }))
}

/// Two 10 × 10 tensors added, both with a gradient. Checks that the sum has one.
fn small_add() -> Result<Box<dyn FnMut() -> Result<f64>>> {
    let (a, b) = (Tensor::rand([10, 10]), Tensor::rand([10, 10]));
    let (a, b) = (a.requires_grad_()?, b.requires_grad_()?);
    Ok(Box::new(move || {
        let mut recorded = 0;
        for _ in 0..10_000 {
            recorded += usize::from(std::hint::black_box(a.add(&b)?).requires_grad());
        }
        Ok(recorded as f64)
    }))
}

fn measure(bench: &Bench, rounds: usize) -> Result<()> {
    let mut round = (bench.prepare)()?;
    let mut check = round()?;
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        check = round()?;
        times.push(start.elapsed().as_secs_f64() * 1e6 / bench.repeats as f64);
    }
    times.sort_by(f64::total_cmp);
    let (least, median, most) = (times[0], times[rounds / 2], times[rounds - 1]);
    println!(
        "{{\"name\": \"{}\", \"median_us\": {median:.4}, \"least_us\": {least:.4}, \
         \"most_us\": {most:.4}, \"rounds\": {rounds}, \"check\": {check}}}",
        bench.name
    );
    Ok(())
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next();
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok());
    for bench in
        BENCHES.iter().filter(|bench| wanted.as_ref().is_none_or(|name| name == bench.name))
    {
        measure(bench, rounds.unwrap_or(bench.rounds).max(1))?;
    }
    Ok(())
}
