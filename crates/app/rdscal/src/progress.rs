//! One line of progress, on a terminal only.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output;

/// Progress over users, whose number is unknown. Nothing is drawn if standard error is not a terminal.
#[cfg(feature = "directory")]
pub fn users() -> ProgressBar {
    let bar = ProgressBar::no_length();
    if output::shows_progress() {
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    } else {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{pos} users  {spinner}") {
        bar.set_style(style);
    }
    bar
}

/// The progress line: places done, failed and being read, the rate, and the remaining time.
pub struct Line {
    bar: ProgressBar,
    failed: usize,
    /// The output goes to the same terminal.
    shared: bool,
}

impl Line {
    /// Progress over this many places. Nothing is drawn without a terminal, for a single place, or if all
    /// places finish at once.
    pub fn new(count: usize) -> Self {
        let bar = ProgressBar::new(count as u64);
        if count < 2 || !output::shows_progress() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        let template = "{pos}/{len} done{msg}  {per_sec:.1}  {wide_bar}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, failed: 0, shared: io::stdout().is_terminal() }
    }

    /// One more place is done, and `running` places are being read. `write` may write to the terminal.
    pub fn step<T>(&mut self, failed: bool, running: usize, write: impl FnOnce() -> T) -> T {
        self.failed += usize::from(failed);
        let done = if self.shared { self.bar.suspend(write) } else { write() };
        if !self.bar.is_hidden() {
            let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
            self.bar.set_message(format!("{failed}, {running} running"));
        }
        self.bar.inc(1);
        done
    }

    /// Removes the line.
    pub fn end(self) {
        self.bar.finish_and_clear();
    }
}
