//! The length of a step along a line on which the objective is convex.
//!
//! *Objective*: a length α for which the slope has become small, |φ′(α)| ≤ σ·|φ′(0)|, and φ(α) is
//! less than φ(0): the strong Wolfe conditions. *Input*: φ(0), φ′(0) < 0, and then φ and φ′ at the
//! lengths that it asks for. *Stopping*: at such a length, or after [`MOST`] of them. *Output*: the
//! length, or that there is none. *Source*: Nocedal & Wright, *Numerical Optimization* (2006),
//! algorithms 3.5 and 3.6. Because φ is convex its slope only grows, so that a zoom is the search of a
//! root between a length where it is negative and one where it is not: by secant, kept inside. Near
//! the optimum the difference of two values drowns in their rounding; there the decrease is judged by
//! the slope, as Hager & Zhang do (*A new conjugate gradient method with guaranteed descent and an
//! efficient line search*, SIAM J. Optim. 16 (2005), condition T2).

/// The slope may keep this share of what it was.
const SLOPE: f64 = 0.9;
/// The least decrease, as a share of what the first slope promises.
const DECREASE: f64 = 1e-4;
/// Values that differ by less than this share are equal, as far as they can be computed.
const ROUNDING: f64 = 1e-9;
/// The most lengths that are tried.
const MOST: usize = 30;

/// A search that is going on.
#[derive(Debug, Clone)]
pub(super) struct LineSearch {
    value: f64,
    slope: f64,
    /// The largest length known to have a negative slope, and that slope.
    low: (f64, f64),
    /// The smallest known to be too long, and its slope.
    high: Option<(f64, f64)>,
    /// The length that is being tried.
    length: f64,
    tried: usize,
}

/// What to do after a length was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// Go there.
    Accept,
    /// Try this length.
    Try(f64),
    /// There is no length that is better than 0.
    Give,
}

impl LineSearch {
    /// From φ(0) and φ′(0). The first length to try is 1.
    pub(super) fn new(value: f64, slope: f64) -> Self {
        Self { value, slope, low: (0.0, slope), high: None, length: 1.0, tried: 0 }
    }

    /// The length that is being tried.
    pub(super) fn length(&self) -> f64 {
        self.length
    }

    /// Takes φ and φ′ at the length that was tried.
    pub(super) fn tell(&mut self, value: f64, slope: f64) -> Verdict {
        self.tried += 1;
        if !value.is_finite() || !slope.is_finite() {
            self.high = Some((self.length, f64::INFINITY));
        } else if self.decreases(value, slope) && slope.abs() <= SLOPE * self.slope.abs() {
            return Verdict::Accept;
        } else if slope < 0.0 {
            self.low = (self.length, slope);
        } else {
            self.high = Some((self.length, slope));
        }
        if self.tried >= MOST {
            return Verdict::Give;
        }
        self.length = self.next();
        Verdict::Try(self.length)
    }

    fn decreases(&self, value: f64, slope: f64) -> bool {
        let enough = value <= self.value + DECREASE * self.length * self.slope;
        let equal = value <= self.value + ROUNDING * self.value.abs();
        enough || equal && slope <= (2.0 * DECREASE - 1.0) * self.slope
    }

    /// The root of the secant, not too near to either end; far ahead while there is no upper end.
    fn next(&self) -> f64 {
        let (low, slope) = self.low;
        match self.high {
            None => {
                // A slope that is growing to 0 says where it will be there.
                let guess = low * self.slope / (self.slope - slope).min(-f64::MIN_POSITIVE);
                guess.clamp(2.0 * low, 10.0 * low)
            }
            Some((high, above)) => {
                let width = high - low;
                let root = low - slope * width / (above - slope);
                let inside = (low + 0.1 * width, high - 0.1 * width);
                if above.is_finite() { root.clamp(inside.0, inside.1) } else { low + width / 10.0 }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows a search on a function of the length.
    fn search(function: impl Fn(f64) -> (f64, f64)) -> Option<f64> {
        let (value, slope) = function(0.0);
        let mut search = LineSearch::new(value, slope);
        loop {
            let (value, slope) = function(search.length());
            match search.tell(value, slope) {
                Verdict::Accept => return Some(search.length()),
                Verdict::Give => return None,
                Verdict::Try(_) => {}
            }
        }
    }

    #[test]
    fn the_minimum_may_be_anywhere() {
        for at in [1e-6, 0.01, 0.3, 1.0, 7.0, 1e5] {
            let length = search(|a| ((a - at).powi(2), 2.0 * (a - at))).unwrap();
            assert!((length - at).abs() <= SLOPE * at, "{at} {length}");
            // Flat far away, and steep beyond the minimum.
            let steep = |a: f64| ((a / at - 1.0).exp() - a / at, ((a / at - 1.0).exp() - 1.0) / at);
            assert!(search(steep).is_some(), "{at}");
        }
    }

    #[test]
    fn a_value_that_is_none_is_too_far() {
        let log = |a: f64| (-(1.0 - a / 0.01).ln() - 150.0 * a, 100.0 / (1.0 - a / 0.01) - 150.0);
        assert!(search(log).unwrap() < 0.01);
    }

    #[test]
    fn where_nothing_decreases_it_ends() {
        assert_eq!(search(|a| (a, if a == 0.0 { -1.0 } else { 1.0 })), None);
    }
}
