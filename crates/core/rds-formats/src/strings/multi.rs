//! A list of texts: `REG_MULTI_SZ`.

use serde::Serialize;

use super::single::{TextFault, blanks, decode_units};

/// The most strings that are kept of one value; a list of servers has a handful.
pub const MAX_ITEMS: usize = 4096;

/// A decoded list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MultiText {
    /// Every string up to the end of the data, those after an empty one included; spaces kept.
    pub items: Vec<String>,
    /// How many of them a reader sees that stops at the first empty string, as Windows' own do.
    pub visible: usize,
    /// What is odd about the bytes.
    pub faults: Vec<MultiFault>,
}

/// What is odd about the bytes of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum MultiFault {
    /// An odd number of bytes, where every character has two; the last byte is left out.
    OddLength {
        /// The number of bytes.
        length: usize,
    },
    /// The last string has no NUL.
    NoStringTerminator,
    /// The list is not ended by an empty string.
    NoListTerminator,
    /// An empty string with others behind it: most readers take it for the end of the list.
    EmptyString {
        /// Its position.
        item: usize,
    },
    /// Something odd in one string.
    Item {
        /// Its position.
        item: usize,
        /// What.
        text: TextFault,
    },
    /// More strings than are kept.
    TooMany {
        /// How many there are.
        count: usize,
    },
}

impl MultiText {
    /// The strings that a reader sees that stops at the first empty one.
    #[must_use]
    pub fn visible_items(&self) -> &[String] {
        self.items.get(..self.visible).unwrap_or_default()
    }
}

/// Decodes `REG_MULTI_SZ` data: UTF-16LE strings, each with a NUL, and an empty one at the end. Never fails;
/// see [`MultiText::faults`].
#[must_use]
pub fn reg_multi_sz(bytes: &[u8]) -> MultiText {
    let mut faults = Vec::new();
    if bytes.len() % 2 == 1 {
        faults.push(MultiFault::OddLength { length: bytes.len() });
    }
    let units: Vec<u16> = super::super::text::utf16le_units(bytes).collect();
    let used = units.iter().rposition(|&unit| unit != 0).map_or(0, |last| last + 1);
    match (used, units.len() - used) {
        // An empty list is one NUL, or two as some programs write it, or no bytes at all.
        (0, _) | (_, 2..) => {}
        (_, 1) => faults.push(MultiFault::NoListTerminator),
        (_, _) => faults.extend([MultiFault::NoStringTerminator, MultiFault::NoListTerminator]),
    }
    let mut items = Vec::new();
    let mut count = 0;
    let mut offset = 0;
    let content = units.get(..used).unwrap_or_default();
    for part in content.split(|&unit| unit == 0).take(if used == 0 { 0 } else { usize::MAX }) {
        if count < MAX_ITEMS {
            let mut odd = Vec::new();
            let item = decode_units(part, offset, &mut odd);
            blanks(&item, &mut odd);
            faults.extend(odd.into_iter().map(|text| MultiFault::Item { item: count, text }));
            if part.is_empty() {
                faults.push(MultiFault::EmptyString { item: count });
            }
            items.push(item);
        }
        offset += (part.len() + 1) * 2;
        count += 1;
    }
    if count > MAX_ITEMS {
        faults.push(MultiFault::TooMany { count });
    }
    let visible = items.iter().position(String::is_empty).unwrap_or(items.len());
    MultiText { items, visible, faults }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str) -> MultiText {
        reg_multi_sz(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())
    }

    fn list(items: &[&str], visible: usize, faults: Vec<MultiFault>) -> MultiText {
        MultiText { items: items.iter().map(|&item| item.to_owned()).collect(), visible, faults }
    }

    #[test]
    fn clean_lists() {
        assert_eq!(decode("a\0b\0\0"), list(&["a", "b"], 2, vec![]));
        for empty in ["", "\0", "\0\0"] {
            assert_eq!(decode(empty), list(&[], 0, vec![]));
        }
    }

    #[test]
    fn every_oddity_is_named() {
        assert_eq!(decode("a\0b\0"), list(&["a", "b"], 2, vec![MultiFault::NoListTerminator]));
        assert_eq!(
            decode("a\0b"),
            list(&["a", "b"], 2, vec![MultiFault::NoStringTerminator, MultiFault::NoListTerminator])
        );
        let hidden = decode("a\0\0b\0\0");
        assert_eq!(hidden, list(&["a", "", "b"], 1, vec![MultiFault::EmptyString { item: 1 }]));
        assert_eq!(hidden.visible_items(), ["a"]);
        assert_eq!(decode("\0a\0\0"), list(&["", "a"], 0, vec![MultiFault::EmptyString { item: 0 }]));
        let blank = MultiFault::Item { item: 1, text: TextFault::LeadingBlank };
        assert_eq!(decode("a\0 b\0\0"), list(&["a", " b"], 2, vec![blank]));
        let odd = reg_multi_sz(&[0x61, 0, 0, 0, 0, 0, 0]);
        assert_eq!(odd, list(&["a"], 1, vec![MultiFault::OddLength { length: 7 }]));
        let surrogate = reg_multi_sz(&[0x61, 0, 0, 0, 0, 0xdc, 0, 0, 0, 0]);
        let fault = MultiFault::Item { item: 1, text: TextFault::UnpairedSurrogate { offset: 4 } };
        assert_eq!(surrogate, list(&["a", "\u{fffd}"], 2, vec![fault]));
    }

    #[test]
    fn long_lists_are_counted_not_kept() {
        let list = decode(&format!("{}\0", "a\0".repeat(MAX_ITEMS + 5)));
        assert_eq!(list.items.len(), MAX_ITEMS);
        assert_eq!(list.faults, [MultiFault::TooMany { count: MAX_ITEMS + 5 }]);
    }
}
