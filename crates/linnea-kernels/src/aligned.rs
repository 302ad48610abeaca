//! Numbers in memory that vectors are loaded from.

use std::ops::{Deref, DerefMut};

use crate::real::Real;

/// The alignment of the first number: a cache line, so that no vector lies in two.
pub(crate) const ALIGNMENT: usize = 64;

/// A slice of its own whose first number begins a cache line.
#[derive(Debug)]
pub(crate) struct Aligned<A> {
    numbers: Vec<A>,
    /// Where the first number is: the allocator does not align to cache lines, so the vector is a
    /// little longer than it must be.
    offset: usize,
    length: usize,
}

impl<A: Real> Aligned<A> {
    /// All numbers 0.
    pub(crate) fn zeros(length: usize) -> Self {
        let room = ALIGNMENT / size_of::<A>();
        let numbers = vec![A::ZERO; length + room];
        let offset = numbers.as_ptr().align_offset(ALIGNMENT).min(room);
        Self { numbers, offset, length }
    }
}

impl<A> Deref for Aligned<A> {
    type Target = [A];

    fn deref(&self) -> &[A] {
        &self.numbers[self.offset..][..self.length]
    }
}

impl<A> DerefMut for Aligned<A> {
    fn deref_mut(&mut self) -> &mut [A] {
        &mut self.numbers[self.offset..][..self.length]
    }
}
