//! Left: the surprise −log₂ p of what has probability p. Right: for two outcomes, the entropy, and
//! the cross-entropy of who believes in q = ¼: a line that touches the entropy at p = q, and lies
//! above it by the KL divergence.

use super::tensor_of;
use crate::plot::{Axes, Frame, Scale, Svg};
use linnea_tensor::information::{Unit, cross_entropy, entropy, self_information};
use linnea_tensor::{Result, Tensor, tensor};

const HALVES: [(f64, &str); 3] = [(0.0, "0"), (0.5, "½"), (1.0, "1")];

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("Surprise, entropy and cross-entropy in bits", 760, 350);
    draw_surprise(&mut svg)?;
    draw_entropy(&mut svg)?;
    Ok(svg.finish())
}

fn draw_surprise(svg: &mut Svg) -> Result<()> {
    let frame = Frame { left: 46.0, top: 34.0, width: 290.0, height: 250.0 };
    let axes = Axes::new(frame, Scale::linear(0.0, 1.0), Scale::linear(0.0, 5.0));
    axes.draw_x(svg, "p", &HALVES);
    axes.draw_y(
        svg,
        "−log₂ p",
        &[(0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3"), (4.0, "4"), (5.0, "5")],
    );
    let p = Scale::logarithmic(1.0 / 32.0, 1.0).values(81);
    let surprise = self_information(&tensor_of(&p)?, Unit::Bits)?.to_f64_vec();
    axes.curve(svg, "a", &p, &surprise);
    Ok(())
}

fn draw_entropy(svg: &mut Svg) -> Result<()> {
    let frame = Frame { left: 420.0, top: 34.0, width: 300.0, height: 250.0 };
    let axes = Axes::new(frame, Scale::linear(0.0, 1.0), Scale::linear(0.0, 2.1));
    axes.draw_x(svg, "p", &[(0.0, "0"), (0.25, "¼"), (0.5, "½"), (0.75, "¾"), (1.0, "1")]);
    axes.draw_y(svg, "H", &[(0.0, "0"), (1.0, "1"), (2.0, "2")]);
    let p = Scale::linear(0.0, 1.0).values(101);
    let heads = tensor_of(&p)?;
    let truth = Tensor::stack(&[&heads, &(1.0 - &heads)], 1)?;
    let belief = tensor![0.25, 0.75; f64].expand([101, 2])?;
    let entropy = entropy(&truth, 1, Unit::Bits)?.to_f64_vec();
    let cross = cross_entropy(&truth, &belief, 1, Unit::Bits)?.to_f64_vec();
    let (below, above) = (axes.points(&p, &entropy), axes.points(&p, &cross));
    svg.area("c", &[below, above.into_iter().rev().collect()].concat());
    axes.curve(svg, "a", &p, &entropy);
    axes.curve(svg, "b", &p, &cross);
    svg.disc("b", axes.at(0.25, cross[25]), 4.0);
    axes.key(
        svg,
        (0.05, 0.94),
        &[("a", "H[P]"), ("b", "H(P, Q), Q = (¼, ¾)"), ("c", "D_KL(P ‖ Q)")],
    );
    Ok(())
}
