//! Where output goes: standard output, a file, standard error.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;

use anstream::adapter::StripBytes;
use anstream::{AutoStream, ColorChoice};
use diagnostic::Message;
use report::{ReportError, Spool};
use tempfile::SpooledTempFile;

use crate::args::{Color, GlobalArgs, OutputArgs};
use crate::exit::Failure;

/// The width if standard output is not a terminal.
const DEFAULT_WIDTH: usize = 100;

/// Longer lines are hard to read, however wide the terminal is.
const MAX_WIDTH: usize = 120;

/// The options that all commands have.
static SETTINGS: OnceLock<Settings> = OnceLock::new();

#[derive(Default)]
struct Settings {
    is_quiet: bool,
    details: bool,
    has_log: bool,
    width: Option<usize>,
}

/// Applies the options that all commands have.
pub fn configure(args: &GlobalArgs, has_log: bool) {
    let width = args.width.map(usize::from);
    let _ = SETTINGS.set(Settings { is_quiet: args.quiet, details: args.verbose > 0, has_log, width });
    match args.color {
        // anstream evaluates NO_COLOR, CLICOLOR and CLICOLOR_FORCE.
        Color::Auto => {}
        Color::Always => ColorChoice::Always.write_global(),
        Color::Never => ColorChoice::Never.write_global(),
    }
}

/// True if progress can be drawn: on a terminal that nothing else is written to.
pub fn shows_progress() -> bool {
    !SETTINGS.get().is_some_and(|settings| settings.is_quiet || settings.has_log)
        && io::stderr().is_terminal()
}

/// True if reports print evidence and reasons (`-v`).
pub fn shows_details() -> bool {
    SETTINGS.get().is_some_and(|settings| settings.details)
}

/// The width that text is wrapped to.
pub fn width() -> usize {
    if let Some(width) = SETTINGS.get().and_then(|settings| settings.width) {
        return width;
    }
    if !io::stdout().is_terminal() {
        return DEFAULT_WIDTH;
    }
    terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0).min(MAX_WIDTH))
}

/// The name of standard output in error messages.
const STANDARD_OUTPUT: &str = "standard output";

/// Writes text to the file of the arguments, or to standard output.
pub fn write(text: &str, args: &OutputArgs) -> Result<(), Failure> {
    write_with(args, |out| Ok(out.write_all(text.as_bytes())?))
}

/// Writes text to standard output. False if the reader has closed the pipe.
pub fn print(text: &str) -> Result<bool, Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if is_closed(&error) => Ok(false),
        Err(error) => Err(Failure::write(STANDARD_OUTPUT, &error)),
    }
}

/// Writes to the file of the arguments, or to standard output. The file is opened first, so everything that
/// can fail should be done before this call.
///
/// A file gets no colors. A reader that closes the pipe early is not an error.
pub fn write_with(
    args: &OutputArgs,
    produce: impl FnOnce(&mut dyn Write) -> Result<(), ReportError>,
) -> Result<(), Failure> {
    let file = args.output.as_deref();
    let mut out: Box<dyn Write> = match file {
        Some(path) => {
            let file = create(path, args.force).map_err(|error| write_failure(path, &error))?;
            Box::new(BufWriter::new(Plain::new(BufWriter::new(file))))
        }
        None if AutoStream::choice(&io::stdout()) == ColorChoice::Never => {
            Box::new(BufWriter::new(Plain::new(io::stdout().lock())))
        }
        None => Box::new(BufWriter::new(anstream::stdout().lock())),
    };
    match (produce(&mut out).and_then(|()| Ok(out.flush()?)), file) {
        (Err(ReportError::Io(error)), None) if is_closed(&error) => Ok(()),
        (Err(ReportError::Io(error)), None) => Err(Failure::write(STANDARD_OUTPUT, &error)),
        (Err(ReportError::Io(error)), Some(path)) => Err(write_failure(path, &error)),
        (result, _) => Ok(result?),
    }
}

/// Opens a file for writing. An existing file is an error without `force`; a device or pipe is not.
pub fn create(path: &Path, force: bool) -> io::Result<File> {
    if force || path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return File::create(path);
    }
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The failure for a file that cannot be written.
pub fn write_failure(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::exists(path),
        _ => Failure::write(path.display(), error),
    }
}

/// A writer that removes colors.
struct Plain<W> {
    out: W,
    strip: StripBytes,
    /// Nothing so far could begin an escape sequence, or end in the middle of a character.
    is_clean: bool,
}

impl<W> Plain<W> {
    fn new(out: W) -> Self {
        Self { out, strip: StripBytes::new(), is_clean: true }
    }
}

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Removing colors byte by byte would cost more than the JSON itself, which has none.
        let shown = |&byte: &u8| byte >= b' ' && byte != 0x7f || matches!(byte, b'\n' | b'\r' | b'\t');
        self.is_clean &= bytes.iter().all(shown) && bytes.last().is_none_or(u8::is_ascii);
        if self.is_clean {
            return self.out.write_all(bytes).map(|()| bytes.len());
        }
        for printable in self.strip.strip_next(bytes) {
            self.out.write_all(printable)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Size of a report that is kept in memory; a larger one goes to a temporary file.
const MAX_IN_MEMORY: usize = 256 << 10;

/// Holds the parts of a report until they are written. The temporary file has no name, so it is removed
/// however the program ends.
pub fn spool() -> Spool {
    Spool::new(SpooledTempFile::new(MAX_IN_MEMORY))
}

/// True if the reader of the output has closed the pipe.
pub fn is_closed(error: &io::Error) -> bool {
    // Windows has three codes for it, and the standard library does not map the last to a broken pipe:
    // ERROR_BROKEN_PIPE (109), ERROR_NO_DATA (232) and ERROR_PIPE_NOT_CONNECTED (233).
    error.kind() == io::ErrorKind::BrokenPipe
        || cfg!(windows) && matches!(error.raw_os_error(), Some(109 | 232 | 233))
}

/// Prints a failure to standard error.
pub fn failure(failure: &Failure) {
    message(failure.message());
}

/// Prints the parts of an error to standard error.
pub fn message(message: &Message) {
    for (label, text) in message.lines() {
        print_labelled(label, text);
    }
}

/// Prints an error to standard error that does not end the command.
pub fn error(text: impl Display) {
    print_labelled("error", &text.to_string());
}

/// Prints a note to standard error, unless `--quiet` is given.
pub fn note(text: impl Display) {
    if !SETTINGS.get().is_some_and(|settings| settings.is_quiet) {
        print_labelled("note", &text.to_string());
    }
}

fn print_labelled(label: &str, text: &str) {
    // If standard error is closed, the exit code remains.
    let _ = writeln!(anstream::stderr(), "{label}: {}", report::text::harmless(text));
}
