//! The instruction set to compute with: what the processor has, or what `LINNEA_LEVEL` asks for.

use std::env;
use std::sync::OnceLock;

use pulp::{Arch, Scalar256b, Simd, WithSimd};

use crate::element::Element;
use crate::largest::Largest;
use crate::packed::Packed;
use crate::prefetch::Ahead;
use crate::real::Real;
use crate::{backward, forward};

/// The environment variable that forces a level.
const VARIABLE: &str = "LINNEA_LEVEL";

/// The instruction set to compute with, detected once.
#[derive(Debug, Clone, Copy)]
pub enum Level {
    /// Arrays of numbers that the compiler vectorises as it can.
    Portable,
    /// What the processor has: AVX-512, AVX2 with FMA, or NEON.
    Native(Arch),
}

/// Whether the environment variable `LINNEA_LEVEL` names an instruction set that this machine has:
/// `portable`, `avx2` (with FMA), `avx512` or `neon`, and `native` on the processors that have other
/// vectors. Unset, the best is taken.
///
/// The variable is read once. Everything that computes checks it too; a program that asks first can
/// say so before it reads data.
///
/// ```
/// linnea_kernels::check_level()?;
/// # Ok::<(), linnea_kernels::UnknownLevel>(())
/// ```
///
/// # Errors
/// [`UnknownLevel`] if there is no such instruction set, or not on this machine.
pub fn check_level() -> Result<(), UnknownLevel> {
    match chosen() {
        Ok(_) => Ok(()),
        Err(value) => Err(UnknownLevel { value: value.clone(), available: names(&all()) }),
    }
}

/// The environment asks for an instruction set that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("LINNEA_LEVEL is {value:?}; on this machine it can be {available}")]
#[non_exhaustive]
pub struct UnknownLevel {
    /// The variable's value.
    pub value: String,
    /// What it can be, separated by commas.
    pub available: String,
}

/// The level of this process, or the value of the variable that names none of this machine.
fn chosen() -> &'static Result<Level, String> {
    static CHOSEN: OnceLock<Result<Level, String>> = OnceLock::new();
    CHOSEN.get_or_init(|| match env::var_os(VARIABLE) {
        None => Ok(all().pop().map_or(Level::Portable, |(_, best)| best)),
        Some(value) => {
            let value = value.to_string_lossy();
            by_name(&value).ok_or_else(|| value.into_owned())
        }
    })
}

fn by_name(name: &str) -> Option<Level> {
    all().into_iter().find(|&(known, _)| known == name).map(|(_, level)| level)
}

/// Every level that this machine can run, with its name, the best last.
fn all() -> Vec<(&'static str, Level)> {
    let mut levels = vec![("portable", Level::Portable)];
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = pulp::x86::V3::try_new().map(Arch::V3);
        let avx512 = pulp::x86::V4::try_new().map(Arch::V4);
        levels.extend(avx2.map(|arch| ("avx2", Level::Native(arch))));
        levels.extend(avx512.map(|arch| ("avx512", Level::Native(arch))));
    }
    #[cfg(target_arch = "aarch64")]
    levels.extend(
        pulp::aarch64::Neon::try_new().map(|neon| ("neon", Level::Native(Arch::Neon(neon)))),
    );
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    if !matches!(Arch::new(), Arch::Scalar) {
        levels.push(("native", Level::Native(Arch::new())));
    }
    levels
}

/// The names, as a sentence lists them.
fn names(levels: &[(&'static str, Level)]) -> String {
    levels.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

impl Level {
    /// The level that `LINNEA_LEVEL` names, or else the best of this machine.
    ///
    /// # Panics
    /// If the variable names none: whoever computes calls [`check_level`] before.
    pub fn detect() -> Self {
        match chosen() {
            Ok(level) => *level,
            Err(value) => unreachable!("{VARIABLE}={value} was not checked"),
        }
    }

    /// The instruction set's short name, by which `LINNEA_LEVEL` knows it.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Native(Arch::V4(_)) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Native(Arch::V3(_)) => "avx2",
            #[cfg(target_arch = "aarch64")]
            Self::Native(Arch::Neon(_)) => "neon",
            // A level that a later `pulp` knows has no name here yet.
            Self::Native(_) => "native",
            Self::Portable => "portable",
        }
    }

    /// Every level that this machine can run; the one that `LINNEA_LEVEL` names, if it names one.
    pub fn available() -> Vec<Self> {
        match env::var_os(VARIABLE) {
            Some(_) => vec![Self::detect()],
            None => all().into_iter().map(|(_, level)| level).collect(),
        }
    }

    /// Does work that is written for any instruction set.
    pub fn run<Op: WithSimd>(self, op: Op) -> Op::Output {
        match self {
            // By name, because `Arch::dispatch` would compile every kernel for one level more.
            #[cfg(target_arch = "x86_64")]
            Self::Native(Arch::V4(avx512)) => Simd::vectorize(avx512, op),
            #[cfg(target_arch = "x86_64")]
            Self::Native(Arch::V3(avx2)) => Simd::vectorize(avx2, op),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Native(arch) => arch.dispatch(op),
            #[allow(unreachable_patterns)]
            Self::Portable | Self::Native(_) => Scalar256b.vectorize(op),
        }
    }

    /// How many numbers of type `A` a vector holds.
    pub fn lanes<A: Real>(self) -> usize {
        struct Lanes<A>(std::marker::PhantomData<A>);
        impl<A: Real> WithSimd for Lanes<A> {
            type Output = usize;
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> usize {
                A::lanes::<S>()
            }
        }
        self.run(Lanes::<A>(std::marker::PhantomData))
    }

    /// Replaces every number by its exponential.
    pub fn exp<A: Real>(self, numbers: &mut [A]) {
        struct Exp<'a, A>(&'a mut [A]);
        impl<A: Real> WithSimd for Exp<'_, A> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                A::exp(simd, self.0);
            }
        }
        self.run(Exp(numbers));
    }

    /// Appends the column of each row's largest number, the first of equals, and says whether all
    /// numbers are finite. A row with a NaN has one column or another.
    ///
    /// ```
    /// use linnea_kernels::{Level, Packed};
    ///
    /// let level = Level::detect();
    /// let logits = [[0.5_f32, 2.0, 2.0], [1.0, -1.0, 0.0]];
    /// let packed = Packed::from_fn(2, 3, level.lanes::<f32>(), |r, c| logits[r][c]);
    /// let mut classes = Vec::new();
    /// assert!(level.largest(&packed, &mut classes));
    /// assert_eq!(classes, [1, 0]);
    /// ```
    pub fn largest<A: Real>(self, numbers: &Packed<A>, columns: &mut Vec<u32>) -> bool {
        self.run(Largest { numbers, columns })
    }

    /// `logits[r][c] = Σ_j rows[r][start + j] · weights[j][c]`, overwritten; 0 where there are no
    /// features.
    ///
    /// `start` is where the weights' features begin in a row. Rows `ahead` are asked for meanwhile.
    pub fn forward<T: Element>(
        self,
        rows: &[&[T]],
        start: usize,
        weights: &Packed<T::Real>,
        logits: &mut Packed<T::Real>,
        ahead: Ahead<'_, T>,
    ) {
        logits.set_rows(rows.len());
        let logits = logits.as_mut_slice();
        if weights.as_slice().is_empty() {
            logits.fill(T::Real::ZERO);
            return;
        }
        T::forward(self, forward::Forward { rows, start, weights, packed: None, logits, ahead });
    }

    /// `gradient[j][c] = Σ_r rows[r][start + j] · residuals[r][c]`, overwritten. The residuals are
    /// laid out as [`Packed`] does.
    pub fn backward<T: Element>(
        self,
        rows: &[&[T]],
        start: usize,
        residuals: &[T::Real],
        gradient: &mut Packed<T::Real>,
        ahead: Ahead<'_, T>,
    ) {
        if gradient.as_slice().is_empty() {
            return;
        }
        T::backward(self, backward::Backward { rows, start, residuals, gradient, ahead });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_found_by_its_name_alone() {
        assert!(matches!(by_name("portable"), Some(Level::Portable)));
        for name in ["", "AVX2", "avx", "portable ", "sse2"] {
            assert!(by_name(name).is_none());
        }
        for (name, level) in all() {
            let lanes = by_name(name).map(Level::lanes::<f32>);
            assert_eq!(level.name(), name);
            assert_eq!(lanes, Some(level.lanes::<f32>()), "{name}");
        }
    }
}
