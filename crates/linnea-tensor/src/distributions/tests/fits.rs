//! Fits held to the likelihood that they maximise, and the notes' likelihood of a linear model.

use crate::distributions::{Bernoulli, Categorical, Distribution, Laplace, Normal, Uniform};
use crate::{DType, Generator, Result, Tensor, tensor};
use std::f64::consts::PI;

fn likelihood(p: &impl Distribution, samples: &Tensor) -> Result<f64> {
    Ok(p.log_prob(samples)?.sum().item())
}

/// Holds a fit of two parameters to be more likely than its neighbours on every side.
fn is_most_likely<P: Distribution>(
    make: impl Fn(f64, f64) -> Result<P>,
    [a, b]: [f64; 2],
    samples: &Tensor,
) -> Result<bool> {
    let most = likelihood(&make(a, b)?, samples)?;
    let mut fine = most.is_finite();
    for step in [1e-3, -1e-3] {
        for (a, b) in [(a + step, b), (a, b + step), (a + step, b + step), (a + step, b - step)] {
            fine &= likelihood(&make(a, b)?, samples)? < most;
        }
    }
    Ok(fine)
}

#[test]
fn a_fit_is_a_maximum_of_the_likelihood_and_near_the_truth() -> Result<()> {
    let mut generator = Generator::new(11);
    let n = 5_001;
    let near = |fit: f64, truth: f64| assert!((fit - truth).abs() < 0.1, "{fit} {truth}");
    let of = |a: f64, b: f64| (tensor![a; f64], b);

    let (mean, std) = of(2.0, 1.5);
    let x = Normal::new(mean, std)?.sample_with([n], &mut generator)?;
    let fit = Normal::fit(&x)?;
    let found = [fit.mean()?.item(), fit.std()?.item()];
    assert!(is_most_likely(Normal::new, found, &x)?);
    near(found[0], 2.0);
    near(found[1], 1.5);

    let (at, scale) = of(-1.0, 0.5);
    let x = Laplace::new(at, scale)?.sample_with([n], &mut generator)?;
    let fit = Laplace::fit(&x)?;
    let found = [fit.mean()?.item(), (fit.variance()?.item() / 2.0).sqrt()];
    assert!(is_most_likely(Laplace::new, found, &x)?);
    near(found[0], -1.0);
    near(found[1], 0.5);

    let (low, high) = of(-1.0, 3.0);
    let x = Uniform::new(low, high)?.sample_with([n], &mut generator)?;
    let fit = Uniform::fit(&x)?;
    let half = fit.variance()?.mul(3)?.sqrt().item();
    near(fit.mean()?.item() - half, -1.0);
    near(fit.mean()?.item() + half, 3.0);
    let most = likelihood(&fit, &x)?;
    assert!(most.is_finite() && most > likelihood(&Uniform::new(-1.0, 3.0)?, &x)?);
    Ok(())
}

#[test]
fn shares_are_most_likely() -> Result<()> {
    let x = tensor![1, 0, 0, 1, 0];
    let fit = Bernoulli::fit(&x)?;
    assert!((fit.probs()?.item() - 0.4).abs() < 1e-7);
    for p in [0.39, 0.41] {
        assert!(likelihood(&Bernoulli::new(p)?, &x)? < likelihood(&fit, &x)?);
    }
    let x = tensor![2, 0, 2, 2];
    let fit = Categorical::fit(&x, 4)?;
    assert_eq!(fit.probs().to_f64_vec(), [0.25, 0.0, 0.75, 0.0]);
    for other in [tensor![0.26, 0.0, 0.74, 0.0], tensor![0.25, 0.01, 0.74, 0.0]] {
        assert!(likelihood(&Categorical::new(&other)?, &x)? < likelihood(&fit, &x)?);
    }
    Ok(())
}

#[test]
fn exact_fits() -> Result<()> {
    let fit = Laplace::fit(&tensor![4.0, 1.0, 2.0, 9.0; f64])?;
    assert_eq!((fit.mean()?.item(), fit.variance()?.item()), (3.0, 2.0 * 2.5 * 2.5));
    // An offset of a million times the spread costs no digits.
    let fit = Normal::fit(&tensor![1e6, 1e6 + 1.0, 1e6 + 2.0; f64])?;
    assert!((fit.variance()?.item() - 2.0 / 3.0).abs() < 1e-15);
    assert_eq!(fit.mean()?.dtype(), DType::F64);
    assert_eq!(Normal::fit(&tensor![1, 3])?.mean()?.item(), 2.0);
    Ok(())
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    fn message<T>(result: Result<T>) -> String {
        result.err().unwrap().to_string()
    }
    assert!(message(Normal::fit(&tensor![])).contains("nothing to fit"));
    assert!(message(Normal::fit(&tensor![3.0, 3.0])).contains("all samples are 3"));
    assert!(message(Laplace::fit(&tensor![3.0])).contains("all samples are 3"));
    assert!(message(Uniform::fit(&tensor![3.0])).contains("all samples are 3"));
    assert!(
        message(Uniform::fit(&tensor![3.0, f64::NAN])).contains("number 1 of the samples is NaN")
    );
    assert!(message(Bernoulli::fit(&tensor![0.0, 0.5])).contains("0 or 1, not 0.5"));
    assert!(message(Categorical::fit(&tensor![0, 3], 3)).contains("from 0 below 3, not 3"));
    assert!(message(Categorical::fit(&tensor![-1], 3)).contains("not -1"));
}

#[test]
fn least_squares_is_maximum_likelihood() -> Result<()> {
    // The notes: −log P(y|x) = Σ ½ log 2πσ² + (y − wx − b)²/2σ².
    let mut generator = Generator::new(3);
    let (n, sigma) = (50, 0.3);
    let x = generator.randn_of([n], DType::F64)?;
    let y = x.mul(2.0)?.add(1.0)?.add(generator.randn_of([n], DType::F64)?.mul(sigma)?)?;
    let minus_log = |w: &Tensor, b: &Tensor| -> Result<Tensor> {
        Normal::new(x.mul(w)?.add(b)?, sigma)?.log_prob(&y)?.sum().neg()
    };
    let (w, b) = least_squares(&x.to_f64_vec(), &y.to_f64_vec());
    let w = Tensor::from_vec(vec![w], ())?.requires_grad_()?;
    let b = Tensor::from_vec(vec![b], ())?.requires_grad_()?;
    let value = minus_log(&w, &b)?;
    let squares = y.sub(x.mul(&w)?.add(&b)?)?.square().sum().item();
    let formula =
        n as f64 * 0.5 * (2.0 * PI * sigma * sigma).ln() + squares / (2.0 * sigma * sigma);
    assert!((value.item() - formula).abs() < 1e-12 * formula.abs());
    // At least squares the gradient vanishes, and every neighbour is less likely.
    value.backward()?;
    assert!(w.grad().unwrap().item().abs() < 1e-10 && b.grad().unwrap().item().abs() < 1e-10);
    for (dw, db) in [(1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3)] {
        assert!(minus_log(&w.add(dw)?, &b.add(db)?)?.item() > value.item());
    }
    Ok(())
}

/// Slope and intercept by the normal equations of one feature.
fn least_squares(x: &[f64], y: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let covariance: f64 = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let slope = covariance / x.iter().map(|x| (x - mean_x).powi(2)).sum::<f64>();
    (slope, mean_y - slope * mean_x)
}
