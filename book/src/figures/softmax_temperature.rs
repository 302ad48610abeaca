//! Softmax of four logits under temperature: cold, it is hardmax; hot, every class has its part.

use super::tensor_of;
use crate::plot::{Axes, Frame, Scale, Svg};
use linnea_tensor::{Result, Tensor, tensor};

const CLASSES: [(&str, &str); 4] =
    [("a", "o₁ = 3"), ("b", "o₂ = 2"), ("c", "o₃ = 1"), ("e", "o₄ = 0")];

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("Softmax of four logits under temperature", 680, 360);
    let frame = Frame { left: 50.0, top: 34.0, width: 600.0, height: 270.0 };
    let axes = Axes::new(frame, Scale::logarithmic(0.1, 100.0), Scale::linear(0.0, 1.05));
    axes.draw_x(&mut svg, "T", &[(0.1, "0.1"), (1.0, "1"), (10.0, "10"), (100.0, "100")]);
    axes.draw_y(&mut svg, "softmax(o / T)", &[(0.0, "0"), (0.25, "¼"), (0.5, "½"), (1.0, "1")]);
    let temperatures = axes.x.values(121);
    let shares = shares(&temperatures)?;
    for (class, (colour, _)) in CLASSES.iter().enumerate() {
        let share = shares.select(0, class as isize)?.to_f64_vec();
        axes.curve(&mut svg, colour, &temperatures, &share);
    }
    axes.key(&mut svg, (0.78, 0.93), &CLASSES);
    Ok(svg.finish())
}

/// A row for each class, a column for each temperature.
fn shares(temperatures: &[f64]) -> Result<Tensor> {
    let logits = tensor![[3.0], [2.0], [1.0], [0.0]; f64];
    logits.div(&tensor_of(temperatures)?)?.softmax(0)
}
