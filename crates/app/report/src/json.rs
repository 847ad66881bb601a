//! JSON: the machine-readable form of everything. The schemas are in `docs/schema`.

use std::io::{self, Write};

use licensing::{MachineReport, Report};
use serde::Serialize;

use crate::{Format, Rendered, ReportError, Spool};

/// Pretty-printed JSON, ending with a newline.
pub fn render<T: Serialize>(value: &T) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

/// JSON on one line, ending with a newline.
pub fn line<T: Serialize>(value: &T) -> Result<String, ReportError> {
    let mut text = serde_json::to_string(value)?;
    text.push('\n');
    Ok(text)
}

/// A report as JSON: the output of [`render`], machine by machine.
#[derive(Clone, Copy, Debug)]
pub struct Json;

/// Indentation of a machine's lines.
const INDENT: &str = "    ";

impl Format for Json {
    type Memo = ();

    fn part(&self, machine: &MachineReport) -> Result<(Vec<u8>, ()), ReportError> {
        let mut part = Vec::new();
        serde_json::to_writer_pretty(Indented::new(&mut part, INDENT), machine)?;
        Ok((part, ()))
    }

    fn assemble(
        &self,
        report: &Report<Rendered<()>>,
        spool: &mut Spool,
        out: &mut dyn Write,
    ) -> Result<(), ReportError> {
        let frame = render(&report.with(Vec::<()>::new()))?;
        // The part before the machines contains no source data and no other list.
        let (before, after) = frame.split_once(EMPTY).unwrap_or((&frame, ""));
        out.write_all(before.as_bytes())?;
        let mut list = List::new(INDENT);
        for machine in &report.machines {
            list.next(out)?;
            spool.copy(machine.segment, out)?;
        }
        list.end(out)?;
        out.write_all(after.as_bytes())?;
        Ok(())
    }
}

/// A list without elements.
pub(crate) const EMPTY: &str = "[]";

/// A list of pretty-printed JSON whose elements are written one by one.
pub(crate) struct List {
    indent: &'static str,
    empty: bool,
}

impl List {
    /// A list with elements at this indentation.
    pub(crate) fn new(indent: &'static str) -> Self {
        Self { indent, empty: true }
    }

    /// Writes the separator before the next element.
    pub(crate) fn next(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let between = if self.empty { "[\n" } else { ",\n" };
        self.empty = false;
        write!(out, "{between}{}", self.indent)
    }

    /// Writes the end of the list.
    pub(crate) fn end(self, out: &mut dyn Write) -> io::Result<()> {
        if self.empty {
            return out.write_all(EMPTY.as_bytes());
        }
        write!(out, "\n{}]", self.indent.strip_suffix("  ").unwrap_or_default())
    }
}

/// A writer that indents every line except the first. JSON contains line breaks only between elements.
pub(crate) struct Indented<W> {
    out: W,
    indent: &'static str,
}

impl<W> Indented<W> {
    pub(crate) fn new(out: W, indent: &'static str) -> Self {
        Self { out, indent }
    }
}

impl<W: Write> Write for Indented<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.out.write_all(line)?;
            if line.ends_with(b"\n") {
                self.out.write_all(self.indent.as_bytes())?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
