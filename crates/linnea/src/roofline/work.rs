//! Standard pieces of training, to be held against the machine's ceilings.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use linnea_data::{Dataset, Targets, Values};

use super::machine::Machine;
use super::shuffled::Shuffled;
use super::{Effort, Precision};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::rows::over_rows;
use crate::settings::{Schedule, Settings, Standardize};
use crate::trainer::Trainer;

/// How the features of a piece of work are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// A byte a number.
    U8,
    /// Single precision.
    F32,
}

impl Storage {
    /// Its short name: `u8` or `f32`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::F32 => "f32",
        }
    }

    /// How many bytes a number takes.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::F32 => 4,
        }
    }
}

/// An epoch of minibatch SGD over made-up rows of some shape.
///
/// The rows are visited in a new random order each epoch, as in any training. Speed does not depend
/// on what the numbers are, so they are random.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Work {
    /// The loss, which decides whether targets are classes or numbers.
    pub loss: Loss,
    /// How features are stored.
    pub storage: Storage,
    /// The number of rows n.
    pub rows: usize,
    /// The number of features d.
    pub features: usize,
    /// The number of outputs q.
    pub outputs: usize,
    /// Rows in a minibatch.
    pub batch_size: usize,
    /// How many epochs are timed.
    pub epochs: usize,
}

/// How long a piece of work takes, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Timing {
    /// The median epoch.
    pub epoch: f64,
    /// The least time in which as many threads only read the rows, in a random order. An epoch is
    /// hardly shorter while the rows are in memory, and not in a cache.
    pub shuffled_read: f64,
}

impl Work {
    /// The standard pieces: softmax regression with the shape of MNIST (60,000 × 784, 10 classes)
    /// stored in bytes and in `f32`, and linear regression on 1,000,000 × 100 in `f32`, all with
    /// minibatches of 256 rows. Quickly, with a tenth of the rows.
    #[must_use]
    pub fn standard(effort: Effort) -> [Self; 3] {
        let (share, epochs) = if effort == Effort::Quick { (10, 3) } else { (1, 7) };
        let softmax = |storage| Self {
            loss: Loss::Softmax,
            storage,
            rows: 60_000 / share,
            features: 784,
            outputs: 10,
            batch_size: 256,
            epochs,
        };
        let mut linear = softmax(Storage::F32);
        linear.loss = Loss::Squared;
        (linear.rows, linear.features, linear.outputs) = (1_000_000 / share, 100, 1);
        [softmax(Storage::U8), softmax(Storage::F32), linear]
    }

    /// What it is called: `softmax` or `linear`, with its storage.
    #[must_use]
    pub fn name(&self) -> String {
        let kind = if self.loss == Loss::Softmax { "softmax" } else { "linear" };
        format!("{kind}-{}", self.storage.name())
    }

    /// The arithmetic that it is done in.
    #[must_use]
    pub fn precision(&self) -> Precision {
        Precision::F32
    }

    /// The bytes that an epoch must read: n·d·sizeof(x).
    #[must_use]
    pub fn bytes(&self) -> f64 {
        (self.rows * self.features * self.storage.size()) as f64
    }

    /// The operations that an epoch must do: 4·n·d·q, a multiplication and an addition in each of
    /// two products.
    #[must_use]
    pub fn operations(&self) -> f64 {
        4.0 * (self.rows * self.features * self.outputs) as f64
    }

    /// Trains on each of some numbers of threads, and only reads the rows.
    ///
    /// # Errors
    /// [`Error::Memory`] if there is too little memory for the rows, and those of
    /// [`Trainer::fit`].
    pub fn measure(&self, threads: &[usize]) -> Result<Vec<Timing>> {
        self.check_memory(&Machine::look())?;
        let data = self.data()?;
        let time = |&threads: &usize| {
            let epoch = self.median_epoch(&data, threads)?;
            Ok(Timing { epoch, shuffled_read: over_rows(&data, Shuffled { threads })? })
        };
        threads.iter().map(time).collect()
    }

    fn median_epoch(&self, data: &Dataset, threads: usize) -> Result<f64> {
        let settings = Settings {
            epochs: Some(self.epochs),
            batch_size: Some(self.batch_size),
            learning_rate: Some(self.learning_rate()),
            schedule: Some(Schedule::Constant),
            standardize: Standardize::Off,
            ..Settings::default()
        };
        let fit = Trainer::new().settings(settings).threads(threads).fit(data)?;
        let mut seconds: Vec<f64> = fit.epochs.iter().map(|epoch| epoch.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied().ok_or(Error::Interrupted)
    }

    /// A rate at which nothing diverges: well below one over the largest squared length of a row.
    fn learning_rate(&self) -> f64 {
        let largest: f64 = if self.storage == Storage::U8 { 255.0 } else { 1.0 };
        0.1 / (self.features as f64 * largest.powi(2))
    }

    fn check_memory(&self, machine: &Machine) -> Result<()> {
        // The rows, a target for each in f64 and in what is computed with, and what lists them.
        let needed = self.rows * (self.features * self.storage.size() + 32);
        match machine.available_memory {
            Some(available) if available < needed => {
                let what = format!("training {}", self.name());
                Err(Error::Memory { what, needed, available })
            }
            _ => Ok(()),
        }
    }

    fn data(&self) -> Result<Dataset> {
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let count = self.rows * self.features;
        let values = match self.storage {
            Storage::U8 => {
                let mut bytes = linnea_data::room(count);
                bytes.resize(count, 0);
                random.fill_bytes(&mut bytes);
                Values::U8(bytes)
            }
            Storage::F32 => {
                let mut numbers = linnea_data::room(count);
                numbers.extend((0..count).map(|_| unit(&mut random)));
                Values::F32(numbers)
            }
        };
        let targets = match self.loss {
            Loss::Softmax => Targets::Classes((0..self.rows).map(|row| self.class(row)).collect()),
            _ => Targets::Values((0..self.rows).map(|_| unit(&mut random).into()).collect()),
        };
        Ok(Dataset::dense(self.features, values, targets)?)
    }

    /// Every class in turn: training shuffles the rows.
    fn class(&self, row: usize) -> u32 {
        (row % self.outputs) as u32
    }
}

/// A random number from −1 to 1.
fn unit(random: &mut impl Rng) -> f32 {
    random.next_u32() as f32 / (u32::MAX / 2) as f32 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_operations_are_those_of_the_shape() {
        let [bytes, floats, linear] = Work::standard(Effort::Full);
        assert_eq!((bytes.bytes(), bytes.operations()), (47.04e6, 1.8816e9));
        assert_eq!((floats.bytes(), floats.operations()), (188.16e6, 1.8816e9));
        assert_eq!((linear.bytes(), linear.operations()), (4e8, 4e8));
        let names = [bytes, floats, linear].map(|work| work.name());
        assert_eq!(names, ["softmax-u8", "softmax-f32", "linear-f32"]);
    }

    #[test]
    fn every_piece_can_be_trained() {
        for work in Work::standard(Effort::Quick) {
            let small = Work { rows: 300, ..work };
            let timings = small.measure(&[1, 2]).unwrap();
            assert_eq!(timings.len(), 2);
            let seconds = timings.iter().flat_map(|t| [t.epoch, t.shuffled_read]);
            assert!(seconds.into_iter().all(|seconds| seconds.is_finite() && seconds > 0.0));
        }
    }

    #[test]
    fn too_little_memory_is_said() {
        let [_, _, linear] = Work::standard(Effort::Full);
        let machine = Machine { available_memory: Some(1 << 20), ..Machine::look() };
        let message = linear.check_memory(&machine).unwrap_err().to_string();
        assert_eq!(
            message,
            "training linear-f32 needs 432 MB of memory where the system gives 1 MB; \
             free some, or do less (--quick)"
        );
    }
}
