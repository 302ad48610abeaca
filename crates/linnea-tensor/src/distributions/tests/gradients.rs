//! Gradients held to differences: of every log-probability, cdf, entropy and divergence, by value
//! and by parameters.

use crate::autograd::{gradcheck, gradgradcheck};
use crate::distributions::{
    Bernoulli, Categorical, Continuous, Distribution, Laplace, Normal, Uniform, kl,
};
use crate::{Generator, Result, Tensor, tensor};
use std::f64::consts::LN_2;

type Of = fn(&[Tensor]) -> Result<Tensor>;

fn check(of: &[Of], inputs: &[Tensor]) -> Result<()> {
    let inputs: Vec<Tensor> =
        inputs.iter().map(|x| x.clone().requires_grad_()).collect::<Result<_>>()?;
    of.iter().try_for_each(|f| gradcheck(f, &inputs))
}

fn check_twice(of: &[Of], inputs: &[Tensor]) -> Result<()> {
    check(of, inputs)?;
    let inputs: Vec<Tensor> =
        inputs.iter().map(|x| x.clone().requires_grad_()).collect::<Result<_>>()?;
    of.iter().try_for_each(|f| gradgradcheck(f, &inputs))
}

#[test]
fn continuous_families() -> Result<()> {
    let x = tensor![[-0.7, 0.4, 1.9], [0.3, 5.0, 2.2]; f64];
    let (a, b) = (tensor![0.5, -1.0, 0.25; f64], tensor![[1.5], [0.5]; f64]);
    let of: [Of; 8] = [
        |x| Normal::new(&x[1], &x[2])?.log_prob(&x[0]),
        |x| Normal::new(&x[1], &x[2])?.pdf(&x[0]),
        |x| Normal::new(&x[1], &x[2])?.cdf(&x[0]),
        |x| Normal::new(&x[1], &x[2])?.icdf(&x[0].sigmoid()),
        |x| Laplace::new(&x[1], &x[2])?.log_prob(&x[0]),
        |x| Laplace::new(&x[1], &x[2])?.pdf(&x[0]),
        |x| Laplace::new(&x[1], &x[2])?.cdf(&x[0]),
        |x| Laplace::new(&x[1], &x[2])?.icdf(&x[0].sigmoid()),
    ];
    check_twice(&of, &[x.clone(), a.clone(), b.clone()])?;
    let of: [Of; 3] = [
        |x| Uniform::new(&x[1], &x[1].add(&x[2])?)?.log_prob(&x[0]),
        |x| Uniform::new(&x[1], &x[1].add(&x[2])?)?.cdf(&x[0]),
        |x| Uniform::new(&x[1], &x[1].add(&x[2])?)?.icdf(&x[0].sigmoid()),
    ];
    let inside = tensor![[0.7, -0.8, 0.5], [0.9, -0.6, 0.6]; f64];
    check(&of, &[inside, a.clone(), b.clone()])?;
    let of: [Of; 7] = [
        |x| Normal::new(&x[0], &x[1])?.entropy(),
        |x| Laplace::new(&x[0], &x[1])?.variance(),
        |x| Laplace::new(&x[0], &x[1])?.entropy(),
        |x| Uniform::new(&x[0], &x[0].add(&x[1])?)?.mean(),
        |x| Normal::new(&x[0], &x[1])?.rsample_with(3, &mut Generator::new(5)),
        |x| Laplace::new(&x[0], &x[1])?.rsample_with(3, &mut Generator::new(5)),
        |x| Uniform::new(&x[0], &x[0].add(&x[1])?)?.rsample_with(3, &mut Generator::new(5)),
    ];
    check(&of, &[a, b])
}

#[test]
fn discrete_families() -> Result<()> {
    let of: [Of; 6] = [
        |x| Bernoulli::new(&x[0])?.log_prob(&tensor![[1], [0]]),
        |x| Bernoulli::new(&x[0])?.entropy(),
        |x| Bernoulli::new(&x[0])?.cdf(&tensor![[0], [1]]),
        |x| Categorical::new(&x[0])?.log_prob(&tensor![0, 2, 1]),
        |x| Categorical::new(&x[0])?.entropy(),
        |x| Categorical::new(&x[0])?.variance(),
    ];
    check(&of, &[tensor![0.2, 0.5, 0.7; f64]])?;
    let of: [Of; 5] = [
        |x| Bernoulli::from_logits(&x[0])?.log_prob(&tensor![[1], [0]]),
        |x| Bernoulli::from_logits(&x[0])?.entropy(),
        |x| Categorical::from_logits(&x[0])?.log_prob(&tensor![0, 2, 1]),
        |x| Categorical::from_logits(&x[0])?.pdf(&tensor![0, 2, 1]),
        |x| Categorical::from_logits(&x[0])?.entropy(),
    ];
    check_twice(&of, &[tensor![-1.5, 0.0, 2.0; f64]])
}

#[test]
fn divergences() -> Result<()> {
    let location_scale = [
        tensor![0.5, -1.0; f64],
        tensor![1.5, 0.5; f64],
        tensor![0.1, -1.0; f64],
        tensor![1.0, 0.5; f64],
    ];
    let of: [Of; 4] = [
        |x| kl(&Normal::new(&x[0], &x[1])?, &Normal::new(&x[2], &x[3])?),
        |x| kl(&Laplace::new(&x[0], &x[1])?, &Laplace::new(&x[2], &x[3])?),
        |x| kl(&Normal::new(&x[0], &x[1])?, &Laplace::new(&x[2], &x[3])?),
        |x| kl(&Laplace::new(&x[0], &x[1])?, &Normal::new(&x[2], &x[3])?),
    ];
    check_twice(&of, &location_scale)?;
    let ends = [tensor![0.5; f64], tensor![1.5; f64], tensor![0.1; f64], tensor![2.0; f64]];
    let of: [Of; 2] = [
        |x| kl(&Uniform::new(&x[0], &x[1])?, &Uniform::new(&x[2], &x[3])?),
        |x| kl(&Uniform::new(&x[0], &x[1])?, &Normal::new(&x[2], &x[3])?),
    ];
    check_twice(&of, &ends)?;
    let both = [tensor![0.2, 0.5, 0.7; f64], tensor![0.2, 0.4, 0.9; f64]];
    let of: [Of; 4] = [
        |x| kl(&Bernoulli::new(&x[0])?, &Bernoulli::new(&x[1])?),
        |x| kl(&Bernoulli::from_logits(&x[0])?, &Bernoulli::from_logits(&x[1])?),
        |x| kl(&Categorical::new(&x[0])?, &Categorical::new(&x[1])?),
        |x| kl(&Categorical::from_logits(&x[0])?, &Categorical::from_logits(&x[1])?),
    ];
    check_twice(&of, &both)
}

#[test]
fn certainty_leaves_the_gradient_finite() -> Result<()> {
    let p = tensor![0.0, 1.0; f64].requires_grad_()?;
    Bernoulli::new(&p)?.log_prob(&p.detach())?.sum().backward()?;
    assert_eq!(p.grad().unwrap().to_f64_vec(), [-1.0, 1.0]);
    let l = tensor![f64::NEG_INFINITY, f64::INFINITY, 0.0; f64].requires_grad_()?;
    let coin = Bernoulli::from_logits(&l)?;
    coin.log_prob(&tensor![0, 1, 1])?.add(coin.entropy()?)?.sum().backward()?;
    assert_eq!(l.grad().unwrap().to_f64_vec(), [0.0, 0.0, 0.5]);
    let p = tensor![0.0, 1.0, 1.0; f64].requires_grad_()?;
    let categorical = Categorical::new(&p)?;
    categorical.log_prob(&tensor![2])?.add(categorical.entropy()?)?.sum().backward()?;
    let known = tensor![-LN_2 / 2.0, -0.5, 0.5; f64];
    assert!(p.grad().unwrap().allclose(&known, 1e-15, 0.0));
    Ok(())
}
