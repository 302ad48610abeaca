//! LaTeX to MathML.

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};

/// Turns a formula into MathML; backticks around it, which repository pages allow, fall away.
///
/// # Errors
/// If the formula is not understood; the message names it.
pub fn mathml(latex: &str, display: MathDisplay) -> Result<String, String> {
    let latex = latex.strip_prefix('`').and_then(|latex| latex.strip_suffix('`')).unwrap_or(latex);
    let converter = LatexToMathML::new(MathCoreConfig::default())
        .map_err(|(error, ..)| format!("no converter for formulas: {error}"))?;
    converter
        .convert_with_local_state(latex, display)
        .map(|formula| with_large_fences(&formula.mathml))
        .map_err(|error| format!("the formula {latex:?} is not understood: {error}"))
}

/// Gives a fence of a fixed size a row of its own where it has an index: browsers size an operator
/// by its row, and below an index there is none.
fn with_large_fences(mathml: &str) -> String {
    let mut mathml = mathml.to_owned();
    for scripts in ["<msup>", "<msub>", "<msubsup>"] {
        let start = format!("{scripts}<mo minsize");
        let mut from = 0;
        while let Some(found) = mathml[from..].find(&start) {
            let fence = from + found + scripts.len();
            let end = mathml[fence..].find("</mo>").map_or(mathml.len(), |end| fence + end + 5);
            mathml.insert_str(end, "</mrow>");
            mathml.insert_str(fence, "<mrow>");
            from = end;
        }
    }
    mathml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_make_no_difference() {
        let plain = mathml(r"x^2", MathDisplay::Inline).unwrap();
        assert_eq!(plain, mathml(r"`x^2`", MathDisplay::Inline).unwrap());
        assert!(plain.contains("<msup><mi>x</mi><mn>2</mn></msup>"), "{plain}");
    }

    #[test]
    fn a_large_fence_with_an_index_is_large() {
        let formula = mathml(r"\Bigl( x \Bigr)^2 \Bigr)^3", MathDisplay::Block).unwrap();
        assert_eq!(formula.matches("<msup><mrow><mo minsize=").count(), 2, "{formula}");
        assert_eq!(formula.matches(")</mo></mrow><mn>").count(), 2, "{formula}");
    }

    #[test]
    fn an_unknown_command_is_named() {
        let error = mathml(r"\nonsense{x}", MathDisplay::Block).unwrap_err();
        assert!(error.contains("nonsense"), "{error}");
    }
}
