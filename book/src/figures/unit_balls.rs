//! All vectors of norm 1 in the plane: ‖x‖ₚ = 1 for five p.
//!
//! Every direction is divided by its norm. The directions are closer beside the axes, where the
//! curve of p = ½ has its tips.

use super::tensor_of;
use crate::plot::{Axes, Frame, Scale, Svg};
use linnea_tensor::{Result, Tensor, keepdim};
use std::f64::consts::TAU;

const NORMS: [(f64, &str, &str); 5] = [
    (0.5, "dashed d", "p = ½ (no norm)"),
    (1.0, "b", "p = 1"),
    (2.0, "a", "p = 2"),
    (4.0, "c", "p = 4"),
    (f64::INFINITY, "e", "p = ∞"),
];

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("The unit balls of five norms in the plane", 600, 420);
    let frame = Frame { left: 50.0, top: 34.0, width: 330.0, height: 330.0 };
    let axes = Axes::new(frame, Scale::linear(-1.25, 1.25), Scale::linear(-1.25, 1.25));
    axes.draw_x(&mut svg, "x₁", &[(-1.0, "−1"), (0.0, "0"), (1.0, "1")]);
    axes.draw_y(&mut svg, "x₂", &[(-1.0, "−1"), (0.0, "0"), (1.0, "1")]);
    for (p, class, _) in NORMS {
        let (x, y) = sphere(p)?;
        axes.curve(&mut svg, class, &x, &y);
    }
    let meanings = NORMS.map(|(_, class, meaning)| (class, meaning));
    axes.key(&mut svg, (1.1, 0.75), &meanings);
    axes.note(&mut svg, (1.1, 0.93), "‖x‖ₚ = 1");
    Ok(svg.finish())
}

/// Points of norm 1, once around.
fn sphere(p: f64) -> Result<(Vec<f64>, Vec<f64>)> {
    let angle = tensor_of(&Scale::linear(0.0, TAU).values(361))?;
    let (cos, sin) = (angle.cos(), angle.sin());
    let directions = Tensor::stack(&[&cos.mul(cos.abs())?, &sin.mul(sin.abs())?], 1)?;
    let sphere = directions.div(&directions.norm_dim(p, keepdim(1))?)?;
    Ok((sphere.select(1, 0)?.to_f64_vec(), sphere.select(1, 1)?.to_f64_vec()))
}
