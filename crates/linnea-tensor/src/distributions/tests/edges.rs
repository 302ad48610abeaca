//! Supports, types, shapes, and what is refused.

use crate::distributions::{
    Bernoulli, Categorical, Continuous, Distribution, Laplace, Normal, Uniform, kl,
};
use crate::{DType, Result, Tensor, tensor};

const INF: f64 = f64::INFINITY;

#[test]
fn outside_of_the_support_nothing_is_possible() -> Result<()> {
    let x = tensor![-1.0, 0.5, 2.0, INF; f64];
    let nowhere = [-INF; 4];
    let uniform = Uniform::new(0, 2)?.log_prob(&x)?.to_f64_vec();
    assert_eq!(uniform, [-INF, -2.0_f64.ln(), -2.0_f64.ln(), -INF]);
    assert_eq!(Bernoulli::new(0.5)?.log_prob(&x)?.to_f64_vec(), nowhere);
    assert_eq!(Bernoulli::from_logits(0.5)?.log_prob(&x)?.to_f64_vec(), nowhere);
    let p = Categorical::new(&tensor![0.5, 0.5; f64])?;
    assert_eq!(p.log_prob(&x)?.to_f64_vec(), nowhere);
    assert_eq!(p.pdf(&x)?.to_f64_vec(), [0.0; 4]);
    let p = Categorical::from_logits(&tensor![0.0, -INF; f64])?;
    assert_eq!(p.log_prob(&tensor![0, 1, 2, -1])?.to_f64_vec(), [0.0, -INF, -INF, -INF]);
    assert_eq!(p.entropy()?.item(), 0.0);
    Ok(())
}

#[test]
fn infinity_and_nan() -> Result<()> {
    let ends = tensor![-INF, INF; f64];
    let (normal, laplace, uniform) = (Normal::new(0, 1)?, Laplace::new(0, 1)?, Uniform::new(0, 1)?);
    assert_eq!(normal.log_prob(&ends)?.to_f64_vec(), [-INF, -INF]);
    assert_eq!(laplace.log_prob(&ends)?.to_f64_vec(), [-INF, -INF]);
    for cdf in [normal.cdf(&ends)?, laplace.cdf(&ends)?, uniform.cdf(&ends)?] {
        assert_eq!(cdf.to_f64_vec(), [0.0, 1.0]);
    }
    let q = tensor![0.0, 1.0];
    for x in [normal.icdf(&q)?, laplace.icdf(&q)?] {
        assert_eq!(x.to_f64_vec(), [-INF, INF]);
    }
    let beyond = tensor![-0.5, 1.5];
    for x in [normal.icdf(&beyond)?, laplace.icdf(&beyond)?, uniform.icdf(&beyond)?] {
        assert!(x.to_f64_vec().iter().all(|x| x.is_nan()));
    }
    let nan = tensor![f64::NAN];
    let (coin, p) = (Bernoulli::new(0.5)?, Categorical::new(&tensor![0.5, 0.5])?);
    for y in [
        normal.log_prob(&nan)?,
        normal.cdf(&nan)?,
        laplace.log_prob(&nan)?,
        laplace.cdf(&nan)?,
        uniform.log_prob(&nan)?,
        uniform.cdf(&nan)?,
        coin.log_prob(&nan)?,
        coin.cdf(&nan)?,
        p.log_prob(&nan)?,
        p.cdf(&nan)?,
        p.pdf(&nan)?,
    ] {
        assert!(y.item().is_nan());
    }
    Ok(())
}

#[test]
fn numbers_take_the_type_of_tensors_and_keep_their_digits() -> Result<()> {
    let of_tenth = Normal::new(0.1, 0.1)?;
    assert_eq!(of_tenth.log_prob(&tensor![0.1])?.dtype(), DType::F32);
    assert_eq!(of_tenth.log_prob(&tensor![1])?.dtype(), DType::F32);
    assert_eq!(of_tenth.log_prob(&Tensor::scalar(0.1))?.dtype(), DType::F32);
    assert_eq!(of_tenth.mean()?.dtype(), DType::F32);
    assert_eq!(kl(&of_tenth, &of_tenth)?.dtype(), DType::F32);
    // The tenth of an f32 would be 1.5e-9 from that of an f64, and z 1.5e-8.
    let at = of_tenth.pdf(&tensor![0.1; f64])?;
    assert_eq!(at.dtype(), DType::F64);
    assert!((at.item() - 3.989422804014327).abs() < 1e-15);
    let logs = Uniform::new(0.0, 0.1)?.log_prob(&tensor![0.05, 0.06; f64])?;
    assert_eq!(logs.to_f64_vec(), [-0.1_f64.ln(); 2]);
    assert_eq!(Normal::new(tensor![0, 1], 1)?.mean()?.dtype(), DType::F32);
    assert_eq!(Bernoulli::new(tensor![0.5; f64])?.log_prob(&tensor![true])?.dtype(), DType::F64);
    Ok(())
}

#[test]
fn shapes_broadcast() -> Result<()> {
    let p = Normal::new(tensor![0.0, 1.0], tensor![[1.0], [2.0], [3.0]])?;
    assert_eq!(p.batch_shape(), [3, 2]);
    assert_eq!(p.entropy()?.shape(), [3, 2]);
    assert_eq!(p.mean()?.to_f64_vec(), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    assert_eq!(p.log_prob(&Tensor::zeros([4, 1, 2]))?.shape(), [4, 3, 2]);
    assert_eq!(p.sample([5])?.shape(), [5, 3, 2]);
    assert_eq!(Categorical::new(&Tensor::ones([3, 2, 4]))?.sample(())?.shape(), [3, 2]);
    assert_eq!(p.sample([0])?.shape(), [0, 3, 2]);
    assert_eq!(Normal::new(Tensor::zeros([0]), 1)?.log_prob(&tensor![1.0])?.shape(), [0]);
    assert_eq!(Categorical::new(&Tensor::zeros([0, 3]))?.sample([2])?.shape(), [2, 0]);
    assert!(p.log_prob(&tensor![1.0, 2.0, 3.0]).is_err());
    Ok(())
}

#[test]
fn impossible_parameters_are_refused() {
    fn message<T>(result: Result<T>) -> String {
        result.err().unwrap().to_string()
    }
    assert!(message(Normal::new(0, 0)).contains("positive and finite, not 0"));
    assert!(message(Normal::new(0, tensor![1.0, -2.0])).contains("not -2"));
    assert!(message(Normal::new(f64::NAN, 1)).contains("mean must be finite, not NaN"));
    assert!(message(Normal::new(tensor![1.0, 2.0], tensor![1.0, 2.0, 3.0])).contains("broadcast"));
    assert!(message(Laplace::new(0, f64::NAN)).contains("scale must be positive"));
    assert!(message(Laplace::new(INF, 1)).contains("location must be finite"));
    assert!(message(Uniform::new(1, 1)).contains("low must be below high"));
    assert!(message(Uniform::new(0, INF)).contains("high must be finite"));
    assert!(message(Bernoulli::new(1.5)).contains("between 0 and 1, not 1.5"));
    assert!(message(Bernoulli::from_logits(f64::NAN)).contains("a number, not NaN"));
    assert!(message(Categorical::new(&tensor![0.5, -0.5])).contains("not negative, not -0.5"));
    assert!(message(Categorical::new(&tensor![[1.0, 1.0], [0.0, 0.0]])).contains("sum to 0"));
    assert!(message(Categorical::new(&tensor![])).contains("at least one class"));
    assert!(message(Categorical::new(&Tensor::scalar(1.0))).contains("at least one class"));
    assert!(message(Categorical::from_logits(&tensor![-INF, -INF])).contains("no class"));
    assert!(message(Categorical::from_logits(&tensor![INF, 0.0])).contains("below ∞"));
}
