//! The layout of weights and gradients that the kernels read and write.

use super::real::Real;

/// The alignment of the first number: a cache line.
const ALIGNMENT: usize = 64;

/// A matrix of features × classes in which the classes of one vector of features stand together:
/// number (j, c) is at `((j / lanes) · classes + c) · lanes + j % lanes`. Features beyond the last
/// are padding, and always 0.
#[derive(Debug)]
pub(crate) struct Packed<A> {
    numbers: Vec<A>,
    /// Where the first number is: the allocator does not align to cache lines, so the vector is a
    /// little longer than it must be.
    offset: usize,
    features: usize,
    classes: usize,
    lanes: usize,
}

impl<A: Real> Packed<A> {
    pub(crate) fn zeros(features: usize, classes: usize, lanes: usize) -> Self {
        let length = features.div_ceil(lanes) * lanes * classes;
        let numbers = vec![A::ZERO; length + ALIGNMENT / size_of::<A>()];
        let offset = numbers.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT / size_of::<A>());
        Self { numbers, offset, features, classes, lanes }
    }

    /// Fills every place from its feature and class.
    pub(crate) fn from_fn(
        features: usize,
        classes: usize,
        lanes: usize,
        mut value: impl FnMut(usize, usize) -> A,
    ) -> Self {
        let mut packed = Self::zeros(features, classes, lanes);
        for j in 0..features {
            for c in 0..classes {
                let index = packed.index(j, c);
                packed.as_mut_slice()[index] = value(j, c);
            }
        }
        packed
    }

    pub(crate) fn features(&self) -> usize {
        self.features
    }

    pub(crate) fn classes(&self) -> usize {
        self.classes
    }

    pub(crate) fn lanes(&self) -> usize {
        self.lanes
    }

    pub(crate) fn get(&self, feature: usize, class: usize) -> A {
        self.as_slice()[self.index(feature, class)]
    }

    pub(crate) fn index(&self, feature: usize, class: usize) -> usize {
        let (vector, lane) = (feature / self.lanes, feature % self.lanes);
        (vector * self.classes + class) * self.lanes + lane
    }

    fn length(&self) -> usize {
        self.features.div_ceil(self.lanes) * self.lanes * self.classes
    }

    /// All numbers, padding included, as laid out.
    pub(crate) fn as_slice(&self) -> &[A] {
        &self.numbers[self.offset..][..self.length()]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [A] {
        let length = self.length();
        &mut self.numbers[self.offset..][..length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_place_and_padding_is_zero() {
        let packed = Packed::from_fn(5, 3, 4, |j, c| (1 + 10 * j + c) as f64);
        assert_eq!(packed.as_slice().len(), 24);
        assert_eq!(packed.get(4, 2), 43.0);
        assert_eq!(packed.as_slice()[4..8], [2.0, 12.0, 22.0, 32.0]);
        assert_eq!(packed.as_slice().iter().filter(|&&x| x == 0.0).count(), 9);
        assert_eq!(packed.as_slice().as_ptr() as usize % ALIGNMENT, 0);
    }
}
