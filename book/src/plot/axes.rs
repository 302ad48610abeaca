//! Two axes, and what is drawn between them.

use super::{Point, Scale, Svg};

/// The room between the axes, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// The left edge.
    pub left: f64,
    /// The upper edge.
    pub top: f64,
    /// From the left edge to the right one.
    pub width: f64,
    /// From the upper edge to the lower one.
    pub height: f64,
}

/// A frame whose edges stand for values.
#[derive(Clone, Copy, Debug)]
pub struct Axes {
    frame: Frame,
    /// The scale from left to right.
    pub x: Scale,
    /// The scale from bottom to top.
    pub y: Scale,
}

impl Axes {
    /// Axes around a frame.
    #[must_use]
    pub fn new(frame: Frame, x: Scale, y: Scale) -> Self {
        Self { frame, x, y }
    }

    /// Where a pair of values is drawn.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> Point {
        let Frame { left, top, width, height } = self.frame;
        (left + width * self.x.fraction(x), top + height * (1.0 - self.y.fraction(y)))
    }

    /// Draws the lower axis with its name, and a line of the grid at each tick.
    pub fn draw_x(&self, svg: &mut Svg, name: &str, ticks: &[(f64, &str)]) {
        let Frame { left, top, width, height } = self.frame;
        let bottom = top + height;
        for (value, label) in ticks {
            let x = left + width * self.x.fraction(*value);
            svg.line("thin faint", (x, top), (x, bottom));
            svg.text("soft middle", (x, bottom + 18.0), label);
        }
        svg.line("thin soft", (left, bottom), (left + width, bottom));
        svg.text("math middle", (left + width / 2.0, bottom + 38.0), name);
    }

    /// Draws the left axis with its name above it, and a line of the grid at each tick.
    pub fn draw_y(&self, svg: &mut Svg, name: &str, ticks: &[(f64, &str)]) {
        let Frame { left, top, width, height } = self.frame;
        for (value, label) in ticks {
            let y = top + height * (1.0 - self.y.fraction(*value));
            svg.line("thin faint", (left, y), (left + width, y));
            svg.text("soft end", (left - 8.0, y + 4.5), label);
        }
        svg.line("thin soft", (left, top), (left, top + height));
        svg.text("math", (left - 30.0, top - 12.0), name);
    }

    /// Draws a line through pairs of values.
    pub fn curve(&self, svg: &mut Svg, class: &str, xs: &[f64], ys: &[f64]) {
        svg.curve(class, &self.points(xs, ys));
    }

    /// The places of pairs of values.
    #[must_use]
    pub fn points(&self, xs: &[f64], ys: &[f64]) -> Vec<Point> {
        assert_eq!(xs.len(), ys.len(), "as many values along one axis as along the other");
        xs.iter().zip(ys).map(|(x, y)| self.at(*x, *y)).collect()
    }

    /// Writes a formula, from a fraction of the frame on.
    pub fn note(&self, svg: &mut Svg, (right, up): Point, formula: &str) {
        let Frame { left, top, width, height } = self.frame;
        svg.text("math", (left + width * right, top + height * (1.0 - up)), formula);
    }

    /// Writes what the classes stand for, line under line, from a fraction of the frame on.
    pub fn key(&self, svg: &mut Svg, (right, up): Point, entries: &[(&str, &str)]) {
        let Frame { left, top, width, height } = self.frame;
        let x = left + width * right;
        for (i, (class, meaning)) in entries.iter().enumerate() {
            let y = top + height * (1.0 - up) + 22.0 * i as f64;
            svg.line(class, (x, y), (x + 22.0, y));
            svg.text("math", (x + 30.0, y + 5.0), meaning);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_between_the_edges_and_upwards() {
        let frame = Frame { left: 10.0, top: 20.0, width: 100.0, height: 50.0 };
        let axes = Axes::new(frame, Scale::linear(0.0, 4.0), Scale::linear(-1.0, 1.0));
        assert_eq!(axes.at(0.0, -1.0), (10.0, 70.0));
        assert_eq!(axes.at(1.0, 0.0), (35.0, 45.0));
        assert_eq!(axes.at(4.0, 1.0), (110.0, 20.0));
    }
}
