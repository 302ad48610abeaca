//! Brackets, lines, and what is left out.

use super::{EDGE, LINE};

/// Numbers as text, and the shape they are printed in.
pub(super) struct Layout<'a> {
    /// The sizes of the axes, of which only the ends may be there.
    pub(super) shape: &'a [usize],
    /// Their sizes with what is left out.
    pub(super) whole: &'a [usize],
    /// The numbers that are there, in row-major order.
    pub(super) cells: &'a [String],
    /// The width of one number.
    pub(super) width: usize,
}

impl Layout<'_> {
    /// The text, whose first line starts at column `indent`.
    pub(super) fn print(&self, indent: usize) -> String {
        match self.shape.len() {
            0 => self.cells[0].clone(),
            1 => self.row(indent),
            rank => {
                let parts = (0..self.shape[0]).map(|at| self.part(at).print(indent + 1));
                let parts = self.with_dots(parts.collect(), "...");
                let line = format!(",{}{}", "\n".repeat(rank - 1), " ".repeat(indent + 1));
                format!("[{}]", parts.join(&line))
            }
        }
    }

    /// Numbers along one axis, in as many lines as they need.
    fn row(&self, indent: usize) -> String {
        let cells = self.with_dots(self.cells.to_vec(), " ...");
        let fit = (LINE.saturating_sub(indent) / (self.width + 2)).max(1);
        let lines: Vec<String> = cells.chunks(fit).map(|line| line.join(", ")).collect();
        format!("[{}]", lines.join(&format!(",\n{}", " ".repeat(indent + 1))))
    }

    /// One place of the first axis.
    fn part(&self, at: usize) -> Layout<'_> {
        let len = self.cells.len() / self.shape[0];
        Layout {
            shape: &self.shape[1..],
            whole: &self.whole[1..],
            cells: &self.cells[at * len..(at + 1) * len],
            width: self.width,
        }
    }

    /// The places of the first axis, with dots where some are left out.
    fn with_dots(&self, mut places: Vec<String>, dots: &str) -> Vec<String> {
        if self.shape[0] < self.whole[0] {
            places.insert(EDGE, dots.to_owned());
        }
        places
    }
}
