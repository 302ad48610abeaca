//! From the average to the minimum. The softmin-weighted average Σ softmin(λx)·x, and the soft
//! minimum with an average inside, −log(1/n·Σ exp(−λx))/λ, go from the average (λ → 0) to the
//! minimum (λ → ∞). Without 1/n, the soft minimum −log(Σ exp(−λx))/λ comes from below.

use super::tensor_of;
use crate::plot::{Axes, Frame, Scale, Svg};
use linnea_tensor::{Result, Tensor};

const X: [f64; 4] = [1.0, 2.0, 4.0, 5.0];
const LOWEST: f64 = -1.0;

const KEY: [(&str, &str); 3] = [
    ("a", "Σ softmin(λ x)ᵢ xᵢ"),
    ("c", "−log(¼ Σ exp(−λ xᵢ)) / λ"),
    ("b", "−log(Σ exp(−λ xᵢ)) / λ"),
];

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("Soft minima between the average and the minimum", 680, 380);
    let frame = Frame { left: 50.0, top: 34.0, width: 600.0, height: 290.0 };
    let axes = Axes::new(frame, Scale::logarithmic(0.1, 100.0), Scale::linear(LOWEST, 4.2));
    draw_frame(&mut svg, &axes);
    let (x, sharpness) = (tensor_of(&X)?, axes.x.values(121));
    let [weighted, averaged, summed] = curves(&x, &sharpness)?;
    let start = summed.iter().take_while(|y| **y < LOWEST).count();
    axes.curve(&mut svg, KEY[2].0, &sharpness[start..], &summed[start..]);
    axes.curve(&mut svg, KEY[1].0, &sharpness, &averaged);
    axes.curve(&mut svg, KEY[0].0, &sharpness, &weighted);
    Ok(svg.finish())
}

fn draw_frame(svg: &mut Svg, axes: &Axes) {
    axes.draw_x(svg, "λ = 1 / T", &[(0.1, "0.1"), (1.0, "1"), (10.0, "10"), (100.0, "100")]);
    let ticks = [(-1.0, "−1"), (0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3"), (4.0, "4")];
    axes.draw_y(svg, "x = (1, 2, 4, 5)", &ticks);
    for (value, name) in [(3.0, "mean x"), (1.0, "min x")] {
        axes.curve(svg, "thin dashed ink", &[0.1, 100.0], &[value, value]);
        let (right, above) = axes.at(100.0, value);
        svg.text("math end", (right - 4.0, above - 7.0), name);
    }
    axes.key(svg, (0.5, 0.26), &KEY);
}

/// The three means, at each sharpness λ.
fn curves(x: &Tensor, sharpness: &[f64]) -> Result<[Vec<f64>; 3]> {
    let [mut weighted, mut averaged, mut summed] = [const { Vec::new() }; 3];
    for &sharpness in sharpness {
        let soft_minimum = x.soft_minimum(sharpness, 0)?.item();
        weighted.push(x.mul(sharpness)?.softmin(0)?.dot(x)?.item());
        averaged.push(soft_minimum + (X.len() as f64).ln() / sharpness);
        summed.push(soft_minimum);
    }
    Ok([weighted, averaged, summed])
}
