//! A directory entry.

use std::fmt;

/// An entry: its distinguished name and the requested attributes, in the order of the server.
///
/// Values are bytes; the schema defines their meaning. An attribute that the account may not read looks like
/// an absent one.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    dn: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    /// Creates an entry.
    #[must_use]
    pub fn new(dn: impl Into<String>, attributes: Vec<(String, Vec<Vec<u8>>)>) -> Self {
        Self { dn: dn.into(), attributes }
    }

    /// Its distinguished name.
    #[must_use]
    pub fn dn(&self) -> &str {
        &self.dn
    }

    /// Its attributes with their values.
    #[must_use]
    pub fn attributes(&self) -> &[(String, Vec<Vec<u8>>)] {
        &self.attributes
    }

    /// The values of an attribute; empty if it is absent. Names are compared without case.
    ///
    /// Active Directory returns long attributes in ranges (`member;range=0-1499`). They are not found here,
    /// so that a part is never taken for the whole; use [`crate::Connection::values`].
    #[must_use]
    pub fn values(&self, name: &str) -> &[Vec<u8>] {
        let found = self.attributes.iter().find(|(attribute, _)| attribute.eq_ignore_ascii_case(name));
        found.map_or(&[], |(_, values)| values)
    }

    /// True if the attribute has a value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        !self.values(name).is_empty()
    }

    /// The first value of an attribute, as bytes.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.values(name).first().map(Vec::as_slice)
    }

    /// The first value of an attribute, if it is UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.bytes(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The values of an attribute that are UTF-8.
    pub fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.values(name).iter().filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// The first value of an attribute, if it is a decimal integer.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// A range of an attribute: its values, and the start of the next range.
    pub(crate) fn part(&self, name: &str) -> Option<(&[Vec<u8>], Option<u64>)> {
        self.attributes.iter().find_map(|(attribute, values)| {
            let (attribute, range) = attribute.split_once(';')?;
            let (_, last) = range.strip_prefix("range=")?.split_once('-')?;
            let next = last.parse::<u64>().ok().and_then(|last| last.checked_add(1));
            attribute.eq_ignore_ascii_case(name).then_some((values.as_slice(), next))
        })
    }
}

/// Shows text as text, and binary values as their length.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        map.entry(&"dn", &self.dn);
        for (name, values) in &self.attributes {
            let shown = |value: &Vec<u8>| match std::str::from_utf8(value) {
                Ok(text) => text.to_owned(),
                Err(_) => format!("{} bytes", value.len()),
            };
            map.entry(name, &values.iter().map(shown).collect::<Vec<_>>());
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_not_the_whole() {
        let values = vec![b"a".to_vec(), b"b".to_vec()];
        let entry = |name: &str| Entry::new("CN=G", vec![(name.to_owned(), values.clone())]);
        assert_eq!(entry("member;range=0-1").part("member"), Some((values.as_slice(), Some(2))));
        assert_eq!(entry("member;range=2-*").part("Member"), Some((values.as_slice(), None)));
        assert!(entry("member;range=0-1").values("member").is_empty());
        assert_eq!(entry("member").part("member"), None);
        assert_eq!(
            entry("member;range=0-18446744073709551615").part("member"),
            Some((values.as_slice(), None))
        );
    }
}
