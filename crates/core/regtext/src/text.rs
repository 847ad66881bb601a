//! UTF-16 text as stored in the registry, including unpaired surrogates.

use std::fmt::{self, Write as _};

/// A string of UTF-16 code units: a key path, a value name, a piece of string data.
///
/// Windows does not validate registry strings, so a name may contain an unpaired surrogate or a control
/// character. `Text` keeps every unit; [`Display`](fmt::Display) prints U+FFFD for a unit that is not a
/// character.
///
/// ```
/// use regtext::Text;
/// let name = Text::from("LicenseServers");
/// assert_eq!(name, "LicenseServers");
/// assert!(name.eq_ignore_case(&Text::from("LICENSESERVERS")));
/// assert_eq!(Text::from_units(vec![0xD800]).to_string(), "\u{FFFD}");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Vec<u16>);

impl Text {
    /// The empty text.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Text from UTF-16 code units, without validation.
    pub const fn from_units(units: Vec<u16>) -> Self {
        Self(units)
    }

    /// Text from UTF-16LE bytes without terminator; an odd last byte is ignored.
    pub fn from_utf16le(bytes: &[u8]) -> Self {
        Self(units_le(bytes).collect())
    }

    /// The UTF-16 code units.
    pub fn units(&self) -> &[u16] {
        &self.0
    }

    /// The UTF-16 code units, owned.
    pub fn into_units(self) -> Vec<u16> {
        self.0
    }

    /// The number of UTF-16 code units.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The UTF-16LE bytes, without terminator.
    pub fn to_utf16le(&self) -> Vec<u8> {
        self.0.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    }

    /// The UTF-16LE bytes followed by a NUL: the data of a well-formed `REG_SZ` value.
    pub fn to_utf16le_nul(&self) -> Vec<u8> {
        let mut bytes = self.to_utf16le();
        bytes.extend_from_slice(&[0, 0]);
        bytes
    }

    /// Case-insensitive equality, as the registry compares key and value names.
    ///
    /// Units are compared by their simple uppercase form. A character whose uppercase form is longer than one
    /// UTF-16 unit is not folded, as in Windows.
    pub fn eq_ignore_case(&self, other: &Self) -> bool {
        units_eq_ignore_case(&self.0, &other.0)
    }

    /// A form that is equal for texts that [`eq_ignore_case`](Self::eq_ignore_case) considers equal.
    pub(crate) fn upcased(&self) -> Self {
        Self(self.0.iter().copied().map(upcase).collect())
    }

    /// The text after `prefix`, if the text starts with it, ignoring ASCII case.
    pub(crate) fn strip_ascii_prefix(&self, prefix: &str) -> Option<&[u16]> {
        let head = self.0.get(..prefix.len())?;
        let same = head
            .iter()
            .zip(prefix.bytes())
            .all(|(&unit, byte)| u8::try_from(unit).is_ok_and(|unit| unit.eq_ignore_ascii_case(&byte)));
        if same { self.0.get(prefix.len()..) } else { None }
    }
}

/// [`Text::eq_ignore_case`] for parts of texts.
pub(crate) fn units_eq_ignore_case(a: &[u16], b: &[u16]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| a == b || upcase(a) == upcase(b))
}

/// The UTF-16LE units of `bytes`; an odd last byte is ignored.
pub(crate) fn units_le(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.chunks_exact(2).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    })
}

fn upcase(unit: u16) -> u16 {
    if let Ok(byte) = u8::try_from(unit)
        && byte.is_ascii()
    {
        return u16::from(byte.to_ascii_uppercase());
    }
    let Some(character) = char::from_u32(u32::from(unit)) else { return unit };
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => u16::try_from(u32::from(single)).unwrap_or(unit),
        _ => unit,
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.encode_utf16().collect())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl From<&[u16]> for Text {
    fn from(units: &[u16]) -> Self {
        Self(units.to_vec())
    }
}

impl FromIterator<u16> for Text {
    fn from_iter<I: IntoIterator<Item = u16>>(units: I) -> Self {
        Self(units.into_iter().collect())
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0.iter().copied().eq(other.encode_utf16())
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for unit in char::decode_utf16(self.0.iter().copied()) {
            f.write_char(unit.unwrap_or(char::REPLACEMENT_CHARACTER))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for unit in char::decode_utf16(self.0.iter().copied()) {
            match unit {
                Ok(character) => write!(f, "{}", character.escape_debug())?,
                Err(lone) => write!(f, "\\u{{{:x}}}", lone.unpaired_surrogate())?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_ignored_one_unit_at_a_time() {
        let equal = |a: &str, b: &str| Text::from(a).eq_ignore_case(&Text::from(b));
        assert!(equal("Лицензия", "ЛИЦЕНЗИЯ"));
        assert!(equal("é", "É"));
        // "ß" has the uppercase form "SS" of two units, so it equals only itself.
        assert!(!equal("ß", "SS"));
        assert!(equal("ß", "ß"));
        assert!(!equal("abc", "abcd"));
    }

    #[test]
    fn unpaired_surrogates_are_kept_and_shown() {
        let text = Text::from_units(vec![0x41, 0xDC00, 0x0A]);
        assert_eq!(text.to_utf16le(), [0x41, 0, 0, 0xDC, 0x0A, 0]);
        assert_eq!(text.to_string(), "A\u{FFFD}\n");
        assert_eq!(format!("{text:?}"), r#""A\u{dc00}\n""#);
    }

    #[test]
    fn prefixes_are_found_without_regard_to_case() {
        assert_eq!(
            Text::from("**DEL.Name").strip_ascii_prefix("**del.").map(Text::from),
            Some("Name".into())
        );
        assert!(Text::from("**de").strip_ascii_prefix("**del.").is_none());
    }
}
