//! Hardmax gives all to the largest logit and jumps; softmax shares, and can be differentiated.

use super::tensor_of;
use crate::plot::{Axes, Frame, Scale, Svg};
use linnea_tensor::{Result, Tensor, tensor};

const UNIT: [(f64, &str); 3] = [(0.0, "0"), (0.5, "0.5"), (1.0, "1")];

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("Hardmax and softmax of three logits, and of a moving one", 760, 350);
    draw_bars(&mut svg)?;
    draw_curves(&mut svg)?;
    Ok(svg.finish())
}

/// Both distributions over three classes.
fn draw_bars(svg: &mut Svg) -> Result<()> {
    let frame = Frame { left: 46.0, top: 34.0, width: 300.0, height: 250.0 };
    let axes = Axes::new(frame, Scale::linear(0.4, 3.6), Scale::linear(0.0, 1.25));
    let logits = tensor![1.0, 3.0, 2.5; f64];
    axes.draw_y(svg, "ŷ", &UNIT);
    axes.draw_x(svg, "o", &[(1.0, "1"), (2.0, "3"), (3.0, "2.5")]);
    for (distribution, class, left) in
        [(logits.hardmax(0)?, "area ink", -0.3), (logits.softmax(0)?, "mark a", 0.02)]
    {
        for (i, p) in distribution.to_f64_vec().into_iter().enumerate() {
            let left = i as f64 + 1.0 + left;
            svg.bar(class, axes.at(left, 0.0), axes.at(left + 0.28, p));
        }
    }
    axes.key(svg, (0.04, 0.97), &[("ink", "hardmax(o)"), ("a", "softmax(o)")]);
    Ok(())
}

/// The first class's share, as its logit passes the other's.
fn draw_curves(svg: &mut Svg) -> Result<()> {
    let frame = Frame { left: 426.0, top: 34.0, width: 300.0, height: 250.0 };
    let axes = Axes::new(frame, Scale::linear(-6.0, 6.0), Scale::linear(0.0, 1.05));
    axes.draw_x(svg, "o₁ − o₂", &[(-6.0, "−6"), (-3.0, "−3"), (0.0, "0"), (3.0, "3"), (6.0, "6")]);
    axes.draw_y(svg, "ŷ₁", &UNIT);
    let x = axes.x.values(121);
    let first = tensor_of(&x)?;
    let softmax = Tensor::stack(&[&first, &first.zeros_like()], 1)?.softmax(1)?.select(1, 0)?;
    axes.curve(svg, "ink", &[-6.0, 0.0, 0.0, 6.0], &[0.0, 0.0, 1.0, 1.0]);
    axes.curve(svg, "a", &x, &softmax.to_f64_vec());
    Ok(())
}
