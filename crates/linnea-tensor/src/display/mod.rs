//! Tensors as PyTorch prints them (`torch/_tensor_str.py`): four digits, lines of 80 places, and of
//! more than a thousand numbers the first and last three along each axis. The formatter's precision
//! asks for other digits: `{x:.2}`. The types' names and `true` are Rust's (`dtype=f64`,
//! `requires_grad=true`), and an operation has the name of its method (`grad_fn=<add>`).

mod layout;
mod number;

use crate::{DType, Tensor};
use layout::Layout;
use number::Format;
use std::fmt;

const PREFIX: &str = "tensor(";
const LINE: usize = 80;
const PRECISION: usize = 4;
/// As many numbers are printed without leaving any out.
const THRESHOLD: usize = 1000;
/// As many stay at each end of an axis where some are left out.
const EDGE: usize = 3;

/// As PyTorch prints it.
///
/// ```
/// use linnea_tensor::tensor;
/// let x = tensor![[1.0, -0.5], [12.25, 3.0]];
/// assert_eq!(x.to_string(), "\
/// tensor([[ 1.0000, -0.5000],
///         [12.2500,  3.0000]])");
/// assert_eq!(format!("{:.1}", tensor![0.5; f64].requires_grad_()?),
///            "tensor([0.5], dtype=f64, requires_grad=true)");
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = PREFIX.to_owned() + &self.numbers(f.precision().unwrap_or(PRECISION));
        self.add_suffixes(&mut text);
        f.write_str(&text)
    }
}

/// As PyTorch prints it.
impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Tensor {
    /// The numbers in brackets.
    fn numbers(&self, precision: usize) -> String {
        if self.numel() == 0 {
            return "[]".to_owned();
        }
        let shortened = self.numel() > THRESHOLD;
        let shown = if shortened { self.edges() } else { self.detach() };
        let format = Format::of(&shown, precision);
        Layout {
            shape: shown.shape(),
            whole: self.shape(),
            cells: &format.cells(&shown),
            width: format.width(),
        }
        .print(PREFIX.len())
    }

    /// The numbers at the ends of every axis.
    fn edges(&self) -> Self {
        let mut edges = self.detach();
        for (axis, &size) in self.shape().iter().enumerate().filter(|(_, size)| **size > 2 * EDGE) {
            let ends: Vec<i64> = (0..EDGE).chain(size - EDGE..size).map(|at| at as i64).collect();
            edges = edges
                .index_select(axis as isize, &Self::from(ends))
                .expect("the ends of an axis are its places");
        }
        edges
    }

    /// What PyTorch says after the numbers: the size if it does not show, the type if it is none of
    /// those that literals have, and where a gradient goes.
    fn suffixes(&self) -> Vec<String> {
        let mut suffixes = Vec::new();
        let empty = self.numel() == 0;
        if empty && self.rank() != 1 {
            let sizes: Vec<String> = self.shape().iter().map(ToString::to_string).collect();
            suffixes.push(format!("size=({})", sizes.join(", ")));
        }
        let implied = match self.dtype() {
            DType::F32 => true,
            DType::I64 | DType::Bool => !empty,
            DType::U8 | DType::F64 => false,
        };
        if !implied {
            suffixes.push(format!("dtype={}", self.dtype()));
        }
        match &self.node {
            Some(node) if node.is_leaf() => suffixes.push("requires_grad=true".to_owned()),
            Some(node) => suffixes.push(format!("grad_fn=<{}>", node.op())),
            None => {}
        }
        suffixes
    }

    /// Adds the suffixes, on a new line where one would not fit.
    fn add_suffixes(&self, text: &mut String) {
        // Two more than there are, as PyTorch counts.
        let mut column = text.len() + 2 - text.rfind('\n').map_or(0, |at| at + 1);
        for suffix in self.suffixes() {
            if column + suffix.len() + 2 > LINE {
                text.push_str(",\n");
                text.push_str(&" ".repeat(PREFIX.len()));
                column = PREFIX.len() + suffix.len();
            } else {
                text.push_str(", ");
                column += suffix.len() + 2;
            }
            text.push_str(&suffix);
        }
        text.push(')');
    }
}

#[cfg(test)]
mod tests {
    use crate::{Result, Tensor, tensor};

    #[test]
    fn a_large_expanded_tensor_is_printed_without_its_numbers() -> Result<()> {
        let x = Tensor::ones([1 << 20, 1 << 20]);
        assert!(x.to_string().starts_with("tensor([[1., 1., 1.,  ..., 1., 1., 1.],\n"));
        Ok(())
    }

    #[test]
    fn views_print_what_they_show() -> Result<()> {
        let x = tensor![[1, 2], [30, 4]];
        assert_eq!(x.t()?.to_string(), "tensor([[ 1, 30],\n        [ 2,  4]])");
        assert_eq!(format!("{:?}", x.select(1, 0)?), "tensor([ 1, 30])");
        Ok(())
    }

    #[test]
    fn the_formatters_precision_is_taken() {
        assert_eq!(format!("{:.2}", tensor![1.0, 0.125]), "tensor([1.00, 0.12])");
        assert_eq!(format!("{:.0}", tensor![1.5e10]), "tensor([2e+10])");
        assert_eq!(format!("{:.1?}", tensor![1, 2]), "tensor([1, 2])");
    }
}
