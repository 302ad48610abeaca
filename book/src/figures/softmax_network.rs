//! Softmax regression as a network: four features, three logits, three probabilities.

use crate::plot::{Point, Svg};
use linnea_tensor::Result;

const FEATURES: [&str; 4] = ["x₁", "x₂", "x₃", "x₄"];
const LOGITS: [&str; 3] = ["o₁", "o₂", "o₃"];
const PROBABILITIES: [&str; 3] = ["ŷ₁", "ŷ₂", "ŷ₃"];
const RADIUS: f64 = 22.0;

pub(super) fn draw() -> Result<String> {
    let mut svg = Svg::new("Softmax regression as a network of one layer", 680, 360);
    for x in column(&FEATURES, 110.0) {
        for o in column(&LOGITS, 330.0) {
            svg.line("thin soft", x, o);
        }
    }
    for (o, y) in column(&LOGITS, 330.0).into_iter().zip(column(&PROBABILITIES, 570.0)) {
        svg.line("thin soft", o, y);
    }
    svg.bar("page", (416.0, 50.0), (484.0, 270.0));
    svg.bar("area c", (416.0, 50.0), (484.0, 270.0));
    svg.text("math middle c", (450.0, 165.0), "softmax");
    draw_nodes(&mut svg, "a", &FEATURES, 110.0);
    draw_nodes(&mut svg, "b", &LOGITS, 330.0);
    draw_nodes(&mut svg, "c", &PROBABILITIES, 570.0);
    svg.text("math middle", (220.0, 335.0), "W, b");
    svg.text("math middle a", (110.0, 335.0), "X");
    svg.text("math middle b", (330.0, 335.0), "O = X W + b");
    svg.text("math middle c", (570.0, 335.0), "Ŷ = softmax(O)");
    Ok(svg.finish())
}

/// Where the nodes of one layer stand: around the same height, one under the other.
fn column(nodes: &[&str], x: f64) -> Vec<Point> {
    let middle = (nodes.len() - 1) as f64 / 2.0;
    (0..nodes.len()).map(|i| (x, 160.0 + 76.0 * (i as f64 - middle))).collect()
}

fn draw_nodes(svg: &mut Svg, class: &str, names: &[&str], x: f64) {
    for (place, name) in column(names, x).into_iter().zip(names) {
        svg.ring(class, place, RADIUS);
        svg.text("math middle", (place.0, place.1 + 5.0), name);
    }
}
