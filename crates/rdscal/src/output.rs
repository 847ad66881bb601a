//! Where output goes: a screen, a pipe, a file.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::exit::Failure;

/// Width where there is no terminal to ask.
const DEFAULT_WIDTH: usize = 100;

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 120;

/// The width that text is wrapped to.
pub fn width() -> usize {
    if !io::stdout().is_terminal() {
        return DEFAULT_WIDTH;
    }
    terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0).min(WIDEST))
}

/// Writes text to the file, or to the screen where none is named.
///
/// Colors are kept only on a terminal that shows them and where `NO_COLOR` is not set.
pub fn write(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    if let Some(path) = file {
        return fs::write(path, anstream::adapter::strip_str(text).to_string())
            .map_err(|error| Failure::Write { target: path.display().to_string(), error });
    }
    let mut stdout = anstream::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Write { target: "the screen".to_owned(), error },
    })
}
