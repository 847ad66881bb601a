//! Where output goes: a screen, a pipe, a file.

use std::fmt::Display;
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
/// Colors are kept only on a terminal that shows them and where `NO_COLOR` is not set. A reader that has seen enough and left is
/// no failure: what was found stays what it is.
pub fn write(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    if let Some(path) = file {
        return fs::write(path, anstream::adapter::strip_str(text).to_string())
            .map_err(|error| Failure::Write { target: path.display().to_string(), error });
    }
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Write { target: "the screen".to_owned(), error })
        }
        _ => Ok(()),
    }
}

/// Says what went wrong, beside the output.
pub fn complain(what: &dyn Display) {
    let text = format!("rdscal: {what}");
    // Where nobody can hear, the exit code still tells.
    let _ = writeln!(anstream::stderr(), "{}", report::text::harmless(&text));
}
