//! The hashes of the format: hashes of key names, and Marvin32 over log entries.

use crate::name::Name;
use nt::upcase;

/// The hash of a key name in a hash leaf (`lh`): `h = h * 37 + upcase(unit)` over its UTF-16 units, wrapping
/// at 32 bits.
///
/// Source: "Windows registry file format specification", hash leaf; verified on every element of the measured
/// hives.
pub fn name_hash(units: impl IntoIterator<Item = u16>) -> u32 {
    units.into_iter().fold(0u32, |hash, unit| hash.wrapping_mul(37).wrapping_add(u32::from(upcase(unit))))
}

/// The hint of a key name in a fast leaf (`lf`): its first four characters as bytes, padded with zeros; all
/// zeros if one of them does not fit into a byte.
///
/// Source: as above, and measured.
#[must_use]
pub fn name_hint(name: Name<'_>) -> [u8; 4] {
    let mut hint = [0; 4];
    for (byte, unit) in hint.iter_mut().zip(name.units()) {
        match u8::try_from(unit) {
            Ok(unit) => *byte = unit,
            Err(_) => return [0; 4],
        }
    }
    hint
}

/// Marvin32 of these bytes, with the seed for log entries.
///
/// The two halves of the state start as `0x7A4E55C5` (low) and `0x82EF4D88` (high); the result is `high << 32
/// | low`. Source: the specification's section on log entries; vectors measured on real logs.
#[must_use]
pub fn marvin32(bytes: &[u8]) -> u64 {
    let (mut low, mut high) = (0x7A4E_55C5_u32, 0x82EF_4D88_u32);
    let mut round = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
    };
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        round(u32::from_le_bytes(*word));
    }
    let mut last = [0; 4];
    for (to, from) in last.iter_mut().zip(rest.iter().copied().chain([0x80])) {
        *to = from;
    }
    round(u32::from_le_bytes(last));
    round(0);
    (u64::from(high) << 32) | u64::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marvin32_gives_the_measured_values() {
        assert_eq!(marvin32(b""), 0xb39e_fca4_0396_6e08);
        assert_eq!(marvin32(b"abc"), 0xb9cf_3dfc_a419_14f7);
        assert_eq!(marvin32(b"abcd"), 0x2009_4fb1_1a6c_d086);
    }

    #[test]
    fn the_name_hash_ignores_case() {
        let hash = |name: &str| name_hash(name.encode_utf16());
        assert_eq!(hash("A"), 0x41);
        assert_eq!(hash("ab"), 0x41 * 37 + 0x42);
        assert_eq!(hash("ControlSet001"), hash("CONTROLSET001"));
        assert_eq!(hash("Ключ"), hash("кЛЮЧ"));
        assert_ne!(hash("ControlSet001"), hash("ControlSet002"));
    }

    #[test]
    fn the_hint_is_four_bytes_or_nothing() {
        assert_eq!(name_hint(Name::latin1(b"Software")), *b"Soft");
        assert_eq!(name_hint(Name::latin1(b"ab")), *b"ab\0\0");
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(name_hint(Name::utf16(&wide("abc中"))), [0; 4]);
        assert_eq!(name_hint(Name::utf16(&wide("abcd中"))), *b"abcd");
    }
}
