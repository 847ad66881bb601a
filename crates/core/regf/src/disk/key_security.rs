//! Security items (`sk`).

use crate::bytes::u32_at;
use crate::disk::CellOffset;
use crate::error::Problem;

/// Field positions in a security item.
pub mod key_security_at {
    /// `sk`.
    pub const SIGNATURE: usize = 0;
    /// Offset of the next item in the ring (`u32`).
    pub const NEXT: usize = 4;
    /// Offset of the previous item in the ring (`u32`).
    pub const PREVIOUS: usize = 8;
    /// Number of keys that use the item (`u32`).
    pub const REFERENCES: usize = 12;
    /// Length of the descriptor in bytes (`u32`).
    pub const DESCRIPTOR_LEN: usize = 16;
    /// The self-relative security descriptor.
    pub const DESCRIPTOR: usize = 20;
}

const HEAD: usize = key_security_at::DESCRIPTOR;

/// A security item: a security descriptor shared by keys.
#[derive(Clone, Copy)]
pub struct KeySecurity<'a> {
    head: &'a [u8; HEAD],
    descriptor: &'a [u8],
}

impl<'a> KeySecurity<'a> {
    /// The signature of a security item.
    pub const SIGNATURE: [u8; 2] = *b"sk";

    /// Reads a security item from the data of its cell.
    ///
    /// # Errors
    ///
    /// If the signature is different, or the cell too short for the record or its descriptor.
    pub fn parse(data: &'a [u8]) -> Result<Self, Problem> {
        let too_short = |needed: usize| Problem::TooShort { needed: needed as u64, found: data.len() as u64 };
        let (head, rest) = data.split_first_chunk::<HEAD>().ok_or_else(|| too_short(HEAD))?;
        if head[..2] != Self::SIGNATURE {
            return Err(Problem::Signature { expected: "sk", found: [head[0], head[1], 0, 0] });
        }
        let len = usize::try_from(u32_at(head, key_security_at::DESCRIPTOR_LEN)).unwrap_or(usize::MAX);
        let descriptor = rest.get(..len).ok_or_else(|| too_short(HEAD.saturating_add(len)))?;
        Ok(Self { head, descriptor })
    }

    /// The next item in the ring of all security items.
    #[must_use]
    pub fn next(self) -> CellOffset {
        CellOffset(u32_at(self.head, key_security_at::NEXT))
    }

    /// The previous item in the ring of all security items.
    #[must_use]
    pub fn previous(self) -> CellOffset {
        CellOffset(u32_at(self.head, key_security_at::PREVIOUS))
    }

    /// The stored number of keys that use this item.
    #[must_use]
    pub fn references(self) -> u32 {
        u32_at(self.head, key_security_at::REFERENCES)
    }

    /// The bytes of the self-relative security descriptor.
    #[must_use]
    pub fn descriptor(self) -> &'a [u8] {
        self.descriptor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_read() {
        let data = b"sk\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0SDSDrest";
        let item = KeySecurity::parse(data).unwrap();
        assert_eq!((item.next().0, item.previous().0, item.references()), (1, 2, 3));
        assert_eq!(item.descriptor(), b"SDSD");
        assert!(KeySecurity::parse(&data[..23]).is_err());
        assert!(KeySecurity::parse(b"sk").is_err());
        assert!(KeySecurity::parse(&[0; 40]).is_err());
    }
}
