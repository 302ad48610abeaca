//! What a user of gradients relies on: accumulation, graphs that are kept or freed, gradients of
//! gradients, deep and wide graphs, and refusals.

use linnea_tensor::autograd::{Backward, enable_grad, grad, gradcheck, is_grad_enabled};
use linnea_tensor::{DType, Result, Tensor, no_grad, tensor};

fn leaf(values: &[f64]) -> Result<Tensor> {
    Tensor::from_vec(values.to_vec(), values.len())?.requires_grad_()
}

fn gradient(of: &Tensor) -> Vec<f64> {
    of.grad().expect("a gradient was gathered").to_f64_vec()
}

fn message<T>(result: Result<T>) -> String {
    result.err().expect("the call must be refused").to_string()
}

#[test]
fn gradients_accumulate_until_they_are_cleared() -> Result<()> {
    let x = leaf(&[1.0, 2.0])?;
    x.square().sum().backward()?;
    x.square().sum().backward()?;
    assert_eq!(gradient(&x), [4.0, 8.0]);
    x.grad().expect("a gradient").zero_()?;
    assert_eq!(gradient(&x), [0.0, 0.0]);
    x.zero_grad();
    assert!(x.grad().is_none());
    Ok(())
}

#[test]
fn clearing_one_gradient_leaves_the_other_alone() -> Result<()> {
    let (a, b) = (leaf(&[1.0])?, leaf(&[2.0])?);
    a.add(&b)?.sum().backward()?;
    a.grad().expect("a gradient").zero_()?;
    assert_eq!((gradient(&a), gradient(&b)), (vec![0.0], vec![1.0]));
    Ok(())
}

#[test]
fn a_clone_is_the_same_leaf_and_a_tensor_used_twice_gets_both_gradients() -> Result<()> {
    let x = leaf(&[3.0])?;
    let y = x.clone();
    x.mul(&y)?.add(&x)?.sum().backward()?;
    assert_eq!((gradient(&x), gradient(&y)), (vec![7.0], vec![7.0]));
    Ok(())
}

#[test]
fn only_a_scalar_has_a_gradient_of_its_own() -> Result<()> {
    let x = leaf(&[1.0, 2.0])?;
    assert!(message(x.square().backward()).contains("only a scalar"));
    assert!(message(x.square().backward_with(&tensor![1.0])).contains("not the output's"));
    x.square().backward_with(&tensor![1.0, 10.0])?;
    assert_eq!(gradient(&x), [2.0, 40.0]);
    assert!(message(tensor![1.0].backward()).contains("requires no gradient"));
    assert!(message(tensor![1_i64].requires_grad_()).contains("f32 or f64"));
    Ok(())
}

#[test]
fn a_graph_is_freed_unless_it_is_kept() -> Result<()> {
    let x = leaf(&[2.0])?;
    let y = x.square().exp().sum();
    Backward::of(&y).retain_graph().run()?;
    y.backward()?;
    let twice = 2.0 * 4.0 * 4.0_f64.exp();
    assert_eq!(gradient(&x), [twice]);
    assert!(message(y.backward()).contains("freed by an earlier backward pass"));
    assert_eq!(gradient(&x), [twice], "a refused pass changes nothing");
    Ok(())
}

#[test]
fn gradients_have_gradients() -> Result<()> {
    let x = leaf(&[1.5])?;
    let mut derivative = x.pow(4.0)?.sum();
    for expected in [4.0 * 1.5_f64.powi(3), 12.0 * 1.5 * 1.5, 24.0 * 1.5, 24.0] {
        derivative = Backward::of(&derivative).create_graph().gradients(&[&x])?.remove(0).sum();
        assert!((derivative.item() - expected).abs() < 1e-12);
    }
    assert!(x.grad().is_none());
    Ok(())
}

#[test]
fn an_input_that_is_not_used_is_named() -> Result<()> {
    let (x, y) = (leaf(&[1.0])?, leaf(&[1.0])?);
    assert!(message(grad(&x.exp().sum(), &[&x, &y])).contains("input 1"));
    let found = Backward::of(&x.exp().sum()).gradients_if_used(&[&x, &y])?;
    assert!(found[0].is_some() && found[1].is_none());
    Ok(())
}

#[test]
fn an_intermediate_keeps_its_gradient_if_asked() -> Result<()> {
    let x = leaf(&[3.0])?;
    let y = x.square();
    y.retain_grad()?;
    y.mul(2.0)?.sum().backward()?;
    assert_eq!((gradient(&y), gradient(&x)), (vec![2.0], vec![12.0]));
    assert!(!y.is_leaf() && x.is_leaf() && x.detach().is_leaf());
    Ok(())
}

#[test]
fn nothing_is_recorded_inside_no_grad() -> Result<()> {
    let x = leaf(&[3.0])?;
    assert!(no_grad(|| !x.square().requires_grad() && enable_grad(|| x.square().requires_grad())));
    assert!(!x.detach().square().requires_grad() && x.square().requires_grad());
    let panicked = std::panic::catch_unwind(|| no_grad(|| panic!("on purpose")));
    assert!(panicked.is_err() && is_grad_enabled(), "the mode comes back after a panic");
    Ok(())
}

#[test]
fn a_copy_is_another_tensor_and_its_gradient_flows_back() -> Result<()> {
    let x = leaf(&[3.0])?;
    let copy = x.copy();
    no_grad(|| x.add_(1.0))?;
    assert_eq!((x.item(), copy.item()), (4.0, 3.0));
    copy.square().sum().backward()?;
    assert_eq!(gradient(&x), [6.0]);
    Ok(())
}

/// A quarter of a megabyte of stack holds no recursion over this many nodes.
#[test]
fn a_deep_graph_neither_overflows_the_stack_nor_loses_its_gradient() {
    const DEPTH: usize = 100_000;
    let work = || -> Result<()> {
        let x = leaf(&[1.0])?;
        let chain = |x: &Tensor| (0..DEPTH).try_fold(x.clone(), |y, _| y.add(1.0)?.mul(1.0));
        chain(&x)?.sum().backward()?;
        assert_eq!(gradient(&x), [1.0]);
        drop(chain(&x)?);
        // Products save what they multiply, so here every saved tensor holds the graph before it.
        let one = leaf(&[1.0])?;
        let saved = (0..DEPTH).try_fold(x.clone(), |y, _| one.mul(&y))?;
        drop(saved);
        Ok(())
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(work);
    thread.expect("a thread").join().expect("no overflow").expect("no error");
}

#[test]
fn a_wide_graph_adds_every_gradient() -> Result<()> {
    let x = leaf(&[1.0])?;
    let sum = (0..50_000).try_fold(Tensor::scalar(0.0).to(DType::F64), |sum, _| sum.add(&x))?;
    sum.sum().backward()?;
    assert_eq!(gradient(&x), [50_000.0]);
    Ok(())
}

/// Sixty doublings: a driver that walked paths instead of nodes would never end.
#[test]
fn a_graph_with_many_paths_is_walked_once() -> Result<()> {
    let x = leaf(&[1.0])?;
    let y = (0..60).try_fold(x.clone(), |y, _| y.add(&y))?;
    y.sum().backward()?;
    assert_eq!(gradient(&x), [2.0_f64.powi(60)]);
    Ok(())
}

#[test]
fn tensors_go_to_other_threads() -> Result<()> {
    let x = leaf(&[2.0])?;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| x.square().sum().backward());
        }
    });
    assert_eq!(gradient(&x), [16.0]);
    Ok(())
}

#[test]
fn a_wrong_gradient_is_found() -> Result<()> {
    let x = leaf(&[0.5, 1.5])?;
    // What is detached has a slope that autograd does not see.
    let wrong = |x: &[Tensor]| x[0].mul(x[0].detach());
    assert!(message(gradcheck(wrong, std::slice::from_ref(&x))).contains("differences give"));
    let single = tensor![1.0].requires_grad_()?;
    assert!(message(gradcheck(|x| Ok(x[0].exp()), &[single])).contains("f64"));
    Ok(())
}
