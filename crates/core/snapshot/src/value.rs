//! Values: raw bytes with a type number, and their decoded forms.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Name;

/// The type number of a value. Real hives contain arbitrary 32-bit numbers, which are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ValueType(pub u32);

impl ValueType {
    /// `REG_NONE`
    pub const NONE: Self = Self(0);
    /// `REG_SZ`: UTF-16LE text.
    pub const SZ: Self = Self(1);
    /// `REG_EXPAND_SZ`: UTF-16LE text with `%variables%`.
    pub const EXPAND_SZ: Self = Self(2);
    /// `REG_BINARY`
    pub const BINARY: Self = Self(3);
    /// `REG_DWORD`: 32 bits, little-endian.
    pub const DWORD: Self = Self(4);
    /// `REG_DWORD_BIG_ENDIAN`
    pub const DWORD_BIG_ENDIAN: Self = Self(5);
    /// `REG_MULTI_SZ`: UTF-16LE strings, each terminated by a NUL; an empty string terminates the list.
    pub const MULTI_SZ: Self = Self(7);
    /// `REG_QWORD`: 64 bits, little-endian.
    pub const QWORD: Self = Self(11);

    /// Microsoft's name of the type; `None` if it has none.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        const NAMES: [&str; 12] = [
            "REG_NONE",
            "REG_SZ",
            "REG_EXPAND_SZ",
            "REG_BINARY",
            "REG_DWORD",
            "REG_DWORD_BIG_ENDIAN",
            "REG_LINK",
            "REG_MULTI_SZ",
            "REG_RESOURCE_LIST",
            "REG_FULL_RESOURCE_DESCRIPTOR",
            "REG_RESOURCE_REQUIREMENTS_LIST",
            "REG_QWORD",
        ];
        NAMES.get(usize::try_from(self.0).ok()?).copied()
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {:#x}", self.0),
        }
    }
}

/// The bytes of a value, or only their number if they are withheld.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Data {
    /// The bytes as stored; hexadecimal in JSON.
    #[serde(rename = "hex", with = "hex::serde")]
    Bytes(Vec<u8>),
    /// Withheld data: only its size was read.
    Withheld {
        /// Number of bytes.
        length: u64,
    },
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => f.write_str(&hex::encode(bytes)),
            Self::Withheld { length } => write!(f, "<{length} bytes withheld>"),
        }
    }
}

/// A value as found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// The name; empty for the key's default value.
    pub name: Name,
    /// The type number.
    #[serde(rename = "type")]
    pub kind: ValueType,
    /// The data.
    #[serde(flatten)]
    pub data: Data,
}

impl Value {
    /// A value with these bytes.
    #[must_use]
    pub fn new(name: impl Into<Name>, kind: ValueType, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), kind, data: Data::Bytes(bytes.into()) }
    }

    /// The bytes; empty if withheld.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.data {
            Data::Bytes(bytes) => bytes,
            Data::Withheld { .. } => &[],
        }
    }

    /// The number in a `REG_DWORD` or `REG_DWORD_BIG_ENDIAN` of exactly four bytes.
    #[must_use]
    pub fn as_u32(&self) -> Option<u32> {
        let bytes: [u8; 4] = self.bytes().try_into().ok()?;
        match self.kind {
            ValueType::DWORD => Some(u32::from_le_bytes(bytes)),
            ValueType::DWORD_BIG_ENDIAN => Some(u32::from_be_bytes(bytes)),
            _ => None,
        }
    }

    /// The number in a `REG_DWORD` of four bytes or a `REG_QWORD` of eight.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        if self.kind == ValueType::QWORD {
            return Some(u64::from_le_bytes(self.bytes().try_into().ok()?));
        }
        self.as_u32().map(u64::from)
    }

    /// The text of a `REG_SZ` or `REG_EXPAND_SZ`.
    #[must_use]
    pub fn as_text(&self) -> Option<Text> {
        matches!(self.kind, ValueType::SZ | ValueType::EXPAND_SZ).then(|| Text::decode(self.bytes()))
    }

    /// The strings of a `REG_MULTI_SZ`.
    #[must_use]
    pub fn as_multi_string(&self) -> Option<MultiString> {
        (self.kind == ValueType::MULTI_SZ).then(|| MultiString::decode(self.bytes()))
    }

    /// The strings of a `REG_SZ`, `REG_EXPAND_SZ` or `REG_MULTI_SZ` whose data has one byte for each
    /// character; `None` for UTF-16.
    ///
    /// The encoding is not recorded anywhere. The result is `Some` only for runs of at least three characters
    /// of host names and lists, separated by single NULs: in UTF-16, every second byte of such text is zero.
    /// Fewer than six bytes must be an odd number, because two ideographs can have such bytes, too.
    #[must_use]
    pub fn as_single_bytes(&self) -> Option<Vec<String>> {
        if !matches!(self.kind, ValueType::SZ | ValueType::EXPAND_SZ | ValueType::MULTI_SZ) {
            return None;
        }
        let bytes = self.bytes();
        let end = bytes.iter().rposition(|&byte| byte != 0)? + 1;
        if end < 6 && end.is_multiple_of(2) {
            return None;
        }
        let is_usual = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b',' | b';' | b' ')
        };
        let text = |item: &[u8]| {
            let is_text = item.len() > 2 && item.iter().all(is_usual);
            is_text.then(|| String::from_utf8_lossy(item).into_owned())
        };
        bytes.get(..end)?.split(|&byte| byte == 0).map(text).collect()
    }

    /// The data for display: numbers in decimal and hexadecimal, text in quotes, lists in brackets, and the
    /// first bytes of other data in hexadecimal.
    #[must_use]
    pub fn shown(&self) -> String {
        if let Data::Withheld { length } = self.data {
            return format!("{length} bytes, withheld");
        }
        if let Some(number) = self.as_u64() {
            return if number < 10 { number.to_string() } else { format!("{number} ({number:#x})") };
        }
        if let Some(text) = self.as_text() {
            return format!("\"{}\"", Name::from(text.content));
        }
        if let Some(list) = self.as_multi_string() {
            let items: Vec<_> =
                list.items.iter().map(|item| format!("\"{}\"", Name::from(item.as_str()))).collect();
            return format!("[{}]", items.join(", "));
        }
        let bytes = self.bytes();
        let head: Vec<_> = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let more = if bytes.len() > 16 { " …" } else { "" };
        format!("{} bytes: {}{more}", bytes.len(), head.join(" "))
    }
}

/// `REG_SZ` data, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text before the first NUL, with unpaired surrogates replaced.
    pub content: String,
    /// False if the text has no terminating NUL.
    pub terminated: bool,
    /// True if bytes after the first NUL are not all zero, or if there is an odd last byte.
    pub has_trailing_bytes: bool,
}

impl Text {
    /// Decodes UTF-16LE.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let units = utf16_units(bytes);
        let end = units.iter().position(|&unit| unit == 0);
        let content = String::from_utf16_lossy(units.get(..end.unwrap_or(units.len())).unwrap_or_default());
        let after = end.and_then(|end| units.get(end..)).unwrap_or_default();
        Self {
            content,
            terminated: end.is_some(),
            has_trailing_bytes: after.iter().any(|&unit| unit != 0) || bytes.len() % 2 == 1,
        }
    }

    /// UTF-16LE with the terminating NUL, as stored in the registry.
    #[must_use]
    pub fn encode(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }
}

/// `REG_MULTI_SZ` data, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiString {
    /// All strings up to the end of the data, including empty ones in the middle.
    pub items: Vec<String>,
    /// True if the list ends with the required empty string.
    pub terminated: bool,
}

impl MultiString {
    /// Decodes UTF-16LE strings, each terminated by a NUL.
    ///
    /// Most readers stop at the first empty string and lose the rest. This one returns an empty string in the
    /// middle as an empty item, because it is a fault that should be reported.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let mut units = utf16_units(bytes);
        let mut nuls = 0;
        while units.last() == Some(&0) {
            units.pop();
            nuls += 1;
        }
        let terminated = if units.is_empty() { nuls >= 1 } else { nuls >= 2 };
        let items = if units.is_empty() {
            Vec::new()
        } else {
            units.split(|&unit| unit == 0).map(String::from_utf16_lossy).collect()
        };
        Self { items, terminated }
    }

    /// UTF-16LE with all terminating NULs, as stored in the registry.
    #[must_use]
    pub fn encode<S: AsRef<str>>(items: &[S]) -> Vec<u8> {
        let mut units: Vec<u16> = Vec::new();
        for item in items {
            units.extend(item.as_ref().encode_utf16());
            units.push(0);
        }
        units.push(0);
        units.into_iter().flat_map(u16::to_le_bytes).collect()
    }
}

fn utf16_units(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multi_strings_keep_empty_items() {
        let list = MultiString::decode(&MultiString::encode(&["a", "", " b"]));
        assert_eq!(
            list,
            MultiString { items: vec!["a".into(), String::new(), " b".into()], terminated: true }
        );
        assert_eq!(MultiString::decode(&[0, 0]).items, Vec::<String>::new());
        assert!(!MultiString::decode(&Text::encode("one")).terminated);
    }

    #[test]
    fn single_bytes_are_not_utf_16() {
        let single = |kind, bytes: &[u8]| Value::new("x", kind, bytes).as_single_bytes();
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(single(ValueType::MULTI_SZ, b"ls1.a\0ls2\0\0"), names(&["ls1.a", "ls2"]));
        assert_eq!(single(ValueType::SZ, b"ls1"), names(&["ls1"]));
        assert_eq!(single(ValueType::EXPAND_SZ, b"ls1,ls2\0"), names(&["ls1,ls2"]));
        assert_eq!(single(ValueType::MULTI_SZ, b"/!\0\0\0\0"), None);
        assert_eq!(single(ValueType::SZ, b"abcd\0\0"), None, "two ideographs");
        assert_eq!(single(ValueType::BINARY, b"ls1"), None);
        for text in ["", "a", "ab", "ls1.contoso.example", "\u{30b5}\u{30fc}\u{30d0}"] {
            assert_eq!(single(ValueType::SZ, &Text::encode(text)), None, "{text}");
        }
        assert_eq!(single(ValueType::MULTI_SZ, &MultiString::encode(&["a", "bc"])), None);
    }

    #[test]
    fn a_dword_of_eight_bytes_is_no_number() {
        assert_eq!(Value::new("x", ValueType::DWORD, [4, 0, 0, 0]).as_u32(), Some(4));
        assert_eq!(Value::new("x", ValueType::DWORD, [0; 8]).as_u32(), None);
        assert_eq!(Value::new("x", ValueType::SZ, Text::encode("4")).as_u32(), None);
    }

    #[test]
    fn json_shows_bytes_in_hexadecimal_and_secrets_not_at_all() {
        let value = Value::new("Mode", ValueType::DWORD, [4, 0, 0, 0]);
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(json, r#"{"name":"Mode","type":4,"hex":"04000000"}"#);
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
        let secret = Value { data: Data::Withheld { length: 598 }, ..value };
        assert_eq!(
            serde_json::to_string(&secret).unwrap(),
            r#"{"name":"Mode","type":4,"withheld":{"length":598}}"#
        );
    }
}
