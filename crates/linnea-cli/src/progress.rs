//! What is going on, on standard error if that is a terminal.

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
        let template = "{prefix} {pos}/{len} [{bar:30}] {msg} · {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix("epoch");
        Self { bar }
    }

    pub(crate) fn show(&self, report: &EpochReport) {
        let valid = report.valid_loss.map_or(String::new(), |l| format!(" · valid {}", number(l)));
        if let Some(left) = report.gradient_left {
            self.bar.set_prefix("iteration");
            self.bar.set_length(report.epochs as u64);
            self.bar.set_position(report.epoch as u64);
            let loss = number(report.loss);
            self.bar.set_message(format!("loss {loss} · gradient {left:.1e} of the start's"));
            return;
        }
        let speed = count((report.rows as f64 / report.seconds.max(1e-9)) as usize);
        self.bar.set_length(report.epochs as u64);
        self.bar.set_position(report.epoch as u64);
        self.bar.set_message(format!("loss {}{valid} · {speed} rows/s", number(report.loss)));
    }

    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

/// A line that says what is going on; nothing if `quiet` or if standard error is no terminal. It
/// changes when it is told to and has no thread of its own, which would disturb a measurement.
pub(crate) struct Status {
    line: ProgressBar,
}

impl Status {
    pub(crate) fn new(quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let line = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg} …") {
            line.set_style(style);
        }
        Self { line }
    }

    pub(crate) fn say(&self, doing: &str) {
        self.line.set_message(doing.to_owned());
        self.line.tick();
    }

    pub(crate) fn finish(self) {
        self.line.finish_and_clear();
    }
}
