//! The axes, and the shapes along them.

use serde_json::{Value, json};

/// The memory that X may take: 5 GB, so that the whole stays under 8.
const MOST_BYTES: f64 = 5e9;

/// A piece of work: one epoch of SGD on made-up f32 rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape {
    pub(crate) rows: usize,
    pub(crate) features: usize,
    pub(crate) outputs: usize,
    pub(crate) batch: usize,
    pub(crate) threads: usize,
}

/// Small enough that the longest point of every axis stays bounded.
const BASE: Shape = Shape { rows: 10_000, features: 100, outputs: 10, batch: 256, threads: 1 };

impl Shape {
    pub(crate) fn bytes(&self) -> f64 {
        self.rows as f64 * self.features as f64 * 4.0
    }

    pub(crate) fn operations(&self) -> f64 {
        self.bytes() * self.outputs as f64
    }

    /// How many epochs give a steady median: few of what takes long.
    fn epochs(&self) -> usize {
        (2e9 / self.operations().max(self.bytes() * 4.0)).clamp(1.0, 15.0) as usize | 1
    }

    /// What the engine is told.
    pub(crate) fn work(&self) -> Value {
        json!({
            "kind": "sgd", "rows": self.rows, "features": self.features,
            "outputs": self.outputs, "threads": self.threads,
            "settings": {
                "batch": self.batch, "epochs": self.epochs(),
                // Far below what diverges: features between -1 and 1 have squared length d/3.
                "learning_rate": 0.1 / self.features as f64,
            },
        })
    }
}

/// One of a shape's numbers, and the values that it takes.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) name: &'static str,
    pub(crate) base: Shape,
    pub(crate) values: Vec<usize>,
}

impl Axis {
    /// The base shape with another value on this axis.
    pub(crate) fn shape(&self, value: usize, threads: usize) -> Shape {
        let mut shape = Shape { threads, ..self.base };
        match self.name {
            "rows" => shape.rows = value,
            "features" => shape.features = value,
            "outputs" => shape.outputs = value,
            "batch" => shape.batch = value,
            _ => shape.threads = value,
        }
        shape
    }
}

/// The axes; the quick ones end earlier.
pub(crate) fn axes(quick: bool) -> Vec<Axis> {
    let most = if quick { 4e7 } else { MOST_BYTES };
    let steps = |last: usize| {
        let decades = (0..=7).map(|power| 10_usize.pow(power));
        let values = decades.flat_map(|one| [one, 3 * one]);
        values.filter(move |value| *value <= last)
    };
    let axis = |name, first: usize, last: usize| {
        let mut axis = Axis { name, base: BASE, values: Vec::new() };
        let fits = |value: &usize| *value >= first && axis.shape(*value, 1).bytes() <= most;
        axis.values = steps(last).filter(fits).collect();
        axis
    };
    vec![
        axis("rows", 1000, 10_000_000),
        axis("features", 1, 100_000),
        axis("outputs", 1, 1000),
        axis("batch", 1, BASE.rows),
        threads(),
    ]
}

/// Threads share features, so this axis has more of them.
fn threads() -> Axis {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let base = Shape { features: 2000, ..BASE };
    let doubled = std::iter::successors(Some(1), |threads| Some(threads * 2));
    let mut values: Vec<usize> = doubled.take_while(|threads| *threads < all).collect();
    values.push(all);
    Axis { name: "threads", base, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_axis_reaches_its_end_within_the_memory() {
        let axes = axes(false);
        let last = |i: usize| *axes[i].values.last().unwrap();
        assert_eq!([last(0), last(1), last(2), last(3)], [10_000_000, 100_000, 1000, 10_000]);
        for axis in &axes {
            let fits = |value: &usize| axis.shape(*value, 1).bytes() <= MOST_BYTES;
            assert!(axis.values.iter().all(fits), "{}", axis.name);
            assert!(axis.values.is_sorted(), "{}", axis.name);
        }
    }
}
