//! SGD on the notes' data, y = Xw + b + ε with w = (2, −3.4), b = 4.2 and ε of deviation 0.01: the
//! loss over three epochs, for minibatches of four sizes. Small ones take more steps over the same
//! rows. In f64, so that no last digit of a product on another machine shows.

use crate::plot::{Axes, Frame, Scale, Svg};
use linnea_tensor::loss::squared_loss;
use linnea_tensor::optim::{Optimizer, Sgd};
use linnea_tensor::{DType, Result, Tensor, make::Generator, no_grad, tensor};

const ROWS: usize = 1000;
const EPOCHS: usize = 3;
const LEARNING_RATE: f64 = 0.03;
const NOISE: f64 = 0.01;
/// So many rows at least lie between two points of a curve.
const GAP: usize = 10;

const BATCHES: [(usize, &str, &str); 4] = [
    (1, "thin d", "|B| = 1"),
    (10, "a", "|B| = 10"),
    (100, "b", "|B| = 100"),
    (1000, "c", "|B| = 1000"),
];

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("The loss of minibatch SGD over three epochs", 680, 380);
    let frame = Frame { left: 60.0, top: 34.0, width: 590.0, height: 290.0 };
    let axes = Axes::new(frame, Scale::linear(0.0, 3.0), Scale::logarithmic(1e-5, 1e2));
    axes.draw_x(&mut svg, "epoch", &[(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3")]);
    let ticks = [(1e-4, "10⁻⁴"), (1e-2, "10⁻²"), (1.0, "1"), (1e2, "10²")];
    axes.draw_y(&mut svg, "L(w, b)", &ticks);
    let floor = NOISE * NOISE / 2.0;
    axes.curve(&mut svg, "thin dashed ink", &[0.0, 3.0], &[floor, floor]);
    for (batch, class, _) in BATCHES {
        let (epochs, losses) = train(batch)?;
        axes.curve(&mut svg, class, &epochs, &losses);
    }
    let key = BATCHES.map(|(_, class, meaning)| (class, meaning));
    axes.key(&mut svg, (0.76, 0.68), &[&key[..], &[("thin dashed ink", "σ² / 2")]].concat());
    Ok(svg.finish())
}

/// How far the training was, in epochs, and the loss over all rows there.
fn train(batch: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let mut generator = Generator::new(42);
    let (x, y) = data(&mut generator)?;
    let w = tensor![0.0, 0.0; f64].requires_grad_()?;
    let b = tensor![0.0; f64].requires_grad_()?;
    let loss = |x: &Tensor, y: &Tensor| Ok(squared_loss(&x.matmul(&w)?.add(&b)?, y)?.mean());
    let mut sgd = Sgd::new([w.clone(), b.clone()], LEARNING_RATE);
    let (mut epochs, mut losses, mut seen) = (vec![0.0], vec![loss(&x, &y)?.item()], 0);
    for _ in 0..EPOCHS {
        for rows in generator.randperm(ROWS).split(batch, 0)? {
            let minibatch: Tensor = loss(&x.index_select(0, &rows)?, &y.index_select(0, &rows)?)?;
            sgd.zero_grad();
            minibatch.backward()?;
            sgd.step()?;
            seen += batch;
            if seen % GAP == 0 {
                epochs.push(seen as f64 / ROWS as f64);
                losses.push(no_grad(|| loss(&x, &y))?.item());
            }
        }
    }
    Ok((epochs, losses))
}

fn data(generator: &mut Generator) -> Result<(Tensor, Tensor)> {
    let x = generator.randn_of([ROWS, 2], DType::F64)?;
    let noise = generator.normal_of(0.0, NOISE, [ROWS], DType::F64)?;
    let y = x.matmul(&tensor![2.0, -3.4; f64])?.add(4.2)?.add(&noise)?;
    Ok((x, y))
}
