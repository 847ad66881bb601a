//! Key nodes (`nk`).

use crate::bytes::{u16_at, u32_at, u64_at};
use crate::disk::{CellOffset, Layout};
use crate::error::Problem;
use crate::name::Name;
use nt::FileTime;

/// Field positions in a key node.
pub mod key_node_at {
    /// `nk`.
    pub const SIGNATURE: usize = 0;
    /// Flags (`u16`).
    pub const FLAGS: usize = 2;
    /// FILETIME of the last write.
    pub const LAST_WRITE: usize = 4;
    /// Access bits (`u8`), Windows 8 and later.
    pub const ACCESS_BITS: usize = 12;
    /// Flags of layered keys (`u8`), Windows 10 and later.
    pub const LAYERED_BITS: usize = 13;
    /// Offset of the parent's cell (`u32`).
    pub const PARENT: usize = 16;
    /// Number of subkeys (`u32`).
    pub const SUBKEY_COUNT: usize = 20;
    /// Number of volatile subkeys (`u32`), meaningless on disk.
    pub const VOLATILE_COUNT: usize = 24;
    /// Offset of the subkey list (`u32`).
    pub const SUBKEY_LIST: usize = 28;
    /// Offset of the list of volatile subkeys (`u32`), meaningless on disk.
    pub const VOLATILE_LIST: usize = 32;
    /// Number of values (`u32`).
    pub const VALUE_COUNT: usize = 36;
    /// Offset of the value list (`u32`).
    pub const VALUE_LIST: usize = 40;
    /// Offset of the security item (`u32`).
    pub const SECURITY: usize = 44;
    /// Offset of the class name's cell (`u32`).
    pub const CLASS: usize = 48;
    /// Length of the longest subkey name in bytes of UTF-16 (`u16`).
    pub const MAX_SUBKEY_NAME: usize = 52;
    /// Virtualization control flags (low half) and user flags (high half), one byte.
    pub const USER_FLAGS: usize = 54;
    /// Debug bits (`u8`).
    pub const DEBUG: usize = 55;
    /// Length of the longest class name of a subkey in bytes (`u32`).
    pub const MAX_SUBKEY_CLASS: usize = 56;
    /// Length of the longest value name in bytes of UTF-16 (`u32`).
    pub const MAX_VALUE_NAME: usize = 60;
    /// Length of the longest data of a value in bytes (`u32`).
    pub const MAX_VALUE_DATA: usize = 64;
    /// A cached index of Windows 2000 (`u32`).
    pub const WORK_VAR: usize = 68;
    /// Length of the name in bytes (`u16`).
    pub const NAME_LEN: usize = 72;
    /// Length of the class name in bytes (`u16`).
    pub const CLASS_LEN: usize = 74;
    /// The name.
    pub const NAME: usize = 76;
}

/// The flags of a key node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyFlags(pub u16);

impl KeyFlags {
    /// Volatile; not expected on disk.
    pub const VOLATILE: u16 = 0x0001;
    /// The mount point of another hive; not expected on disk.
    pub const HIVE_EXIT: u16 = 0x0002;
    /// The root key of the hive.
    pub const ROOT: u16 = 0x0004;
    /// Cannot be deleted.
    pub const NO_DELETE: u16 = 0x0008;
    /// A symbolic link; its target is the value `SymbolicLinkValue`.
    pub const SYMLINK: u16 = 0x0010;
    /// The name is stored with one byte for each character.
    pub const NARROW_NAME: u16 = 0x0020;
    /// A predefined handle, stored in the field of the number of values.
    pub const PREDEFINED_HANDLE: u16 = 0x0040;

    /// True when all these bits are set.
    #[inline]
    #[must_use]
    pub const fn has(self, bits: u16) -> bool {
        self.0 & bits == bits
    }
}

/// The semantics of a key in a stack of layered hives (Windows 10 containers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LayerSemantics {
    /// An ordinary key.
    None,
    /// The key is deleted in this layer.
    Tombstone,
    /// Hides the key of the layers above.
    SupersedeLocal,
    /// Hides the key of the layers above with its subtree.
    SupersedeTree,
}

/// The length of a key node without its name.
const HEAD: usize = key_node_at::NAME;

/// A key node, borrowed from the data of its cell.
#[derive(Clone, Copy)]
pub struct KeyNode<'a> {
    head: &'a [u8; HEAD],
    name: Name<'a>,
}

impl<'a> KeyNode<'a> {
    /// The signature of a key node.
    pub const SIGNATURE: [u8; 2] = *b"nk";

    /// Reads a key node from the data of its cell.
    ///
    /// # Errors
    ///
    /// If the signature is different, or the cell too short for the record or its name.
    #[inline]
    pub fn parse(data: &'a [u8], layout: Layout) -> Result<Self, Problem> {
        let Some((head, rest)) = data.split_first_chunk::<HEAD>() else {
            return Err(short(data, HEAD));
        };
        if u16_at(head, key_node_at::SIGNATURE) != u16::from_le_bytes(Self::SIGNATURE) {
            return Err(Problem::Signature { expected: "nk", found: [head[0], head[1], 0, 0] });
        }
        let len = usize::from(u16_at(head, key_node_at::NAME_LEN));
        let Some(name) = rest.get(..len) else {
            return Err(short(data, HEAD + len));
        };
        let narrow =
            layout.narrow_names && KeyFlags(u16_at(head, key_node_at::FLAGS)).has(KeyFlags::NARROW_NAME);
        let name = if narrow { Name::latin1(name) } else { Name::utf16(name) };
        Ok(Self { head, name })
    }

    /// The flags as stored.
    #[inline]
    #[must_use]
    pub fn flags(self) -> KeyFlags {
        KeyFlags(u16_at(self.head, key_node_at::FLAGS))
    }

    /// The time of the last write.
    #[inline]
    #[must_use]
    pub fn last_write(self) -> FileTime {
        FileTime(u64_at(self.head, key_node_at::LAST_WRITE))
    }

    /// Bit 0: opened early during a boot, bit 1: opened later (Windows 8 and later).
    #[must_use]
    pub fn access_bits(self) -> u8 {
        self.head[key_node_at::ACCESS_BITS]
    }

    /// The flags of layered keys as stored.
    #[must_use]
    pub fn layered_bits(self) -> u8 {
        self.head[key_node_at::LAYERED_BITS]
    }

    /// The semantics in the two lowest bits of the layer flags. Only hives whose base block has the flag
    /// [`FLAG_LAYERED`](crate::disk::BaseBlock::FLAG_LAYERED) contain layered keys; in others the bits may be
    /// undefined.
    #[must_use]
    pub fn layer_semantics(self) -> LayerSemantics {
        match self.layered_bits() & 3 {
            1 => LayerSemantics::Tombstone,
            2 => LayerSemantics::SupersedeLocal,
            3 => LayerSemantics::SupersedeTree,
            _ => LayerSemantics::None,
        }
    }

    /// The parent key. Meaningless in the root key.
    #[inline]
    #[must_use]
    pub fn parent(self) -> CellOffset {
        CellOffset(u32_at(self.head, key_node_at::PARENT))
    }

    /// The number of subkeys.
    #[inline]
    #[must_use]
    pub fn subkey_count(self) -> u32 {
        u32_at(self.head, key_node_at::SUBKEY_COUNT)
    }

    /// The cell of the list of subkeys.
    #[inline]
    #[must_use]
    pub fn subkey_list(self) -> CellOffset {
        CellOffset(u32_at(self.head, key_node_at::SUBKEY_LIST))
    }

    /// The number of values; zero for a predefined handle, which is stored in the same field.
    #[inline]
    #[must_use]
    pub fn value_count(self) -> u32 {
        if self.flags().has(KeyFlags::PREDEFINED_HANDLE) {
            0
        } else {
            u32_at(self.head, key_node_at::VALUE_COUNT)
        }
    }

    /// The cell of the list of values.
    #[inline]
    #[must_use]
    pub fn value_list(self) -> CellOffset {
        CellOffset(u32_at(self.head, key_node_at::VALUE_LIST))
    }

    /// The security item.
    #[inline]
    #[must_use]
    pub fn security(self) -> CellOffset {
        CellOffset(u32_at(self.head, key_node_at::SECURITY))
    }

    /// The cell of the class name.
    #[inline]
    #[must_use]
    pub fn class(self) -> CellOffset {
        CellOffset(u32_at(self.head, key_node_at::CLASS))
    }

    /// The length of the class name in bytes; zero if there is none.
    #[inline]
    #[must_use]
    pub fn class_len(self) -> u16 {
        u16_at(self.head, key_node_at::CLASS_LEN)
    }

    /// The maximum length of a subkey name, in bytes of UTF-16.
    #[must_use]
    pub fn max_subkey_name(self) -> u16 {
        u16_at(self.head, key_node_at::MAX_SUBKEY_NAME)
    }

    /// Virtualization control flags: 2 do not virtualize writes, 4 do not virtualize opens, 8 pass on to new
    /// subkeys.
    #[must_use]
    pub fn virtualization_flags(self) -> u8 {
        self.head[key_node_at::USER_FLAGS] & 0x0F
    }

    /// User flags ("Wow64 flags") of Windows Vista and later: 1 a 32-bit key, 2 created by reflection, 4 not
    /// reflected.
    #[must_use]
    pub fn user_flags(self) -> u8 {
        self.head[key_node_at::USER_FLAGS] >> 4
    }

    /// The maximum length of a subkey's class name in bytes.
    #[must_use]
    pub fn max_subkey_class(self) -> u32 {
        u32_at(self.head, key_node_at::MAX_SUBKEY_CLASS)
    }

    /// The maximum length of a value name, in bytes of UTF-16.
    #[must_use]
    pub fn max_value_name(self) -> u32 {
        u32_at(self.head, key_node_at::MAX_VALUE_NAME)
    }

    /// The maximum length of a value's data in bytes.
    #[must_use]
    pub fn max_value_data(self) -> u32 {
        u32_at(self.head, key_node_at::MAX_VALUE_DATA)
    }

    /// The name as stored.
    #[inline]
    #[must_use]
    pub fn name(self) -> Name<'a> {
        self.name
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

    fn node(flags: u16, name: &[u8]) -> Vec<u8> {
        let mut data = vec![0; HEAD];
        data[..2].copy_from_slice(b"nk");
        data[2..4].copy_from_slice(&flags.to_le_bytes());
        data[72..74].copy_from_slice(&u16::try_from(name.len()).unwrap().to_le_bytes());
        data.extend_from_slice(name);
        data
    }

    #[test]
    fn names_are_narrow_or_wide() {
        let layout = Layout::of_minor(3);
        assert_eq!(KeyNode::parse(&node(0x20, b"ab"), layout).unwrap().name(), Name::latin1(b"ab"));
        assert_eq!(KeyNode::parse(&node(0, b"a\0b\0"), layout).unwrap().name(), Name::latin1(b"ab"));
        let oldest = Layout::of_minor(1);
        assert_eq!(KeyNode::parse(&node(0x20, b"a\0"), oldest).unwrap().name(), Name::latin1(b"a"));
    }

    #[test]
    fn fields_are_read_where_they_lie() {
        let mut data = node(0x2C, b"root");
        for (at, byte) in data[4..76].iter_mut().enumerate() {
            if !(68..70).contains(&at) {
                *byte = u8::try_from(at + 4).unwrap();
            }
        }
        let node = KeyNode::parse(&data, Layout::of_minor(5)).unwrap();
        assert!(node.flags().has(KeyFlags::ROOT | KeyFlags::NO_DELETE));
        assert_eq!(node.last_write().0, 0x0B0A_0908_0706_0504);
        assert_eq!((node.access_bits(), node.layered_bits()), (12, 13));
        assert_eq!(node.layer_semantics(), LayerSemantics::Tombstone);
        assert_eq!(node.parent().0, 0x1312_1110);
        assert_eq!(node.subkey_count(), 0x1716_1514);
        assert_eq!(node.subkey_list().0, 0x1F1E_1D1C);
        assert_eq!(node.value_count(), 0x2726_2524);
        assert_eq!(node.value_list().0, 0x2B2A_2928);
        assert_eq!(node.security().0, 0x2F2E_2D2C);
        assert_eq!(node.class().0, 0x3332_3130);
        assert_eq!(node.max_subkey_name(), 0x3534);
        assert_eq!((node.virtualization_flags(), node.user_flags()), (6, 3));
        assert_eq!(node.max_subkey_class(), 0x3B3A_3938);
        assert_eq!(node.max_value_name(), 0x3F3E_3D3C);
        assert_eq!(node.max_value_data(), 0x4342_4140);
        assert_eq!(node.class_len(), 0x4B4A);
        assert_eq!(node.record_len(), 80);
    }

    #[test]
    fn a_short_or_foreign_record_is_refused() {
        let layout = Layout::of_minor(5);
        let data = node(0x20, b"name");
        assert!(matches!(
            KeyNode::parse(&data[..40], layout),
            Err(Problem::TooShort { needed: 76, found: 40 })
        ));
        assert!(matches!(
            KeyNode::parse(&data[..78], layout),
            Err(Problem::TooShort { needed: 80, found: 78 })
        ));
        let mut other = data.clone();
        other[0] = b'v';
        assert!(matches!(KeyNode::parse(&other, layout), Err(Problem::Signature { expected: "nk", .. })));
    }

    #[test]
    fn a_predefined_handle_has_no_values() {
        let mut data = node(KeyFlags::PREDEFINED_HANDLE, b"");
        data[36] = 5;
        assert_eq!(KeyNode::parse(&data, Layout::of_minor(3)).unwrap().value_count(), 0);
    }
}
