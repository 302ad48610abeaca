//! The mean loss of a head as a function of all logits, which are in memory: output by output, a number
//! a row.

use linnea_kernels::{Level, Packed};

use super::run::Task;
use crate::folds::Folds;
use crate::loss::RowLoss;
use linnea_kernels::Element;

/// So many rows are looked at together.
const RUN: usize = 256;

/// The loss of one head.
pub(super) struct LogitLoss<'a> {
    loss: &'a dyn RowLoss<f64>,
    folds: &'a Folds,
    head: usize,
    level: Level,
    pub(super) rows: usize,
    pub(super) outputs: usize,
    /// The share of each row in the mean.
    pub(super) shares: Vec<f64>,
    count: f64,
}

impl<'a> LogitLoss<'a> {
    pub(super) fn of<T: Element>(task: &Task<'a, T>, head: usize) -> Self {
        let (rows, count) = (task.objective.rows.len(), task.folds.weight(head));
        let (share, weights) = (task.folds.of(head), task.objective.loss.weights());
        let learns = |row: usize| share.is_none_or(|share| share.learns_from(row));
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let part = |row: usize| if learns(row) { weight(row) / count } else { 0.0 };
        Self {
            loss: task.double,
            folds: task.folds,
            head,
            level: task.objective.level,
            rows,
            outputs: task.outputs,
            shares: (0..rows).map(part).collect(),
            count,
        }
    }

    /// The mean loss, and what each logit adds to it for a small change.
    pub(super) fn residuals(&self, logits: &[f64]) -> (f64, Vec<f64>) {
        let (mut loss, mut residuals) = (0.0, vec![0.0; logits.len()]);
        for (first, numbers) in self.runs() {
            let mut packed = self.pack(logits, first, numbers.len());
            let mut losses = Packed::zeros(numbers.len(), 1, packed.lanes());
            self.loss.residuals(self.level, &numbers, &mut packed, &mut losses);
            self.folds.hold_out(self.head, 0, &numbers, &mut packed, &mut losses);
            loss += (0..numbers.len()).map(|r| losses.get(r, 0)).sum::<f64>();
            self.unpack(&packed, first, &mut residuals);
        }
        (loss / self.count, residuals)
    }

    /// How the residuals change with a change of the logits of one output.
    pub(super) fn bend(&self, logits: &[f64], output: usize, change: &[f64]) -> Vec<f64> {
        let mut bent = vec![0.0; logits.len()];
        for (first, numbers) in self.runs() {
            let mut packed = self.pack(logits, first, numbers.len());
            let own = |r: usize, c: usize| if c == output { change[first + r] } else { 0.0 };
            let lanes = packed.lanes();
            let mut changes = Packed::from_fn(numbers.len(), self.outputs, lanes, own);
            let mut losses = Packed::zeros(numbers.len(), 1, lanes);
            self.loss.bend(self.level, &numbers, &mut packed, &mut changes);
            self.folds.hold_out(self.head, 0, &numbers, &mut changes, &mut losses);
            self.unpack(&changes, first, &mut bent);
        }
        bent
    }

    /// The first rows of all runs, and the rows.
    fn runs(&self) -> impl Iterator<Item = (usize, Vec<u32>)> + use<> {
        let rows = self.rows;
        let run = move |first: usize| (first as u32..(first + RUN).min(rows) as u32).collect();
        (0..rows).step_by(RUN).map(move |first| (first, run(first)))
    }

    fn pack(&self, logits: &[f64], first: usize, rows: usize) -> Packed<f64> {
        let lanes = self.level.lanes::<f64>();
        Packed::from_fn(rows, self.outputs, lanes, |r, c| logits[c * self.rows + first + r])
    }

    /// The mean's share of every number, to its place.
    fn unpack(&self, packed: &Packed<f64>, first: usize, into: &mut [f64]) {
        for c in 0..self.outputs {
            let own = &mut into[c * self.rows + first..][..packed.rows()];
            own.iter_mut().enumerate().for_each(|(r, x)| *x = packed.get(r, c) / self.count);
        }
    }
}
