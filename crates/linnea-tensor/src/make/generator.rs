//! Seeded random numbers.
//!
//! The stream is ChaCha with 8 rounds (Aumasson, *Too Much Crypto*, 2019), fixed by its
//! specification: a seed means the same numbers on every machine and after every release. Uniform
//! numbers are multiples of 2⁻²⁴ (f32) or 2⁻⁵³ (f64) below 1; normal ones are drawn by the ziggurat
//! method (Marsaglia and Tsang, 2000) in f64, whose tail is not cut off.

use crate::array::{Array, from_vec};
use crate::shape::{IntoShape, count};
use crate::{DType, Error, Result, Tensor};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::sync::{Mutex, PoisonError};

/// A stream of random numbers, which a seed determines.
///
/// ```
/// use linnea_tensor::Generator;
/// let (x, y) = (Generator::new(7).randn([2, 3]), Generator::new(7).randn([2, 3]));
/// assert_eq!(x.to_vec::<f32>()?, y.to_vec::<f32>()?);
/// # Ok::<(), linnea_tensor::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Generator {
    stream: ChaCha8Rng,
}

impl Generator {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { stream: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Uniform numbers in [0, 1), f32.
    pub fn rand(&mut self, shape: impl IntoShape) -> Tensor {
        let stream = &mut self.stream;
        drawn(shape, Array::F32, || stream.random::<f32>())
    }

    /// Uniform numbers in [0, 1), f32 or f64.
    ///
    /// # Errors
    /// If the type has no fractions.
    pub fn rand_of(&mut self, shape: impl IntoShape, dtype: DType) -> Result<Tensor> {
        match dtype {
            DType::F32 => Ok(self.rand(shape)),
            DType::F64 => Ok(drawn(shape, Array::F64, || self.stream.random::<f64>())),
            other => Err(Error::needs_float("rand", other)),
        }
    }

    /// Standard normal numbers, f32.
    pub fn randn(&mut self, shape: impl IntoShape) -> Tensor {
        let stream = &mut self.stream;
        drawn(shape, Array::F32, || stream.sample::<f32, _>(StandardNormal))
    }

    /// Standard normal numbers, f32 or f64.
    ///
    /// # Errors
    /// If the type has no fractions.
    pub fn randn_of(&mut self, shape: impl IntoShape, dtype: DType) -> Result<Tensor> {
        match dtype {
            DType::F32 => Ok(self.randn(shape)),
            DType::F64 => Ok(drawn(shape, Array::F64, || self.stream.sample(StandardNormal))),
            other => Err(Error::needs_float("randn", other)),
        }
    }

    /// Normal numbers with this mean and standard deviation, f32.
    ///
    /// # Errors
    /// If the standard deviation is negative or NaN.
    pub fn normal(&mut self, mean: f64, std: f64, shape: impl IntoShape) -> Result<Tensor> {
        self.normal_of(mean, std, shape, DType::F32)
    }

    /// Normal numbers with this mean and standard deviation, f32 or f64.
    ///
    /// # Errors
    /// If the standard deviation is negative or NaN, or the type has no fractions.
    pub fn normal_of(
        &mut self,
        mean: f64,
        std: f64,
        shape: impl IntoShape,
        dtype: DType,
    ) -> Result<Tensor> {
        if std.is_nan() || std < 0.0 {
            let problem = format!("the standard deviation must be at least 0, not {std}");
            return Err(Error::value("normal", problem));
        }
        let stream = &mut self.stream;
        let mut next = || mean + std * stream.sample::<f64, _>(StandardNormal);
        match dtype {
            DType::F32 => Ok(drawn(shape, Array::F32, || next() as f32)),
            DType::F64 => Ok(drawn(shape, Array::F64, next)),
            other => Err(Error::needs_float("normal", other)),
        }
    }

    /// Uniform integers from `low`, below `high`; i64.
    ///
    /// # Errors
    /// If `low` is not below `high`.
    pub fn randint(&mut self, low: i64, high: i64, shape: impl IntoShape) -> Result<Tensor> {
        if low >= high {
            let problem = format!("low must be below high, but {low} ≥ {high}");
            return Err(Error::value("randint", problem));
        }
        Ok(drawn(shape, Array::I64, || self.stream.random_range(low..high)))
    }

    /// 0, 1, … n − 1 in a random order, every order as likely; i64.
    pub fn randperm(&mut self, n: usize) -> Tensor {
        let mut order: Vec<i64> = (0..n as i64).collect();
        order.shuffle(&mut self.stream);
        Tensor::new(Array::I64(from_vec(&[n], order)))
    }
}

/// A tensor of as many draws as the shape has places.
fn drawn<T>(
    shape: impl IntoShape,
    wrap: impl Fn(crate::array::Data<T>) -> Array,
    mut next: impl FnMut() -> T,
) -> Tensor {
    let shape = shape.into_shape();
    let values = (0..count(&shape)).map(|_| next()).collect();
    Tensor::new(wrap(from_vec(&shape, values)))
}

static DEFAULT: Mutex<Option<Generator>> = Mutex::new(None);

/// Starts the process's default generator, from which `Tensor::rand` and its like draw, anew from a
/// seed. Without a call it starts from seed 0, so that a program gives the same result every time.
/// (PyTorch starts from a seed that nobody knows.) Threads that draw at the same time share the
/// stream in the order in which they come; one that needs numbers of its own takes a [`Generator`].
pub fn manual_seed(seed: u64) {
    *DEFAULT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Generator::new(seed));
}

/// Draws from the process's default generator.
pub(crate) fn with_default<R>(draw: impl FnOnce(&mut Generator) -> R) -> R {
    let mut default = DEFAULT.lock().unwrap_or_else(PoisonError::into_inner);
    draw(default.get_or_insert_with(|| Generator::new(0)))
}

#[cfg(test)]
mod tests {
    use super::Generator;
    use crate::{DType, Result, Tensor};

    #[test]
    fn a_seed_fixes_the_stream() -> Result<()> {
        let draw = |seed| -> Result<Vec<f64>> {
            let mut g = Generator::new(seed);
            let draws =
                [g.rand(3), g.randn_of([2, 2], DType::F64)?, g.randint(-5, 5, 8)?, g.randperm(10)];
            Ok(draws.iter().flat_map(Tensor::to_f64_vec).collect())
        };
        assert_eq!(draw(1)?, draw(1)?);
        assert_ne!(draw(1)?, draw(2)?);
        Ok(())
    }

    #[test]
    fn moments_are_those_of_the_distribution() -> Result<()> {
        let mut g = Generator::new(0);
        let n = 100_000;
        let moments = |x: Vec<f64>| {
            let mean = x.iter().sum::<f64>() / n as f64;
            (mean, x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64)
        };
        let near = |(mean, var): (f64, f64), m: f64, v: f64| {
            // Five standard errors of each; the fourth moment of none is above 3v².
            (mean - m).abs() < 5.0 * (v / n as f64).sqrt()
                && (var - v).abs() < 5.0 * v * (2.0 / n as f64).sqrt()
        };
        assert!(near(moments(g.rand(n).to_f64_vec()), 0.5, 1.0 / 12.0));
        assert!(near(moments(g.rand_of(n, DType::F64)?.to_f64_vec()), 0.5, 1.0 / 12.0));
        assert!(near(moments(g.randn(n).to_f64_vec()), 0.0, 1.0));
        assert!(near(moments(g.normal(3.0, 2.0, n)?.to_f64_vec()), 3.0, 4.0));
        assert!(near(moments(g.randint(-2, 3, n)?.to_f64_vec()), 0.0, 2.0));
        Ok(())
    }

    #[test]
    fn draws_stay_in_their_range() -> Result<()> {
        let mut g = Generator::new(3);
        assert!(g.rand(10_000).to_f64_vec().iter().all(|x| (0.0..1.0).contains(x)));
        let integers = g.randint(i64::MIN, i64::MAX, 100)?.to_vec::<i64>()?;
        assert!(integers.iter().any(|&x| x < 0) && integers.iter().any(|&x| x > 0));
        let mut order = g.randperm(1000).to_vec::<i64>()?;
        assert!(!order.is_sorted());
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<_>>());
        assert_eq!(g.randperm(0).shape(), [0]);
        assert_eq!(g.normal(2.5, 0.0, 2)?.to_f64_vec(), [2.5, 2.5]);
        Ok(())
    }

    #[test]
    fn what_is_no_distribution_is_refused() {
        let mut g = Generator::new(0);
        assert!(g.normal(0.0, -1.0, 2).is_err() && g.normal(0.0, f64::NAN, 2).is_err());
        assert!(g.randint(3, 3, 2).is_err());
        assert!(g.rand_of(2, DType::I64).is_err() && g.randn_of(2, DType::Bool).is_err());
    }
}
