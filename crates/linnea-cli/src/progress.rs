//! The progress bar of a training, on standard error if that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use linnea::EpochReport;

use crate::table::{count, number};

/// A bar that shows epoch, loss, rows per second and the time left; nothing if `quiet` or if
/// standard error is no terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        let template = "epoch {pos}/{len} [{bar:30}] {msg} · {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar }
    }

    pub(crate) fn show(&self, report: &EpochReport) {
        let valid = report.valid_loss.map_or(String::new(), |l| format!(" · valid {}", number(l)));
        let speed = count((report.rows as f64 / report.seconds.max(1e-9)) as usize);
        self.bar.set_length(report.epochs as u64);
        self.bar.set_position(report.epoch as u64);
        self.bar.set_message(format!("loss {}{valid} · {speed} rows/s", number(report.loss)));
    }

    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
