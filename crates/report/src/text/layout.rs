//! Wrapping, indenting and coloring.

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
        for paragraph in text.split('\n') {
            for line in textwrap::wrap(paragraph, &options) {
                self.text.push_str(line.trim_end());
                self.text.push('\n');
            }
        }
    }
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
