//! The driver: from one output back to every tensor that it depends on.
//!
//! ```text
//! due ← {output's node: seed}
//! while due is not empty:
//!     take the youngest node and its gradient     (all that it fed are done: they are younger)
//!     leave the gradient there, if it is a leaf or was asked for
//!     for each edge: add the edge's gradient, summed to the input's shape, to what is due there
//! ```
//!
//! Nodes are numbered as they are made, so *youngest first* is a topological order that needs no
//! walk of its own and no recursion. A first gradient is moved into place, not added to zeros.

use super::mode::with_mode;
use super::node::{Edge, Edges, Node, bury};
use crate::{Error, Result, Tensor};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A backward pass with its options.
///
/// ```
/// use linnea_tensor::{autograd::Backward, tensor};
/// let x = tensor![2.0].requires_grad_()?;
/// let y = x.pow(3.0)?;
/// let first = &Backward::of(&y).create_graph().gradients(&[&x])?[0];   // 3x² = 12
/// let second = &Backward::of(first).gradients(&[&x])?[0];              // 6x = 12
/// assert_eq!((first.item(), second.item()), (12.0, 12.0));
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Backward<'a> {
    output: &'a Tensor,
    gradient: Option<&'a Tensor>,
    retain_graph: bool,
    create_graph: bool,
}

impl<'a> Backward<'a> {
    /// A backward pass from `output`.
    pub fn of(output: &'a Tensor) -> Self {
        Self { output, gradient: None, retain_graph: false, create_graph: false }
    }

    /// Starts with this gradient of the output, of the same shape, instead of 1.
    pub fn gradient(self, gradient: &'a Tensor) -> Self {
        Self { gradient: Some(gradient), ..self }
    }

    /// Keeps the graph, so that another backward pass can go through it.
    pub fn retain_graph(self) -> Self {
        Self { retain_graph: true, ..self }
    }

    /// Records the pass itself, so that gradients have gradients; keeps the graph too.
    pub fn create_graph(self) -> Self {
        Self { create_graph: true, retain_graph: true, ..self }
    }

    /// Adds the gradient to [`Tensor::grad`] of every leaf that the output depends on.
    ///
    /// # Errors
    /// If the output has more than one number and no gradient was given, requires no gradient, or
    /// depends on a value that was changed in place or on a graph that an earlier pass has freed.
    /// No leaf's gradient has changed then.
    pub fn run(self) -> Result<()> {
        let mut gathered = Vec::new();
        self.walk(|node, gradient| {
            if node.retains() {
                gathered.push((Arc::clone(node), gradient.clone()));
            }
        })?;
        with_mode(self.create_graph, || {
            gathered.iter().try_for_each(|(node, gradient)| node.gather(gradient))
        })
    }

    /// The gradients of `inputs`, which may be leaves or not; their [`Tensor::grad`] is not touched.
    ///
    /// # Errors
    /// As for [`Backward::run`], and if the output does not depend on one of the inputs.
    pub fn gradients(self, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let found = self.gradients_if_used(inputs)?;
        found.into_iter().enumerate().map(|(at, g)| g.ok_or_else(|| unused(at))).collect()
    }

    /// As [`Backward::gradients`], with `None` for an input that the output does not depend on
    /// (PyTorch's `allow_unused`).
    ///
    /// # Errors
    /// As for [`Backward::run`].
    pub fn gradients_if_used(self, inputs: &[&Tensor]) -> Result<Vec<Option<Tensor>>> {
        let mut found = vec![None; inputs.len()];
        self.walk(|node, gradient| {
            for (slot, input) in found.iter_mut().zip(inputs) {
                if input.node.as_ref().is_some_and(|wanted| Arc::ptr_eq(wanted, node)) {
                    // Its own value, so that a change to one result reaches no other.
                    let graph = gradient.requires_grad();
                    *slot = Some(if graph { gradient.clone() } else { gradient.detach() });
                }
            }
        })?;
        Ok(found)
    }

    /// Visits every node that the output depends on, with its gradient, youngest first.
    fn walk(&self, mut visit: impl FnMut(&Arc<Node>, &Tensor)) -> Result<()> {
        let root = self.output.node.as_ref().ok_or_else(|| {
            Error::autograd("backward", "the tensor requires no gradient: none of the tensors that \
                it was computed from does; mark one with requires_grad_(), and compute outside no_grad")
        })?;
        let mut due = BTreeMap::from([(root.order, (Arc::clone(root), self.seed()?))]);
        with_mode(self.create_graph, || {
            while let Some((_, (node, gradient))) = due.pop_last() {
                visit(&node, &gradient);
                self.follow(&node, &gradient, &mut due)?;
            }
            Ok(())
        })
    }

    fn seed(&self) -> Result<Tensor> {
        let output = self.output;
        match self.gradient {
            Some(gradient) if gradient.shape() == output.shape() => Ok(gradient.to(output.dtype())),
            Some(gradient) => Err(Error::shape(
                "backward",
                format!(
                    "the gradient's shape {:?} is not the output's {:?}",
                    gradient.shape(),
                    output.shape()
                ),
            )),
            None if output.numel() == 1 => Ok(Tensor::ones_like(output)),
            None => Err(Error::autograd(
                "backward",
                format!(
                    "only a scalar has a gradient of its own, not a tensor of shape {:?}; sum it, or \
                 give the gradient of the output (backward_with)",
                    output.shape()
                ),
            )),
        }
    }

    /// Sends a node's gradient along its edges.
    fn follow(&self, node: &Arc<Node>, gradient: &Tensor, due: &mut Due) -> Result<()> {
        let mut edges = node.lock_edges();
        let Edges::Live(live) = &*edges else { return Err(freed(node)) };
        for edge in live {
            let pulled = fit(&edge.pull(gradient, node)?, &edge.to)?;
            add(due, edge, pulled)?;
        }
        if !self.retain_graph && !node.is_leaf() {
            let Edges::Live(live) = std::mem::replace(&mut *edges, Edges::Freed) else {
                return Ok(());
            };
            drop(edges);
            bury(live);
        }
        Ok(())
    }
}

type Due = BTreeMap<u64, (Arc<Node>, Tensor)>;

/// Adds a gradient to what is due at an edge's end.
fn add(due: &mut Due, edge: &Edge, gradient: Tensor) -> Result<()> {
    use std::collections::btree_map::Entry;
    match due.entry(edge.to.order) {
        Entry::Vacant(entry) => {
            entry.insert((Arc::clone(&edge.to), gradient));
        }
        Entry::Occupied(mut entry) => {
            let (_, sum) = entry.get_mut();
            *sum = sum.add(&gradient)?;
        }
    }
    Ok(())
}

/// A gradient in the shape and type of the tensor it belongs to: what was broadcast is summed.
fn fit(gradient: &Tensor, node: &Node) -> Result<Tensor> {
    gradient.sum_to(&node.shape).map(|gradient| gradient.to(node.dtype))
}

fn freed(node: &Node) -> Error {
    Error::autograd(
        "backward",
        format!(
            "the graph was freed by an earlier backward pass (at `{}`); keep it with \
         Backward::of(…).retain_graph()",
            node.op
        ),
    )
}

fn unused(at: usize) -> Error {
    Error::autograd(
        "grad",
        format!("the output does not depend on input {at}, or the input requires no gradient"),
    )
}

impl Tensor {
    /// Adds the gradient of this scalar to [`Tensor::grad`] of every leaf that it depends on, and
    /// frees the graph. For more, see [`Backward`].
    ///
    /// # Errors
    /// As for [`Backward::run`].
    pub fn backward(&self) -> Result<()> {
        Backward::of(self).run()
    }

    /// As [`Tensor::backward`], for a tensor of any shape: starts with the gradient of some scalar
    /// with respect to this tensor.
    ///
    /// # Errors
    /// As for [`Backward::run`].
    pub fn backward_with(&self, gradient: &Self) -> Result<()> {
        Backward::of(self).gradient(gradient).run()
    }
}

/// The gradients of a scalar with respect to `inputs`; [`Tensor::grad`] is not touched.
///
/// # Errors
/// As for [`Backward::gradients`].
pub fn grad(output: &Tensor, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
    Backward::of(output).gradients(inputs)
}
