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
    /// Bytes that anybody can measure again.
    Measurement,
    /// Public code or scripts.
    Code,
    /// A forum, a blog, an issue thread, a vendor's article.
    Community,
}

/// Where a source is to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    /// A public address.
    Url(&'static str),
    /// A section, article number or file name, where no address is known to be stable.
    Section(&'static str),
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Source {
    /// A short title.
    pub title: &'static str,
    /// An address or a section.
    #[serde(rename = "where")]
    pub location: Location,
    /// What kind of thing it is.
    pub kind: SourceKind,
}

impl Source {
    pub(crate) const fn url(kind: SourceKind, title: &'static str, url: &'static str) -> Self {
        Self { title, location: Location::Url(url), kind }
    }

    pub(crate) const fn section(kind: SourceKind, title: &'static str, section: &'static str) -> Self {
        Self { title, location: Location::Section(section), kind }
    }

    /// The address, if there is one.
    pub const fn address(&self) -> Option<&'static str> {
        match self.location {
            Location::Url(url) => Some(url),
            Location::Section(_) => None,
        }
    }
}
