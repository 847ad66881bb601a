//! Key and value names, exactly as stored in the registry.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A key or value name: a lossless sequence of UTF-16 code units.
///
/// Nearly every name is well-formed UTF-16 and is stored as text. The registry also accepts unpaired
/// surrogates; such a name keeps its code units, because a name "repaired" for display no longer identifies
/// the key. Embedded NULs and leading spaces are kept as evidence.
///
/// Equality and ordering are exact. The comparison of the registry, which ignores case, is [`Name::matches`].
///
/// In JSON a name is a string, or `{"utf16": [..code units..]}` if it is not well-formed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Repr);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Text(String),
    Units(Vec<u16>),
}

impl Name {
    /// A name from UTF-16 code units.
    #[must_use]
    pub fn from_utf16(units: &[u16]) -> Self {
        match String::from_utf16(units) {
            Ok(text) => Self(Repr::Text(text)),
            Err(_) => Self(Repr::Units(units.to_vec())),
        }
    }

    /// The name as text; `None` if it is not well-formed UTF-16.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Repr::Text(text) => Some(text),
            Repr::Units(_) => None,
        }
    }

    /// The UTF-16 code units of the name.
    #[must_use]
    pub fn to_utf16(&self) -> Vec<u16> {
        match &self.0 {
            Repr::Text(text) => text.encode_utf16().collect(),
            Repr::Units(units) => units.clone(),
        }
    }

    /// The number of UTF-16 code units.
    #[must_use]
    pub fn len_utf16(&self) -> usize {
        match &self.0 {
            Repr::Text(text) if text.is_ascii() => text.len(),
            Repr::Text(text) => text.encode_utf16().count(),
            Repr::Units(units) => units.len(),
        }
    }

    /// True for the empty name, which is the name of a key's default value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Repr::Text(text) => text.is_empty(),
            Repr::Units(units) => units.is_empty(),
        }
    }

    /// The comparison of the registry: each code unit is converted to upper case separately.
    #[must_use]
    pub fn matches(&self, other: &str) -> bool {
        match &self.0 {
            Repr::Text(text) => same_text(text, other),
            Repr::Units(_) => false,
        }
    }

    /// A number that is equal for names that are [`Name::same`], mixed with that of the names above.
    pub(crate) fn fold(&self, above: u64) -> u64 {
        // FNV-1a, RFC 9923.
        let mix = |hash: u64, unit: u16| (hash ^ u64::from(unit)).wrapping_mul(0x0100_0000_01b3);
        let start = mix(above, 0);
        match &self.0 {
            Repr::Text(text) if text.is_ascii() => {
                text.bytes().fold(start, |hash, byte| mix(hash, u16::from(byte.to_ascii_uppercase())))
            }
            Repr::Text(text) => text.encode_utf16().map(fold_unit).fold(start, mix),
            Repr::Units(units) => units.iter().copied().map(fold_unit).fold(start, mix),
        }
    }

    /// [`Name::matches`] for two names.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Text(a), Repr::Text(b)) => a == b || same_text(a, b),
            (Repr::Units(a), Repr::Units(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| fold_unit(a) == fold_unit(b))
            }
            _ => false,
        }
    }
}

/// Most names differ at the first letter, and nearly all are ASCII: both are decided without decoding.
fn same_text(a: &str, b: &str) -> bool {
    for (a, b) in a.bytes().zip(b.bytes()) {
        if !a.is_ascii() || !b.is_ascii() {
            break;
        }
        if !a.eq_ignore_ascii_case(&b) {
            return false;
        }
    }
    if a.len() == b.len() && a.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.encode_utf16().map(fold_unit).eq(b.encode_utf16().map(fold_unit))
}

fn fold_unit(unit: u16) -> u16 {
    nt::upcase(unit)
}

impl Default for Name {
    fn default() -> Self {
        Self(Repr::Text(String::new()))
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(Repr::Text(text.to_owned()))
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(Repr::Text(text))
    }
}

/// The name for display. Control characters and unpaired surrogates are shown as `\u{..}`, so that a name
/// cannot hide text or break a line.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let units = match &self.0 {
            Repr::Text(text) if !text.contains(char::is_control) => return f.write_str(text),
            Repr::Text(text) => text.encode_utf16().collect(),
            Repr::Units(units) => units.clone(),
        };
        for unit in char::decode_utf16(units) {
            match unit {
                Ok(c) if c.is_control() => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                Ok(c) => f.write_char(c)?,
                Err(e) => write!(f, "\\u{{{:x}}}", e.unpaired_surrogate())?,
            }
        }
        Ok(())
    }
}

/// Text on one line: control characters are shown as in [`Name`], so that data cannot break a line.
#[must_use]
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) { Name::from(text).to_string().into() } else { text.into() }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Json {
    Text(String),
    Units { utf16: Vec<u16> },
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Repr::Text(text) => serializer.serialize_str(text),
            Repr::Units(units) => Json::Units { utf16: units.clone() }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Json::deserialize(deserializer)? {
            Json::Text(text) => Self(Repr::Text(text)),
            Json::Units { utf16 } => Self::from_utf16(&utf16),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpaired_surrogates_survive_json() {
        let name = Name::from_utf16(&[0x41, 0xD800, 0x42]);
        assert_eq!(name.as_str(), None);
        let json = serde_json::to_string(&name).unwrap();
        assert_eq!(json, r#"{"utf16":[65,55296,66]}"#);
        assert_eq!(serde_json::from_str::<Name>(&json).unwrap(), name);
    }

    #[test]
    fn comparison_ignores_case_but_not_blanks() {
        let name = Name::from(" LicensingMode");
        assert!(name.matches(" licensingmode"));
        assert!(!name.matches("LicensingMode"));
        assert!(Name::from("Größe").matches("GRÖßE"));
    }

    #[test]
    fn display_hides_nothing() {
        assert_eq!(Name::from("a\0b\n").to_string(), "a\\u{0}b\\u{a}");
    }
}
