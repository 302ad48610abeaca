//! One case: what is asked, what PyTorch answered, and whether ours is that.

use crate::arguments::Arguments;
use crate::compare::{Tolerance, compare};
use crate::text::Text;
use linnea_tensor::autograd::Backward;
use linnea_tensor::{DType, Result, Tensor};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Ours: a function of the inputs and the arguments.
pub(crate) type Op = fn(&[Tensor], &Arguments) -> Result<Vec<Tensor>>;

/// A line of the file.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) op: String,
    #[serde(rename = "in")]
    inputs: Vec<Text>,
    /// Places of inputs that require no gradient although they are floats.
    #[serde(default)]
    frozen: Vec<usize>,
    #[serde(default)]
    args: Arguments,
    /// Relative and absolute, where the family's does not do.
    tolerance: Option<(f64, f64)>,
    #[serde(default)]
    refused: bool,
    #[serde(default)]
    out: Vec<Text>,
    /// One for each input that requires a gradient; absent where no output does.
    grad: Option<Vec<Option<Text>>>,
    /// Why the answer is not PyTorch's, which is kept beside it.
    differs: Option<String>,
    torch: Option<serde_json::Value>,
}

impl Case {
    /// Whether the answer is not PyTorch's, on purpose.
    pub(crate) fn differs(&self) -> bool {
        assert_eq!(self.differs.is_some(), self.torch.is_some(), "a reason, and what PyTorch says");
        self.differs.is_some()
    }

    /// What is wrong with ours, if anything.
    pub(crate) fn check(&self, op: Op, usual: Tolerance) -> Result<(), String> {
        let inputs: Vec<Tensor> =
            self.inputs.iter().enumerate().map(|(at, text)| self.leaf(at, text)).collect();
        let outputs = catch_unwind(AssertUnwindSafe(|| op(&inputs, &self.args)))
            .map_err(|_| String::from("ours panicked"))?;
        match (outputs, self.refused) {
            (Err(_), true) => Ok(()),
            (Err(error), false) => Err(format!("ours refused it: {error}")),
            (Ok(outputs), true) => Err(format!("ours should refuse it, and gave {outputs:?}")),
            (Ok(outputs), false) => {
                let tolerance = self.tolerance.map_or(usual, Tolerance::from);
                self.check_values(&outputs, tolerance)?;
                self.check_gradients(&inputs, &outputs, tolerance)
            }
        }
    }

    fn leaf(&self, at: usize, text: &Text) -> Tensor {
        let tensor = text.tensor();
        if !tensor.dtype().is_float() || self.frozen.contains(&at) {
            return tensor;
        }
        tensor.requires_grad_().expect("a float may require a gradient")
    }

    fn check_values(&self, outputs: &[Tensor], tolerance: Tolerance) -> Result<(), String> {
        if outputs.len() != self.out.len() {
            return Err(format!("{} outputs instead of {}", outputs.len(), self.out.len()));
        }
        let mut pairs = outputs.iter().zip(&self.out).enumerate();
        pairs.try_for_each(|(at, (ours, theirs))| {
            compare(&ours.detach(), &theirs.tensor(), tolerance)
                .map_err(|what| format!("output {at}: {what}"))
        })
    }

    fn check_gradients(
        &self,
        inputs: &[Tensor],
        outputs: &[Tensor],
        tolerance: Tolerance,
    ) -> Result<(), String> {
        let flows = outputs.iter().any(Tensor::requires_grad);
        let Some(expected) = &self.grad else {
            return if flows { Err("an output requires a gradient".into()) } else { Ok(()) };
        };
        let reaches = expected.iter().any(Option::is_some);
        if !flows && reaches {
            return Err("no output requires a gradient".into());
        }
        outputs.iter().try_for_each(run_backward).map_err(|error| format!("backward: {error}"))?;
        // A gradient in f64 of what was computed in f32 has no more digits than that.
        let rough = outputs.iter().any(|output| output.dtype() == DType::F32);
        let leaves = inputs.iter().filter(|input| input.requires_grad());
        leaves.zip(expected).enumerate().try_for_each(|(at, (leaf, theirs))| {
            // Nothing came, or zeros came: either way the derivative is 0.
            let ours = leaf.grad().unwrap_or_else(|| leaf.zeros_like());
            let theirs = theirs.as_ref().map_or_else(|| leaf.zeros_like(), Text::tensor);
            let tolerance = if rough { tolerance.rough() } else { tolerance }.unsigned();
            compare(&ours.detach(), &theirs.detach(), tolerance)
                .map_err(|what| format!("gradient {at}: {what}"))
        })
    }
}

/// Leaves the gradient of one output at the leaves, weighted as `case.py` weights it.
fn run_backward(output: &Tensor) -> Result<()> {
    if !output.requires_grad() {
        return Ok(());
    }
    let weight = |at: usize| (((7 * at) % 11) as f64 - 4.5) / 4.0;
    let weights: Vec<f64> = (0..output.numel()).map(weight).collect();
    let weights = Tensor::from_vec(weights, output.shape())?.to(output.dtype());
    Backward::of(output).gradient(&weights).retain_graph().run()
}
