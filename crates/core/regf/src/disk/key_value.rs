//! Values (`vk`).

use crate::bytes::{u16_at, u32_at};
use crate::disk::{CellOffset, Layout};
use crate::error::Problem;
use crate::name::Name;

/// Field positions in a value record.
pub mod key_value_at {
    /// `vk`.
    pub const SIGNATURE: usize = 0;
    /// Length of the name in bytes (`u16`); zero for the default value.
    pub const NAME_LEN: usize = 2;
    /// Size of the data in bytes (`u32`); bit 31 is set if the data is in the offset field.
    pub const DATA_SIZE: usize = 4;
    /// Offset of the data's cell (`u32`), or the data itself.
    pub const DATA: usize = 8;
    /// Type of the data (`u32`).
    pub const TYPE: usize = 12;
    /// Flags (`u16`).
    pub const FLAGS: usize = 16;
    /// Unused (`u16`).
    pub const SPARE: usize = 18;
    /// The name.
    pub const NAME: usize = 20;
}

/// The flags of a value record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueFlags(pub u16);

impl ValueFlags {
    /// The name is stored with one byte for each character.
    pub const NARROW_NAME: u16 = 1;
    /// A tombstone of a layered hive: the value is deleted in this layer.
    pub const TOMBSTONE: u16 = 2;

    /// True when all these bits are set.
    #[inline]
    #[must_use]
    pub const fn has(self, bits: u16) -> bool {
        self.0 & bits == bits
    }
}

/// The length of a value record without its name.
const HEAD: usize = key_value_at::NAME;

/// Set in the size field if the data is in the record.
const RESIDENT: u32 = 1 << 31;

/// A value record.
#[derive(Clone, Copy)]
pub struct KeyValue<'a> {
    head: &'a [u8; HEAD],
    name: Name<'a>,
}

impl<'a> KeyValue<'a> {
    /// The signature of a value.
    pub const SIGNATURE: [u8; 2] = *b"vk";

    /// The maximum size of data in the record.
    pub const MAX_RESIDENT: u32 = 4;

    /// Reads a value record from the data of its cell.
    ///
    /// # Errors
    ///
    /// If the signature is different, or the cell too short for the record or its name.
    #[inline]
    pub fn parse(data: &'a [u8], layout: Layout) -> Result<Self, Problem> {
        let Some((head, rest)) = data.split_first_chunk::<HEAD>() else {
            return Err(short(data, HEAD));
        };
        if u16_at(head, key_value_at::SIGNATURE) != u16::from_le_bytes(Self::SIGNATURE) {
            return Err(Problem::Signature { expected: "vk", found: [head[0], head[1], 0, 0] });
        }
        let len = usize::from(u16_at(head, key_value_at::NAME_LEN));
        let Some(name) = rest.get(..len) else {
            return Err(short(data, HEAD + len));
        };
        // Version 1.1 has a title index instead of the flags.
        let narrow =
            layout.narrow_names && ValueFlags(u16_at(head, key_value_at::FLAGS)).has(ValueFlags::NARROW_NAME);
        let name = if narrow { Name::latin1(name) } else { Name::utf16(name) };
        Ok(Self { head, name })
    }

    /// The name; empty for the default value.
    #[inline]
    #[must_use]
    pub fn name(self) -> Name<'a> {
        self.name
    }

    /// The type of the data: any number; only 0 to 11 have names.
    #[inline]
    #[must_use]
    pub fn data_type(self) -> u32 {
        u32_at(self.head, key_value_at::TYPE)
    }

    /// The size of the data in bytes.
    #[inline]
    #[must_use]
    pub fn data_len(self) -> u32 {
        u32_at(self.head, key_value_at::DATA_SIZE) & !RESIDENT
    }

    /// True if the data is in the record.
    #[inline]
    #[must_use]
    pub fn is_resident(self) -> bool {
        u32_at(self.head, key_value_at::DATA_SIZE) & RESIDENT != 0
    }

    /// The four bytes that contain resident data.
    #[inline]
    #[must_use]
    pub fn resident_bytes(self) -> &'a [u8; 4] {
        self.head.as_chunks::<4>().0.get(key_value_at::DATA / 4).unwrap_or(&[0; 4])
    }

    /// The cell of data that is not resident.
    #[inline]
    #[must_use]
    pub fn data_offset(self) -> CellOffset {
        CellOffset(u32_at(self.head, key_value_at::DATA))
    }

    /// The flags as stored.
    #[inline]
    #[must_use]
    pub fn flags(self) -> ValueFlags {
        ValueFlags(u16_at(self.head, key_value_at::FLAGS))
    }

    /// The length of the record including its name.
    #[must_use]
    pub fn record_len(self) -> usize {
        HEAD + self.name.bytes().len()
    }
}

#[cold]
fn short(data: &[u8], needed: usize) -> Problem {
    Problem::TooShort { needed: needed as u64, found: data.len() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read() {
        let mut data = *b"vk\x03\0\x02\0\0\x80\x41\x42\0\0\x04\0\0\0\x01\0\0\0abc";
        let value = KeyValue::parse(&data, Layout::of_minor(5)).unwrap();
        assert_eq!(value.name(), Name::latin1(b"abc"));
        assert!(value.is_resident());
        assert_eq!((value.data_len(), value.resident_bytes()), (2, b"AB\0\0"));
        assert_eq!(value.data_type(), 4);
        assert_eq!(value.record_len(), 23);
        data[7] = 0;
        let value = KeyValue::parse(&data, Layout::of_minor(5)).unwrap();
        assert!(!value.is_resident());
        assert_eq!(value.data_offset(), CellOffset(0x4241));
        assert!(KeyValue::parse(&data[..22], Layout::of_minor(5)).is_err());
        assert!(KeyValue::parse(&data[..19], Layout::of_minor(5)).is_err());
        data[0] = 0;
        assert!(KeyValue::parse(&data, Layout::of_minor(5)).is_err());
    }
}
