//! One entry of a list of license servers.

use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// One entry of a list of license servers, as found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServerEntry(pub String);

/// What is wrong with an entry: Windows would look for a server of that very name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryFlaw {
    /// It is empty.
    Empty,
    /// Blanks, tabs or the like before the name.
    BlankBefore,
    /// Blanks, tabs or the like after the name.
    BlankAfter,
    /// A line break or another control character.
    LineBreak,
    /// Several names in one entry, with this between them.
    Separator(char),
    /// A space inside the name.
    BlankInside,
    /// Several names in one entry, with `\0` between them as two characters: the separator of `reg add`,
    /// stored as text.
    EscapedNul,
    /// A character that is not displayed, such as a zero-width space or a byte order mark.
    Invisible(char),
}

impl fmt::Display for EntryFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty entry"),
            Self::BlankBefore => f.write_str("leading space in"),
            Self::BlankAfter => f.write_str("trailing space in"),
            Self::LineBreak => f.write_str("line break or control character in"),
            Self::Separator(c) => write!(f, "several names joined by “{c}” in"),
            Self::BlankInside => f.write_str("space inside"),
            Self::EscapedNul => f.write_str("several names joined by “\\0” in"),
            Self::Invisible(c) => write!(f, "invisible character U+{:04X} in", u32::from(*c)),
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
    /// Text that is not a host name: a variable that was not expanded, the name of a .NET type, or other
    /// characters that a host name does not have.
    NotAName,
}

/// Characters that a host name has beside letters and digits. DNS names of Windows may have an underscore.
const IN_NAMES: [char; 3] = ['-', '_', '.'];

/// The lengths in bytes to which DNS limits a label and a name (RFC 1035, 2.3.4).
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 255;

/// Beginnings of the .NET type names that PowerShell and C# write in place of a list.
const TYPE_NAMES: [&str; 5] =
    ["system.collections.", "system.management.", "system.object", "system.string", "microsoft.powershell."];

impl ServerEntry {
    /// The name without spaces around it and the dot that may end a fully qualified one, in lower case: what
    /// two entries are compared by.
    #[must_use]
    pub fn folded(&self) -> String {
        let name = self.0.trim().to_lowercase();
        match name.strip_suffix('.') {
            Some(without) if !without.is_empty() => without.to_owned(),
            _ => name,
        }
    }

    /// The entry as it should be: without spaces around the name and without invisible characters.
    #[must_use]
    pub fn tidied(&self) -> Self {
        let visible: String = self.0.chars().filter(|&c| !is_invisible(c)).collect();
        Self(visible.trim().to_owned())
    }

    /// The names that a literal `\0` joins; `None` if the entry is something else, such as a path.
    #[must_use]
    pub fn split_at_escaped_nul(&self) -> Option<Vec<Self>> {
        let text = self.0.trim();
        if !text.contains(r"\0") || text.starts_with('\\') {
            return None;
        }
        // A doubled backslash is the same separator with one more layer of escapes.
        let parts = text.split(r"\0").map(|part| part.trim_end_matches('\\')).filter(|part| !part.is_empty());
        let parts: Vec<_> = parts.map(|part| Self(part.to_owned())).collect();
        let are_names = parts.iter().all(|part| part.flaw().is_none() && part.has_only_characters_of_names());
        (are_names && !parts.is_empty()).then_some(parts)
    }

    /// The first label of the folded name: the NetBIOS name of a fully qualified one. An IP address is its
    /// own.
    #[must_use]
    pub fn host(&self) -> String {
        let name = self.folded();
        if is_address(&name) {
            return name;
        }
        name.split('.').next().unwrap_or_default().to_owned()
    }

    /// Whether the name is fully qualified.
    #[must_use]
    pub fn is_qualified(&self) -> bool {
        let name = self.folded();
        name.contains('.') && !is_address(&name)
    }

    /// Whether the entry has only spaces and invisible characters.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.chars().all(|c| c.is_whitespace() || is_invisible(c))
    }

    /// Whether a server can be found by the entry: it is one text, and is neither in quotation marks nor
    /// something that is not a host name.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let is_one = matches!(self.flaw(), None | Some(EntryFlaw::BlankBefore | EntryFlaw::BlankAfter));
        is_one && !matches!(self.form(), EntryForm::NotAName | EntryForm::Quoted)
    }

    fn has_only_characters_of_names(&self) -> bool {
        let is_usual = |c: char| {
            if c.is_ascii() { c.is_ascii_alphanumeric() || IN_NAMES.contains(&c) } else { !is_sign(c) }
        };
        self.0.chars().all(is_usual)
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
        matches!(self.folded().as_str(), "." | "localhost" | "localhost.localdomain")
            || self.address().is_some_and(|address| address.is_loopback() || address.is_unspecified())
    }

    /// The IP address, if the entry is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        bare(&self.folded()).parse().ok()
    }

    /// The first thing that is wrong with the entry; `None` where nothing is.
    #[must_use]
    pub fn flaw(&self) -> Option<EntryFlaw> {
        let name = self.0.trim();
        if self.is_blank() {
            return Some(EntryFlaw::Empty);
        }
        if self.0.chars().any(|c| c.is_control() && c != '\t') {
            return Some(EntryFlaw::LineBreak);
        }
        if let Some(separator) = name.chars().find(|c| matches!(c, ',' | ';' | '|')) {
            return Some(EntryFlaw::Separator(separator));
        }
        if let Some(invisible) = self.0.chars().find(|&c| is_invisible(c)) {
            return Some(EntryFlaw::Invisible(invisible));
        }
        if self.split_at_escaped_nul().is_some() {
            return Some(EntryFlaw::EscapedNul);
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
        } else if self.split_at_escaped_nul().is_some() {
            // `flaw` reports it.
            EntryForm::Name
        } else if name.contains(['\\', '/']) {
            EntryForm::Path
        } else if Self(name.trim_matches(QUOTES).to_owned()).is_host_name() && name.contains(QUOTES) {
            EntryForm::Quoted
        } else if name
            .rsplit_once(':')
            .is_some_and(|(host, port)| port.parse::<u16>().is_ok() && Self(host.to_owned()).is_host_name())
        {
            EntryForm::Port
        } else if self.is_not_a_name() {
            EntryForm::NotAName
        } else {
            EntryForm::Name
        }
    }

    /// True for one text, without a flaw that [`flaw`](Self::flaw) reports, that is not a host name.
    fn is_not_a_name(&self) -> bool {
        let tidied = self.tidied();
        !self.is_loopback() && tidied.flaw().is_none() && !tidied.is_host_name()
    }

    fn is_host_name(&self) -> bool {
        let name = self.folded();
        let has_labels = name.split('.').all(|label| (1..=MAX_LABEL).contains(&label.len()));
        let is_type = TYPE_NAMES.iter().any(|start| name.starts_with(start));
        has_labels && !is_type && name.len() <= MAX_NAME && self.has_only_characters_of_names()
    }
}

impl fmt::Display for ServerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”", snapshot::Name::from(self.0.as_str()))
    }
}

/// Names that are shown before the rest is only counted: a damaged value may list tens of thousands.
const SHOWN: usize = 8;

/// The entries in words: `“rdls1”, “rdls2”`; of very many the first few.
#[must_use]
pub fn listed<'e>(entries: impl IntoIterator<Item = &'e ServerEntry>) -> String {
    let mut entries = entries.into_iter();
    let shown: Vec<_> = entries.by_ref().take(SHOWN).map(ToString::to_string).collect();
    match entries.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Servers by name, to be looked up with and without their domain.
#[derive(Clone, Debug, Default)]
pub struct ServerNames {
    names: HashSet<String>,
    hosts_of_qualified: HashSet<String>,
}

impl ServerNames {
    /// Adds one entry; an empty entry names no server.
    pub fn insert(&mut self, entry: &ServerEntry) {
        if entry.is_blank() {
            return;
        }
        if entry.is_qualified() {
            self.hosts_of_qualified.insert(entry.host());
        }
        self.names.insert(entry.folded());
    }

    /// Whether one of them has this very name.
    #[must_use]
    pub fn has_name(&self, entry: &ServerEntry) -> bool {
        self.names.contains(&entry.folded())
    }

    /// Whether one of them [is the same server](ServerEntry::is_same_server).
    #[must_use]
    pub fn has_server(&self, entry: &ServerEntry) -> bool {
        self.has_name(entry)
            || if entry.is_qualified() {
                self.names.contains(&entry.host())
            } else {
                self.hosts_of_qualified.contains(&entry.folded())
            }
    }
}

impl<'e> FromIterator<&'e ServerEntry> for ServerNames {
    fn from_iter<I: IntoIterator<Item = &'e ServerEntry>>(entries: I) -> Self {
        let mut names = Self::default();
        entries.into_iter().for_each(|entry| names.insert(entry));
        names
    }
}

/// Whether two lists name the same servers, in whatever order, once or twice, with or without the domain;
/// empty entries do not count.
#[must_use]
pub fn same_servers(one: &[ServerEntry], other: &[ServerEntry]) -> bool {
    let within = |list: &[ServerEntry], all: &[ServerEntry]| {
        let all: ServerNames = all.iter().collect();
        list.iter().filter(|entry| !entry.is_blank()).all(|entry| all.has_server(entry))
    };
    within(one, other) && within(other, one)
}

/// Quotation marks of programs and of word processors.
const QUOTES: [char; 7] = ['"', '\'', '`', '“', '”', '‘', '’'];

/// True for a character that is not displayed: soft hyphen, zero-width characters, marks of the direction of
/// writing, byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// True for a character outside ASCII that is a sign and not a part of a word. Marks that combine with a
/// letter are parts of words.
fn is_sign(c: char) -> bool {
    let is_in_block = matches!(c, '\u{80}'..='\u{bf}' | '\u{d7}' | '\u{f7}' | '\u{2000}'..='\u{206f}')
        || matches!(c, '\u{2e00}'..='\u{2e7f}' | '\u{3000}'..='\u{303f}' | '\u{e000}'..='\u{f8ff}')
        || matches!(c, '\u{feff}' | '\u{fff0}'..='\u{ffff}');
    is_in_block && !c.is_alphanumeric()
}

fn is_address(name: &str) -> bool {
    bare(name).parse::<IpAddr>().is_ok()
}

/// Without the brackets around an IPv6 address.
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
            (r"rdls1\0rdls2", Some(EntryFlaw::EscapedNul)),
            (r"rdls1\\0rdls2\\0", Some(EntryFlaw::EscapedNul)),
            (r"rdls1.contoso.example\0", Some(EntryFlaw::EscapedNul)),
            (r"\\rdls1\0", None),
            ("rdls1\u{200b}", Some(EntryFlaw::Invisible('\u{200b}'))),
            ("\u{feff}rdls1", Some(EntryFlaw::Invisible('\u{feff}'))),
            ("\u{200b}", Some(EntryFlaw::Empty)),
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
            ("'rdls1.contoso.example'", EntryForm::Quoted),
            (r"rdls1\0rdls2", EntryForm::Name),
            ("System.String[]", EntryForm::NotAName),
            ("System.Object[]", EntryForm::NotAName),
            ("System.Collections.ArrayList", EntryForm::NotAName),
            ("%COMPUTERNAME%", EntryForm::NotAName),
            (" %COMPUTERNAME%", EntryForm::NotAName),
            ("$env:COMPUTERNAME", EntryForm::NotAName),
            ("$($servers)", EntryForm::NotAName),
            ("@(rdls1", EntryForm::NotAName),
            ("{rdls1}", EntryForm::NotAName),
            ("<rdls1>", EntryForm::NotAName),
            ("rdls1..contoso.example", EntryForm::NotAName),
            ("rdls1\u{2013}a", EntryForm::NotAName),
            ("獬⸱潣瑮獯⹯潣m", EntryForm::NotAName),
            ("сервер-1.контосо.example", EntryForm::Name),
            ("サーバー1", EntryForm::Name),
            ("localhost", EntryForm::Name),
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
    fn a_set_of_names_finds_what_the_comparison_of_two_finds() {
        let all = ["a", "b.contoso.example", "10.0.0.5", "c.contoso.example", ""];
        let probes = [
            "A",
            "a.fabrikam.example",
            "b",
            "b.fabrikam.example",
            "10",
            "10.0.0.5",
            "d",
            "C.contoso.example.",
        ];
        let entries: Vec<_> = all.iter().map(|name| entry(name)).collect();
        let names: ServerNames = entries.iter().collect();
        for probe in probes {
            let one_by_one = entries.iter().any(|known| known.is_same_server(&entry(probe)));
            assert_eq!(names.has_server(&entry(probe)), one_by_one, "{probe}");
        }
        assert!(!names.has_name(&entry("b")) && names.has_name(&entry(" B.contoso.example")));
    }

    #[test]
    fn of_very_many_entries_the_first_few_are_shown() {
        let many: Vec<_> = (1..=100).map(|number| entry(&format!("s{number}"))).collect();
        assert_eq!(listed(&many), "“s1”, “s2”, “s3”, “s4”, “s5”, “s6”, “s7”, “s8” and 92 more");
        assert_eq!(listed(&many[..2]), "“s1”, “s2”");
    }

    #[test]
    fn lists_are_compared_as_sets_of_names() {
        let list = |names: &[&str]| names.iter().map(|name| entry(name)).collect::<Vec<_>>();
        assert!(same_servers(&list(&["a", "B"]), &list(&["b ", "", "A"])));
        assert!(same_servers(&list(&["a", "a.contoso.example"]), &list(&["a.contoso.example"])));
        assert!(!same_servers(&list(&["a"]), &list(&["a", "b"])));
        assert!(!same_servers(&list(&["a"]), &list(&[])));
    }
}
