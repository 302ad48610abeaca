//! The graph: nodes, edges, and how they go away.

use super::saved::SavedOutput;
use super::{Saved, is_grad_enabled};
use crate::shape::Shape;
use crate::{DType, Error, Result, Tensor};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A place in the graph that a gradient flows to.
pub(crate) struct Node {
    /// Grows with every node made, so an input's is smaller than its output's.
    pub(super) order: u64,
    pub(super) op: &'static str,
    pub(super) shape: Shape,
    pub(super) dtype: DType,
    leaf: bool,
    retains: AtomicBool,
    edges: Mutex<Edges>,
    grad: Mutex<Option<Tensor>>,
}

pub(super) enum Edges {
    Live(SmallVec<[Edge; 2]>),
    /// Given up by a backward pass that did not retain the graph.
    Freed,
}

/// The way of a gradient from an output to one input.
pub(crate) struct Edge {
    pub(super) to: Arc<Node>,
    rule: Rule,
}

type InputRule = Box<dyn Fn(&Tensor) -> Result<Tensor> + Send + Sync>;
type OutputRule = Box<dyn Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync>;

/// The gradient of an input, from the gradient of the output (and the output itself).
enum Rule {
    Input(InputRule),
    Output(SavedOutput, OutputRule),
}

impl Edge {
    /// The gradient of this edge's input.
    pub(super) fn pull(&self, gradient: &Tensor, from: &Arc<Node>) -> Result<Tensor> {
        match &self.rule {
            Rule::Input(rule) => rule(gradient),
            Rule::Output(output, rule) => rule(gradient, &output.get(from)?),
        }
    }
}

impl Node {
    pub(crate) fn leaf(shape: &[usize], dtype: DType) -> Arc<Self> {
        Self::make("leaf", Shape::from_slice(shape), dtype, SmallVec::new())
    }

    fn make(op: &'static str, shape: Shape, dtype: DType, edges: SmallVec<[Edge; 2]>) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Arc::new(Self {
            order: NEXT.fetch_add(1, Ordering::Relaxed),
            op,
            shape,
            dtype,
            leaf: edges.is_empty(),
            retains: AtomicBool::new(edges.is_empty()),
            edges: Mutex::new(Edges::Live(edges)),
            grad: Mutex::new(None),
        })
    }

    pub(crate) fn is_leaf(&self) -> bool {
        self.leaf
    }

    /// The name of the operation that made the tensor.
    pub(crate) fn op(&self) -> &'static str {
        self.op
    }

    /// Whether a backward pass leaves the gradient here: at leaves, and where it was asked for.
    pub(super) fn retains(&self) -> bool {
        self.retains.load(Ordering::Relaxed)
    }

    pub(super) fn lock_edges(&self) -> MutexGuard<'_, Edges> {
        self.edges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_grad(&self) -> MutexGuard<'_, Option<Tensor>> {
        self.grad.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to what has been gathered here. The first gradient is kept as it is, with a value of
    /// its own, so that clearing one parameter's gradient leaves another's alone.
    pub(super) fn gather(&self, gradient: &Tensor) -> Result<()> {
        let mut slot = self.lock_grad();
        match &*slot {
            Some(sum) if !sum.requires_grad() && !gradient.requires_grad() => sum.add_(gradient),
            Some(sum) => {
                *slot = Some(sum.add(gradient)?);
                Ok(())
            }
            None if gradient.requires_grad() => {
                *slot = Some(gradient.clone());
                Ok(())
            }
            None => {
                *slot = Some(gradient.detach());
                Ok(())
            }
        }
    }
}

impl Tensor {
    /// The gradient gathered so far; `None` before the first backward pass and after `zero_grad`.
    #[must_use]
    pub fn grad(&self) -> Option<Self> {
        self.node.as_ref()?.lock_grad().clone()
    }

    /// Forgets the gradient gathered so far.
    pub fn zero_grad(&self) {
        if let Some(node) = &self.node {
            *node.lock_grad() = None;
        }
    }

    /// Puts a gradient in the place of what was gathered; `None` forgets it.
    ///
    /// # Errors
    /// If the tensor does not require a gradient, or shape or type differ from it.
    pub fn set_grad(&self, gradient: Option<Self>) -> Result<()> {
        let Some(node) = &self.node else {
            return Err(Error::autograd("set_grad", "the tensor does not require a gradient"));
        };
        if let Some(gradient) = &gradient
            && (gradient.shape(), gradient.dtype()) != (self.shape(), self.dtype())
        {
            return Err(Error::shape(
                "set_grad",
                format!(
                    "a gradient of shape {:?} ({}) does not fit a tensor of shape {:?} ({})",
                    gradient.shape(),
                    gradient.dtype(),
                    self.shape(),
                    self.dtype(),
                ),
            ));
        }
        *node.lock_grad() = gradient;
        Ok(())
    }

    /// Asks backward passes to leave the gradient here too, although this is not a leaf.
    ///
    /// # Errors
    /// If the tensor does not require a gradient.
    pub fn retain_grad(&self) -> Result<()> {
        match &self.node {
            Some(node) => {
                node.retains.store(true, Ordering::Relaxed);
                Ok(())
            }
            None => Err(Error::autograd("retain_grad", "the tensor does not require a gradient")),
        }
    }

    /// The edge from an output of this input, if a gradient is wanted: `rule` makes the function
    /// from the output's gradient to this input's, and is not run otherwise.
    pub(crate) fn edge<R>(&self, rule: impl FnOnce() -> R) -> Option<Edge>
    where
        R: Fn(&Self) -> Result<Self> + Send + Sync + 'static,
    {
        let to = self.wanted()?;
        Some(Edge { to, rule: Rule::Input(Box::new(rule())) })
    }

    /// As [`Tensor::edge`], with a rule of the output's gradient and the output itself.
    pub(crate) fn edge_from<R>(&self, output: &Self, rule: impl FnOnce() -> R) -> Option<Edge>
    where
        R: Fn(&Self, &Self) -> Result<Self> + Send + Sync + 'static,
    {
        let to = self.wanted()?;
        Some(Edge { to, rule: Rule::Output(SavedOutput::new(output), Box::new(rule())) })
    }

    fn wanted(&self) -> Option<Arc<Node>> {
        if is_grad_enabled() { self.node.clone() } else { None }
    }

    /// This tensor, kept for a rule.
    pub(crate) fn save(&self) -> Saved {
        Saved::new(self)
    }

    /// This output, with the edges to its inputs.
    pub(crate) fn record(
        mut self,
        op: &'static str,
        edges: impl IntoIterator<Item = Option<Edge>>,
    ) -> Self {
        let edges: SmallVec<[Edge; 2]> = edges.into_iter().flatten().collect();
        if !edges.is_empty() {
            self.node = Some(Node::make(op, Shape::from_slice(self.shape()), self.dtype(), edges));
        }
        self
    }
}

thread_local! {
    /// Edges whose node is gone; `None` while nobody is clearing them.
    static DROPPED: RefCell<Option<Vec<Edge>>> = const { RefCell::new(None) };
}

impl Drop for Node {
    /// A chain of a hundred thousand nodes would be dropped by as many nested calls. So a node
    /// hands its edges to the outermost drop, which takes them one by one.
    fn drop(&mut self) {
        let edges = self.edges.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Edges::Live(edges) = edges else { return };
        if !edges.is_empty() {
            bury(std::mem::take(edges));
        }
    }
}

/// Drops edges without recursion.
pub(super) fn bury(edges: SmallVec<[Edge; 2]>) {
    let outermost = DROPPED.try_with(|dropped| {
        let mut dropped = dropped.borrow_mut();
        let Some(dropped) = dropped.as_mut() else {
            *dropped = Some(Vec::new());
            return Some(edges);
        };
        dropped.extend(edges);
        None
    });
    // While a thread ends there may be no list any more; then the edges went away in the attempt.
    let Ok(Some(edges)) = outermost else { return };
    drop(edges);
    while let Some(edge) = DROPPED.with_borrow_mut(|dropped| dropped.as_mut().and_then(Vec::pop)) {
        drop(edge);
    }
    DROPPED.with_borrow_mut(|dropped| *dropped = None);
}
