//! What a walk asks of the method that finds its directions.

use super::lbfgs::Memory;
use crate::parameters::Parameters;

/// Who finds directions.
pub(super) trait Guide: Send {
    /// The gradient at a new place, and that at 0.
    fn set_out(&mut self, gradient: &Parameters, start: &Parameters) -> Heading;

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

    /// What it has learned that may help with other penalties.
    fn memory(self) -> Memory
    where
        Self: Sized,
    {
        Memory::default()
    }
}

/// What a guide wants.
pub(super) enum Heading {
    /// To go this way.
    Go(Parameters),
    /// To know the Hessian times this vector.
    Product(Parameters),
}
