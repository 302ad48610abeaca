//! Value and slope along a line, from logits that are kept: a forward pass for the line, and none for
//! any length on it.

use super::Line;
use super::rounds::{Rounds, widen};
use crate::objective::{Objective, Point};
use crate::parameters::Parameters;
use crate::pass::{A_LOGIT, Work, fold_blocks, map};
use linnea_kernels::{Ahead, Element, Packed};

/// Logits at the start of a line, and their change along it, block by block.
pub(super) struct Kept {
    logits: Vec<[Packed<f64>; 2]>,
}

impl<T: Element> Rounds<'_, T> {
    /// Loss and slope on a line of a head.
    pub(super) fn along(
        &mut self,
        head: usize,
        line: usize,
        from: &Parameters,
        direction: &Parameters,
        length: f64,
    ) -> Line {
        self.kept.resize_with(self.kept.len().max(head + 1), || None);
        let passed = self.kept[head].as_ref().is_none_or(|(known, _)| *known != line);
        if passed {
            self.kept[head] = Some((line, self.keep(from, direction)));
        }
        let nothing = Kept { logits: Vec::new() };
        let kept = self.kept[head].as_ref().map_or(&nothing, |(_, kept)| kept);
        let [loss, slope] = self.sum_along(head, kept, length);
        let count = self.folds.weight(head);
        Line { loss: loss / count, slope: slope / count, passed }
    }

    /// A forward pass at the start of a line and along it, in `f64`: a difference of two losses is what
    /// the search wants to see.
    fn keep(&self, from: &Parameters, direction: &Parameters) -> Kept {
        let Objective { rows, scaling, level, .. } = *self.objective;
        let point = Point::<f64>::new(&[from, direction], scaling, level.lanes::<f64>());
        let q = from.outputs;
        let states = fold_blocks(
            rows,
            self.objective.work::<f64>(1, 2 * q),
            usize::MAX,
            Vec::new,
            || (Vec::new(), Packed::zeros(0, 2 * q, point.weights.lanes())),
            |kept: &mut Vec<[Packed<f64>; 2]>, (room, logits), block| {
                let wide = widen(block.rows, std::mem::take(room));
                let wide_rows: Vec<_> = wide.chunks_exact(rows.features()).collect();
                level.forward(&wide_rows, 0, &point.weights, logits, Ahead::nothing());
                logits.add_to_columns(&point.bias);
                let lanes = point.weights.lanes();
                let part = |first: usize| {
                    Packed::from_fn(wide_rows.len(), q, lanes, |r, c| logits.get(r, first + c))
                };
                kept.push([part(0), part(q)]);
                *room = wide;
            },
        );
        Kept { logits: states.into_iter().flatten().collect() }
    }

    fn sum_along(&self, head: usize, kept: &Kept, length: f64) -> [f64; 2] {
        let mut starts = vec![0; kept.logits.len()];
        for i in 1..starts.len() {
            starts[i] = starts[i - 1] + kept.logits[i - 1][0].rows();
        }
        let along = |i: usize| self.block_along(head, starts[i], &kept.logits[i], length);
        let numbers = kept.logits.first().map_or(0, |[from, _]| from.as_slice().len());
        let work = Work::new::<f64>(self.objective.threads, A_LOGIT * numbers);
        let sums = map(kept.logits.len(), work, along);
        sums.iter().fold([0.0; 2], |[a, b], [loss, slope]| [a + loss, b + slope])
    }

    fn block_along(
        &self,
        head: usize,
        first: usize,
        [from, change]: &[Packed<f64>; 2],
        length: f64,
    ) -> [f64; 2] {
        let mut logits = Packed::zeros(from.rows(), from.columns(), from.lanes());
        let both = from.as_slice().iter().zip(change.as_slice());
        let moved = both.map(|(from, change)| from + length * change);
        logits.as_mut_slice().iter_mut().zip(moved).for_each(|(logit, moved)| *logit = moved);
        let mut losses = Packed::zeros(from.rows(), 1, from.lanes());
        let numbers: Vec<u32> = (first..first + from.rows()).map(|row| row as u32).collect();
        self.double.residuals(self.objective.level, &numbers, &mut logits, &mut losses);
        self.folds.hold_out(head, 0, &numbers, &mut logits, &mut losses);
        logits.clear_padding();
        losses.clear_padding();
        let slopes = logits.as_slice().iter().zip(change.as_slice()).map(|(g, step)| g * step);
        [losses.as_slice().iter().sum(), slopes.sum()]
    }
}
