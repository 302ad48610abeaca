//! The softmax family: its algebra, its edges, its gradients.

use crate::autograd::{gradcheck, gradgradcheck};
use crate::{DType, Result, Tensor, keepdim, tensor};
use proptest::prelude::*;

const INF: f64 = f64::INFINITY;

fn leaf() -> Tensor {
    tensor![[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]; f64].requires_grad_().unwrap()
}

#[test]
fn gradients_are_those_of_differences() -> Result<()> {
    let functions: [fn(&Tensor) -> Result<Tensor>; 9] = [
        |x| x.softmax(0),
        |x| x.softmax_at(-1, 0.7),
        |x| x.log_softmax(1),
        |x| x.log_softmax_at(0, 2.5),
        |x| x.softmin(1),
        |x| x.softmin_at(1, 3.0),
        |x| x.logsumexp(1),
        |x| x.soft_maximum(2.5, keepdim([0, 1])),
        |x| x.soft_minimum(0.4, 0),
    ];
    for f in functions {
        gradcheck(|x| f(&x[0]), &[leaf()])?;
        gradgradcheck(|x| f(&x[0]), &[leaf()])?;
    }
    Ok(())
}

#[test]
fn rows_along_any_axis() -> Result<()> {
    let x = leaf().detach();
    let columns = x.softmax(0)?.to_f64_vec();
    assert!((columns[0] - 1.0 / (1.0 + 2.5_f64.exp())).abs() < 1e-16);
    let transposed = tensor![[0.5, 3.0], [-1.5, 0.25], [2.0, -0.75]; f64];
    let rows = transposed.softmax(-1)?.to_f64_vec();
    assert_eq!([columns[0], columns[3], columns[1]], [rows[0], rows[1], rows[2]]);
    assert_eq!(x.logsumexp([0, 1])?.item(), x.reshape([6])?.logsumexp(0)?.item());
    assert_eq!(x.logsumexp(keepdim(-2))?.shape(), [1, 3]);
    assert_eq!(Tensor::scalar(3.0).softmax(-1)?.item(), 1.0);
    assert_eq!(Tensor::scalar(3.0).logsumexp(0)?.item(), 3.0);
    Ok(())
}

#[test]
fn infinities_and_nan() -> Result<()> {
    let none = tensor![-INF, -INF];
    assert_eq!(none.logsumexp(0)?.item(), -INF);
    assert!(none.softmax(0)?.isnan().to_vec::<bool>()?.iter().all(|&nan| nan));
    // PyTorch: NaN. The limit is certain.
    assert_eq!(tensor![INF, 0.0].softmax(0)?.to_f64_vec(), [1.0, 0.0]);
    assert_eq!(tensor![INF, 0.0].log_softmax(0)?.to_f64_vec(), [0.0, -INF]);
    assert_eq!(tensor![INF, -INF].logsumexp(0)?.item(), INF);
    let two = tensor![INF, INF];
    assert_eq!(two.logsumexp(0)?.item(), INF);
    assert!(two.softmax(0)?.to_f64_vec().iter().all(|p| p.is_nan()));
    let nan = tensor![[f64::NAN, 0.0], [1.0, 1.0]];
    assert_eq!(nan.softmax(1)?.isnan().to_vec::<bool>()?, [true, true, false, false]);
    assert!(nan.logsumexp(..)?.item().is_nan() && nan.hardmax(1)?.to_f64_vec()[1].is_nan());
    Ok(())
}

#[test]
fn a_row_of_minus_infinity_leaves_the_others_alone() -> Result<()> {
    // Subtracting the maximum of the whole, not of each row, would lose the second row too.
    let x = tensor![[-INF, -INF], [-1000.0, -1000.0], [1000.0, 0.0]; f64];
    assert_eq!(x.logsumexp(1)?.to_f64_vec(), [-INF, 2f64.ln() - 1000.0, 1000.0]);
    Ok(())
}

#[test]
fn huge_and_tiny_numbers() -> Result<()> {
    assert_eq!(tensor![1e308, -1e308; f64].log_softmax(0)?.to_f64_vec(), [0.0, -INF]);
    assert_eq!(tensor![1e308, -1e308; f64].softmax_at(0, 1e-300)?.to_f64_vec(), [1.0, 0.0]);
    assert_eq!(tensor![5e-324, 0.0; f64].softmax(0)?.to_f64_vec(), [0.5, 0.5]);
    // A share below the least normal f32 keeps what an f32 can hold of it.
    let share = tensor![0.0, -100.0].softmax(0)?.to_vec::<f32>()?[1];
    assert_eq!(share, (-100_f64).exp() as f32);
    assert!(share > 0.0 && share < f32::MIN_POSITIVE);
    Ok(())
}

#[test]
fn a_nearly_certain_share_has_a_logarithm() -> Result<()> {
    // PyTorch: 0, as 1 + exp(−50) rounds to 1 before the logarithm.
    let y = tensor![0.0, -50.0; f64].log_softmax(0)?.to_f64_vec();
    assert_eq!(y, [-(-50_f64).exp(), -50.0]);
    Ok(())
}

#[test]
fn no_numbers() -> Result<()> {
    let x = Tensor::zeros([2, 0]);
    assert_eq!(x.softmax(1)?.shape(), [2, 0]);
    assert_eq!(x.log_softmax(0)?.shape(), [2, 0]);
    assert_eq!(x.logsumexp(1)?.to_f64_vec(), [-INF, -INF]);
    assert_eq!(x.logsumexp(0)?.shape(), [0]);
    assert_eq!(tensor![].logsumexp(0)?.item(), -INF);
    Ok(())
}

#[test]
fn integers_become_f32() -> Result<()> {
    let x = tensor![0_u8, 1];
    assert_eq!(x.softmax(0)?.dtype(), DType::F32);
    assert_eq!(x.softmin(0)?.to_f64_vec(), tensor![1.0, 0.0].softmax(0)?.to_f64_vec());
    assert_eq!(x.soft_minimum(1e3, 0)?.item(), 0.0);
    Ok(())
}

#[test]
fn hardmax_is_the_first_maximum() -> Result<()> {
    let x = tensor![[1.0, 3.0, 3.0], [-1.0, -2.0, -3.0]];
    assert_eq!(x.hardmax(1)?.to_f64_vec(), [0., 1., 0., 1., 0., 0.]);
    assert_eq!(x.hardmax(0)?.to_f64_vec(), [1., 1., 1., 0., 0., 0.]);
    let y = tensor![1.0, 1.5].softmax_at(0, 1e-3)?;
    assert_eq!(y.to_f64_vec(), [0.0, 1.0]);
    Ok(())
}

#[test]
fn refusals() {
    let x = tensor![1.0, 2.0];
    assert!(x.softmax(1).is_err() && x.logsumexp([0, 0]).is_err());
    for wrong in [0.0, -1.0, INF, f64::NAN] {
        for f in [Tensor::softmax_at, Tensor::log_softmax_at, Tensor::softmin_at] {
            assert!(f(&x, 0, wrong).unwrap_err().to_string().contains("temperature"));
        }
        assert!(x.soft_maximum(wrong, 0).is_err() && x.soft_minimum(wrong, 0).is_err());
    }
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
}

proptest! {
    #[test]
    fn shares_sum_to_one_and_do_not_move(
        numbers in prop::collection::vec(-50.0..50.0_f64, 1..40),
        shift in -1000.0..1000.0_f64,
    ) {
        let n = numbers.len();
        let x = Tensor::from_vec(numbers, [n]).unwrap();
        let y = x.softmax(0).unwrap().to_f64_vec();
        prop_assert!((y.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        prop_assert!(y.iter().all(|&p| p > 0.0 || n > 1));
        let moved = x.add(shift).unwrap().softmax(0).unwrap().to_f64_vec();
        prop_assert!(close(&y, &moved, 1e-12));
        let mirrored = x.neg().unwrap().softmin(0).unwrap().to_f64_vec();
        prop_assert_eq!(&y, &mirrored);
        let logs = x.log_softmax(0).unwrap().to_f64_vec();
        prop_assert!(logs.iter().zip(&y).all(|(l, p)| (l.exp() - p).abs() <= 1e-13 * p));
    }

    #[test]
    fn the_soft_extremes_are_near_the_extremes(
        numbers in prop::collection::vec(-50.0..50.0_f64, 1..40),
        lambda in 0.01..100.0_f64,
    ) {
        let (low, high) = numbers.iter().fold((INF, -INF), |(l, h), &x| (l.min(x), h.max(x)));
        let slack = (numbers.len() as f64).ln() / lambda + 1e-12;
        let x = Tensor::from_vec(numbers.clone(), [numbers.len()]).unwrap();
        let soft_high = x.soft_maximum(lambda, 0).unwrap().item();
        let soft_low = x.soft_minimum(lambda, 0).unwrap().item();
        prop_assert!(high <= soft_high && soft_high <= high + slack);
        prop_assert!(low - slack <= soft_low && soft_low <= low);
        let hot = x.softmax_at(0, 1.0 / lambda).unwrap().to_f64_vec();
        prop_assert!(close(&hot, &x.mul(lambda).unwrap().softmax(0).unwrap().to_f64_vec(), 1e-11));
    }
}
