//! Where output goes: a screen, a pipe, a file.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anstream::adapter::StripBytes;
use report::{ReportError, Spool};
use tempfile::SpooledTempFile;

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
pub fn write(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    write_with(file, |out| Ok(out.write_all(text.as_bytes())?))
}

/// Writes text to the screen at once; false where whoever read it has left.
pub fn say(text: &str) -> Result<bool, Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if is_gone(&error) => Ok(false),
        Err(error) => Err(Failure::Write { target: "the screen".to_owned(), error }),
    }
}

/// Has something written to the file, or to the screen where none is named. What is there already is replaced by that, so whatever
/// can fail should have been done before.
///
/// Colors are kept only on a terminal that shows them and where `NO_COLOR` is not set. A reader that has seen enough and left is
/// no failure: what was found stays what it is.
pub fn write_with(
    file: Option<&Path>,
    produce: impl FnOnce(&mut dyn Write) -> Result<(), ReportError>,
) -> Result<(), Failure> {
    let (target, mut out): (_, Box<dyn Write>) = match file {
        Some(path) => {
            let target = path.display().to_string();
            match File::create(path) {
                Ok(file) => (target, Box::new(BufWriter::new(Plain::new(BufWriter::new(file))))),
                Err(error) => return Err(Failure::Write { target, error }),
            }
        }
        None => ("the screen".to_owned(), Box::new(BufWriter::new(anstream::stdout().lock()))),
    };
    match produce(&mut out).and_then(|()| Ok(out.flush()?)) {
        Err(ReportError::Io(error)) if file.is_none() && is_gone(&error) => Ok(()),
        Err(ReportError::Io(error)) => Err(Failure::Write { target, error }),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}

/// A writer that leaves out colors.
struct Plain<W> {
    out: W,
    strip: StripBytes,
}

impl<W> Plain<W> {
    fn new(out: W) -> Self {
        Self { out, strip: StripBytes::new() }
    }
}

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for printable in self.strip.strip_next(bytes) {
            self.out.write_all(printable)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// So many bytes of a report wait in memory before they go to a file.
const IN_MEMORY: usize = 256 << 10;

/// Where the parts of a report wait until they can be written: in memory while they are few, then in a temporary file that has
/// no name, so that nobody finds it and nothing is left of it however the program ends.
pub fn spool() -> Spool {
    Spool::new(SpooledTempFile::new(IN_MEMORY))
}

/// True where whoever read the output has left.
pub fn is_gone(error: &io::Error) -> bool {
    // Windows has three words for it, of which the last is not counted among broken pipes: ERROR_BROKEN_PIPE (109), ERROR_NO_DATA
    // (232) and ERROR_PIPE_NOT_CONNECTED (233).
    error.kind() == io::ErrorKind::BrokenPipe
        || cfg!(windows) && matches!(error.raw_os_error(), Some(109 | 232 | 233))
}

/// Says what went wrong, beside the output.
pub fn complain(what: &dyn Display) {
    let text = format!("rdscal: {what}");
    // Where nobody can hear, the exit code still tells.
    let _ = writeln!(anstream::stderr(), "{}", report::text::harmless(&text));
}
