//! Information held to known numbers, identities and differences.

use super::Unit::{Bits, Nats};
use super::*;
use crate::autograd::{gradcheck, gradgradcheck};
use crate::{DType, Generator, keepdim, tensor};

type Of = fn(&[Tensor]) -> Result<Tensor>;

/// Random distributions along the last axis.
fn random(shape: [usize; 2], generator: &mut Generator) -> Result<Tensor> {
    let weights = generator.rand_of(shape, DType::F64)?.add(1e-3)?;
    weights.div(weights.sum_dim(keepdim(-1))?)
}

fn near(a: &Tensor, b: &Tensor) -> bool {
    a.allclose(b, 1e-12, 1e-14)
}

#[test]
fn values_are_known_ones() -> Result<()> {
    // mpmath, 40 digits.
    let (p, q) = (tensor![0.2, 0.3, 0.5; f64], tensor![0.4, 0.4, 0.2; f64]);
    let kl = kl_divergence(&p, &q, 0, Nats)?.item();
    assert!((kl - 0.23321130808955418).abs() < 1e-16);
    assert!((kl_divergence(&p, &q, 0, Bits)?.item() - kl / 2.0_f64.ln()).abs() < 1e-15);
    assert_eq!(
        self_information(&tensor![1.0, 0.5, 0.0], Bits)?.to_f64_vec(),
        [0.0, 1.0, f64::INFINITY]
    );
    assert_eq!(entropy(&tensor![[1.0, 0.0], [0.5, 0.5]], 1, Bits)?.to_f64_vec(), [0.0, 1.0]);
    assert_eq!(entropy(&tensor![[0.25, 0.25], [0.25, 0.25]], .., Bits)?.item(), 2.0);
    assert!((perplexity(&Tensor::full([8], 0.125), 0)?.item() - 8.0).abs() < 1e-5);
    // Cover and Thomas, example 2.2.1.
    let joint = tensor![[8.0, 4.0, 2.0, 2.0], [4.0, 8.0, 2.0, 2.0], [4.0, 4.0, 4.0, 4.0], [16.0, 0.0, 0.0, 0.0]; f64];
    assert!((mutual_information(&joint.div(64)?, Bits)?.item() - 0.375).abs() < 1e-15);
    Ok(())
}

#[test]
fn close_distributions_keep_their_divergence() -> Result<()> {
    // mpmath for 0.5 ± 1e-9; Σ p log(p/q) in f64 gives 0 or about 1e-16, of either sign.
    let (p, q) = (tensor![0.5, 0.5; f64], tensor![0.5 + 1e-9, 0.5 - 1e-9; f64]);
    let kl = kl_divergence(&p, &q, 0, Nats)?.item();
    assert!((kl / 1.9999999978945785e-18 - 1.0).abs() < 1e-7, "{kl}");
    Ok(())
}

#[test]
fn gaps_keep_their_digits() {
    // mpmath, 40 digits.
    let w = tensor![-0.999, -0.49, -1e-9, 1e-5, 0.99, 1e10, 0.0, f64::INFINITY; f64];
    let known = [
        5.908755278982136,
        0.1833445532637656,
        5.000000003333334e-19,
        4.9999666669166655e-11,
        0.301865361263599,
        9999999976.97415,
        0.0,
        f64::INFINITY,
    ];
    for (y, known) in log_gap(&w).to_f64_vec().into_iter().zip(known) {
        assert!(y == known || (y / known - 1.0).abs() < 2e-15, "{y} {known}");
    }
    let delta = tensor![-40.0, -0.49, -1e-9, 1e-5, 0.49, 20.0, 0.0, f64::INFINITY; f64];
    let known = [
        39.0,
        0.10262639418441606,
        4.999999998333334e-19,
        5.000016666708334e-11,
        0.14231621995537896,
        485165174.4097903,
        0.0,
        f64::INFINITY,
    ];
    for (y, known) in exp_gap(&delta).to_f64_vec().into_iter().zip(known) {
        assert!(y == known || (y / known - 1.0).abs() < 1e-15, "{y} {known}");
    }
    assert!(
        log_gap(&tensor![f64::NAN]).item().is_nan() && exp_gap(&tensor![f64::NAN]).item().is_nan()
    );
}

#[test]
fn impossible_events() -> Result<()> {
    let (p, q) = (tensor![0.5, 0.5, 0.0; f64], tensor![1.0, 0.0, 0.0; f64]);
    assert_eq!(cross_entropy(&p, &q, 0, Nats)?.item(), f64::INFINITY);
    assert_eq!(kl_divergence(&p, &q, 0, Nats)?.item(), f64::INFINITY);
    assert_eq!(cross_entropy(&q, &p, 0, Bits)?.item(), 1.0);
    assert!((kl_divergence(&q, &p, 0, Bits)?.item() - 1.0).abs() < 1e-15);
    Ok(())
}

#[test]
fn an_impossible_event_leaves_the_gradient_finite() -> Result<()> {
    let gradient = |f: fn(&Tensor, &Tensor) -> Result<Tensor>| -> Result<Vec<f64>> {
        let (p, q) =
            (tensor![0.0, 1.0; f64].requires_grad_()?, tensor![0.0, 1.0; f64].requires_grad_()?);
        f(&p, &q)?.backward()?;
        Ok([p, q].iter().filter_map(Tensor::grad).flat_map(|g| g.to_f64_vec()).collect())
    };
    assert_eq!(gradient(|p, _| entropy(p, 0, Nats))?, [0.0, -1.0]);
    assert_eq!(gradient(|p, q| cross_entropy(p, q, 0, Nats))?, [0.0, 0.0, 0.0, -1.0]);
    assert_eq!(gradient(|p, q| kl_divergence(p, q, 0, Nats))?, [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(gradient(|p, _| entropy_of_logs(&p.log())?.sum_dim(0))?[1], -1.0);
    Ok(())
}

#[test]
fn gradients_are_those_of_differences() -> Result<()> {
    let p = tensor![[0.2, 0.3, 0.5], [0.1, 0.6, 0.3]; f64].requires_grad_()?;
    let q = tensor![0.4, 0.35, 0.25; f64].requires_grad_()?;
    let of: [Of; 6] = [
        |x| self_information(&x[0], Bits),
        |x| entropy(&x[0], 1, Bits),
        |x| cross_entropy(&x[0], &x[1], 1, Bits),
        |x| kl_divergence(&x[0], &x[1], 1, Bits),
        |x| perplexity(&x[0], 1),
        |x| mutual_information(&x[0].div(2)?, Bits),
    ];
    for f in of {
        gradcheck(f, &[p.clone(), q.clone()])?;
    }
    for (f, inputs) in of.iter().zip([1, 1, 2, 2, 1, 1]) {
        gradgradcheck(f, &[p.clone(), q.clone()][..inputs])?;
    }
    let (a, b) = (p.detach().log().requires_grad_()?, q.detach().log().requires_grad_()?);
    gradcheck(|x| divergence_of_logs(&x[0], &x[1]), &[a.clone(), b.clone()])?;
    gradgradcheck(|x| divergence_of_logs(&x[0], &x[1]), &[a.clone(), b])?;
    gradcheck(|x| entropy_of_logs(&x[0]), std::slice::from_ref(&a))?;
    gradgradcheck(|x| entropy_of_logs(&x[0]), &[a])?;
    let w = tensor![-0.9, -0.2, 0.0, 0.3, 4.0; f64].requires_grad_()?;
    for f in [log_gap, exp_gap] {
        gradcheck(|x| Ok(f(&x[0])), std::slice::from_ref(&w))?;
        gradgradcheck(|x| Ok(f(&x[0])), std::slice::from_ref(&w))?;
    }
    Ok(())
}

#[test]
fn identities_of_random_distributions() -> Result<()> {
    let mut generator = Generator::new(1);
    for classes in 1..20 {
        let (p, q) =
            (random([50, classes], &mut generator)?, random([50, classes], &mut generator)?);
        let (h, kl) = (entropy(&p, 1, Nats)?, kl_divergence(&p, &q, 1, Nats)?);
        assert!(near(&cross_entropy(&p, &q, 1, Nats)?, &h.add(&kl)?));
        assert!(kl.to_f64_vec().iter().all(|&kl| if classes == 1 { kl == 0.0 } else { kl > 0.0 }));
        assert!(kl_divergence(&p, &p, 1, Nats)?.to_f64_vec().iter().all(|&kl| kl == 0.0));
        let most = (classes as f64).ln() * (1.0 + 1e-15);
        assert!(h.to_f64_vec().iter().all(|h| (0.0..=most).contains(h)));
        assert!(near(&perplexity(&p, 1)?, &h.exp()));
    }
    Ok(())
}

#[test]
fn mutual_information_is_what_the_entropies_share() -> Result<()> {
    let mut generator = Generator::new(2);
    for classes in 1..8 {
        let joint = random([6, 5 * classes], &mut generator)?.reshape([6, 5, -1])?;
        let (x, y) = (joint.sum_dim(2)?, joint.sum_dim(1)?);
        let (h_x, h_y) = (entropy(&x, 1, Bits)?, entropy(&y, 1, Bits)?);
        let h = entropy(&joint, [1, 2], Bits)?;
        let shared = mutual_information(&joint, Bits)?;
        assert!(near(&shared, &h_x.add(&h_y)?.sub(&h)?));
        // The chain rule: H(X, Y) = H(X) + Σ p(x) H(Y|x).
        let given_x = joint.div(joint.sum_dim(keepdim(2))?)?;
        let h_y_given_x = x.mul(entropy(&given_x, 2, Bits)?)?.sum_dim(1)?;
        assert!(near(&h, &h_x.add(&h_y_given_x)?));
        // Independent ones share nothing.
        let product = x.reshape([6, 5, 1])?.mul(y.reshape([6, 1, -1])?)?;
        let none = mutual_information(&product, Bits)?.to_f64_vec();
        assert!(none.iter().all(|&i| (0.0..1e-28).contains(&i)), "{none:?}");
        assert!(shared.to_f64_vec().iter().all(|&i| if classes == 1 {
            i < 1e-28
        } else {
            i > 0.0
        }));
    }
    Ok(())
}

#[test]
fn tiny_joint_probabilities_do_not_underflow() -> Result<()> {
    // In f32 the product of the marginals 1e-30 is 0. The entropy ε log 1/ε + ε is all shared.
    let joint = tensor![[1.0, 0.0], [0.0, 1e-30]];
    let shared = mutual_information(&joint, Nats)?.item();
    assert!((shared / (30.0 * 10.0_f64.ln() * 1e-30 + 1e-30) - 1.0).abs() < 0.02, "{shared}");
    Ok(())
}

#[test]
fn f32_numbers_integers_and_empty_batches() -> Result<()> {
    let p = tensor![0.2, 0.3, 0.5];
    assert_eq!(entropy(&p, -1, Nats)?.dtype(), DType::F32);
    assert_eq!(entropy(&tensor![0, 1, 0], 0, Nats)?.item(), 0.0);
    assert_eq!(cross_entropy(&tensor![0, 0, 1], &p, 0, Bits)?.item() as f32, 1.0);
    assert_eq!(entropy(&Tensor::zeros([0, 3]), 1, Nats)?.shape(), [0]);
    let columns = tensor![[0.5, 0.25], [0.5, 0.75]];
    let rows = tensor![[0.5, 0.5], [0.25, 0.75]];
    assert!(entropy(&columns, 0, Nats)?.equal(&entropy(&rows, 1, Nats)?));
    assert_eq!(entropy(&rows, keepdim(1), Nats)?.shape(), [2, 1]);
    Ok(())
}

#[test]
fn what_is_no_distribution_is_refused() {
    let message = |result: Result<Tensor>| result.unwrap_err().to_string();
    let good = tensor![0.5, 0.5];
    assert!(message(entropy(&tensor![0.5, 0.2], 0, Nats)).contains("sum to 0.7"));
    assert!(message(entropy(&tensor![1.5, -0.5], 0, Nats)).contains("not negative, but -0.5"));
    assert!(message(entropy(&tensor![f64::NAN, 0.5], 0, Nats)).contains("sum to NaN"));
    assert!(message(perplexity(&tensor![], 0)).contains("these 0 sum to 0"));
    assert!(message(kl_divergence(&good, &tensor![1.0, 1.0], 0, Nats)).contains("sum to 2"));
    assert!(message(cross_entropy(&good, &tensor![0.2, 0.3, 0.5], 0, Nats)).contains("broadcast"));
    assert!(message(self_information(&tensor![1.5], Bits)).contains("1.5 does not"));
    assert!(message(entropy(&good, 1, Nats)).contains("axis 1 is out of range"));
    assert!(message(mutual_information(&good, Nats)).contains("two axes"));
}
