//! Parameters as one long vector: the arithmetic that solvers do between rounds.

use crate::parameters::Parameters;

impl Parameters {
    /// All numbers, weights first.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        self.weight.iter().chain(&self.bias).copied()
    }

    fn numbers_mut(&mut self) -> impl Iterator<Item = &mut f64> + '_ {
        self.weight.iter_mut().chain(&mut self.bias)
    }

    /// ⟨self, other⟩.
    pub(crate) fn dot(&self, other: &Self) -> f64 {
        sum(&self.weight, &other.weight) + sum(&self.bias, &other.bias)
    }

    /// self += factor · other.
    pub(crate) fn add_scaled(&mut self, factor: f64, other: &Self) {
        self.numbers_mut().zip(other.numbers()).for_each(|(own, other)| *own += factor * other);
    }

    /// factor · self.
    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        self.numbers_mut().for_each(|number| *number *= factor);
        self
    }

    /// self + factor · other.
    pub(crate) fn plus(&self, factor: f64, other: &Self) -> Self {
        let mut sum = self.clone();
        sum.add_scaled(factor, other);
        sum
    }

    /// Without what the outputs have in common, where there are several: the classes' contrasts.
    pub(crate) fn contrasts(mut self) -> Self {
        if self.outputs > 1 {
            for first in 0..self.features {
                centre(self.weight.iter_mut().skip(first).step_by(self.features));
            }
            centre(self.bias.iter_mut());
        }
        self
    }

    /// ‖V‖², of the weights alone.
    pub(crate) fn weight_squares(&self) -> f64 {
        sum(&self.weight, &self.weight)
    }

    /// ‖V‖₁, of the weights alone.
    pub(crate) fn weight_magnitudes(&self) -> f64 {
        self.weight.iter().map(|weight| weight.abs()).sum()
    }
}

/// Takes their mean from numbers.
fn centre<'a>(numbers: impl Iterator<Item = &'a mut f64>) {
    let mut numbers: Vec<&mut f64> = numbers.collect();
    let mean = numbers.iter().map(|number| **number).sum::<f64>() / numbers.len() as f64;
    numbers.iter_mut().for_each(|number| **number -= mean);
}

/// ⟨a, b⟩, in eight sums that the compiler keeps in one register.
pub(super) fn sum(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| a * b);
    sums.iter().copied().chain(rest).sum()
}
