//! Where a head of a path begins.
//!
//! Along a path the optimum is smooth in the logarithm of its L2 penalty, so that the straight line through
//! the last two ends, gone on as far as the next penalty, leads nearer to the next than the last end is: the
//! predictor of predictor–corrector methods (Allgower & Georg, *Introduction to Numerical Continuation
//! Methods* (2003), section 2.2; a secant for their tangent). The L-BFGS memory comes along.

use super::lbfgs::Memory;
use super::{Outcome, Problem};
use crate::objective::Value;
use crate::parameters::Parameters;

/// A line is not gone on by more than so many times the last step.
const FARTHEST: f64 = 3.0;

/// What a head of a path knows to begin with.
pub(super) struct Beginning {
    pub(super) at: Parameters,
    /// Where the last end is and its objective, if it begins ahead of there.
    pub(super) behind: Option<(Parameters, f64)>,
    /// The mean loss and its gradient at 0, with the norm of the latter.
    pub(super) start: (Value, f64),
    pub(super) memory: Memory,
}

impl Beginning {
    /// Of a problem after one that ended, whose memory it takes, and perhaps another before that; none, if
    /// that end is no point.
    pub(super) fn after(
        problem: &Problem,
        (last, end): (&Problem, &mut Outcome),
        earlier: Option<(&Problem, &Outcome)>,
    ) -> Option<Self> {
        let start = end.course.start.clone()?;
        let ahead = earlier.and_then(|(earlier, before)| {
            let by = line(earlier.l2, last.l2, problem.l2)?;
            Some(end.at.plus(by, &end.at.plus(-1.0, &before.at)))
        });
        let memory = std::mem::take(&mut end.memory).with_penalty(problem.l2 - last.l2);
        let objective = end.course.loss + problem.l2 / 2.0 * end.at.weight_squares();
        let begin = |at, behind| Self { at, behind, start, memory };
        if !end.at.is_finite() {
            return None;
        }
        let end = end.at.clone();
        Some(match ahead.filter(Parameters::is_finite) {
            Some(ahead) => begin(ahead, Some((end, objective))),
            None => begin(end, None),
        })
    }
}

/// How far the line through two penalties goes on to a third, in steps as long as the one between them.
fn line(first: f64, second: f64, third: f64) -> Option<f64> {
    let by = (third.ln() - second.ln()) / (second.ln() - first.ln());
    (by > 0.0 && by <= FARTHEST).then_some(by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_no_farther_than_is_known() {
        assert!(line(1.0, 0.1, 0.01).is_some_and(|by| (by - 1.0).abs() < 1e-12));
        assert!(line(1.0, 0.1, 0.1 / 10_f64.sqrt()).is_some_and(|by| (by - 0.5).abs() < 1e-12));
        for [first, second, third] in
            [[1.0, 0.99, 1e-6], [1.0, 0.1, 0.0], [1.0, 1.0, 0.1], [0.1, 0.1, 0.1], [0.1, 0.0, 0.0]]
        {
            assert_eq!(line(first, second, third), None, "{first} {second} {third}");
        }
    }
}
