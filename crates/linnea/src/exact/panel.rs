//! Panels: a block of rows in `f64`, in the frame's coordinates, each times its weight's root.
//!
//! A panel's row is `[ξ₁ … ξ_p, 1, υ₁ … υ_q]`; the 1 is there if there is an intercept.

use linnea_kernels::{Element, Level, Real};
use pulp::{Simd, WithSimd};

use crate::exact::frame::Frame;
use crate::pass::{Work, fold_blocks};
use crate::rows::Rows;

/// The rows of a least-squares problem.
pub(crate) struct System<'a, T> {
    pub(crate) rows: &'a Rows<'a, T>,
    /// One number a row, for each target.
    pub(crate) targets: &'a [&'a [f64]],
    /// One number a row, not negative.
    pub(crate) weights: Option<&'a [f64]>,
    pub(crate) intercept: bool,
    pub(crate) frame: &'a Frame,
    pub(crate) level: Level,
    pub(crate) threads: Option<usize>,
}

/// Some rows of a system.
#[derive(Debug, Default)]
pub(crate) struct Panel {
    values: Vec<f64>,
    width: usize,
    /// Of the features, side by side for vectors.
    origins: Vec<f64>,
    /// 1/unit, exact for a power of two: a product is much faster than a quotient.
    inverse_units: Vec<f64>,
}

impl Panel {
    pub(crate) fn as_slice(&self) -> &[f64] {
        &self.values
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.width)
    }
}

impl<T: Element> System<'_, T> {
    /// The features.
    pub(crate) fn features(&self) -> usize {
        self.rows.features()
    }

    /// Features and intercept.
    pub(crate) fn unknowns(&self) -> usize {
        self.features() + usize::from(self.intercept)
    }

    /// Features, intercept and targets.
    pub(crate) fn columns(&self) -> usize {
        self.unknowns() + self.targets.len()
    }

    /// The sum of the weights.
    pub(crate) fn total_weight(&self) -> f64 {
        self.weights.map_or(self.rows.len() as f64, |weights| weights.iter().sum())
    }

    /// How many rows have a weight.
    pub(crate) fn weighted_rows(&self) -> usize {
        let count = |weights: &[f64]| weights.iter().filter(|w| **w > 0.0).count();
        self.weights.map_or(self.rows.len(), count)
    }

    /// Folds every panel of rows into the state of its group: `fold(state, scratch, first, panel)`. A
    /// row takes `each` multiply-adds.
    pub(crate) fn fold<S: Send, W>(
        &self,
        groups: usize,
        each: usize,
        start: impl Fn() -> S + Sync,
        scratch: impl Fn() -> W + Sync,
        fold: impl Fn(&mut S, &mut W, usize, &Panel) + Sync,
    ) -> Vec<S> {
        fold_blocks(
            self.rows,
            Work::new::<f64>(self.threads, each + self.columns()),
            groups,
            start,
            || (Panel::default(), scratch()),
            |state, (panel, scratch), block| {
                self.fill(panel, block.first, block.rows);
                fold(state, scratch, block.first, panel);
            },
        )
    }

    fn fill(&self, panel: &mut Panel, first: usize, rows: &[&[T]]) {
        if panel.width == 0 {
            panel.width = self.columns();
            panel.origins.extend(self.frame.features.iter().map(|axis| axis.origin));
            panel.inverse_units.extend(self.frame.features.iter().map(|axis| 1.0 / axis.unit));
        }
        panel.values.resize(rows.len() * panel.width, 0.0);
        self.level.run(Fill { system: self, rows, first, panel });
    }
}

struct Fill<'a, T> {
    system: &'a System<'a, T>,
    rows: &'a [&'a [T]],
    first: usize,
    panel: &'a mut Panel,
}

impl<T: Element> WithSimd for Fill<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (system, Panel { values, width, origins, inverse_units }) = (self.system, self.panel);
        let (d, frame) = (system.features(), system.frame);
        let panel_rows = values.chunks_exact_mut(*width).zip(self.rows);
        for (index, (into, row)) in (self.first..).zip(panel_rows) {
            let (features, rest) = into.split_at_mut(d);
            for (((xi, x), origin), inverse) in
                features.iter_mut().zip(*row).zip(&*origins).zip(&*inverse_units)
            {
                *xi = (x.to_real().to_f64() - origin) * inverse;
            }
            if let Some(one) = rest.first_mut().filter(|_| system.intercept) {
                *one = 1.0;
            }
            let targets = system.targets.iter().zip(&frame.targets);
            let rest = &mut rest[usize::from(system.intercept)..];
            for (upsilon, (y, axis)) in rest.iter_mut().zip(targets) {
                *upsilon = (y[index] - axis.origin) / axis.unit;
            }
            if let Some(weights) = system.weights {
                let root = weights[index].sqrt();
                into.iter_mut().for_each(|x| *x *= root);
            }
        }
    }
}
