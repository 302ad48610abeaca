//! Softmax regression on a made-up problem of ten classes: from scratch, with the cross-entropy
//! written out, and then with layers and a loss.
//!
//!     cargo run --release -p linnea-tensor --example softmax_regression

use linnea_tensor::loss::cross_entropy;
use linnea_tensor::minibatch::Minibatches;
use linnea_tensor::nn::{Flatten, Linear, Module, Sequential, init};
use linnea_tensor::optim::{Optimizer, Sgd};
use linnea_tensor::{Generator, Result, Tensor, manual_seed, no_grad};

const CLASSES: usize = 10;
const SIDE: usize = 8;
const RATE: f64 = 0.1;
const EPOCHS: usize = 5;

/// Images of SIDE×SIDE pixels: each class has a picture of its own, seen through noise.
fn synthetic_images(n: usize) -> Result<(Tensor, Tensor)> {
    let mut generator = Generator::new(7);
    let pictures = generator.randn([CLASSES, SIDE * SIDE]);
    let classes = generator.randint(0, CLASSES as i64, n)?;
    let noise = generator.normal(0.0, 2.0, [n, SIDE * SIDE])?;
    let images = pictures.index_select(0, &classes)?.add(&noise)?;
    Ok((images.reshape([n, 1, SIDE, SIDE])?, classes))
}

fn softmax(logits: &Tensor) -> Result<Tensor> {
    let exp = logits.exp();
    let sums = exp.sum_dim(linnea_tensor::keepdim(1))?;
    exp.div(&sums)
}

/// −log ŷ of the right class, averaged.
fn written_out_cross_entropy(probabilities: &Tensor, classes: &Tensor) -> Result<Tensor> {
    probabilities.gather(1, &classes.unsqueeze(1)?)?.log().mean().neg()
}

fn accuracy(logits: &Tensor, classes: &Tensor) -> Result<f64> {
    let right = logits.argmax_dim(1)?.eq(classes)?;
    Ok(right.sum().item() / right.numel() as f64)
}

fn report(epoch: usize, loss: &Tensor, logits: &Tensor, classes: &Tensor) -> Result<()> {
    let share = accuracy(logits, classes)?;
    println!("epoch {epoch}, loss {:.4}, accuracy {share:.4}", loss.item());
    Ok(())
}

fn from_scratch(data: &Minibatches<2>, x: &Tensor, y: &Tensor) -> Result<()> {
    let w = Tensor::normal(0.0, 0.01, [SIDE * SIDE, CLASSES])?.requires_grad_()?;
    let b = Tensor::zeros(CLASSES).requires_grad_()?;
    let net = |x: &Tensor| softmax(&x.reshape([-1, (SIDE * SIDE) as isize])?.matmul(&w)?.add(&b)?);
    for epoch in 1..=EPOCHS {
        for [x, y] in data {
            written_out_cross_entropy(&net(&x)?, &y)?.backward()?;
            for parameter in [&w, &b] {
                if let Some(gradient) = parameter.grad() {
                    no_grad(|| parameter.sub_(gradient * RATE))?;
                }
                parameter.zero_grad();
            }
        }
        let shares = no_grad(|| net(x))?;
        report(epoch, &written_out_cross_entropy(&shares, y)?, &shares, y)?;
    }
    Ok(())
}

fn concise(data: &Minibatches<2>, x: &Tensor, y: &Tensor) -> Result<()> {
    let linear = Linear::new(SIDE * SIDE, CLASSES);
    init::normal_(linear.weight(), 0.0, 0.01)?;
    let net = Sequential::new().then(Flatten).then(linear);
    let mut trainer = Sgd::new(net.parameters(), RATE);
    for epoch in 1..=EPOCHS {
        for [x, y] in data {
            let loss = cross_entropy(&net.forward(&x)?, &y)?;
            trainer.zero_grad();
            loss.backward()?;
            trainer.step()?;
        }
        let logits = no_grad(|| net.forward(x))?;
        report(epoch, &cross_entropy(&logits, y)?, &logits, y)?;
    }
    Ok(())
}

fn main() -> Result<()> {
    manual_seed(0);
    let (x, y) = synthetic_images(5000)?;
    let data = Minibatches::new(&[&x, &y], 256)?.shuffle();
    println!("from scratch:");
    from_scratch(&data, &x, &y)?;
    println!("with layers:");
    concise(&data, &x, &y)
}
