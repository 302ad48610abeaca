//! Mutual information, as the mean divergence of the conditional distribution from the marginal:
//!
//! I(X; Y) = Σₓ p(x) KL(p(y|x) ‖ p(y))
//!
//! (Cover and Thomas, equation 2.28, conditioned on x.) The product p(x)p(y), which may underflow, is
//! never formed, and no term is negative.

use super::{Unit, in_unit, terms, valid};
use crate::reduce::Rows;
use crate::shape::Axes;
use crate::{Error, Result, Tensor, keepdim};

/// The information that X and Y have in common, from their joint probabilities: x down the rows, y
/// along the columns. Axes before the last two count joint distributions.
///
/// ```
/// use linnea_tensor::{information::{self, Unit}, tensor};
/// let equal = tensor![[0.5, 0.0], [0.0, 0.5]];
/// assert_eq!(information::mutual_information(&equal, Unit::Bits)?.item(), 1.0);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
///
/// # Errors
/// If there are fewer than two axes, or the numbers are no probabilities over the last two: negative,
/// or with a sum that differs from 1 by more than 0.0001.
pub fn mutual_information(joint: &Tensor, unit: Unit) -> Result<Tensor> {
    const OP: &str = "mutual_information";
    if joint.rank() < 2 {
        let problem = format!("joint probabilities have two axes, not shape {:?}", joint.shape());
        return Err(Error::shape(OP, problem));
    }
    valid::check_sums(OP, joint, &Rows::new(OP, joint, &Axes::from([-2, -1]))?)?;
    let (x, y) = (joint.sum_dim(keepdim(-1))?, joint.sum_dim(keepdim(-2))?);
    // An impossible x has no conditional distribution; its weight is 0.
    let given_x = joint.div(x.eq(0)?.where_(1.0, &x)?)?;
    let nats = x.mul(terms::divergence_terms(&given_x, &y)?)?.sum_dim([-2, -1])?;
    in_unit(nats, unit)
}
