//! Wrapping, indenting and coloring.

use std::borrow::Cow;

use licensing::Severity;
use licensing::verdict::Standing;
use owo_colors::{OwoColorize, Style};

/// A page of text of a certain width that is being written.
#[derive(Debug)]
pub struct Page {
    width: usize,
    text: String,
}

/// Lines are never made narrower than this, whatever the terminal says.
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

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A line as it is, not wrapped.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A paragraph, wrapped, every line indented.
    pub fn paragraph(&mut self, indent: usize, text: &str) {
        let pad = " ".repeat(indent);
        self.hanging(&pad, &pad, text);
    }

    /// A paragraph behind a label: the label stands in a column of its own.
    pub fn labeled(&mut self, indent: usize, label: &str, column: usize, text: &str) {
        let first = format!("{}{} ", " ".repeat(indent), format!("{label:<column$}").style(dim()));
        let rest = " ".repeat(indent + column + 1);
        self.hanging(&first, &rest, text);
    }

    /// A wrapped paragraph with one beginning for its first line and another for the rest.
    pub fn hanging(&mut self, first: &str, rest: &str, text: &str) {
        // An address or a path that is too long for a line stays whole, so that it can be copied.
        let options = textwrap::Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false);
        let text = harmless(text);
        for paragraph in text.split('\n') {
            for line in textwrap::wrap(paragraph, &options) {
                self.text.push_str(line.trim_end());
                self.text.push('\n');
            }
        }
    }
}

/// The text with what could deceive a screen made visible: control characters and marks that turn the direction of writing stand
/// in it as `\\u{..}`. Registry data, file names and members of archives may hold anything. Line breaks and colors stay.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let deceives = |c: char| c.is_control() && c != '\n' || TURNING.contains(&c);
    if !text.contains(deceives) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (head, tail) = rest.split_at(color(rest).unwrap_or(c.len_utf8()));
        if head.len() == c.len_utf8() && deceives(c) {
            clean.extend(c.escape_unicode());
        } else {
            clean.push_str(head);
        }
        rest = tail;
    }
    Cow::Owned(clean)
}

/// Marks that turn the direction of writing (Unicode Standard Annex 9).
const TURNING: [char; 11] = [
    '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
    '\u{2067}', '\u{2068}', '\u{2069}',
];

/// The length of the sequence that the text begins with, where it is one of those that reports are colored with.
fn color(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\u{1b}[")?;
    let end = codes.find('m')?;
    let known = |code: &str| matches!(code, "0" | "1" | "2" | "31" | "32" | "33" | "36");
    codes.get(..end)?.split(';').all(known).then_some(end + 3)
}

/// Bold.
pub(super) fn strong() -> Style {
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

/// The color of a standing.
pub(super) fn standing(standing: Standing) -> Style {
    match standing {
        Standing::NoLicensingKeys => Style::new().dimmed(),
        Standing::Healthy | Standing::NothingFound => Style::new().green(),
        Standing::Info => Style::new().cyan(),
        Standing::Warning => Style::new().yellow(),
        Standing::Error => Style::new().red(),
        Standing::Critical => Style::new().red().bold(),
    }
}

/// `text` in this style.
pub(super) fn paint(text: impl std::fmt::Display, style: Style) -> String {
    text.style(style).to_string()
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
        assert_eq!(harmless(&ours), ours);
        assert_eq!(harmless(&format!("{ours}\u{7}")), format!(r"{ours}\u{{7}}"));
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
