use std::fmt;

use serde::Serialize;

/// What kind of thing a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A page of Microsoft's documentation, current or archived.
    Documentation,
    /// A Microsoft Open Specification.
    Specification,
    /// A Microsoft Knowledge Base article, known by its number.
    KnowledgeBase,
    /// A Group Policy template.
    PolicyTemplate,
    /// A security advisory.
    Advisory,
    /// Bytes that can be measured again.
    Measurement,
    /// Public code or scripts.
    Code,
    /// A forum, a blog, an issue thread, a vendor's article.
    Community,
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Source {
    /// A short title.
    pub title: &'static str,
    /// What kind of document it is.
    pub kind: SourceKind,
    /// A section, an article number or a file name; may be empty where there is an address.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub section: &'static str,
    /// A public address; empty where none is known to be stable.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub url: &'static str,
}

impl Source {
    pub(crate) const fn url(kind: SourceKind, title: &'static str, url: &'static str) -> Self {
        Self { title, kind, section: "", url }
    }

    /// A source that is known by a section, an article number or a file name.
    #[must_use]
    pub const fn section(kind: SourceKind, title: &'static str, section: &'static str) -> Self {
        Self { title, kind, section, url: "" }
    }

    /// This section of it.
    pub(crate) const fn at(self, section: &'static str) -> Self {
        Self { section, ..self }
    }
}

/// `title, section <address>`
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title)?;
        if !self.section.is_empty() {
            write!(f, ", {}", self.section)?;
        }
        if !self.url.is_empty() {
            write!(f, " <{}>", self.url)?;
        }
        Ok(())
    }
}
