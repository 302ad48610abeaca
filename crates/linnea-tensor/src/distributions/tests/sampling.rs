//! Samples held to their moments and to their cdf, by the distance of Kolmogorov and Smirnov.

use crate::distributions::{
    Bernoulli, Categorical, Continuous, Distribution, Laplace, Normal, Uniform,
};
use crate::{DType, Generator, Result, Tensor, tensor};

const N: usize = 20_000;

/// The largest distance between the share of samples below a point and its probability.
fn distance(p: &impl Distribution, samples: &Tensor) -> Result<f64> {
    let mut x = samples.to_f64_vec();
    x.sort_unstable_by(f64::total_cmp);
    let cdf = p.cdf(&Tensor::from_vec(x, N)?)?.to_f64_vec();
    let n = N as f64;
    let gap = |(i, f): (usize, &f64)| (f - i as f64 / n).abs().max((f - (i + 1) as f64 / n).abs());
    Ok(cdf.iter().enumerate().map(gap).fold(0.0, f64::max))
}

#[test]
fn continuous_samples_follow_their_cdf() -> Result<()> {
    fn check(p: &impl Continuous, seed: u64) -> Result<()> {
        for dtype_seed in [seed, seed + 100] {
            let samples = p.sample_with([N], &mut Generator::new(dtype_seed))?;
            assert!(!samples.requires_grad());
            // Of honest samples one in 27,000 is further: exp(−2·2.35²)·2.
            assert!(distance(p, &samples)? < 2.35 / (N as f64).sqrt());
        }
        Ok(())
    }
    check(&Normal::new(-1.0, 2.5)?, 0)?;
    check(&Laplace::new(3.0, 0.5)?, 1)?;
    check(&Uniform::new(-4.0, 1.0)?, 2)?;
    check(&Normal::new(Tensor::scalar(1.0).to(DType::F64), 0.1)?, 3)
}

#[test]
fn samples_have_the_moments_of_their_distribution() -> Result<()> {
    fn check(p: &impl Distribution) -> Result<()> {
        let (mean, variance) = (p.mean()?.to_f64_vec(), p.variance()?.to_f64_vec());
        let samples = p.sample_with([N], &mut Generator::new(9))?.to_f64_vec();
        for (at, (mean, variance)) in mean.iter().zip(variance).enumerate() {
            let column = samples.iter().skip(at).step_by(p.batch_shape().iter().product());
            let (sum, squares) =
                column.fold((0.0, 0.0), |(s, q), x| (s + x, q + (x - mean).powi(2)));
            let (n, kurtosis) = (N as f64, 6.0);
            assert!((sum / n - mean).abs() <= 4.0 * (variance / n).sqrt(), "{} {mean}", sum / n);
            assert!((squares / n - variance).abs() <= 4.0 * variance * f64::sqrt(kurtosis / n));
        }
        Ok(())
    }
    check(&Normal::new(tensor![0.0, 5.0], tensor![1.0, 0.1])?)?;
    check(&Laplace::new(tensor![0.0, 5.0], tensor![1.0, 0.1])?)?;
    check(&Uniform::new(tensor![0.0, 5.0], tensor![1.0, 5.1])?)?;
    check(&Bernoulli::new(tensor![0.0, 0.3, 1.0])?)?;
    check(&Categorical::new(&tensor![[0.2, 0.0, 0.8], [0.5, 0.25, 0.25]])?)
}

#[test]
fn a_seed_fixes_the_samples_and_an_impossible_class_is_never_drawn() -> Result<()> {
    let p = Categorical::new(&tensor![0.0, 0.5, 0.0, 0.5, 0.0])?;
    let draw = |seed| p.sample_with([1000], &mut Generator::new(seed))?.to_vec::<i64>();
    let x = draw(4)?;
    assert_eq!(x, draw(4)?);
    assert_ne!(x, draw(5)?);
    assert!(x.iter().all(|x| [1, 3].contains(x)));
    assert_eq!(Bernoulli::from_logits(0.0)?.sample([3])?.dtype(), DType::F32);
    assert_eq!(Normal::new(tensor![0.0; f64], 1)?.sample(())?.dtype(), DType::F64);
    Ok(())
}

#[test]
fn a_reparameterised_draw_moves_with_its_parameters() -> Result<()> {
    let (low, high) = (tensor![1.0].requires_grad_()?, tensor![3.0].requires_grad_()?);
    let x = Uniform::new(&low, &high)?.rsample_with([7], &mut Generator::new(0))?;
    x.sum().backward()?;
    // x = low + (high − low)·u: the slopes 1 − u and u sum to 1 for each draw.
    let (a, b) = (low.grad().unwrap().item(), high.grad().unwrap().item());
    assert!((a + b - 7.0).abs() < 1e-5 && (b - (x.sum().item() - 7.0) / 2.0).abs() < 1e-5);
    Ok(())
}
