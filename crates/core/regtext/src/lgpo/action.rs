//! The fourth line of a setting: the action and its data.

use crate::text::{Text, units_le};

/// The action of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `DWORD:`, `QWORD:`, `SZ:`, `EXSZ:`, `MULTISZ:` or `BINARY:` sets the value.
    Set {
        /// The type number.
        ty: u32,
        /// The raw data, as in the registry.
        data: Vec<u8>,
    },
    /// `DELETE` deletes the value.
    Delete,
    /// `DELETEALLVALUES` deletes all values of the key.
    DeleteAllValues,
    /// `DELETEKEYS` deletes the subkeys that are listed in the line of the value name.
    DeleteKeys,
    /// `CREATEKEY` creates the key.
    CreateKey,
    /// `CLEAR` removes the setting from the policy.
    Clear,
}

impl Action {
    /// Parses an action line; `None` if it is invalid.
    pub(super) fn parse(line: &Text) -> Option<Self> {
        let is = |word: &str| line.strip_ascii_prefix(word).is_some_and(<[u16]>::is_empty);
        let after = |word: &str| line.strip_ascii_prefix(word).map(Text::from);
        let set = |ty, data| Some(Self::Set { ty, data });
        if let Some(number) = after("DWORD:") {
            set(4, u32::try_from(parse_number(&number)?).ok()?.to_le_bytes().to_vec())
        } else if let Some(number) = after("QWORD:") {
            set(11, parse_number(&number)?.to_le_bytes().to_vec())
        } else if let Some(text) = after("SZ:") {
            set(1, text.to_utf16le_nul())
        } else if let Some(text) = after("EXSZ:") {
            set(2, text.to_utf16le_nul())
        } else if let Some(text) = after("MULTISZ:") {
            set(7, parse_list(&text))
        } else if let Some(digits) = after("BINARY:") {
            set(3, parse_bytes(&digits)?)
        } else if is("DELETE") {
            Some(Self::Delete)
        } else if is("DELETEALLVALUES") {
            Some(Self::DeleteAllValues)
        } else if is("DELETEKEYS") {
            Some(Self::DeleteKeys)
        } else if is("CREATEKEY") {
            Some(Self::CreateKey)
        } else if is("CLEAR") {
            Some(Self::Clear)
        } else {
            None
        }
    }

    pub(super) fn print(&self) -> Result<Text, &'static str> {
        let line = match self {
            Self::Set { ty, data } => print_data(*ty, data).ok_or("it has no form for this type")?,
            Self::Delete => "DELETE".into(),
            Self::DeleteAllValues => "DELETEALLVALUES".into(),
            Self::DeleteKeys => "DELETEKEYS".into(),
            Self::CreateKey => "CREATEKEY".into(),
            Self::Clear => "CLEAR".into(),
        };
        // A string without NUL or a number of the wrong length would be read back as different data.
        if Self::parse(&line).as_ref() == Some(self) { Ok(line) } else { Err("its data would be changed") }
    }
}

fn print_data(ty: u32, data: &[u8]) -> Option<Text> {
    let strings = || {
        let units: Vec<u16> = units_le(data).collect();
        units.strip_suffix(&[0]).map(Text::from).unwrap_or_default()
    };
    let number = || data.iter().rev().fold(0_u64, |number, &byte| number.wrapping_shl(8) | u64::from(byte));
    let with = |word: &str, text: &Text| word.encode_utf16().chain(text.units().iter().copied()).collect();
    Some(match ty {
        1 => with("SZ:", &strings()),
        2 => with("EXSZ:", &strings()),
        3 => with("BINARY:", &print_bytes(data)),
        4 => format!("DWORD:{}", number()).into(),
        7 => with("MULTISZ:", &print_list(&strings())),
        11 => format!("QWORD:{}", number()).into(),
        _ => return None,
    })
}

fn print_bytes(data: &[u8]) -> Text {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().map(u16::from);
    data.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit).collect()
}

/// A decimal number, or a hexadecimal one after `0x`.
fn parse_number(text: &Text) -> Option<u64> {
    let text = text.to_string();
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.starts_with(|first: char| first.is_ascii_hexdigit()) => {
            u64::from_str_radix(digits, 16).ok()
        }
        None if text.starts_with(|first: char| first.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

/// Hexadecimal digits; spaces and commas between bytes are ignored.
fn parse_bytes(text: &Text) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .units()
        .iter()
        .filter(|&&unit| !matches!(unit, 0x20 | 0x2C))
        .map(|&unit| {
            char::from(u8::try_from(unit).ok()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect())
}

/// Strings separated by a backslash and a zero, as `REG_MULTI_SZ` data.
fn parse_list(text: &Text) -> Vec<u8> {
    let mut units = Vec::new();
    let mut rest = text.units();
    while let [unit, after @ ..] = rest {
        if let (0x5C, [0x30, after @ ..]) = (unit, after) {
            units.push(0);
            rest = after;
        } else {
            units.push(*unit);
            rest = after;
        }
    }
    if !units.is_empty() {
        units.push(0);
    }
    Text::from_units(units).to_utf16le_nul()
}

/// The reverse: `text` is the list of strings without its final NUL.
fn print_list(text: &Text) -> Text {
    let strings = text.units().strip_suffix(&[0]).unwrap_or_default();
    strings.iter().flat_map(|&unit| if unit == 0 { vec![0x5C, 0x30] } else { vec![unit] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(line: &str) -> Option<Action> {
        Action::parse(&line.into())
    }

    fn set(ty: u32, data: &[u8]) -> Action {
        Action::Set { ty, data: data.to_vec() }
    }

    #[test]
    fn actions_are_read_and_printed() {
        let cases = [
            ("DWORD:4", set(4, &[4, 0, 0, 0])),
            ("DWORD:4294967295", set(4, &[0xFF; 4])),
            ("QWORD:4294967296", set(11, &[0, 0, 0, 0, 1, 0, 0, 0])),
            ("SZ:", set(1, &[0, 0])),
            ("SZ: a", set(1, &[0x20, 0, 0x61, 0, 0, 0])),
            ("EXSZ:%A%", set(2, &[0x25, 0, 0x41, 0, 0x25, 0, 0, 0])),
            ("MULTISZ:", set(7, &[0, 0])),
            (r"MULTISZ:a\0b", set(7, &[0x61, 0, 0, 0, 0x62, 0, 0, 0, 0, 0])),
            ("BINARY:", set(3, &[])),
            ("BINARY:01ab", set(3, &[1, 0xAB])),
            ("DELETE", Action::Delete),
            ("DELETEALLVALUES", Action::DeleteAllValues),
            ("DELETEKEYS", Action::DeleteKeys),
            ("CREATEKEY", Action::CreateKey),
            ("CLEAR", Action::Clear),
        ];
        for (line, expected) in cases {
            assert_eq!(action(line), Some(expected.clone()), "{line}");
            assert_eq!(expected.print(), Ok(line.into()), "{line}");
        }
        assert_eq!(action("dword: 0x10 "), Some(set(4, &[16, 0, 0, 0])));
        assert_eq!(action("BINARY:01, AB"), Some(set(3, &[1, 0xAB])));
        for bad in [
            "",
            "DWORD",
            "DWORD:",
            "DWORD:x",
            "DWORD:+1",
            "DWORD:0x",
            "DWORD:0x+1",
            "DWORD:4294967296",
            "BINARY:1",
            "DELETE:",
            "SZ",
        ] {
            assert_eq!(action(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_would_be_changed_is_not_printed() {
        for (ty, data) in [
            (1, &b"a\0"[..]),
            (1, b""),
            (1, b"a\0\0\0\0"),
            (4, b"abc"),
            (4, b"abcde"),
            (11, b"abcd"),
            (7, b"a\0\0\0"),
            (7, b"\0\0\0\0"),
            (7, b"\\\x000\0\0\0\0\0"),
            (0, b""),
            (5, b"abcd"),
        ] {
            assert!(set(ty, data).print().is_err(), "{ty} {data:?}");
        }
    }
}
