//! Learning-rate schedules: the step size as a function of how many epochs are done.
//!
//! ```
//! use linnea_tensor::{optim::{schedule::{Schedule, StepLr}, Optimizer, Sgd}, tensor};
//! let mut optimizer = Sgd::new([tensor![1.0].requires_grad_()?], 0.1);
//! let mut schedule = StepLr::new(&optimizer, 2, 0.5);
//! let rates: Vec<f64> = (0..5)
//!     .map(|_| {
//!         // … an epoch of training …
//!         let rate = optimizer.learning_rate();
//!         schedule.step(&mut optimizer);
//!         rate
//!     })
//!     .collect();
//! assert_eq!(rates, [0.1, 0.1, 0.05, 0.05, 0.025]);
//! # Ok::<(), linnea_tensor::Error>(())
//! ```
//!
//! Each rate is computed from the first one and the epoch alone, so that no rounding builds up and a
//! run that is resumed with [`Schedule::set_epoch`] goes on exactly. Sequences are PyTorch's.

mod decay;
mod plateau;

pub use decay::{CosineAnnealingLr, ExponentialLr, LambdaLr, LinearLr, MultiStepLr, StepLr};
pub use plateau::ReduceOnPlateau;

use super::Optimizer;

/// A learning rate that depends on the epoch.
pub trait Schedule {
    /// The rate after `epoch` epochs.
    fn rate(&self, epoch: u64) -> f64;

    /// How many epochs are done.
    fn epoch(&self) -> u64;

    /// Says how many epochs are done, to resume a run.
    fn set_epoch(&mut self, epoch: u64);

    /// Counts one epoch more and sets the optimiser's rate.
    fn step(&mut self, optimizer: &mut dyn Optimizer) {
        self.set_epoch(self.epoch() + 1);
        optimizer.set_learning_rate(self.rate(self.epoch()));
    }
}
