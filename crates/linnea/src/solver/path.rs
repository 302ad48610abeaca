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

    /// Where the last end is: for a method that does not look whether it began better ahead of it.
    pub(super) fn end(&self) -> &Parameters {
        self.behind.as_ref().map_or(&self.at, |(end, _)| end)
    }
}

/// How far the line through two penalties goes on to a third, in steps as long as the one between them.
fn line(first: f64, second: f64, third: f64) -> Option<f64> {
    let by = (third.ln() - second.ln()) / (second.ln() - first.ln());
    (by > 0.0 && by <= FARTHEST).then_some(by)
}

#[cfg(test)]
mod tests {
    use super::super::gap::TargetSums;
    use super::super::lbfgs::Lbfgs;
    use super::super::preconditioner::Preconditioner;
    use super::super::walk::Walk;
    use super::super::{Line, Method, State, Step};
    use super::*;
    use crate::loss::Loss;
    use std::sync::Arc;

    /// One weight w, whose loss is (w − 1)²/2: with a penalty λ the optimum is 1/(1 + λ).
    fn problem(l2: f64) -> Problem {
        Problem {
            loss: Loss::Squared,
            targets: TargetSums::none(),
            outputs: 1,
            features: 1,
            weight: 1.0,
            least_weight: 1.0,
            share: 1.0,
            l1: 0.0,
            l2,
            tolerance: 1e-10,
            most_iterations: 100,
            stored_is_double: true,
        }
    }

    fn at(weight: f64) -> Parameters {
        Parameters { weight: vec![weight], ..Parameters::zeros(1, 1) }
    }

    fn value(point: &Parameters) -> Value {
        let slope = point.weight[0] - 1.0;
        Value { loss: slope * slope / 2.0, gradient: at(slope) }
    }

    fn walk<'p>(problem: &'p Problem, mut begun: Option<Beginning>) -> Box<Walk<'p, Lbfgs>> {
        let none = Arc::new(Preconditioner::none());
        let memory = begun.as_mut().map(|begun| std::mem::take(&mut begun.memory));
        let guide = Lbfgs::new(none.clone(), memory.unwrap_or_default());
        Box::new(Walk::new(guide, problem, none, begun))
    }

    /// Where it asks next.
    fn asked(walk: &Walk<'_, Lbfgs>) -> Option<f64> {
        match walk.ask() {
            Step::Point { at, .. } => Some(at.weight[0]),
            _ => None,
        }
    }

    fn end(problem: &Problem, begun: Option<Beginning>) -> Outcome {
        let mut walk = walk(problem, begun);
        loop {
            let state = match walk.ask() {
                Step::Point { at, .. } => State::Value(value(at)),
                Step::Line { from, direction, length, .. } => {
                    let Value { loss, gradient } = value(&from.plus(length, direction));
                    State::Line(Line { loss, slope: gradient.dot(direction), passed: true })
                }
                _ => break,
            };
            walk.tell(state);
        }
        assert_eq!(walk.course().reason, Some(super::super::Reason::Gradient));
        walk.outcome()
    }

    #[test]
    fn the_third_begins_on_the_line_with_the_memory() {
        let problems = [0.01, 0.005, 0.004].map(problem);
        let mut ends = [end(&problems[0], None), end(&problems[1], None)];
        let [first, second] = [0, 1].map(|i| ends[i].at.weight[0]);
        let (before, last) = ends.split_at_mut(1);
        let last = (&problems[1], &mut last[0]);
        let begun = Beginning::after(&problems[2], last, Some((&problems[0], &before[0]))).unwrap();
        let by = line(0.01, 0.005, 0.004).unwrap();
        assert!((begun.at.weight[0] - (second + by * (second - first))).abs() < 1e-12);
        assert_eq!(begun.end().weight[0], second);
        let mut walk = walk(&problems[2], Some(begun));
        let there = at(asked(&walk).unwrap());
        walk.tell(State::Value(value(&there)));
        // The memory knows the curvature, so that the first step arrives.
        assert!((asked(&walk).unwrap() - 1.0 / 1.004).abs() < 1e-8, "{:?}", asked(&walk));
    }

    #[test]
    fn a_line_that_leads_astray_is_left_for_the_last_end() {
        let problem = problem(0.1);
        let behind = (at(0.5), value(&at(0.5)).loss + 0.05 * 0.25);
        for (ahead, astray) in [(1e9, true), (0.9, false)] {
            let start = (value(&at(0.0)), 1.0);
            let begun = Beginning {
                at: at(ahead),
                behind: Some(behind.clone()),
                start,
                memory: Memory::default(),
            };
            let mut walk = walk(&problem, Some(begun));
            assert_eq!(asked(&walk), Some(ahead));
            walk.tell(State::Value(value(&at(ahead))));
            assert_eq!(asked(&walk) == Some(0.5), astray, "{ahead}");
        }
    }

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
