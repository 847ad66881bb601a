//! The lines of an earlier run.

use diagnostic::Code;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read as _};
use std::ops::Range;
use std::path::Path;

use report::lines::{Begin, Line, MachineRecord, Outcome, SCHEMA};

use super::super::load;
use crate::exit::Failure;
use crate::output;

/// A longer line is none of ours: a machine's has some ten thousand bytes.
const LONGEST: u64 = 256 << 20;

/// What failed so is not asked again: each attempt with a wrong password may lock the account.
const REFUSED: &str = Code::WrongPassword.as_str();

/// What is remembered of a place's line.
pub enum Known {
    /// It was judged.
    Judged(Box<MachineRecord>),
    /// It was asked, and is not to be asked again, for this reason.
    Refused(String),
}

/// The lines of an earlier run, but for those of what is to be asked again.
#[derive(Default)]
pub struct Earlier {
    known: HashMap<String, Known>,
    /// Where the lines stand that are kept.
    pub kept: Vec<Range<u64>>,
    refused: usize,
    begun: bool,
}

impl Earlier {
    /// Reads the file, where there is one. It may end in the middle of a line.
    pub fn read(path: &Path, now: &Begin, ask_refused: bool) -> Result<Self, Failure> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::Unreadable(format!("{}: {error}", path.display()))),
        };
        let unreadable = |error: io::Error| Failure::Unreadable(format!("{}: {error}", path.display()));
        let mut earlier = Self::default();
        let (mut reader, mut at) = (BufReader::with_capacity(1 << 20, file), 0);
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let length = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(unreadable)?;
            if length == 0 {
                break;
            }
            let place = at..at + length as u64;
            at = place.end;
            let whole = line.ends_with(b"\n");
            match Line::parse(&line) {
                // Only what ends is known to be all.
                Ok(parsed) if whole => earlier.add(parsed, place, now, ask_refused, number, path)?,
                _ if is_torn(&line, &mut reader, earlier.begun).map_err(unreadable)? => break,
                _ => return Err(foreign(path, number)),
            }
        }
        Ok(earlier)
    }

    fn add(
        &mut self,
        line: Line,
        at: Range<u64>,
        now: &Begin,
        ask_refused: bool,
        number: usize,
        path: &Path,
    ) -> Result<(), Failure> {
        let (place, known) = match line {
            Line::Begin(begin) if !self.begun => {
                agrees(&begin, now, path)?;
                self.begun = true;
                self.keep(at);
                return Ok(());
            }
            _ if !self.begun => return Err(foreign(path, number)),
            Line::Begin(_) | Line::End => return Ok(()),
            Line::Machine { record, .. } if record.outcome == Outcome::BrokenOff => return Ok(()),
            Line::Failed { class, .. } if class != REFUSED || ask_refused => return Ok(()),
            Line::Machine { place, record } => (place, Known::Judged(record)),
            Line::Failed { place, class } => {
                self.refused += 1;
                (place, Known::Refused(class))
            }
        };
        // A place has one line, the first.
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.known.entry(load::key(&place)) {
            vacant.insert(known);
            self.keep(at);
        }
        Ok(())
    }

    fn keep(&mut self, at: Range<u64>) {
        match self.kept.last_mut() {
            Some(last) if last.end == at.start => last.end = at.end,
            _ => self.kept.push(at),
        }
    }

    /// What is known of a place; it is record once.
    pub fn take(&mut self, locator: &str) -> Option<Known> {
        self.known.remove(&load::key(locator))
    }

    /// What is known of all other places.
    pub fn rest(&mut self) -> impl Iterator<Item = Known> {
        std::mem::take(&mut self.known).into_values()
    }

    /// True where there are no lines yet.
    pub fn is_new(&self) -> bool {
        !self.begun
    }

    /// Places that are not asked again because they refused the account.
    pub fn refused(&self) -> usize {
        self.refused
    }
}

/// True where this is the last line, and the beginning of one of ours, or what is left of one by a power failure.
fn is_torn(line: &[u8], reader: &mut impl BufRead, begun: bool) -> io::Result<bool> {
    let start: &[u8] = br#"{"line":"begin""#;
    let ours =
        begun || line.starts_with(start) || start.starts_with(line) || line.iter().all(|byte| *byte == 0);
    Ok(ours && reader.fill_buf()?.is_empty())
}

fn foreign(path: &Path, number: usize) -> Failure {
    Failure::Usage(format!(
        "line {number} of {} is none that `rdscal doctor --format jsonl` writes, and it is not the last, torn one; nothing was changed. \
         Take it out, or name another file",
        path.display()
    ))
}

/// What was judged otherwise must not stand beside what is judged now.
fn agrees(then: &Begin, now: &Begin, path: &Path) -> Result<(), Failure> {
    if then.schema != SCHEMA {
        return Err(Failure::Usage(format!(
            "{} holds {}, and this version reads {SCHEMA}; name another file",
            path.display(),
            then.schema
        )));
    }
    if then.options != now.options {
        let shown = serde_json::to_string(&then.options).unwrap_or_default();
        return Err(Failure::Usage(format!(
            "{} was judged in another way: {shown}. Give the same --at, --profile, --only and --ignore, or name another file",
            path.display()
        )));
    }
    if then.tool != now.tool {
        output::complain(&format_args!(
            "note: {} was begun by {}; what it judged is kept as it is",
            path.display(),
            then.tool
        ));
    }
    Ok(())
}
