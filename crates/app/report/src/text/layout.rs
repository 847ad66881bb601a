//! Wrapping, indenting and coloring.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write};
use std::sync::LazyLock;

use licensing::Severity;
use licensing::evidence::Evidence;
use licensing::verdict::Standing;
use owo_colors::{OwoColorize, Style};
use snapshot::{FileTime, on_one_line};
use textwrap::WordSeparator;
use textwrap::core::{Word, display_width};

/// A page of text of a certain width that is being written.
#[derive(Debug)]
pub struct Page {
    width: usize,
    text: String,
}

/// Minimum width, regardless of the terminal.
const NARROWEST: usize = 40;

impl Page {
    /// An empty page of this width in columns.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width: width.max(NARROWEST), text: String::new() }
    }

    /// The text written so far.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    /// Number of lines written so far.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// An empty page of the same width.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::new(self.width)
    }

    /// Appends a page.
    pub fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    /// Writes the text so far and clears the page.
    pub fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A command with a label in a separate column, not wrapped, so that it can be pasted.
    pub fn command(&mut self, indent: usize, label: &str, column: usize, command: &str) {
        let label = paint(format!("{label:<column$}"), dim());
        self.line(&format!("{}{label} {command}", " ".repeat(indent)));
    }

    /// A line as it is, not wrapped.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(&harmless(line));
        self.text.push('\n');
    }

    /// A paragraph, wrapped, every line indented.
    pub fn paragraph(&mut self, indent: usize, text: &str) {
        let pad = " ".repeat(indent);
        self.hanging(&pad, &pad, text);
    }

    /// A paragraph with a label in a separate column.
    pub fn labeled(&mut self, indent: usize, label: &str, column: usize, text: &str) {
        let first = format!("{}{} ", " ".repeat(indent), format!("{label:<column$}").style(dim()));
        let rest = " ".repeat(indent + column + 1);
        self.hanging(&first, &rest, text);
    }

    /// Numbered paragraphs with a label, aligned after the numbers.
    pub fn numbered(
        &mut self,
        indent: usize,
        label: &str,
        column: usize,
        items: impl Iterator<Item = String>,
    ) {
        let mut label = label;
        for (index, item) in items.enumerate() {
            let number = format!("{}. ", index + 1);
            let first =
                format!("{}{} {number}", " ".repeat(indent), format!("{label:<column$}").style(dim()));
            self.hanging(&first, &" ".repeat(indent + column + 1 + number.len()), &item);
            label = "";
        }
    }

    /// A wrapped paragraph with separate prefixes for its first line and the other lines.
    pub fn hanging(&mut self, first: &str, rest: &str, text: &str) {
        // A long URL is not broken, so that it can be copied.
        let options = textwrap::Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_separator(WordSeparator::Custom(words))
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false);
        let text = harmless(text);
        let room = self.width.saturating_sub(display_width(first));
        for paragraph in glue(&text).split('\n') {
            // Most lines fit, and splitting them into words takes longer than anything else here.
            if display_width(paragraph) <= room {
                let line = format!("{first}{paragraph}");
                self.text.push_str(&plain(line.trim_end()));
                self.text.push('\n');
                continue;
            }
            for line in textwrap::wrap(paragraph, &options) {
                self.text.push_str(&plain(line.trim_end()));
                self.text.push('\n');
            }
        }
    }
}

/// Placeholder for a space at which a line is not broken.
const GLUE: char = '\u{e000}';

/// Placeholder for a space in a command, which is not broken at all, so that it can be pasted.
pub(crate) const COMMAND_SPACE: char = '\u{e001}';

/// Leading and trailing spaces in a quotation are significant and are not separated from it.
fn glue(text: &str) -> Cow<'_, str> {
    const QUOTED: [(&str, &str); 5] = [
        ("“ ", "“\u{e000}"),
        (" ”", "\u{e000}”"),
        ("[\" ", "[\"\u{e000}"),
        (" \" ", " \"\u{e000}"),
        ("(\" ", "(\"\u{e000}"),
    ];
    QUOTED.iter().fold(Cow::Borrowed(text), |text, (spaced, glued)| {
        if text.contains(spaced) { text.replace(spaced, glued).into() } else { text }
    })
}

/// A line as it is printed: with spaces for the placeholders, and the plain codes of the colors.
fn plain(line: &str) -> Cow<'_, str> {
    let placeholders = [GLUE, COMMAND_SPACE];
    let spaced = if line.contains(placeholders) {
        line.replace(placeholders, " ").into()
    } else {
        Cow::Borrowed(line)
    };
    if spaced.contains('\u{1b}') { without_mark(&spaced).into() } else { spaced }
}

/// Evidence on one line, whose path is broken only between names, not at spaces.
pub(super) fn evidence(evidence: &Evidence) -> String {
    let shown = evidence.to_string();
    match shown.strip_prefix(&evidence.path) {
        Some(rest) => format!("{}{rest}", evidence.path.replace(' ', GLUE.encode_utf8(&mut [0; 4]))),
        None => shown,
    }
}

/// Words longer than this may be broken after a backslash.
const LONG_WORD: usize = 40;

/// The words of a line, with long registry paths in pieces.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    Box::new(WordSeparator::AsciiSpace.find_words(line).flat_map(|word| {
        let is_long = display_width(word.word) > LONG_WORD;
        let pieces = if is_long && !word.word.contains(COMMAND_SPACE) {
            word.word.split_inclusive('\\').collect()
        } else {
            vec![word.word]
        };
        let last = pieces.len() - 1;
        pieces.into_iter().enumerate().map(move |(index, piece)| {
            let mut piece = Word::from(piece);
            if index == last {
                (piece.whitespace, piece.penalty) = (word.whitespace, word.penalty);
            }
            piece
        })
    }))
}

/// The time without fractions of a second.
pub(super) fn to_the_second(time: FileTime) -> String {
    let text = time.to_string();
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

/// The text with control characters and direction marks shown as `\\u{..}`. Registry data, file names and members of archives may
/// hold anything. Line breaks stay, and the colors that `paint` set; the same codes in evidence do not.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    match reveal(text, color) {
        Cow::Borrowed(text) => Cow::Borrowed(text),
        Cow::Owned(text) => Cow::Owned(without_mark(&text)),
    }
}

/// Marks the color codes of [`paint`], so that evidence cannot contain them: a number that is random in each run.
static MARK: LazyLock<String> = LazyLock::new(|| format!("\u{1b}[{};", RandomState::new().hash_one(())));

/// The text with the plain codes of the colors.
fn without_mark(text: &str) -> String {
    text.replace(&*MARK, "\u{1b}[")
}

/// [`harmless`] for a place that knows no colors.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    reveal(text, |_| None)
}

/// `spared` returns the number of bytes at the beginning of a text that are kept.
fn reveal(text: &str, spared: fn(&str) -> Option<usize>) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return Cow::Borrowed(text);
    }
    let deceives = |c: char| c.is_control() && c != '\n' || TURNING.contains(&c);
    if !text.contains(deceives) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (head, tail) = rest.split_at(spared(rest).unwrap_or(c.len_utf8()));
        if head.len() == c.len_utf8() && deceives(c) {
            clean.extend(c.escape_unicode());
        } else {
            clean.push_str(head);
        }
        rest = tail;
    }
    Cow::Owned(clean)
}

/// Bidirectional formatting characters (Unicode Standard Annex 9).
const TURNING: [char; 11] = [
    '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
    '\u{2067}', '\u{2068}', '\u{2069}',
];

/// The length of the color code of [`paint`] that the text begins with.
fn color(text: &str) -> Option<usize> {
    let codes = text.strip_prefix(&**MARK)?;
    Some(MARK.len() + codes.find('m')? + 1)
}

/// Bold.
pub(crate) fn strong() -> Style {
    Style::new().bold()
}

/// For labels.
pub(super) fn dim() -> Style {
    Style::new().dimmed()
}

/// The color of a severity.
pub(super) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Info => Style::new().cyan(),
        Severity::Warning => Style::new().yellow(),
        Severity::Error => Style::new().red(),
        Severity::Critical => Style::new().red().bold(),
    }
}

/// The color class of a standing.
pub(crate) fn standing(standing: Standing) -> Style {
    match standing {
        Standing::NoLicensingKeys => Style::new().dimmed(),
        Standing::Healthy | Standing::Configured => Style::new().green(),
        Standing::Info | Standing::Accepted => Style::new().cyan(),
        Standing::Undetermined | Standing::Warning => Style::new().yellow(),
        Standing::Error => Style::new().red(),
        Standing::Critical => Style::new().red().bold(),
    }
}

/// `text` in this style.
pub(crate) fn paint(text: impl std::fmt::Display, style: Style) -> String {
    visible(&on_one_line(&text.to_string())).style(style).to_string().replace("\u{1b}[", &MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_deceive_a_screen_is_made_visible() {
        assert_eq!(harmless("plain “text”\nin lines"), "plain “text”\nin lines");
        assert_eq!(harmless("a\u{1b}[2Jb\r\u{9b}c\0"), r"a\u{1b}[2Jb\u{d}\u{9b}c\u{0}");
        assert_eq!(harmless("gpj\u{202e}exe"), r"gpj\u{202e}exe");
        let hidden = "\u{1b}[8mhidden";
        assert_eq!(harmless(hidden), r"\u{1b}[8mhidden");
        let ours = paint("red", severity(Severity::Critical));
        let shown = "\u{1b}[31;1mred\u{1b}[0m";
        assert_eq!(harmless(&ours), shown);
        assert_eq!(harmless(&format!("{ours}\u{7}")), format!(r"{shown}\u{{7}}"));
        assert_eq!(harmless(shown), r"\u{1b}[31;1mred\u{1b}[0m", "the same codes in evidence");
        let painted = paint(shown, strong());
        assert_eq!(harmless(&painted), "\u{1b}[1m\\u{1b}[31;1mred\\u{1b}[0m\u{1b}[0m");
    }

    #[test]
    fn nothing_that_is_written_escapes() {
        let mut page = Page::new(80);
        page.labeled(2, "Source", 9, "a\u{1b}]0;title\u{7}");
        page.paragraph(2, "b\u{1b}[1A");
        page.hanging("", "  ", "c\u{8}\u{8}");
        let text = page.finish();
        let uncolored = text.replace("\u{1b}[2m", "").replace("\u{1b}[0m", "");
        assert!(!uncolored.contains(|c: char| c.is_control() && c != '\n'), "{uncolored:?}");
    }
}
