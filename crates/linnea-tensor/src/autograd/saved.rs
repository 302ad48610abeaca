//! Values that a rule needs later, and the check that they are still what they were.

use super::node::Node;
use crate::tensor::Value;
use crate::{Error, Result, Tensor};
use std::sync::Arc;

/// An input that a rule needs, as it was when the operation ran.
pub(crate) struct Saved {
    tensor: Tensor,
    version: u64,
}

impl Saved {
    pub(crate) fn new(tensor: &Tensor) -> Self {
        Self { tensor: tensor.clone(), version: tensor.value.version() }
    }

    /// The saved tensor, or an error if it was changed in place since.
    pub(crate) fn get(&self) -> Result<&Tensor> {
        check(&self.tensor.value, self.version)?;
        Ok(&self.tensor)
    }
}

/// An output that its own rule needs. The node that holds it is put back when it is asked for: a
/// node that held its output as a tensor would hold itself and never be freed.
pub(super) struct SavedOutput {
    value: Arc<Value>,
    version: u64,
}

impl SavedOutput {
    pub(super) fn new(output: &Tensor) -> Self {
        Self { value: Arc::clone(&output.value), version: output.value.version() }
    }

    pub(super) fn get(&self, node: &Arc<Node>) -> Result<Tensor> {
        check(&self.value, self.version)?;
        Ok(Tensor { value: Arc::clone(&self.value), node: Some(Arc::clone(node)) })
    }
}

fn check(value: &Value, version: u64) -> Result<()> {
    if value.version() == version {
        return Ok(());
    }
    Err(Error::autograd(
        "backward",
        "a tensor that the gradient depends on was changed in place after it was used; \
         call backward before the change, or compute from a clone of its numbers (.copy())",
    ))
}
