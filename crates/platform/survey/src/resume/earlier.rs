//! Reading the lines of an earlier run.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read as _};
use std::ops::Range;
use std::path::Path;

use super::ResumeError;

/// Limit in bytes. The line of a machine has about ten thousand bytes.
const MAX_LINE: u64 = 256 << 20;

/// What a line of an earlier run means for this one.
#[derive(Debug)]
pub enum Entry<T> {
    /// The first line. It is kept.
    Begin,
    /// A result for this place, which is kept: the place is not read again.
    Keep {
        /// The name of the place.
        place: String,
        /// The data that this run needs of it.
        known: T,
    },
    /// A line that is removed: the place is read again, or the line is written again.
    Remove,
}

/// The results of an earlier run that are kept.
#[derive(Debug)]
pub struct Earlier<T> {
    known: HashMap<String, T>,
    /// The byte ranges of the lines that are kept.
    pub(super) kept: Vec<Range<u64>>,
    has_begun: bool,
}

impl<T> Default for Earlier<T> {
    fn default() -> Self {
        Self { known: HashMap::new(), kept: Vec::new(), has_begun: false }
    }
}

impl<T> Earlier<T> {
    /// Reads the file, which may be missing, or end in the middle of a line. `parse` returns `None` for a
    /// line that is not valid.
    pub fn read<E: From<ResumeError>>(
        path: &Path,
        mut parse: impl FnMut(&[u8]) -> Option<Result<Entry<T>, E>>,
    ) -> Result<Self, E> {
        let unreadable = |cause: io::Error| ResumeError::Read { path: path.to_owned(), cause };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error).into()),
        };
        let mut earlier = Self::default();
        let (mut reader, mut end) = (BufReader::with_capacity(1 << 20, file), 0);
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let length = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
            if length == 0 {
                break;
            }
            let range = end..end + length as u64;
            end = range.end;
            // A line without its line break may be incomplete.
            let parsed = if line.ends_with(b"\n") { parse(&line) } else { None };
            let is_added = match parsed {
                Some(entry) => earlier.add(entry?, range),
                None if is_torn(&line, &mut reader, earlier.has_begun).map_err(unreadable)? => break,
                None => false,
            };
            if !is_added {
                return Err(ResumeError::Foreign { path: path.to_owned(), line: number }.into());
            }
        }
        Ok(earlier)
    }

    /// False if the file does not begin with the first line of a run.
    fn add(&mut self, entry: Entry<T>, range: Range<u64>) -> bool {
        match entry {
            Entry::Begin if !self.has_begun => {
                self.has_begun = true;
                self.keep(range);
            }
            _ if !self.has_begun => return false,
            Entry::Begin | Entry::Remove => {}
            Entry::Keep { place, known } => {
                // A place has one line, the first.
                if let MapEntry::Vacant(vacant) = self.known.entry(place_key(&place)) {
                    vacant.insert(known);
                    self.keep(range);
                }
            }
        }
        true
    }

    fn keep(&mut self, range: Range<u64>) {
        match self.kept.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.kept.push(range),
        }
    }

    /// Removes and returns the data about a place.
    pub fn take(&mut self, place: &str) -> Option<T> {
        self.known.remove(&place_key(place))
    }

    /// Removes and returns the data about all other places.
    pub fn take_rest(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.known).into_values()
    }

    /// True if the file has no first line yet.
    pub fn is_new(&self) -> bool {
        !self.has_begun
    }
}

/// True if this is the last line and was cut off: the beginning of one, or zeros that a power failure left.
fn is_torn(line: &[u8], reader: &mut impl BufRead, has_begun: bool) -> io::Result<bool> {
    let start: &[u8] = br#"{"line":"begin""#;
    let ours =
        has_begun || line.starts_with(start) || start.starts_with(line) || line.iter().all(|byte| *byte == 0);
    Ok(ours && reader.fill_buf()?.is_empty())
}

/// A key that is equal for names of the same place. Host names are compared without case.
pub fn place_key(name: &str) -> String {
    let is_host = name.starts_with(r"\\") || name.starts_with("smb://");
    if is_host { name.to_lowercase() } else { name.to_owned() }
}
