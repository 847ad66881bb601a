//! Lists of license servers, from a policy's text or from the strings of a value.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::Serialize;

use super::host_name::{
    HostForm, Sameness, compare_hosts, first_label, fold, is_host_character, is_self_reference,
};

/// The most entries that are kept of one list.
pub const MAX_ENTRIES: usize = 1024;
/// The most names that are made out in one entry.
const MAX_INTENDED: usize = 64;
/// Longest word, in bytes, that could be a name with something around it. A DNS name has at most 255.
const MAX_WORD: usize = 512;
/// Quotation marks, straight ones and those that word processors make of them.
const QUOTES: [char; 7] = ['"', '\'', '“', '”', '„', '‘', '’'];

/// A list of license servers, as found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerList {
    /// The entries in their order, empty ones included; at most [`MAX_ENTRIES`].
    pub entries: Vec<ServerEntry>,
    /// How many entries there are, also those that are not kept.
    pub count: usize,
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerEntry {
    /// The entry as found, with its spaces.
    pub text: String,
    /// The hosts that were probably meant (inferred): none for an empty entry, several where the wrong
    /// separator was used.
    pub intended: Vec<String>,
    /// What kind of name the entry is, spaces around it left aside.
    pub form: HostForm,
    /// What is wrong or odd about it.
    pub faults: Vec<EntryFault>,
}

/// What is wrong or odd about an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum EntryFault {
    /// Nothing, or nothing but spaces: two separators in a row, or one at the end.
    Empty,
    /// Blanks before the name.
    LeadingBlank,
    /// Blanks after the name.
    TrailingBlank,
    /// Blanks inside the name.
    InnerBlank,
    /// A semicolon, where commas separate names.
    Semicolon,
    /// A comma inside an entry of a list that needs no separators.
    Comma,
    /// A line break.
    LineBreak,
    /// Quotation marks.
    Quotes,
    /// A path such as `\\SERVER`.
    Unc,
    /// A URL.
    Url {
        /// The scheme before `://`.
        scheme: String,
    },
    /// A port behind the name.
    Port {
        /// The port.
        port: u16,
    },
    /// An IP address where a name is wanted.
    IpAddress,
    /// `localhost`, `.` or a loopback address: the host itself.
    SelfReference,
    /// A character that no name of a host has.
    IllegalCharacter {
        /// The first one.
        character: char,
    },
    /// A name or a part of it that is too long or empty.
    BadLabel,
    /// The same name as an earlier entry.
    DuplicateOf {
        /// The earlier entry's position.
        entry: usize,
    },
    /// Probably the same host as an earlier entry: one is the full name of the other.
    SameHostAs {
        /// The earlier entry's position.
        entry: usize,
    },
}

impl EntryFault {
    /// True for what is merely odd: the entry can be looked up all the same.
    #[must_use]
    pub fn is_harmless(&self) -> bool {
        matches!(
            self,
            Self::IpAddress | Self::SelfReference | Self::DuplicateOf { .. } | Self::SameHostAs { .. }
        )
    }
}

impl ServerList {
    /// Splits the text of the policy `LicenseServers` at its commas. An empty text is an empty list.
    ///
    /// Source: TerminalServer.admx, whose explanation wants names separated by commas.
    #[must_use]
    pub fn from_policy(text: &str) -> Self {
        if text.is_empty() {
            return Self { entries: Vec::new(), count: 0 };
        }
        Self::collect(text.split(','))
    }

    /// Takes the strings of a `REG_MULTI_SZ` or the names of subkeys.
    #[must_use]
    pub fn from_items<S: AsRef<str>>(items: &[S]) -> Self {
        Self::collect(items.iter().map(AsRef::as_ref))
    }

    fn collect<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut entries: Vec<ServerEntry> = Vec::new();
        let mut count = 0;
        let mut names: HashMap<String, usize> = HashMap::new();
        let mut hosts: HashMap<String, (usize, String)> = HashMap::new();
        for text in texts {
            count += 1;
            if count > MAX_ENTRIES {
                continue;
            }
            let mut entry = ServerEntry::new(text);
            let position = entries.len();
            let repeated = entry.intended.iter().find_map(|name| {
                let earlier = *names.get(&fold(name))?;
                Some(EntryFault::DuplicateOf { entry: earlier })
            });
            let probable = || {
                entry.intended.iter().find_map(|name| {
                    let (earlier, other) = hosts.get(&first_label(name))?;
                    (compare_hosts(other, name) == Sameness::Probable)
                        .then_some(EntryFault::SameHostAs { entry: *earlier })
                })
            };
            let repeated = repeated.or_else(probable);
            entry.faults.extend(repeated);
            for name in &entry.intended {
                names.entry(fold(name)).or_insert(position);
                hosts.entry(first_label(name)).or_insert_with(|| (position, name.clone()));
            }
            entries.push(entry);
        }
        Self { entries, count }
    }

    /// Whether no entry names a host.
    #[must_use]
    pub fn names_nothing(&self) -> bool {
        self.entries.iter().all(|entry| entry.intended.is_empty())
    }

    /// Whether nothing is wrong with any entry, harmless oddities aside.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.count <= MAX_ENTRIES
            && self.entries.iter().flat_map(|entry| &entry.faults).all(EntryFault::is_harmless)
    }

    /// The hosts that were probably meant, each once, in their order (inferred).
    #[must_use]
    pub fn intended(&self) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        self.entries
            .iter()
            .flat_map(|entry| &entry.intended)
            .filter(|name| seen.insert(fold(name)))
            .cloned()
            .collect()
    }
}

impl ServerEntry {
    fn new(text: &str) -> Self {
        let mut faults = Vec::new();
        let trimmed = text.trim();
        if trimmed.is_empty() {
            faults.push(EntryFault::Empty);
            let (text, form) = (text.to_owned(), HostForm::Unusable);
            return Self { text, intended: Vec::new(), form, faults };
        }
        if text.starts_with(char::is_whitespace) {
            faults.push(EntryFault::LeadingBlank);
        }
        if text.ends_with(char::is_whitespace) {
            faults.push(EntryFault::TrailingBlank);
        }
        if text.contains(['\r', '\n']) {
            faults.push(EntryFault::LineBreak);
        }
        if trimmed.contains(|character: char| character.is_whitespace() && !matches!(character, '\r' | '\n'))
        {
            faults.push(EntryFault::InnerBlank);
        }
        if trimmed.contains(';') {
            faults.push(EntryFault::Semicolon);
        }
        if trimmed.contains(',') {
            faults.push(EntryFault::Comma);
        }
        let mut intended = Vec::new();
        let words = trimmed
            .split(|character: char| character.is_whitespace() || matches!(character, ';' | ','))
            .filter(|word| !word.is_empty());
        for word in words.take(MAX_INTENDED) {
            intended.extend(name_meant(word, &mut faults));
        }
        let form = HostForm::of(trimmed);
        Self { text: text.to_owned(), intended, form, faults }
    }
}

/// The host that one word means, stripped of what does not belong to a name.
fn name_meant(word: &str, faults: &mut Vec<EntryFault>) -> Option<String> {
    // One fault of each kind is enough; that also keeps the list short.
    let mut note = |fault: EntryFault| {
        let kind = std::mem::discriminant(&fault);
        if faults.iter().all(|noted| std::mem::discriminant(noted) != kind) {
            faults.push(fault);
        }
    };
    if word.len() > MAX_WORD {
        note(EntryFault::BadLabel);
        return None;
    }
    let mut name = word;
    loop {
        let before = name;
        name = name.trim_matches(QUOTES);
        if name.len() != before.len() {
            note(EntryFault::Quotes);
        }
        if let Some((scheme, rest)) = name.split_once("://") {
            note(EntryFault::Url { scheme: scheme.to_lowercase() });
            name = rest.split('/').next().unwrap_or_default();
        } else if let Some(rest) = name.strip_prefix(r"\\").or_else(|| name.strip_prefix("//")) {
            note(EntryFault::Unc);
            name = rest.split(['\\', '/']).next().unwrap_or_default();
        }
        if let Some((host, port)) = port(name) {
            note(EntryFault::Port { port });
            name = host;
        }
        if name == before {
            break;
        }
    }
    if name.is_empty() {
        note(EntryFault::BadLabel);
        return None;
    }
    if is_self_reference(name) {
        note(EntryFault::SelfReference);
    }
    if name.parse::<IpAddr>().is_ok() {
        note(EntryFault::IpAddress);
    } else if let Some(character) = name.chars().find(|&character| !is_host_character(character)) {
        note(EntryFault::IllegalCharacter { character });
    } else if name != "." && HostForm::of(name) == HostForm::Unusable {
        note(EntryFault::BadLabel);
    }
    Some(name.to_owned())
}

/// `host:port` or `[address]:port`.
fn port(name: &str) -> Option<(&str, u16)> {
    if name.parse::<IpAddr>().is_ok() {
        return None;
    }
    let (host, port) = name.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::EntryFault::*;
    use super::*;

    fn faults(text: &str) -> Vec<EntryFault> {
        ServerEntry::new(text).faults
    }

    #[test]
    fn a_sound_list() {
        let list = ServerList::from_policy("rdls1,rdls2.example.com");
        assert_eq!(list.count, 2);
        assert!(list.is_sound());
        assert_eq!(list.intended(), ["rdls1", "rdls2.example.com"]);
        assert_eq!(list.entries[1].form, HostForm::FullyQualified);
        assert!(ServerList::from_policy("").is_sound());
        assert!(ServerList::from_policy("").names_nothing());
    }

    #[test]
    fn every_fault_has_its_name() {
        for (text, expected) in [
            ("", vec![Empty]),
            (" \t", vec![Empty]),
            (" rdls1", vec![LeadingBlank]),
            ("rdls1 ", vec![TrailingBlank]),
            ("rd ls1", vec![InnerBlank]),
            ("rdls1;rdls2", vec![Semicolon]),
            ("rdls1,rdls2", vec![Comma]),
            ("rdls1\r\nrdls2", vec![LineBreak]),
            ("\"rdls1\"", vec![Quotes]),
            (r"\\rdls1", vec![Unc]),
            (r"\\rdls1\share", vec![Unc]),
            ("https://rdls1/rdweb", vec![Url { scheme: "https".to_owned() }]),
            ("rdls1:135", vec![Port { port: 135 }]),
            ("10.0.0.5", vec![IpAddress]),
            ("fe80::5", vec![IpAddress]),
            ("[fe80::5]:135", vec![Port { port: 135 }, IpAddress]),
            ("127.0.0.1", vec![SelfReference, IpAddress]),
            ("localhost", vec![SelfReference]),
            (".", vec![SelfReference]),
            ("rdls1*", vec![IllegalCharacter { character: '*' }]),
            ("rdls1\0x", vec![IllegalCharacter { character: '\0' }]),
            ("a..b", vec![BadLabel]),
        ] {
            assert_eq!(faults(text), expected, "{text:?}");
        }
        assert_eq!(faults(&"a".repeat(64)), [BadLabel]);
        assert_eq!(faults(&"a:1".repeat(1000)), [BadLabel]);
        assert_eq!(faults("a:1:2:3"), [Port { port: 3 }]);
    }

    #[test]
    fn what_was_meant() {
        for (text, meant) in [
            (" rdls1 , rdls2,", vec!["rdls1", "rdls2"]),
            ("rdls1;rdls2", vec!["rdls1", "rdls2"]),
            ("rdls1; rdls2", vec!["rdls1", "rdls2"]),
            ("rdls1 rdls2", vec!["rdls1", "rdls2"]),
            (r"\\rdls1\c$,https://rdls2:443/x", vec!["rdls1", "rdls2"]),
            ("RDLS1,rdls1", vec!["RDLS1"]),
            (" , ,", vec![]),
        ] {
            assert_eq!(ServerList::from_policy(text).intended(), meant, "{text:?}");
        }
    }

    #[test]
    fn the_same_host_twice() {
        let list =
            ServerList::from_items(&["rdls1", "RDLS1", "rdls1.example.com", "rdls2", "rdls1.other.example"]);
        let faults: Vec<_> = list.entries.iter().map(|entry| entry.faults.clone()).collect();
        assert_eq!(
            faults,
            [
                vec![],
                vec![DuplicateOf { entry: 0 }],
                vec![SameHostAs { entry: 0 }],
                vec![],
                vec![SameHostAs { entry: 0 }]
            ]
        );
        assert!(list.is_sound(), "duplicates do no harm");
        let blank = ServerList::from_policy("rdls1, rdls1");
        assert_eq!(blank.entries[1].faults, [LeadingBlank, DuplicateOf { entry: 0 }]);
        assert!(!blank.is_sound());
    }

    #[test]
    fn long_lists_are_counted_not_kept() {
        let list = ServerList::from_policy(&",".repeat(100_000));
        assert_eq!((list.entries.len(), list.count), (MAX_ENTRIES, 100_001));
        assert!(!list.is_sound());
    }
}
