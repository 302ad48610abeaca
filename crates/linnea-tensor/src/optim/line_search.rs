//! A step length that satisfies the strong Wolfe conditions.
//!
//! Along a direction d from x, with φ(t) = f(x + td), find t with
//!
//! ```text
//! φ(t) ≤ φ(0) + c₁tφ′(0)          and          |φ′(t)| ≤ c₂|φ′(0)|
//! ```
//!
//! First the step grows until such a t lies between two trials; then the bracket shrinks, each trial
//! at the minimum of the cubic through both ends. Nocedal & Wright, *Numerical Optimization*,
//! algorithms 3.5 and 3.6, with the safeguards of minFunc that PyTorch has.

use crate::Result;

const C1: f64 = 1e-4;
const C2: f64 = 0.9;

/// φ at one step length: its value and slope, and the gradient of f there.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) at: f64,
    pub(super) value: f64,
    pub(super) slope: f64,
    pub(super) gradient: Vec<f64>,
}

/// The line: where it starts, and how a step length is tried.
pub(super) struct Line<'a> {
    pub(super) start: Trial,
    pub(super) try_at: &'a mut dyn FnMut(f64) -> Result<Trial>,
    /// How often, after the first time, a step may be tried.
    pub(super) budget: usize,
    /// The bracket is not made smaller than this.
    pub(super) narrowest: f64,
    /// How often a step was tried.
    pub(super) tried: usize,
}

impl Line<'_> {
    /// The best step found, from a first guess.
    pub(super) fn search(&mut self, first: f64) -> Result<Trial> {
        match self.bracket(first)? {
            Bracket::Found(trial) => Ok(trial),
            Bracket::Between(ends) => self.zoom(ends),
        }
    }

    fn step(&mut self, at: f64) -> Result<Trial> {
        self.tried += 1;
        (self.try_at)(at)
    }

    fn too_high(&self, trial: &Trial) -> bool {
        trial.value > self.start.value + C1 * trial.at * self.start.slope
    }

    fn flat(&self, trial: &Trial) -> bool {
        trial.slope.abs() <= -C2 * self.start.slope
    }

    fn bracket(&mut self, first: f64) -> Result<Bracket> {
        let mut previous = self.start.clone();
        let mut trial = self.step(first)?;
        for round in 0..self.budget {
            let rises = round > 1 && trial.value >= previous.value;
            if self.too_high(&trial) || rises {
                return Ok(Bracket::Between([previous, trial]));
            }
            if self.flat(&trial) {
                return Ok(Bracket::Found(trial));
            }
            if trial.slope >= 0.0 {
                return Ok(Bracket::Between([previous, trial]));
            }
            let bounds = (trial.at + 0.01 * (trial.at - previous.at), trial.at * 10.0);
            let next = self.step(cubic_minimum(&previous, &trial, bounds))?;
            previous = std::mem::replace(&mut trial, next);
        }
        Ok(Bracket::Between([self.start.clone(), trial]))
    }

    fn zoom(&mut self, mut ends: [Trial; 2]) -> Result<Trial> {
        let mut low = lower(&ends);
        let mut near_an_end = false;
        // The first trial was not counted.
        while self.tried <= self.budget && (ends[1].at - ends[0].at).abs() >= self.narrowest {
            let trial = self.step(inside(&ends, &mut near_an_end))?;
            if self.too_high(&trial) || trial.value >= ends[low].value {
                ends[1 - low] = trial;
                low = lower(&ends);
                continue;
            }
            let done = self.flat(&trial);
            let turns = trial.slope * (ends[1 - low].at - ends[low].at) >= 0.0;
            let old = std::mem::replace(&mut ends[low], trial);
            if done {
                break;
            }
            if turns {
                ends[1 - low] = old;
            }
        }
        let [first, second] = ends;
        Ok(if low == 0 { first } else { second })
    }
}

enum Bracket {
    Found(Trial),
    Between([Trial; 2]),
}

fn lower(ends: &[Trial; 2]) -> usize {
    usize::from(ends[0].value > ends[1].value)
}

/// The next trial: the cubic's minimum, but a tenth inside where trials stick to an end.
fn inside(ends: &[Trial; 2], near_an_end: &mut bool) -> f64 {
    let (left, right) = (ends[0].at.min(ends[1].at), ends[0].at.max(ends[1].at));
    let at = cubic_minimum(&ends[0], &ends[1], (left, right));
    let margin = 0.1 * (right - left);
    let close = (right - at).min(at - left) < margin;
    if !close || !*near_an_end && left < at && at < right {
        *near_an_end = close;
        return at;
    }
    *near_an_end = false;
    if (at - right).abs() < (at - left).abs() { right - margin } else { left + margin }
}

/// The minimum within bounds of the cubic with two trials' values and slopes (equation 3.59); the
/// middle where it has none.
fn cubic_minimum(a: &Trial, b: &Trial, bounds: (f64, f64)) -> f64 {
    let (left, right) = if a.at <= b.at { (a, b) } else { (b, a) };
    let width = right.at - left.at;
    let d1 = left.slope + right.slope - 3.0 * (left.value - right.value) / (left.at - right.at);
    let square = d1 * d1 - left.slope * right.slope;
    if square < 0.0 || square.is_nan() {
        return f64::midpoint(bounds.0, bounds.1);
    }
    let d2 = square.sqrt();
    let share = (right.slope + d2 - d1) / (right.slope - left.slope + 2.0 * d2);
    let minimum = right.at - width * share;
    // Python's min and max, which let NaN through; `clamp` would refuse bounds that are not ordered.
    if minimum < bounds.0 {
        bounds.0
    } else if minimum > bounds.1 {
        bounds.1
    } else {
        minimum
    }
}
