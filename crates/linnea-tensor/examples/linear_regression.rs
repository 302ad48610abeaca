//! Linear regression by minibatch gradient descent: from scratch, as the notes write it, and then
//! with a layer and an optimiser.
//!
//!     cargo run --release -p linnea-tensor --example linear_regression

use linnea_tensor::loss::{mse, squared_loss};
use linnea_tensor::minibatch::Minibatches;
use linnea_tensor::nn::{Linear, init};
use linnea_tensor::optim::{Optimizer, Sgd};
use linnea_tensor::{Generator, Result, Tensor, manual_seed, no_grad, tensor};

const BATCH: usize = 10;
const RATE: f64 = 0.03;
const EPOCHS: usize = 3;

/// y = Xw + b + noise, from features that are standard normal.
fn synthetic_data(w: &Tensor, b: f64, n: usize) -> Result<(Tensor, Tensor)> {
    let mut generator = Generator::new(42);
    let x = generator.randn([n, w.numel()]);
    let noise = generator.normal(0.0, 0.01, [n])?;
    let y = x.matmul(w)?.add(b)?.add(&noise)?;
    Ok((x, y.reshape([-1, 1])?))
}

fn linreg(x: &Tensor, w: &Tensor, b: &Tensor) -> Result<Tensor> {
    x.matmul(w)?.add(b)
}

fn sgd(parameters: [&mut Tensor; 2], rate: f64, batch: usize) {
    no_grad(|| {
        for parameter in parameters {
            if let Some(gradient) = parameter.grad() {
                *parameter -= gradient * rate / batch;
            }
            parameter.zero_grad();
        }
    });
}

fn from_scratch(data: &Minibatches<2>, x: &Tensor, y: &Tensor) -> Result<[Tensor; 2]> {
    let mut w = Tensor::normal(0.0, 0.01, [2, 1])?.requires_grad_()?;
    let mut b = Tensor::zeros(1).requires_grad_()?;
    for epoch in 1..=EPOCHS {
        for [x, y] in data {
            let loss = squared_loss(&linreg(&x, &w, &b)?, &y)?;
            loss.sum().backward()?;
            sgd([&mut w, &mut b], RATE, x.shape()[0]);
        }
        let loss = no_grad(|| squared_loss(&linreg(x, &w, &b)?, y))?.mean();
        println!("epoch {epoch}, loss {:.6}", loss.item());
    }
    Ok([w, b])
}

fn concise(data: &Minibatches<2>, x: &Tensor, y: &Tensor) -> Result<[Tensor; 2]> {
    let net = Linear::new(2, 1);
    init::normal_(net.weight(), 0.0, 0.01)?;
    let mut trainer = Sgd::new(net.parameters(), RATE);
    for epoch in 1..=EPOCHS {
        for [x, y] in data {
            let loss = mse(&net.forward(&x)?, &y)?;
            trainer.zero_grad();
            loss.backward()?;
            trainer.step()?;
        }
        let loss = no_grad(|| mse(&net.forward(x)?, y))?;
        println!("epoch {epoch}, loss {:.6}", loss.item());
    }
    let bias = net.parameters().remove(1);
    Ok([net.weight().clone(), bias])
}

fn main() -> Result<()> {
    manual_seed(0);
    let (true_w, true_b) = (tensor![2.0, -3.4], 4.2);
    let (x, y) = synthetic_data(&true_w, true_b, 1000)?;
    let data = Minibatches::new(&[&x, &y], BATCH)?.shuffle();
    for (name, train) in
        [("from scratch", from_scratch as fn(&_, &_, &_) -> _), ("with a layer", concise)]
    {
        println!("{name}:");
        let [w, b] = train(&data, &x, &y)?;
        let far = true_w.sub(w.detach().reshape([-1])?)?;
        println!("error of w: {:?}", far.to_f64_vec());
        println!("error of b: {:.6}", true_b - b.item());
    }
    Ok(())
}
