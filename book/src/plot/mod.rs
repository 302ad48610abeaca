//! Drawing: plain SVG, and axes to draw in.
//!
//! A figure is text that is the same bytes everywhere: coordinates are rounded to a tenth of a
//! pixel, so that a last digit of `exp` on another machine does not show.

mod axes;
mod scale;
mod svg;

pub use axes::{Axes, Frame};
pub use scale::Scale;
pub use svg::{Point, Svg};
