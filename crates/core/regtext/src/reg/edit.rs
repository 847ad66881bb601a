//! Changes to a `.reg` file that leave all other bytes unchanged.
//!
//! A file is treated as a record of a registry. Deleting a value removes it from the record; it does not
//! write `"name"=-`, which would be an instruction to delete the value elsewhere.
//!
//! Each change creates a new document, which is parsed as a whole. Everything else must mean the same in the
//! new document as in the old one. Otherwise the change fails ([`EditError::NotKept`]) and is discarded, so
//! that unusual syntax in a file cannot cause unintended changes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::cursor::Cursor;
use super::document::{Document, Entry, Item, ItemKind, Op, Section, Value, Version};
use super::value;
use super::write::{WriteError, Writer};
use crate::encoding::{CodePage, LineEnding};
use crate::text::Text;

/// The reason why a file cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file has no valid header, or that of Windows 3.x, which does not support such values.
    #[error(
        "the file has no header of REGEDIT4 or version 5.00, so there is nothing in it that could be changed"
    )]
    Version,
    /// The section does not exist, or it deletes its key.
    #[error("the file has no section {section} that holds values")]
    NoSection {
        /// The index of the section.
        section: usize,
    },
    /// A character that does not exist in the file's encoding.
    #[error("{text:?} cannot be written in the encoding of the file, {encoding}")]
    Encoding {
        /// The text.
        text: Text,
        /// The encoding.
        encoding: String,
    },
    /// A name that a `.reg` file cannot contain.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The change would affect other contents of the file.
    #[error("the file is built so that this change would alter what else it says; change it by hand")]
    NotKept,
}

impl Document {
    /// Returns this file with a value in a section. If the section has values of this name, the last one is
    /// changed in place, and its spelling, the spaces before it and the comment after it are kept. Otherwise
    /// the value is added after the last one of the section. `data` is in the form of the registry.
    ///
    /// ```
    /// use regtext::reg::{Document, Options};
    ///
    /// let text = b"REGEDIT4\r\n; mine\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n  \"mode\" = dword:2 ; per device\r\n";
    /// let document = Document::parse(text, &Options::default());
    /// let changed = document.with_value(0, &"Mode".into(), 4, &[4, 0, 0, 0])?.with_value(0, &"New".into(), 1, b"x\0\0\0")?;
    /// assert_eq!(
    ///     changed.to_bytes(),
    ///     b"REGEDIT4\r\n; mine\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n  \"mode\" = dword:00000004 ; per device\r\n\
    ///       \"New\"=\"x\"\r\n"
    /// );
    /// # Ok::<(), regtext::reg::EditError>(())
    /// ```
    ///
    /// # Errors
    /// [`EditError`]; this document does not change.
    pub fn with_value(&self, section: usize, name: &Text, ty: u32, data: &[u8]) -> Result<Self, EditError> {
        self.check_version()?;
        let entries = &self.live_section(section)?.entries;
        let known = entries.iter().rposition(|entry| entry.name.eq_ignore_case(name));
        let written = self.data_text(name, ty, data)?;
        let item = known.and_then(|entry| self.value_item(section, entry));
        let (span, text) = if let Some(item) = item {
            (item.span.clone(), self.changed_value(item, &written)?)
        } else {
            (self.end_of(section), [name_text(name)?, written].concat())
        };
        let mut expected = self.said();
        let value = Entry { name: name.clone(), op: Op::Set(Value::new(ty, data.to_vec())), line: 0 };
        if let Some(Section { entries, .. }) = expected.get_mut(section) {
            match known.and_then(|entry| entries.get_mut(entry)) {
                Some(entry) => entry.op = value.op,
                None => entries.push(value),
            }
        }
        let new = match known {
            Some(_) => self.encoded(&text)?,
            None => self.new_lines(span.start, &text)?,
        };
        self.spliced(&[(span, new)], &expected)
    }

    /// Returns this file without these values, each given as section and entry. Comments are kept.
    ///
    /// # Errors
    /// [`EditError`]; this document does not change.
    pub fn without_values(&self, values: &[(usize, usize)]) -> Result<Self, EditError> {
        self.check_version()?;
        let gone: BTreeSet<_> = values.iter().copied().collect();
        let splices: Vec<_> = gone
            .iter()
            .filter_map(|&(section, entry)| Some((self.value_item(section, entry)?.span.clone(), Vec::new())))
            .collect();
        let mut expected = self.said();
        for &(section, entry) in gone.iter().rev() {
            if let Some(section) = expected.get_mut(section)
                && entry < section.entries.len()
            {
                section.entries.remove(entry);
            }
        }
        self.spliced(&splices, &expected)
    }

    /// Returns this file with a new key after another section, separated by an empty line, or at the end.
    ///
    /// The index of the new section is `after` plus one, or the last.
    ///
    /// # Errors
    /// [`EditError`]; this document does not change.
    pub fn with_section(&self, after: Option<usize>, path: &Text) -> Result<Self, EditError> {
        self.check_version()?;
        let mut writer = Writer::new();
        writer.key(path.clone())?;
        let ending = self.line_break();
        let key: Vec<u16> =
            "[".encode_utf16().chain(path.units().iter().copied()).chain("]".encode_utf16()).collect();
        let at = match after {
            Some(section) => {
                self.live_section(section)?;
                self.end_of(section)
            }
            None => self.source.len()..self.source.len(),
        };
        let blank = if self.ends_blank(at.start) { Text::new() } else { Text::from(ending) };
        let text = [blank.into_units(), key].concat();
        let mut expected = self.said();
        let index = after.map_or(expected.len(), |section| section + 1);
        expected.insert(index, Section { path: path.clone(), delete: false, line: 0, entries: Vec::new() });
        let new = self.new_lines(at.start, &text)?;
        self.spliced(&[(at, new)], &expected)
    }

    /// Returns this file without these sections: their keys, values, and the empty lines that separate them.
    /// Comments are kept.
    ///
    /// # Errors
    /// [`EditError`]; this document does not change.
    pub fn without_sections(&self, sections: &[usize]) -> Result<Self, EditError> {
        self.check_version()?;
        let gone: BTreeSet<_> = sections.iter().copied().collect();
        let is_blank = |item: Option<&Item>| item.is_some_and(|item| item.kind == ItemKind::Blank);
        let item = |index: Option<usize>| index.and_then(|index| self.items.get(index));
        // The empty lines after a key separate it from the next one. Without any, the one before the key is
        // removed.
        let mut lines = BTreeSet::new();
        let mut spans: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for (at, item) in self.items.iter().enumerate() {
            let (ItemKind::Key { section } | ItemKind::Value { section, .. }) = item.kind else { continue };
            if gone.contains(&section) {
                lines.insert(at);
                spans.entry(section).or_insert((at, at)).1 = at;
            }
        }
        for &(first, last) in spans.values() {
            if is_blank(item(Some(last + 1))) {
                lines.extend((last + 1..self.items.len()).take_while(|&at| is_blank(item(Some(at)))));
            } else if is_blank(item(first.checked_sub(1))) {
                lines.insert(first - 1);
            }
        }
        let spans = lines.iter().filter_map(|&at| self.items.get(at));
        let splices: Vec<_> = spans.map(|item| (item.span.clone(), Vec::new())).collect();
        let mut expected = self.said();
        for &section in gone.iter().rev() {
            if section < expected.len() {
                expected.remove(section);
            }
        }
        self.spliced(&splices, &expected)
    }

    fn check_version(&self) -> Result<(), EditError> {
        match self.version {
            Some(Version::Regedit4 | Version::V5) => Ok(()),
            Some(Version::Regedit3) | None => Err(EditError::Version),
        }
    }

    fn live_section(&self, section: usize) -> Result<&Section, EditError> {
        let found = self.sections.get(section).filter(|found| !found.delete);
        found.ok_or(EditError::NoSection { section })
    }

    fn value_item(&self, section: usize, entry: usize) -> Option<&Item> {
        self.items.iter().find(|item| item.kind == ItemKind::Value { section, entry })
    }

    /// The empty range after the last line of a section.
    fn end_of(&self, section: usize) -> Range<usize> {
        let last = self.items.iter().rev().find(|item| match item.kind {
            ItemKind::Key { section: own } | ItemKind::Value { section: own, .. } => own == section,
            _ => false,
        });
        let end = last.map_or(self.source.len(), |item| item.span.end);
        end..end
    }

    /// The sections without line numbers.
    fn said(&self) -> Vec<Section> {
        let mut said = self.sections.clone();
        for section in &mut said {
            section.line = 0;
            for entry in &mut section.entries {
                entry.line = 0;
                // The NUL that an import adds depends on the written data.
                if let Op::Set(value) = &mut entry.op {
                    *value = Value::new(value.ty, value.as_written().to_vec());
                }
            }
        }
        said
    }

    /// Replaces bytes, parses the result, and checks that it has the expected sections.
    fn spliced(&self, splices: &[(Range<usize>, Vec<u8>)], expected: &[Section]) -> Result<Self, EditError> {
        let mut bytes = Vec::with_capacity(self.source.len());
        let mut at = 0;
        for (span, new) in splices {
            bytes.extend_from_slice(self.source.get(at..span.start).unwrap_or_default());
            bytes.extend_from_slice(new);
            at = span.end;
        }
        bytes.extend_from_slice(self.source.get(at..).unwrap_or_default());
        let changed = Self::parse(&bytes, &self.options);
        if changed.encoding == self.encoding && changed.version == self.version && changed.said() == expected
        {
            Ok(changed)
        } else {
            Err(EditError::NotKept)
        }
    }

    fn line_break(&self) -> &'static str {
        self.line_ending.unwrap_or(LineEnding::CrLf).text()
    }

    /// Whether the text before `at` ends with an empty line.
    fn ends_blank(&self, at: usize) -> bool {
        let before = self.items.iter().rfind(|item| item.span.end <= at && !item.span.is_empty());
        before.is_some_and(|item| item.kind == ItemKind::Blank && item.span.end == at)
    }

    /// Text as new lines at `at`: after a line ending, which is added if the line before has none, and with
    /// an ending.
    fn new_lines(&self, at: usize, text: &[u16]) -> Result<Vec<u8>, EditError> {
        let before = self.items.iter().rfind(|item| item.span.end <= at && !item.span.is_empty());
        let open = before.is_some_and(|item| {
            let text = self.item_text(item);
            !text.is_empty() && !matches!(text.units().last(), Some(0x0A | 0x0D))
        });
        let ending = self.line_break();
        let mut lines: Vec<u16> = Vec::new();
        if open {
            lines.extend(ending.encode_utf16());
        }
        lines.extend_from_slice(text);
        lines.extend(ending.encode_utf16());
        self.encoded(&lines)
    }

    fn encoded(&self, text: &[u16]) -> Result<Vec<u8>, EditError> {
        self.encoding.encode(text).ok_or_else(|| self.not_encoded(text))
    }

    fn not_encoded(&self, text: &[u16]) -> EditError {
        EditError::Encoding { text: Text::from(text), encoding: format!("{:?}", self.encoding) }
    }

    /// The data of a value in the notation of this file: the text after the equals sign, with continuation
    /// lines.
    fn data_text(&self, name: &Text, ty: u32, data: &[u8]) -> Result<Vec<u16>, EditError> {
        let narrow = self.version == Some(Version::Regedit4) && matches!(ty, 2 | 7) && !data.is_empty();
        let written = if narrow {
            let text = Text::from_utf16le(data);
            let whole = data.len().is_multiple_of(2);
            let bytes = String::from_utf16(text.units()).ok().filter(|_| whole);
            let bytes = bytes.and_then(|text| self.code_page().encode(&text));
            line(name, ty, &bytes.ok_or_else(|| self.not_encoded(text.units()))?)?
        } else {
            line(name, ty, data)?
        };
        let written = if self.encoding.encode(&written).is_none() && ty == 1 {
            // `hex(1)` contains the bytes unchanged, in every version.
            line_of_bytes(name, ty, data)?
        } else {
            written
        };
        let ending: Vec<u16> = self.line_break().encode_utf16().collect();
        let mut out = Vec::with_capacity(written.len());
        for (index, part) in written.split(|&unit| unit == 0x0A).enumerate() {
            if index > 0 {
                out.pop();
                out.extend_from_slice(&ending);
            }
            out.extend_from_slice(part);
        }
        Ok(out)
    }

    fn code_page(&self) -> CodePage {
        self.options.code_page
    }

    /// The lines of a value with other data. The text before the data and the comments are kept.
    fn changed_value(&self, item: &Item, data: &[u16]) -> Result<Vec<u16>, EditError> {
        let text = self.item_text(item);
        if self.encoding.encode(text.units()).as_deref() != Some(self.content_bytes(item)) {
            // The item has invalid bytes, which would be lost.
            return Err(EditError::NotKept);
        }
        let mut cursor = Cursor::new(text.units());
        cursor.skip_blanks();
        value::read_name(&mut cursor).map_err(|_| EditError::NotKept)?;
        let (head, rest) = text.units().split_at(text.len() - cursor.rest().len());
        let mut new = Vec::new();
        let lines =
            if rest.first() == Some(&u16::from(b'"')) { string_comment(rest) } else { comments(rest) };
        let (last, above) = lines.split_last().ok_or(EditError::NotKept)?;
        for comment in above {
            // Data in one line has no place for the comments between the old lines, so they go before it.
            let Some(start) = comment.iter().position(|&unit| unit == u16::from(b';')) else { continue };
            new.extend_from_slice(comment.get(start..).unwrap_or_default());
        }
        new.extend_from_slice(head);
        new.extend_from_slice(data);
        new.extend_from_slice(last);
        Ok(new)
    }

    /// The bytes of an item without the byte order mark.
    fn content_bytes(&self, item: &Item) -> &[u8] {
        let bom = if item.span.start == 0 { self.encoding.bom_len() } else { 0 };
        self.item_bytes(item).get(bom..).unwrap_or_default()
    }
}

/// The text after the data on each line of hexadecimal data or a number: spaces, a comment, and on the last
/// line the ending.
fn comments(rest: &[u16]) -> Vec<&[u16]> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < rest.len() {
        let line = rest.get(at..).unwrap_or_default();
        let content = line.iter().position(|&unit| matches!(unit, 0x0A | 0x0D)).unwrap_or(line.len());
        let mut ending = line.get(content..).unwrap_or_default().iter();
        let next = match (ending.next(), ending.next()) {
            (Some(0x0D), Some(0x0A)) => content + 2,
            (Some(_), _) => content + 1,
            (None, _) => content,
        };
        let words = line.get(..content).unwrap_or_default();
        let end = words.iter().position(|&unit| unit == u16::from(b';')).unwrap_or(content);
        let data = words.get(..end).unwrap_or_default();
        let blanks = data.iter().rev().take_while(|&&unit| matches!(unit, 0x20 | 0x09)).count();
        lines.push(line.get(end - blanks..next).unwrap_or_default());
        at += next.max(1);
    }
    if lines.is_empty() {
        lines.push(rest);
    }
    lines
}

/// The text after a quoted string.
fn string_comment(rest: &[u16]) -> Vec<&[u16]> {
    let mut escaped = false;
    let close = rest.iter().enumerate().skip(1).find(|&(_, &unit)| {
        let is_close = unit == u16::from(b'"') && !escaped;
        escaped = unit == u16::from(b'\\') && !escaped;
        is_close
    });
    vec![close.and_then(|(at, _)| rest.get(at + 1..)).unwrap_or_default()]
}

/// `"name"=` or `@=`.
fn name_text(name: &Text) -> Result<Vec<u16>, EditError> {
    let mut writer = Writer::new();
    writer.key("K")?.delete_value(name)?;
    let mut text = value_line(&writer);
    // The hyphen for a deletion.
    text.pop();
    Ok(text)
}

/// The text after the equals sign.
fn line(name: &Text, ty: u32, data: &[u8]) -> Result<Vec<u16>, EditError> {
    let mut writer = Writer::new();
    writer.key("K")?.set(name, ty, data)?;
    Ok(after_name(name, &value_line(&writer)))
}

/// The same in hexadecimal, for any type.
fn line_of_bytes(name: &Text, ty: u32, data: &[u8]) -> Result<Vec<u16>, EditError> {
    let mut writer = Writer::new();
    writer.key("K")?.set_bytes(name, ty, data)?;
    Ok(after_name(name, &value_line(&writer)))
}

fn after_name(name: &Text, line: &[u16]) -> Vec<u16> {
    let prefix = name_text(name).map_or(0, |prefix| prefix.len());
    line.get(prefix..).unwrap_or_default().to_vec()
}

/// The lines of the only value, without the last line ending.
fn value_line(writer: &Writer) -> Vec<u16> {
    let text = writer.text();
    let start = text.units().windows(5).position(|it| it.iter().copied().eq("[K]\r\n".encode_utf16()));
    let body = start.and_then(|start| text.units().get(start + 5..)).unwrap_or_default();
    let end = body.len() - body.iter().rev().take_while(|&&unit| matches!(unit, 0x0A | 0x0D)).count();
    body.get(..end).unwrap_or_default().to_vec()
}
