//! Whole trainings, long graphs, and the same bits from the same seed.

use linnea_tensor::loss::{cross_entropy, squared_loss};
use linnea_tensor::minibatch::Minibatches;
use linnea_tensor::nn::{Flatten, Linear, Module, Sequential, init};
use linnea_tensor::optim::schedule::{Schedule, StepLr};
use linnea_tensor::optim::{Adam, LBfgs, Optimizer, Sgd};
use linnea_tensor::{Generator, Result, Tensor, no_grad, tensor};

/// The notes' data: y = Xw + b + noise with w = (2, −3.4), b = 4.2 and noise of deviation 0.01.
fn linear_data() -> Result<[Tensor; 2]> {
    let mut generator = Generator::new(1);
    let x = generator.randn([1000, 2]);
    let noise = generator.normal(0.0, 0.01, 1000)?;
    let y = x.matmul(&tensor![2.0, -3.4])?.add(4.2)?.add(&noise)?;
    Ok([x, y.reshape([-1, 1])?])
}

/// The mean loss after each of three epochs, from scratch, and the parameters.
fn from_scratch(seed: u64) -> Result<(Vec<f64>, [Tensor; 2])> {
    let [x, y] = linear_data()?;
    let mut generator = Generator::new(seed);
    let w = generator.normal(0.0, 0.01, [2, 1])?.requires_grad_()?;
    let b = Tensor::zeros(1).requires_grad_()?;
    let net = |x: &Tensor| x.matmul(&w)?.add(&b);
    let data = Minibatches::new(&[&x, &y], 10)?.shuffle_with(generator);
    let mut losses = Vec::new();
    for _epoch in 0..3 {
        for [x, y] in &data {
            squared_loss(&net(&x)?, &y)?.sum().backward()?;
            for parameter in [&w, &b] {
                let gradient = parameter.grad().expect("backward has been");
                no_grad(|| parameter.sub_(gradient * 0.03 / 10.0))?;
                parameter.zero_grad();
            }
        }
        losses.push(no_grad(|| squared_loss(&net(&x)?, &y))?.mean().item());
    }
    Ok((losses, [w, b]))
}

#[test]
fn linear_regression_from_scratch_comes_to_the_noise() -> Result<()> {
    let (losses, [w, b]) = from_scratch(2)?;
    // d2l shows 0.043, 0.000164, 0.000048; the noise alone is 0.01²/2 = 0.00005.
    assert!(losses[0] < 0.1 && losses[1] < 1e-3 && losses[2] < 1e-4, "{losses:?}");
    let far = w.detach().reshape([-1])?.sub(tensor![2.0, -3.4])?;
    assert!(far.square().sum().item() < 2.5e-5 && (b.item() - 4.2).abs() < 5e-3);
    Ok(())
}

#[test]
fn a_seed_gives_the_same_bits() -> Result<()> {
    let bits = |seed| -> Result<Vec<u32>> {
        let (_, [w, b]) = from_scratch(seed)?;
        Ok([w.to_vec::<f32>()?, b.to_vec()?].concat().into_iter().map(f32::to_bits).collect())
    };
    assert_eq!(bits(7)?, bits(7)?);
    assert_ne!(bits(7)?, bits(8)?);
    Ok(())
}

/// The same problem with a layer: every optimiser finds the parameters.
type Maker = fn(Vec<Tensor>) -> Box<dyn Optimizer>;

#[test]
fn a_layer_and_an_optimiser_come_to_the_noise() -> Result<()> {
    let [x, y] = linear_data()?;
    let train = |make: fn(Vec<Tensor>) -> Box<dyn Optimizer>| -> Result<f64> {
        let mut generator = Generator::new(3);
        let net = Linear::drawn(2, 1, &mut generator);
        let mut trainer = make(net.parameters());
        let mut schedule = StepLr::new(&*trainer, 2, 0.3);
        let data = Minibatches::new(&[&x, &y], 10)?.shuffle_with(generator);
        for _epoch in 0..6 {
            for [x, y] in &data {
                trainer.step_with(&mut || {
                    net.parameters().iter().for_each(Tensor::zero_grad);
                    let loss = squared_loss(&net.forward(&x)?, &y)?.mean();
                    loss.backward()?;
                    Ok(loss)
                })?;
            }
            schedule.step(&mut *trainer);
        }
        Ok(no_grad(|| squared_loss(&net.forward(&x)?, &y))?.mean().item())
    };
    let makers: [Maker; 3] = [
        |p| Box::new(Sgd::new(p, 0.03).momentum(0.5)),
        |p| Box::new(Adam::new(p, 0.1)),
        |p| Box::new(LBfgs::new(p, 0.5).max_iterations(2)),
    ];
    for make in makers {
        let loss = train(make)?;
        assert!(loss < 1e-3, "{loss}");
    }
    Ok(())
}

#[test]
fn softmax_regression_separates_what_can_be_separated() -> Result<()> {
    let mut generator = Generator::new(5);
    let pictures = generator.randn([10, 16]).mul(3.0)?;
    let classes = generator.randint(0, 10, 600)?;
    let images = pictures.index_select(0, &classes)?.add(generator.randn([600, 16]))?;
    let images = images.reshape([600, 1, 4, 4])?;
    let linear = Linear::drawn(16, 10, &mut generator);
    init::normal_with_(linear.weight(), 0.0, 0.01, &mut generator)?;
    let net = Sequential::new().then(Flatten).then(linear);
    let mut trainer = Sgd::new(net.parameters(), 0.1);
    let data = Minibatches::new(&[&images, &classes], 32)?.shuffle_with(generator);
    for _epoch in 0..10 {
        for [x, y] in &data {
            trainer.zero_grad();
            cross_entropy(&net.forward(&x)?, &y)?.backward()?;
            trainer.step()?;
        }
    }
    let right = no_grad(|| net.forward(&images))?.argmax_dim(1)?.eq(&classes)?;
    assert!(right.sum().item() >= 590.0, "{} of 600", right.sum().item());
    Ok(())
}

/// Runs on a stack that a recursion over a hundred thousand nodes would overflow many times.
fn on_a_small_stack(work: fn() -> Result<()>) -> Result<()> {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(work);
    thread.expect("a thread can be started").join().expect("the thread comes to its end")
}

fn chain(x: &Tensor) -> Result<Tensor> {
    (0..100_000).try_fold(x.clone(), |y, _| y.add(x))
}

#[test]
fn a_long_graph_is_walked_and_dropped_on_a_small_stack() -> Result<()> {
    on_a_small_stack(|| {
        let x = tensor![1.0; f64].requires_grad_()?;
        let y = chain(&x)?;
        y.backward()?;
        assert_eq!(x.grad().expect("x is a leaf").item(), 100_001.0);
        Ok(())
    })
}

#[test]
fn a_long_graph_is_dropped_without_a_backward_pass() -> Result<()> {
    on_a_small_stack(|| {
        let x = tensor![1.0; f64].requires_grad_()?;
        drop(chain(&x)?);
        assert!(x.grad().is_none());
        Ok(())
    })
}
