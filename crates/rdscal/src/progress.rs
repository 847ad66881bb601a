//! One line of progress, on a terminal only.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Progress over this many machines. Nothing is drawn in a pipe, for a single machine, or when all is done at once.
pub fn machines(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    if count < 2 || !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    } else {
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    if let Ok(style) = ProgressStyle::with_template("{pos}/{len} machines  {wide_bar}  {eta}") {
        bar.set_style(style);
    }
    bar
}
