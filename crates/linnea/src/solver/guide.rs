//! What a walk asks of the method that finds its directions.

use crate::parameters::Parameters;

/// Who finds directions. All that it is told and says is in the preconditioner's coordinates.
pub(super) trait Guide {
    /// The gradient at a new place, and its norm as a share of that at the start.
    fn set_out(&mut self, gradient: &Parameters, share: f64) -> Heading;

    /// The Hessian there times the vector that was asked about; `None` if none was.
    fn take(&mut self, _product: &Parameters) -> Option<Heading> {
        None
    }

    /// A step was taken, and changed the gradient by so much.
    fn moved(&mut self, _step: Parameters, _change: Parameters) {}

    /// The last direction led nowhere: forgets what it came from, if it came from something.
    fn forget(&mut self) -> bool {
        false
    }
}

/// What a guide wants.
pub(super) enum Heading {
    /// To go this way.
    Go(Parameters),
    /// To know the Hessian times this vector.
    Product(Parameters),
}
