//! Parsing of a [`Document`].

use std::ops::Range;

use super::cursor::Cursor;
use super::document::{Document, Entry, Item, ItemKind, Op, Section, Value, Version};
use super::hex::{End, read_continuation};
use super::problem::{Flaw, RegProblem, What};
use super::value::{self, Start};
use crate::encoding::{CodePage, Encoding, Line};
use crate::text::Text;

/// Options for what the file itself does not specify.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The code page of 8-bit text, and of `hex(2)` and `hex(7)` in `REGEDIT4` files. Windows uses the code
    /// page of the system. Default: windows-1252.
    pub code_page: CodePage,
    /// Read an 8-bit version 5 file in `code_page` even if it is valid UTF-8. Windows does this, and misreads
    /// what an editor saved as UTF-8 without byte order mark. By default such a file is read as UTF-8.
    pub no_utf8_guess: bool,
    /// The version of a file without a valid header, such as a fragment pasted into a ticket. By default such
    /// a file has no sections, because regedit ignores it.
    pub assume: Option<Version>,
}

/// The version that the first line of `bytes` declares.
pub(crate) fn version_of(bytes: &[u8]) -> Option<Version> {
    let encoding = Encoding::from_start(bytes, CodePage::default());
    let line = encoding.line_at(bytes, encoding.bom_len())?;
    // No header is longer than this, apart from spaces before it.
    let content = bytes.get(line.content).filter(|content| content.len() <= 4096)?;
    let (text, _) = encoding.decode(content);
    header_version(text.units())
}

fn header_version(line: &[u16]) -> Option<Version> {
    let mut cursor = Cursor::new(line);
    cursor.skip_blanks();
    // `echo HEADER >file` in a batch file leaves a space behind the header, and such files are imported.
    let rest = cursor.rest();
    let blanks = rest.iter().rev().take_while(|&&unit| matches!(unit, 0x20 | 0x09)).count();
    let header = rest.iter().take(rest.len() - blanks).copied();
    [Version::V5, Version::Regedit4, Version::Regedit3]
        .into_iter()
        .find(|version| header.clone().eq(version.header().bytes().map(u16::from)))
}

pub(super) fn parse(source: Vec<u8>, options: &Options) -> Document {
    let mut encoding = Encoding::from_start(&source, options.code_page);
    let version = version_of(&source);
    let is_v5 = version.or(options.assume) == Some(Version::V5);
    let guess = is_v5 && matches!(encoding, Encoding::Ansi(_)) && !options.no_utf8_guess;
    if guess && !source.is_ascii() && std::str::from_utf8(&source).is_ok() {
        encoding = Encoding::Utf8 { bom: false };
    }
    let line_ending = encoding.line_at(&source, encoding.bom_len()).and_then(|line| line.ending);
    let mut parser = Parser {
        source: &source,
        encoding,
        code_page: options.code_page,
        version,
        next: encoding.bom_len(),
        content: 0..0,
        line: 0,
        scope: Scope::NoKey,
        items: Vec::new(),
        sections: Vec::new(),
        problems: Vec::new(),
    };
    parser.run(options.assume);
    let Parser { items, sections, mut problems, .. } = parser;
    // A problem of a value as a whole is found after the problems of its later lines.
    problems.sort_by_key(|problem| (problem.line, problem.column));
    Document { source, options: *options, encoding, version, line_ending, items, sections, problems }
}

/// The section to which a value line belongs.
enum Scope {
    NoKey,
    Key,
    DeletedKey,
    BadKey,
}

struct Parser<'a> {
    source: &'a [u8],
    encoding: Encoding,
    code_page: CodePage,
    version: Option<Version>,
    /// The start of the next line.
    next: usize,
    /// The current line, without its line ending.
    content: Range<usize>,
    /// The number of the current line.
    line: usize,
    scope: Scope,
    items: Vec<Item>,
    sections: Vec<Section>,
    problems: Vec<RegProblem>,
}

impl Parser<'_> {
    fn run(&mut self, assume: Option<Version>) {
        let header = self.read_line();
        if self.version.is_none() {
            self.problem(Flaw { at: 0, what: What::NoHeader });
            self.version = assume;
            if let Some(text) = &header {
                self.read_line_item(text);
            }
        } else if header.is_some() {
            self.push(ItemKind::Header, 1);
        }
        while let Some(text) = self.read_line() {
            self.read_line_item(&text);
        }
        if self.items.last().map_or(0, |item| item.span.end) < self.source.len() {
            // Only the byte order mark.
            self.push(ItemKind::Blank, 1);
        }
    }

    /// The line that starts at `start`; the flag is true if it contains invalid bytes.
    fn line_at(&self, start: usize) -> Option<(Line, Text, bool)> {
        let line = self.encoding.line_at(self.source, start)?;
        let (text, lossy) = self.encoding.decode(self.source.get(line.content.clone())?);
        Some((line, text, lossy))
    }

    /// Advances to the next line.
    fn read_line(&mut self) -> Option<Text> {
        let (line, text, lossy) = self.line_at(self.next)?;
        self.next = line.next;
        self.content = line.content;
        self.line += 1;
        if lossy {
            let at = text.units().iter().position(|&unit| unit == 0xFFFD).unwrap_or(0);
            self.problem(Flaw { at, what: What::Undecodable });
        }
        Some(text)
    }

    /// Reports a problem in the current line, for the item that is pushed next.
    fn problem(&mut self, flaw: Flaw) {
        self.problem_on(flaw, self.line.max(1));
    }

    fn problem_on(&mut self, flaw: Flaw, line: usize) {
        let item = self.items.len();
        self.problems.push(RegProblem { line, column: flaw.at + 1, what: flaw.what, item });
    }

    /// Adds an item from the end of the previous one to the current line. It starts on line `line`.
    fn push(&mut self, kind: ItemKind, line: usize) {
        let span = self.items.last().map_or(0, |item| item.span.end)..self.next;
        self.items.push(Item { kind, span, line });
    }

    fn ignore(&mut self, flaw: Flaw, line: usize) {
        self.problem(flaw);
        self.push(ItemKind::Ignored, line);
    }

    /// Reads the item that starts with the current line, by the rules of the version.
    fn read_line_item(&mut self, text: &Text) {
        match self.version {
            None => self.push(plain_kind(text), self.line),
            Some(Version::Regedit3) => self.read_regedit3(text),
            Some(Version::Regedit4 | Version::V5) => self.read_item(text),
        }
    }

    fn read_item(&mut self, text: &Text) {
        let mut cursor = Cursor::new(text.units());
        cursor.skip_blanks();
        match cursor.ascii() {
            Some(b'[') => self.read_key(&mut cursor),
            Some(first) if value::starts_value(first) => self.read_value(&mut cursor),
            first => match plain_kind(text) {
                ItemKind::Ignored => {
                    let what = if first == Some(b'#') { What::HashLine } else { What::UnknownLine };
                    self.ignore(cursor.flaw(what), self.line);
                }
                kind => self.push(kind, self.line),
            },
        }
    }

    fn read_key(&mut self, cursor: &mut Cursor<'_>) {
        match key_line(cursor) {
            Ok((path, delete)) => {
                self.scope = if delete { Scope::DeletedKey } else { Scope::Key };
                self.push(ItemKind::Key { section: self.sections.len() }, self.line);
                self.sections.push(Section { path, delete, line: self.line, entries: Vec::new() });
            }
            Err(flaw) => {
                self.scope = Scope::BadKey;
                self.ignore(flaw, self.line);
            }
        }
    }

    fn read_value(&mut self, cursor: &mut Cursor<'_>) {
        let line = self.line;
        let misplaced = cursor.flaw(match self.scope {
            Scope::NoKey | Scope::Key => What::ValueWithoutKey,
            Scope::DeletedKey => What::ValueUnderDeletedKey,
            Scope::BadKey => What::ValueUnderBadKey,
        });
        match (self.read_entry(cursor), &self.scope) {
            (Ok((name, op)), Scope::Key) => self.push_entry(Entry { name, op, line }),
            (Ok(_), _) => {
                self.problem_on(misplaced, line);
                self.push(ItemKind::Ignored, line);
            }
            (Err(flaw), _) => self.ignore(flaw, line),
        }
    }

    fn push_entry(&mut self, entry: Entry) {
        let (line, index) = (entry.line, self.sections.len().saturating_sub(1));
        if let Some(section) = self.sections.last_mut() {
            section.entries.push(entry);
            let entry = section.entries.len() - 1;
            self.push(ItemKind::Value { section: index, entry }, line);
        }
    }

    /// Reads a value with its continuation lines.
    fn read_entry(&mut self, cursor: &mut Cursor<'_>) -> Result<(Text, Op), Flaw> {
        let name = value::read_name(cursor)?;
        let op = match value::read_data(cursor)? {
            Start::Complete(op) => {
                if self.is_cut_in_number(&op) {
                    self.problem(Flaw { at: 0, what: What::EndsInData });
                }
                op
            }
            Start::OpenString(string) => {
                let flaw = cursor.flaw(What::UnclosedString);
                let lines = self.lines_to_closing_quote().ok_or(flaw)?;
                value::string_value(self.read_open_string(string, lines)?)
            }
            Start::Hex { ty, mut bytes, end } => {
                if end == End::Continues {
                    self.read_more_bytes(&mut bytes)?;
                }
                if self.is_cut_in_bytes() {
                    self.problem(Flaw { at: 0, what: What::EndsInData });
                }
                let (value, lossy) = self.hex_value(ty, bytes);
                if lossy {
                    self.problem(Flaw { at: 0, what: What::Undecodable });
                }
                Op::Set(value)
            }
        };
        Ok((name, op))
    }

    /// Reads continuation lines of hexadecimal data. At the end of the file an import takes the value as
    /// complete; the problem says that the file is probably cut.
    fn read_more_bytes(&mut self, bytes: &mut Vec<u8>) -> Result<(), Flaw> {
        while let Some(text) = self.read_line() {
            let mut cursor = Cursor::new(text.units());
            if !cursor.at_line_end() && read_continuation(&mut cursor, bytes)? == End::Complete {
                return Ok(());
            }
        }
        self.problem(Flaw { at: 0, what: What::EndsInData });
        Ok(())
    }

    /// The text of the current line if it is the last one and has no ending.
    fn open_end(&self) -> Option<String> {
        let is_last = self.next >= self.source.len() && self.content.end == self.source.len();
        let (text, _) = self.encoding.decode(self.source.get(self.content.clone())?);
        is_last.then(|| text.to_string().trim_end_matches([' ', '\t']).to_owned())
    }

    /// Whether the file ends within hexadecimal data on this line: after a comma, or after half a byte. A
    /// UTF-16 file was written by regedit, which ends each line, so that the end of any data is not certain.
    fn is_cut_in_bytes(&self) -> bool {
        let Some(line) = self.open_end().filter(|line| !line.contains(';') && !line.ends_with('\\')) else {
            return false;
        };
        let last = line.rsplit([',', ':', ' ', '\t']).next().unwrap_or_default();
        last.len() < 2 || matches!(self.encoding, Encoding::Utf16Le { .. } | Encoding::Utf16Be { .. })
    }

    /// Whether the file ends within a number: regedit writes eight digits. A number that was written by hand
    /// has no leading zeros.
    fn is_cut_in_number(&self, op: &Op) -> bool {
        let is_number = matches!(op, Op::Set(value) if value.ty == 4);
        let is_cut = |line: String| {
            let digits = line.rsplit(':').next().unwrap_or_default().trim();
            digits.len() > 1 && digits.len() < 8 && digits.starts_with('0')
        };
        is_number && self.open_end().is_some_and(is_cut)
    }

    /// The number of further lines of a string that is not closed on its line, if the next quote ends a valid
    /// value.
    ///
    /// The search stops at the first quote, and a line that can start a string begins with one. So no line of
    /// the file is searched more than once.
    fn lines_to_closing_quote(&self) -> Option<usize> {
        let mut next = self.next;
        for lines in 1.. {
            let (line, text, _) = self.line_at(next)?;
            let mut cursor = Cursor::new(text.units());
            if value::read_quoted(&mut cursor, &mut Vec::new()).ok()? {
                return cursor.at_line_end().then_some(lines);
            }
            next = line.next;
        }
        None
    }

    /// Reads the continuation lines of a string, with line endings.
    fn read_open_string(&mut self, mut string: Vec<u16>, lines: usize) -> Result<Vec<u16>, Flaw> {
        for _ in 0..lines {
            let ending = self.source.get(self.content.end..self.next).unwrap_or_default();
            string.extend_from_slice(self.encoding.decode(ending).0.units());
            let text = self.read_line().unwrap_or_default();
            value::read_quoted(&mut Cursor::new(text.units()), &mut string)?;
        }
        Ok(string)
    }

    /// Converts hexadecimal bytes to a value. The flag is true if some of the 8-bit text is invalid in the
    /// code page.
    fn hex_value(&self, ty: u32, mut bytes: Vec<u8>) -> (Value, bool) {
        if !matches!(ty, 2 | 7) || bytes.is_empty() {
            return (Value::new(ty, bytes), false);
        }
        if self.version == Some(Version::Regedit4) {
            let terminator_added = bytes.last() != Some(&0);
            if terminator_added {
                bytes.push(0);
            }
            let (text, lossy) = self.code_page.decode(&bytes);
            return (Value { ty, data: Text::from(text.as_ref()).to_utf16le(), terminator_added }, lossy);
        }
        // How Windows treats an odd number of bytes is unknown, so they are kept.
        let terminator_added = bytes.len().is_multiple_of(2) && !bytes.ends_with(&[0, 0]);
        if terminator_added {
            bytes.extend_from_slice(&[0, 0]);
        }
        (Value { ty, data: bytes, terminator_added }, false)
    }

    /// Reads a line of a Windows 3.x file: `HKEY_CLASSES_ROOT\key = text`.
    fn read_regedit3(&mut self, text: &Text) {
        let mut cursor = Cursor::new(text.units());
        if !cursor.eat("HKEY_CLASSES_ROOT") {
            return match plain_kind(text) {
                ItemKind::Blank => self.push(ItemKind::Blank, self.line),
                _ => self.ignore(Cursor::new(text.units()).flaw(What::UnknownLine), self.line),
            };
        }
        while cursor.unit().is_some_and(|unit| unit != u16::from(b' ')) {
            cursor.skip();
        }
        let path = text.units().iter().copied().take(text.len() - cursor.rest().len()).collect();
        while cursor.eat(" ") {}
        if cursor.eat("=") {
            cursor.eat(" ");
        }
        let op = value::string_value(cursor.rest().to_vec());
        let entries = vec![Entry { name: Text::new(), op, line: self.line }];
        self.push(ItemKind::KeyAndValue { section: self.sections.len() }, self.line);
        self.sections.push(Section { path: Text::from_units(path), delete: false, line: self.line, entries });
    }
}

/// The kind of a line without key and value.
fn plain_kind(text: &Text) -> ItemKind {
    let mut cursor = Cursor::new(text.units());
    match (cursor.at_line_end(), cursor.unit()) {
        (true, None) => ItemKind::Blank,
        (true, Some(_)) => ItemKind::Comment,
        (false, _) => ItemKind::Ignored,
    }
}

/// Parses a key line from its opening bracket: the path, and whether the key is deleted.
///
/// The path ends at the last `]` of the line, because a key name may contain one; the rest of the line is
/// ignored.
fn key_line(cursor: &mut Cursor<'_>) -> Result<(Text, bool), Flaw> {
    cursor.skip();
    let delete = cursor.eat("-");
    if matches!(cursor.ascii(), Some(b' ' | b'\t')) {
        return Err(cursor.flaw(What::BlankBeforeKey));
    }
    let rest = cursor.rest();
    let close = rest.iter().rposition(|&unit| unit == u16::from(b']'));
    match close.and_then(|close| rest.get(..close)) {
        None => Err(cursor.flaw(What::UnclosedKey)),
        Some([]) => Err(cursor.flaw(What::EmptyKey)),
        Some(path) => Ok((Text::from(path), delete)),
    }
}
