//! Lines of a `.reg` file that could not be read, and what they may have contained.

use std::collections::BTreeSet;

use regtext::Text;
use regtext::reg::{Document, Item, ItemKind, Op, RegProblem, What};
use snapshot::coverage::LostLine;
use snapshot::{Coverage, KeyPath, Name};

/// Types of text: a part of it is still true, as far as it goes. A part of anything else is damaged data.
const TEXT_TYPES: [u32; 3] = [1, 2, 7];

/// Longest value name that the registry supports, in characters.
const LONGEST_NAME: usize = 16_383;

/// What is lost of one file.
#[derive(Debug, Default)]
pub(super) struct Losses {
    pub(super) lines: Vec<Line>,
    /// Values whose data is incomplete, as section and entry.
    pub(super) values: BTreeSet<(usize, usize)>,
    /// Keys to which lost lines belong, with the reason.
    pub(super) keys: Vec<(KeyPath, String)>,
    /// The file ends in the middle of a line, so that keys and values may follow which it no longer has.
    pub(super) is_cut: bool,
}

/// A lost line without its file.
#[derive(Debug)]
pub(super) struct Line {
    number: usize,
    key: Option<KeyPath>,
    value: Option<Name>,
    reason: String,
}

impl Line {
    /// True if this is the line with this number.
    pub(super) fn is(&self, number: usize) -> bool {
        self.number == number
    }

    /// The value that it seems to set, in words.
    pub(super) fn seems(&self) -> Option<String> {
        self.value.as_ref().map(|name| format!("it seems to set {name}"))
    }

    /// What is unknown of its key.
    fn damage(&self) -> String {
        let seems = self.seems().map(|seems| format!("; {seems}")).unwrap_or_default();
        format!("line {} could not be read ({}){seems}", self.number, self.reason)
    }

    pub(super) fn of(self, file: String) -> LostLine {
        let Self { number, key, value, reason } = self;
        LostLine { file, line: number, key, value, reason }
    }
}

/// Finds the lost lines. `wanted` returns the key of a path, or `None` if lines below it do not matter.
pub(super) fn losses(document: &Document, wanted: &dyn Fn(&Text) -> Option<KeyPath>) -> Losses {
    let mut search = Search { document, wanted, at: At::Nowhere, hex: None, losses: Losses::default() };
    let mut problems = document.problems().iter().collect::<Vec<_>>();
    problems.sort_by_key(|problem| problem.item);
    let mut problems = problems.into_iter().peekable();
    for (index, item) in document.items().iter().enumerate() {
        let mut first = None;
        while let Some(problem) = problems.next_if(|problem| problem.item <= index) {
            first.get_or_insert(problem);
        }
        search.item(item, first);
    }
    search.losses.is_cut = is_cut(document);
    search.losses
}

/// Does the file end within its last line?
fn is_cut(document: &Document) -> bool {
    let last = document.items().len().wrapping_sub(1);
    let has_problem = document.problems().iter().any(|problem| problem.item == last);
    let text = document.items().last().map(|item| document.item_text(item).to_string());
    has_problem && text.is_some_and(|text| !text.ends_with(['\n', '\r']))
}

/// The section that a line belongs to.
#[derive(Clone)]
enum At {
    /// Before the first key.
    Nowhere,
    /// A key that matters.
    Key(KeyPath),
    /// A key that does not matter.
    Elsewhere,
    /// A key whose line could not be read.
    Lost,
}

struct Search<'d> {
    document: &'d Document,
    wanted: &'d dyn Fn(&Text) -> Option<KeyPath>,
    at: At,
    /// The hexadecimal value on the lines before, as section and entry.
    hex: Option<(usize, usize)>,
    losses: Losses,
}

impl Search<'_> {
    fn item(&mut self, item: &Item, problem: Option<&RegProblem>) {
        match item.kind {
            ItemKind::Key { section } => {
                self.hex = None;
                let path = self.document.sections().get(section).map(|section| &section.path);
                self.at = path.and_then(self.wanted).map_or(At::Elsewhere, At::Key);
            }
            ItemKind::Value { section, entry } => self.value(item, (section, entry), problem),
            ItemKind::Ignored => {
                if let Some(problem) = problem {
                    self.ignored(item, problem);
                }
            }
            _ => self.hex = None,
        }
    }

    /// A value that was read; the file may end within its data.
    fn value(&mut self, item: &Item, at: (usize, usize), problem: Option<&RegProblem>) {
        let entry = self.document.sections().get(at.0).and_then(|section| section.entries.get(at.1));
        let Some(entry) = entry else { return };
        let Op::Set(value) = &entry.op else { return };
        self.hex = (!matches!(value.ty, 1 | 4)).then_some(at);
        if let Some(problem) = problem.filter(|problem| problem.what == What::EndsInData) {
            if !TEXT_TYPES.contains(&value.ty) {
                self.losses.values.insert(at);
            }
            self.lose(item.line, Some(Name::from_utf16(entry.name.units())), problem);
        }
    }

    fn ignored(&mut self, item: &Item, problem: &RegProblem) {
        let text = self.document.item_text(item).to_string();
        let line = text.trim();
        // None of these is meant to be applied.
        if matches!(problem.what, What::HashLine | What::ValueUnderDeletedKey | What::EmptyKey) {
            return;
        }
        if line.starts_with('[') {
            let path = line.trim_start_matches(['[', '-', ' ', '\t']).split(']').next().unwrap_or_default();
            self.hex = None;
            self.at = At::Lost;
            let key = (self.wanted)(&Text::from(path));
            // If the file ends within the line, the path is only the beginning of one.
            let is_cut = self.document.items().last() == Some(item);
            if key.is_none() && path.contains('\\') && !is_cut {
                self.at = At::Elsewhere;
                return;
            }
            let reason = problem.what.to_string();
            self.push(Line { number: item.line, key, value: None, reason });
            return;
        }
        // The lines that continue hexadecimal data without a backslash, as some programs for Windows CE write
        // them.
        if let Some(at) = self.hex.filter(|_| is_hex(line)) {
            let sections = self.document.sections();
            let entry = sections.get(at.0).and_then(|section| section.entries.get(at.1));
            if self.losses.values.insert(at) {
                let name = entry.map(|entry| Name::from_utf16(entry.name.units()));
                self.lose(item.line, name, problem);
            }
            return;
        }
        self.lose(item.line, value_name(line), problem);
    }

    fn lose(&mut self, line: usize, value: Option<Name>, problem: &RegProblem) {
        let key = match &self.at {
            At::Key(key) => Some(key.clone()),
            At::Nowhere | At::Lost => None,
            At::Elsewhere => return,
        };
        self.push(Line { number: line, key, value, reason: problem.what.to_string() });
    }

    fn push(&mut self, line: Line) {
        self.losses.keys.extend(line.key.clone().map(|key| (key, line.damage())));
        if self.losses.lines.len() < Coverage::MAX_LINES {
            self.losses.lines.push(line);
        }
    }
}

/// True for a line of hexadecimal bytes.
fn is_hex(line: &str) -> bool {
    let line = line.trim_end_matches('\\');
    !line.is_empty()
        && line.split(',').map(str::trim).all(|byte| {
            byte.is_empty() || byte.len() <= 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
}

/// The name of the value that a line seems to set. Word processors replace quotation marks by typographic
/// ones.
fn value_name(line: &str) -> Option<Name> {
    const QUOTES: [char; 12] = ['"', '“', '”', '„', '‟', '‘', '’', '‚', '«', '»', '`', '\''];
    if is_hex(line) {
        return None;
    }
    let first = line.lines().next().unwrap_or_default();
    let quoted = first.starts_with(QUOTES);
    let inner = first.trim_start_matches(QUOTES);
    let end = if quoted { inner.find(|c| QUOTES.contains(&c) || c == '=') } else { inner.find('=') };
    let name = match (end, quoted) {
        (Some(end), _) => inner.get(..end)?,
        // The closing quotation mark is missing.
        (None, true) => inner,
        (None, false) => return None,
    };
    let name = name.trim();
    (!name.is_empty() && name.chars().count() <= LONGEST_NAME).then(|| Name::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_lost_line_is_guessed() {
        for (line, expected) in [
            ("“LicensingMode”=dword:5", Some("LicensingMode")),
            ("„LicensingMode“ = dword:5", Some("LicensingMode")),
            ("LicensingMode=dword:5", Some("LicensingMode")),
            ("\"LicensingMode", Some("LicensingMode")),
            ("\"LicensingMode\" dword:5", Some("LicensingMode")),
            ("11,22,33", None),
            ("some text", None),
        ] {
            assert_eq!(value_name(line), expected.map(Name::from), "{line}");
        }
    }
}
