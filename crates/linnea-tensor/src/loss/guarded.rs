//! A product in which 0 wins over anything: what has no weight adds nothing, even if it is infinite.

use super::pointwise::pointwise;
use crate::{Result, Tensor};

/// a·b of equal shapes, and 0 where a is 0.
pub(super) fn weigh(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let product = pointwise("weigh", a, b, |a, b| if a == 0.0 { 0.0 } else { a * b })?;
    let by_weight = a.edge(|| {
        let b = b.save();
        move |g: &Tensor| g.mul(b.get()?)
    });
    let by_value = b.edge(|| {
        let a = a.save();
        move |g: &Tensor| weigh(a.get()?, g)
    });
    Ok(product.record("weigh", [by_weight, by_value]))
}
