//! Cross-entropy against PyTorch's numbers, differences, its definition, and at the edges.

use super::{CrossEntropy, cross_entropy};
use crate::autograd::{gradcheck, gradgradcheck};
use crate::loss::Reduction;
use crate::{Result, Tensor, tensor};

fn scores() -> Tensor {
    tensor![[0.1, 0.2, -0.3], [1.0, -1.0, 0.5], [0.0, 2.0, 0.25]; f64].requires_grad_().unwrap()
}

fn probabilities() -> Tensor {
    tensor![[0.2, 0.3, 0.5], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5]; f64].requires_grad_().unwrap()
}

fn weighted() -> CrossEntropy {
    CrossEntropy::new().weight(&tensor![0.5, 2.0, 1.0; f64])
}

fn check(actual: &Tensor, expected: &[f64]) {
    let actual = actual.to_f64_vec();
    assert_eq!(actual.len(), expected.len());
    for (a, e) in actual.iter().zip(expected) {
        assert!((a - e).abs() <= 4e-15 * e.abs().max(0.1), "{a} is not {e}");
    }
}

#[test]
fn classes_are_as_in_pytorch() -> Result<()> {
    let (x, t) = (scores(), tensor![0, 2, 1]);
    let cases = [
        (CrossEntropy::new(), 0.7817105004963695),
        (weighted(), 0.6011613142875246),
        (CrossEntropy::new().label_smoothing(0.1), 0.8378216116074806),
        (weighted().label_smoothing(0.1), 0.6735019471941234),
        (weighted().label_smoothing(0.1).ignore_index(2), 0.4772202454173632),
        (weighted().label_smoothing(0.1).reduction(Reduction::Sum), 2.357256815179432),
    ];
    for (loss, expected) in cases {
        check(&loss.loss(&x, &t)?, &[expected]);
    }
    let each = weighted().label_smoothing(0.2).ignore_index(0).reduction(Reduction::None);
    check(&each.loss(&x, &t)?, &[0.0, 1.2734554836300571, 0.6771360315387397]);
    Ok(())
}

#[test]
fn gradients_are_as_in_pytorch() -> Result<()> {
    let (x, y) = (scores(), probabilities());
    weighted().label_smoothing(0.1).loss(&x, &y)?.backward()?;
    let by_scores = [
        [0.10816276096817097, -0.043388918405408865, -0.06477384256276214],
        [0.36122863439602704, -0.5725833799884132, 0.21135474559238612],
        [-0.004144595456525871, 0.11529304481276026, -0.11114844935623443],
    ];
    check(&x.grad().unwrap(), by_scores.as_flattened());
    let by_target = [
        [0.1531241483329889, 0.5524965933319556, 0.42624829666597774],
        [0.0832435379462986, 1.5329741517851945, 0.3164870758925972],
        [0.3404020389440787, 0.16160815577631477, 0.6058040778881575],
    ];
    check(&y.grad().unwrap(), by_target.as_flattened());
    Ok(())
}

#[test]
fn gradients_are_those_of_differences() -> Result<()> {
    let (x, y, t) = (scores(), probabilities(), tensor![0, 2, 1]);
    let smooth = || weighted().label_smoothing(0.1);
    let losses = [
        CrossEntropy::new(),
        weighted(),
        CrossEntropy::new().label_smoothing(0.3),
        smooth().reduction(Reduction::Sum),
        smooth().reduction(Reduction::None),
    ];
    for loss in &losses {
        let ignoring = loss.clone().ignore_index(2);
        for loss in [loss, &ignoring] {
            gradcheck(|x| loss.loss(&x[0], &t), std::slice::from_ref(&x))?;
            gradgradcheck(|x| loss.loss(&x[0], &t), std::slice::from_ref(&x))?;
        }
        let both = [x.clone(), y.clone()];
        gradcheck(|x| loss.loss(&x[0], &x[1]), &both)?;
        gradgradcheck(|x| loss.loss(&x[0], &x[1]), &both)?;
    }
    Ok(())
}

#[test]
fn classes_are_the_second_of_more_axes() -> Result<()> {
    let numbers: Vec<f64> = (0..12).map(|i| f64::from(i) * 2.0 / 11.0 - 1.0).collect();
    let x = Tensor::from_vec(numbers, [2, 3, 2])?.requires_grad_()?;
    let t = tensor![[0, 1], [2, 2]];
    // PyTorch, to the four digits that it prints.
    assert!((cross_entropy(&x, &t)?.item() - 1.0513).abs() < 5e-5);
    let each = CrossEntropy::new().reduction(Reduction::None);
    let expected = tensor![[1.5058, 1.1422], [0.7786, 0.7786]; f64];
    assert!(each.loss(&x, &t)?.allclose(&expected, 0.0, 5e-5));
    gradcheck(|x| each.loss(&x[0], &t), std::slice::from_ref(&x))?;
    gradgradcheck(|x| each.loss(&x[0], &t), &[x])
}

#[test]
fn one_row_needs_no_axis_of_rows() -> Result<()> {
    let x = tensor![1.0, 2.0, 3.0; f64];
    check(&cross_entropy(&x, &Tensor::scalar(1))?, &[1.4076059644443804]);
    check(&cross_entropy(&x, &tensor![0.0, 0.5, 0.5; f64])?, &[0.9076059644443804]);
    Ok(())
}

#[test]
fn the_fused_gradient_is_softmax_minus_target_and_that_of_the_composition() -> Result<()> {
    let (x, y) = (scores(), probabilities().detach());
    let sum = CrossEntropy::new().reduction(Reduction::Sum);
    sum.loss(&x, &y)?.backward()?;
    let fused = x.grad().unwrap();
    let detached = x.detach();
    assert!(fused.allclose(&detached.softmax(1)?.sub(&y)?, 4e-16, 1e-16));
    x.zero_grad();
    let composed = y.mul(x.softmax(1)?.log())?.sum().neg()?;
    assert!((composed.item() - sum.loss(&detached, &y)?.item()).abs() < 1e-14);
    composed.backward()?;
    assert!(x.grad().unwrap().allclose(&fused, 1e-14, 1e-15));
    Ok(())
}

const INF: f64 = f64::INFINITY;

#[test]
fn impossible_and_certain_classes() -> Result<()> {
    let gradient = |x: Tensor, target: &Tensor| -> Result<(f64, Vec<f64>)> {
        let x = x.requires_grad_()?;
        let loss = cross_entropy(&x, target)?;
        loss.backward()?;
        Ok((loss.item(), x.grad().unwrap().to_f64_vec()))
    };
    let (first, second) = (tensor![0], tensor![1]);
    assert_eq!(gradient(tensor![[-INF, 0.0]], &first)?, (INF, vec![-1.0, 1.0]));
    assert_eq!(gradient(tensor![[-INF, 0.0]], &second)?, (0.0, vec![0.0, 0.0]));
    // PyTorch: NaN, and NaN for the gradient.
    assert_eq!(gradient(tensor![[INF, 0.0]], &first)?, (0.0, vec![0.0, 0.0]));
    assert_eq!(gradient(tensor![[INF, 0.0]], &second)?, (INF, vec![1.0, -1.0]));
    // PyTorch: NaN, of 0·∞.
    assert_eq!(gradient(tensor![[-INF, 0.0]], &tensor![[0.0, 1.0]])?, (0.0, vec![0.0, 0.0]));
    assert_eq!(gradient(tensor![[-INF, 0.0]], &tensor![[0.5, 0.5]])?, (INF, vec![-0.5, 0.5]));
    assert!(gradient(tensor![[-INF, -INF]], &first)?.0.is_nan());
    assert!(gradient(tensor![[f64::NAN, 0.0]], &first)?.0.is_nan());
    Ok(())
}

#[test]
fn a_nearly_certain_class_keeps_its_digits() -> Result<()> {
    // PyTorch: loss 0 and gradient 0 at the class, also in f64.
    let x = tensor![[40.0, 0.0]; f64].requires_grad_()?;
    let loss = cross_entropy(&x, &tensor![0])?;
    loss.backward()?;
    let tiny = (-40.0_f64).exp();
    assert_eq!((loss.item(), x.grad().unwrap().to_f64_vec()), (tiny, vec![-tiny, tiny]));
    assert_eq!(cross_entropy(&tensor![[20.0, 0.0]], &tensor![0])?.item() as f32, (-20_f32).exp());
    Ok(())
}

#[test]
fn ignored_rows_and_weightless_classes_count_for_nothing() -> Result<()> {
    let x = tensor![[f64::NAN, INF], [0.0, 0.0]].requires_grad_()?;
    let loss = cross_entropy(&x, &tensor![-100, 1])?;
    loss.backward()?;
    assert_eq!(loss.item() as f32, 2_f32.ln());
    assert_eq!(x.grad().unwrap().to_f64_vec(), [0.0, 0.0, 0.5, -0.5]);
    // As in PyTorch: the mean over nothing is NaN, the sum 0.
    let ignored = tensor![-100, -100];
    assert!(cross_entropy(&x, &ignored)?.item().is_nan());
    let sum = CrossEntropy::new().reduction(Reduction::Sum);
    assert_eq!(sum.loss(&x, &ignored)?.item(), 0.0);
    // PyTorch: NaN, of 0·∞.
    let sum = sum.weight(&tensor![0.0, 1.0]);
    assert_eq!(sum.loss(&tensor![[-INF, 0.0]], &tensor![0])?.item(), 0.0);
    Ok(())
}

#[test]
fn empty_scores() -> Result<()> {
    let none = Tensor::zeros([0, 3]);
    assert!(cross_entropy(&none, &Tensor::zeros([0]).to(crate::DType::I64))?.item().is_nan());
    assert!(cross_entropy(&none, &none)?.item().is_nan());
    let classless = Tensor::zeros([2, 0]).requires_grad_()?;
    assert!(cross_entropy(&classless, &tensor![0, 0]).is_err());
    assert_eq!(cross_entropy(&classless, &classless.detach())?.item(), 0.0);
    Ok(())
}

#[test]
fn refusals_say_what_would_do() {
    let x = Tensor::zeros([2, 3]);
    let refused = |target: &Tensor, words: &str| {
        let message = cross_entropy(&x, target).unwrap_err().to_string();
        assert!(message.contains(words), "{message}");
    };
    refused(&tensor![0, 3], "row 1 has class 3, but the scores have 3 classes");
    refused(&tensor![-1, 0], "row 0 has class -1");
    refused(&tensor![0.0, 1.0], "convert with .to(DType::I64)");
    refused(&tensor![[0], [1]], "reshape it to [2]");
    refused(&tensor![0, 1, 2], "have shape [2], not [3]");
    refused(&tensor![[0, 1, 0], [0, 0, 1]], "convert with .to(DType::F32)");
    refused(&tensor![[0.5, 0.5], [0.0, 1.0]], "must be equal");
    let classes = tensor![0, 1];
    assert!(cross_entropy(&Tensor::scalar(1.0), &Tensor::scalar(0)).is_err());
    for loss in [
        CrossEntropy::new().weight(&tensor![1.0, 1.0]),
        CrossEntropy::new().label_smoothing(1.5),
        CrossEntropy::new().label_smoothing(f64::NAN),
    ] {
        assert!(loss.loss(&x, &classes).is_err());
    }
    assert!(CrossEntropy::new().ignore_index(0).loss(&x, &x).is_err());
}
