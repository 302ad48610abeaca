//! What makes a norm a norm, held to many vectors and matrices.

use linnea_tensor::{Result, Tensor};
use proptest::prelude::*;

const INF: f64 = f64::INFINITY;

/// Two vectors of equal length.
fn vectors() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64), 1..20)
        .prop_map(|pairs| pairs.into_iter().unzip())
}

fn order() -> impl Strategy<Value = f64> {
    prop_oneof![Just(1.0), Just(2.0), Just(INF), 1.0..12.0]
}

fn vector(numbers: &[f64]) -> Tensor {
    Tensor::from_vec(numbers.to_vec(), [numbers.len()]).expect("as many numbers as places")
}

proptest! {
    #[test]
    fn a_norm_is_homogeneous_and_zero_only_at_zero((x, _) in vectors(), p in order(), a in -1e3..1e3_f64) {
        let x = vector(&x);
        let (norm, scaled) = (x.norm(p).item(), x.mul(a).expect("a number broadcasts").norm(p).item());
        prop_assert!(norm >= 0.0);
        prop_assert!((scaled - a.abs() * norm).abs() <= 1e-12 * scaled);
        prop_assert_eq!(norm == 0.0, x.count_nonzero().item() == 0.0);
        prop_assert_eq!(x.zeros_like().norm(p).item(), 0.0);
    }

    #[test]
    fn the_triangle_inequality_holds((x, y) in vectors(), p in order()) {
        let (x, y) = (vector(&x), vector(&y));
        let sum = x.add(&y).expect("equal shapes").norm(p).item();
        prop_assert!(sum <= (x.norm(p).item() + y.norm(p).item()) * (1.0 + 1e-13));
    }

    #[test]
    fn hoelders_inequality_holds((x, y) in vectors(), p in order()) {
        let conjugate = if p == 1.0 { INF } else if p == INF { 1.0 } else { p / (p - 1.0) };
        let (x, y) = (vector(&x), vector(&y));
        let dot = x.dot(&y).expect("equal lengths").item().abs();
        prop_assert!(dot <= x.norm(p).item() * y.norm(conjugate).item() * (1.0 + 1e-12));
    }

    #[test]
    fn norms_fall_with_their_order((x, _) in vectors(), p in order(), q in order()) {
        let (low, high) = (p.min(q), p.max(q));
        prop_assert!(vector(&x).norm(high).item() <= vector(&x).norm(low).item() * (1.0 + 1e-13));
    }

    #[test]
    fn spectral_frobenius_and_nuclear_are_in_order(
        numbers in prop::collection::vec(-1e3..1e3_f64, 12), tall in any::<bool>(),
    ) {
        let shape = if tall { [6, 2] } else { [3, 4] };
        let norms = || -> Result<_> {
            let x = Tensor::from_vec(numbers, shape)?;
            Ok((x.spectral_norm()?.item(), x.frobenius_norm()?.item(), x.nuclear_norm()?.item()))
        };
        let (spectral, frobenius, nuclear) = norms().expect("finite matrices");
        prop_assert!(spectral <= frobenius * (1.0 + 1e-13) && frobenius <= nuclear * (1.0 + 1e-13));
    }
}
