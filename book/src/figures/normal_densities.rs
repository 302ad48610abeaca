//! The density of the normal distribution: the mean moves it, the standard deviation widens it.

use super::tensor_of;
use crate::plot::{Axes, Frame, Scale, Svg};
use linnea_tensor::Result;
use linnea_tensor::distributions::{Distribution, Normal};

const NORMALS: [(f64, f64, &str, &str); 4] = [
    (0.0, 1.0, "a", "μ = 0, σ = 1"),
    (0.0, 2.0, "b", "μ = 0, σ = 2"),
    (0.0, 0.5, "c", "μ = 0, σ = ½"),
    (3.0, 1.0, "e", "μ = 3, σ = 1"),
];

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("Densities of four normal distributions", 680, 360);
    let frame = Frame { left: 50.0, top: 34.0, width: 600.0, height: 270.0 };
    let axes = Axes::new(frame, Scale::linear(-6.0, 6.0), Scale::linear(0.0, 0.85));
    let ticks = [(-6.0, "−6"), (-4.0, "−4"), (-2.0, "−2"), (0.0, "0"), (2.0, "2"), (4.0, "4")];
    axes.draw_x(&mut svg, "x", &ticks);
    axes.draw_y(
        &mut svg,
        "p(x)",
        &[(0.0, "0"), (0.2, "0.2"), (0.4, "0.4"), (0.6, "0.6"), (0.8, "0.8")],
    );
    let x = axes.x.values(241);
    for (mean, deviation, class, _) in NORMALS {
        let density = Normal::new(mean, deviation)?.pdf(&tensor_of(&x)?)?.to_f64_vec();
        axes.curve(&mut svg, class, &x, &density);
    }
    axes.key(&mut svg, (0.04, 0.9), &NORMALS.map(|(_, _, class, meaning)| (class, meaning)));
    Ok(svg.finish())
}
