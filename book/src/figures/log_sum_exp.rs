//! The soft maximum log(e^λx + e^0)/λ of x and 0 is log-sum-exp for λ = 1, and nears max(x, 0).

use super::tensor_of;
use crate::plot::{Axes, Frame, Scale, Svg};
use linnea_tensor::{Result, Tensor};

const SHARPNESS: [(f64, &str, &str); 3] =
    [(1.0, "a", "λ = 1"), (2.0, "b", "λ = 2"), (4.0, "c", "λ = 4")];

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("The soft maximum of x and 0 nears their maximum", 680, 360);
    let frame = Frame { left: 50.0, top: 34.0, width: 600.0, height: 270.0 };
    let axes = Axes::new(frame, Scale::linear(-3.0, 3.0), Scale::linear(0.0, 3.2));
    let ticks =
        [(-3.0, "−3"), (-2.0, "−2"), (-1.0, "−1"), (0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3")];
    axes.draw_x(&mut svg, "x", &ticks);
    axes.draw_y(&mut svg, "log(exp(λ x) + exp(0)) / λ", &ticks[3..]);
    let x = axes.x.values(121);
    let pairs = Tensor::stack(&[&tensor_of(&x)?, &tensor_of(&x)?.zeros_like()], 1)?;
    axes.curve(&mut svg, "dashed ink", &x, &pairs.amax(1)?.to_f64_vec());
    for (sharpness, class, _) in SHARPNESS {
        axes.curve(&mut svg, class, &x, &pairs.soft_maximum(sharpness, 1)?.to_f64_vec());
    }
    let key = SHARPNESS.map(|(_, class, meaning)| (class, meaning));
    axes.key(&mut svg, (0.06, 0.9), &[&key[..], &[("dashed ink", "max(x, 0)")]].concat());
    Ok(svg.finish())
}
