//! Ranges of an axis, by Python's rules.

use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// A range of an axis: `1..3`, `-2..`, `..=4`, `..`. Ends count from the end of the axis if they are
/// negative, and are brought into it if they lie outside, as in Python. (Clippy takes `1..-1` for a
/// mistake if both ends are literals; `x.slice(0, 1..)?.slice(0, ..-1)?` says the same.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: isize,
    end: Option<isize>,
}

impl Span {
    /// The places of an axis of this size: the first, and the one after the last.
    pub(super) fn resolve(self, size: usize) -> (usize, usize) {
        let place = |at: isize| {
            let at = if at < 0 { at.saturating_add_unsigned(size) } else { at };
            usize::try_from(at).unwrap_or(0).min(size)
        };
        let (start, end) = (place(self.start), self.end.map_or(size, place));
        (start, end.max(start))
    }
}

/// A place as far as an axis can reach.
fn place(at: impl TryInto<isize>) -> isize {
    at.try_into().unwrap_or(isize::MAX)
}

/// Up to and with `last`; −1 is the last of the axis.
fn after(last: isize) -> Option<isize> {
    if last == -1 { None } else { Some(last.saturating_add(1)) }
}

impl From<RangeFull> for Span {
    fn from(_: RangeFull) -> Self {
        Self { start: 0, end: None }
    }
}

macro_rules! spans {
    ($($type:ty),+) => {$(
        impl From<Range<$type>> for Span {
            fn from(range: Range<$type>) -> Self {
                Self { start: place(range.start), end: Some(place(range.end)) }
            }
        }
        impl From<RangeFrom<$type>> for Span {
            fn from(range: RangeFrom<$type>) -> Self {
                Self { start: place(range.start), end: None }
            }
        }
        impl From<RangeTo<$type>> for Span {
            fn from(range: RangeTo<$type>) -> Self {
                Self { start: 0, end: Some(place(range.end)) }
            }
        }
        impl From<RangeInclusive<$type>> for Span {
            fn from(range: RangeInclusive<$type>) -> Self {
                Self { start: place(*range.start()), end: after(place(*range.end())) }
            }
        }
        impl From<RangeToInclusive<$type>> for Span {
            fn from(range: RangeToInclusive<$type>) -> Self {
                Self { start: 0, end: after(place(range.end)) }
            }
        }
    )+};
}
spans!(i32, i64, isize, usize);

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn ends_are_pythons() {
        let places = |span: Span| span.resolve(5);
        assert_eq!(places((1..3).into()), (1, 3));
        assert_eq!(places((-2..).into()), (3, 5));
        assert_eq!(places((..-2).into()), (0, 3));
        assert_eq!(places((-9..9).into()), (0, 5));
        assert_eq!(places((..=2).into()), (0, 3));
        let (first, last) = (1, -1);
        assert_eq!(places((first..last).into()), (1, 4));
        assert_eq!(places((first..=last).into()), (1, 5));
        let (start, end) = (3_usize, 1);
        assert_eq!(places((start..end).into()), (3, 3));
        assert_eq!(places((7..).into()), (5, 5));
        assert_eq!(places((..).into()), (0, 5));
        assert_eq!(Span::from(isize::MIN..isize::MAX).resolve(0), (0, 0));
    }
}
