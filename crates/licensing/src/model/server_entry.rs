//! One entry of a list of license servers.

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

/// One entry of a list of license servers, as it stands there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ServerEntry(pub String);

/// What is wrong with an entry: Windows would look for a server of that very name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryFlaw {
    /// Nothing stands in it.
    Empty,
    /// Blanks, tabs or the like before the name.
    BlankBefore,
    /// Blanks, tabs or the like after the name.
    BlankAfter,
    /// A line break or another control character.
    LineBreak,
    /// Several names in one entry, with this between them.
    Separator(char),
    /// A blank inside the name.
    BlankInside,
}

impl fmt::Display for EntryFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty entry"),
            Self::BlankBefore => f.write_str("blank before"),
            Self::BlankAfter => f.write_str("blank after"),
            Self::LineBreak => f.write_str("line break or control character in"),
            Self::Separator(c) => write!(f, "several names joined by “{c}” in"),
            Self::BlankInside => f.write_str("blank inside"),
        }
    }
}

/// What an entry looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryForm {
    /// A host name, NetBIOS or fully qualified.
    Name,
    /// An IP address.
    Address,
    /// `\\server` or another path.
    Path,
    /// `https://server` and the like.
    Url,
    /// `server:135`
    Port,
    /// Quotation marks around it.
    Quoted,
}

impl ServerEntry {
    /// The name without blanks around it and the dot that may end a fully qualified one, in lower case: what two entries are
    /// compared by.
    #[must_use]
    pub fn folded(&self) -> String {
        let name = self.0.trim().to_lowercase();
        match name.strip_suffix('.') {
            Some(without) if !without.is_empty() => without.to_owned(),
            _ => name,
        }
    }

    /// The first label of the folded name: the NetBIOS name of a fully qualified one. An IP address is its own.
    #[must_use]
    pub fn host(&self) -> String {
        let name = self.folded();
        if is_address(&name) {
            return name;
        }
        name.split('.').next().unwrap_or_default().to_owned()
    }

    /// True where the name is fully qualified.
    #[must_use]
    pub fn is_qualified(&self) -> bool {
        let name = self.folded();
        name.contains('.') && !is_address(&name)
    }

    /// True where nothing but blanks stands in the entry.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Whether both name one server: the same name, or the same host once with and once without its domain.
    #[must_use]
    pub fn is_same_server(&self, other: &Self) -> bool {
        let (this, that) = (self.folded(), other.folded());
        if this.is_empty() || this == that {
            return this == that;
        }
        self.host() == other.host() && self.is_qualified() != other.is_qualified()
    }

    /// True for the names and addresses by which a machine speaks to itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let name = self.folded();
        if matches!(name.as_str(), "." | "localhost" | "localhost.localdomain") {
            return true;
        }
        bare(&name).parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address.is_unspecified())
    }

    /// The first thing that is wrong with the entry; `None` where nothing is.
    #[must_use]
    pub fn flaw(&self) -> Option<EntryFlaw> {
        let name = self.0.trim();
        if name.is_empty() {
            return Some(EntryFlaw::Empty);
        }
        if self.0.chars().any(|c| c.is_control() && c != '\t') {
            return Some(EntryFlaw::LineBreak);
        }
        if let Some(separator) = name.chars().find(|c| matches!(c, ',' | ';' | '|')) {
            return Some(EntryFlaw::Separator(separator));
        }
        if self.0.starts_with(char::is_whitespace) {
            return Some(EntryFlaw::BlankBefore);
        }
        if self.0.ends_with(char::is_whitespace) {
            return Some(EntryFlaw::BlankAfter);
        }
        name.contains(char::is_whitespace).then_some(EntryFlaw::BlankInside)
    }

    /// What the entry looks like.
    #[must_use]
    pub fn form(&self) -> EntryForm {
        let name = self.folded();
        if is_address(&name) {
            EntryForm::Address
        } else if name.contains("://") {
            EntryForm::Url
        } else if name.contains(['\\', '/']) {
            EntryForm::Path
        } else if name.contains(['"', '\'', '“', '”']) {
            EntryForm::Quoted
        } else if name.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
            EntryForm::Port
        } else {
            EntryForm::Name
        }
    }
}

impl fmt::Display for ServerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”", registry::Name::from(self.0.as_str()))
    }
}

/// The entries in words: `“rdls1”, “rdls2”`.
#[must_use]
pub fn listed<'e>(entries: impl IntoIterator<Item = &'e ServerEntry>) -> String {
    entries.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Whether two lists name the same servers, in whatever order; empty entries do not count.
#[must_use]
pub fn same_servers(one: &[ServerEntry], other: &[ServerEntry]) -> bool {
    let names = |list: &[ServerEntry]| {
        let mut names: Vec<_> =
            list.iter().map(ServerEntry::folded).filter(|name| !name.is_empty()).collect();
        names.sort();
        names.dedup();
        names
    };
    names(one) == names(other)
}

fn is_address(name: &str) -> bool {
    bare(name).parse::<IpAddr>().is_ok()
}

/// Without the brackets that an IPv6 address may stand in.
fn bare(name: &str) -> &str {
    name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> ServerEntry {
        ServerEntry(text.to_owned())
    }

    #[test]
    fn flaws_are_told_apart() {
        let cases = [
            ("rdls1", None),
            ("rdls1.contoso.example.", None),
            ("", Some(EntryFlaw::Empty)),
            (" \t", Some(EntryFlaw::Empty)),
            (" rdls1", Some(EntryFlaw::BlankBefore)),
            ("\u{a0}rdls1", Some(EntryFlaw::BlankBefore)),
            ("rdls1 ", Some(EntryFlaw::BlankAfter)),
            ("rdls1\r\n", Some(EntryFlaw::LineBreak)),
            ("rdls1;rdls2", Some(EntryFlaw::Separator(';'))),
            ("rdls1,rdls2", Some(EntryFlaw::Separator(','))),
            ("rdls1 rdls2", Some(EntryFlaw::BlankInside)),
        ];
        for (text, flaw) in cases {
            assert_eq!(entry(text).flaw(), flaw, "{text:?}");
        }
    }

    #[test]
    fn forms_are_told_apart() {
        let cases = [
            ("rdls1", EntryForm::Name),
            ("rdls_1.contoso.example", EntryForm::Name),
            ("10.0.0.5", EntryForm::Address),
            ("fe80::1", EntryForm::Address),
            ("[2001:db8::5]", EntryForm::Address),
            (r"\\rdls1", EntryForm::Path),
            ("rdls1/licensing", EntryForm::Path),
            ("https://rdls1", EntryForm::Url),
            ("rdls1:135", EntryForm::Port),
            ("\"rdls1\"", EntryForm::Quoted),
        ];
        for (text, form) in cases {
            assert_eq!(entry(text).form(), form, "{text:?}");
        }
    }

    #[test]
    fn a_server_is_recognized_with_and_without_its_domain() {
        let same = |one: &str, other: &str| entry(one).is_same_server(&entry(other));
        assert!(same("RDLS1", "rdls1 "));
        assert!(same("rdls1", "rdls1.contoso.example"));
        assert!(same("rdls1.contoso.example.", "rdls1.contoso.example"));
        assert!(!same("rdls1.contoso.example", "rdls1.fabrikam.example"));
        assert!(!same("10.0.0.5", "10.0.0.6"));
        assert!(!same("10", "10.0.0.6"));
        assert!(!same("", "rdls1"));
    }

    #[test]
    fn a_machine_speaks_to_itself_by_these() {
        for text in ["localhost", "LOCALHOST ", ".", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "0.0.0.0"] {
            assert!(entry(text).is_loopback(), "{text}");
        }
        for text in ["rdls1", "10.0.0.5", "localhost.contoso.example", ""] {
            assert!(!entry(text).is_loopback(), "{text}");
        }
    }

    #[test]
    fn lists_are_compared_as_sets_of_names() {
        let list = |names: &[&str]| names.iter().map(|name| entry(name)).collect::<Vec<_>>();
        assert!(same_servers(&list(&["a", "B"]), &list(&["b ", "", "A"])));
        assert!(!same_servers(&list(&["a"]), &list(&["a", "b"])));
    }
}
