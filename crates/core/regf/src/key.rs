//! Keys of a hive.

use std::fmt;

use crate::disk::{
    BaseBlock, CellOffset, KeyFlags, KeyNode, KeySecurity, LayerSemantics, ListElement, ListKind,
};
use crate::error::{Error, Problem, Result, Structure};
use crate::hive::Hive;
use crate::image::Image;
use crate::lookup::{self, Needle};
use crate::name::Name;
use crate::subkeys::{Elements, Subkeys};
use crate::value::{Value, Values};
use nt::FileTime;

/// The maximum depth of keys in the registry. Source: Microsoft, "Registry element size limits".
pub const MAX_DEPTH: usize = 512;

/// A key of a hive.
///
/// A small handle that borrows from the hive and is cheap to copy.
pub struct Key<'h, I> {
    hive: &'h Hive<I>,
    node: KeyNode<'h>,
    offset: CellOffset,
}

impl<I> Clone for Key<'_, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for Key<'_, I> {}

impl<'h, I: Image> Key<'h, I> {
    // Out of line, the result would be passed through memory, with a stall.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(crate) fn at(hive: &'h Hive<I>, offset: CellOffset) -> Result<Self> {
        let data = hive.cell(offset, Structure::KeyNode)?;
        match KeyNode::parse(data, hive.layout()) {
            Ok(node) => Ok(Self { hive, node, offset }),
            Err(problem) => Err(Error::new(Structure::KeyNode, offset.file_offset(), problem)),
        }
    }

    #[inline]
    pub(crate) fn new(hive: &'h Hive<I>, node: KeyNode<'h>, offset: CellOffset) -> Self {
        Self { hive, node, offset }
    }

    /// The hive that the key belongs to.
    pub fn hive(&self) -> &'h Hive<I> {
        self.hive
    }

    /// The key's record, for fields without a method here.
    pub fn node(&self) -> KeyNode<'h> {
        self.node
    }

    /// The cell of the key. Two keys of one hive are the same if their cells are.
    #[inline]
    pub fn offset(&self) -> CellOffset {
        self.offset
    }

    /// The name. That of the root key is arbitrary and not part of any path.
    #[inline]
    pub fn name(&self) -> Name<'h> {
        self.node.name()
    }

    /// The time of the last change to the key, its values or its list of subkeys.
    #[inline]
    pub fn last_write(&self) -> FileTime {
        self.node.last_write()
    }

    /// The flags of the key node.
    pub fn flags(&self) -> KeyFlags {
        self.node.flags()
    }

    /// True for the root key.
    pub fn is_root(&self) -> bool {
        self.offset == self.hive.root_offset()
    }

    /// True for a symbolic link; its target is the data of the value `SymbolicLinkValue`, UTF-16 without a
    /// terminator.
    pub fn is_symlink(&self) -> bool {
        self.flags().has(KeyFlags::SYMLINK)
    }

    /// The semantics of the key in a stack of layered hives; [`LayerSemantics::None`] in hives without the
    /// flag for layered keys.
    pub fn layer_semantics(&self) -> LayerSemantics {
        if self.hive.base_block().flags() & BaseBlock::FLAG_LAYERED == 0 {
            return LayerSemantics::None;
        }
        self.node.layer_semantics()
    }

    /// The class name, if the key has one.
    ///
    /// # Errors
    ///
    /// If its cell is damaged or too short.
    pub fn class_name(&self) -> Result<Option<Name<'h>>> {
        let len = usize::from(self.node.class_len());
        if len == 0 || self.node.class().is_nil() {
            return Ok(None);
        }
        let data = self.hive.cell(self.node.class(), Structure::ClassName)?;
        match data.get(..len) {
            Some(bytes) => Ok(Some(Name::utf16(bytes))),
            None => Err(Error::new(
                Structure::ClassName,
                self.node.class().file_offset(),
                Problem::TooShort { needed: len as u64, found: data.len() as u64 },
            )),
        }
    }

    /// The self-relative security descriptor as bytes; `None` if the key has none.
    ///
    /// # Errors
    ///
    /// If the security item is damaged.
    pub fn security_bytes(&self) -> Result<Option<&'h [u8]>> {
        Ok(self.security()?.map(KeySecurity::descriptor))
    }

    /// The security item, which other keys may share.
    ///
    /// # Errors
    ///
    /// If it is damaged.
    pub fn security(&self) -> Result<Option<KeySecurity<'h>>> {
        let offset = self.node.security();
        if offset.is_nil() {
            return Ok(None);
        }
        let data = self.hive.cell(offset, Structure::KeySecurity)?;
        KeySecurity::parse(data)
            .map(Some)
            .map_err(|problem| Error::new(Structure::KeySecurity, offset.file_offset(), problem))
    }

    /// The parent key; `None` for the root.
    ///
    /// # Errors
    ///
    /// If the parent's cell or record is damaged.
    pub fn parent(&self) -> Result<Option<Self>> {
        if self.is_root() {
            return Ok(None);
        }
        Self::at(self.hive, self.node.parent()).map(Some)
    }

    /// The path from the root, names separated by `\`; empty for the root itself.
    ///
    /// Follows the parent offsets.
    ///
    /// # Errors
    ///
    /// If a key on the path is damaged, or the parents form a loop.
    pub fn path(&self) -> Result<String> {
        let mut names = Vec::new();
        let mut key = *self;
        while let Some(parent) = key.parent()? {
            if names.len() >= MAX_DEPTH {
                return Err(Error::new(Structure::KeyNode, self.offset.file_offset(), Problem::TooDeep));
            }
            names.push(key.name());
            key = parent;
        }
        Ok(join_names(names.into_iter().rev()))
    }

    /// The stored number of subkeys.
    #[inline]
    pub fn subkey_count(&self) -> u32 {
        self.node.subkey_count()
    }

    /// The subkeys in the order of the list. A damaged subkey yields an error, and the iteration continues.
    pub fn subkeys(&self) -> Subkeys<'h, I> {
        Subkeys::new(self)
    }

    /// The elements of the list of subkeys as stored, each with the kind of its leaf.
    pub fn list_elements(&self) -> impl Iterator<Item = Result<(ListKind, ListElement)>> + use<'h, I> {
        Elements::new(self)
    }

    /// The subkey with this name, ignoring case.
    ///
    /// Uses hashes, hints and the order of the list. If a list is damaged, or the name contains letters
    /// outside ASCII (which other programs hash wrongly), every subkey is compared.
    ///
    /// # Errors
    ///
    /// If it was not found, and damage makes it unknown whether it exists.
    pub fn subkey(&self, name: &str) -> Result<Option<Self>> {
        lookup::subkey(self, &Needle::new(name.encode_utf16()))
    }

    /// [`Key::subkey`] for a name given as UTF-16 units, which need not be well-formed.
    pub fn subkey_utf16(&self, name: &[u16]) -> Result<Option<Self>> {
        lookup::subkey(self, &Needle::new(name.iter().copied()))
    }

    /// The key at a path from this one, its names separated by `\`; empty names are skipped.
    ///
    /// # Errors
    ///
    /// If damage on the path makes it unknown whether the key exists.
    pub fn find(&self, path: &str) -> Result<Option<Self>> {
        let mut key = *self;
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            match key.subkey(name)? {
                Some(subkey) => key = subkey,
                None => return Ok(None),
            }
        }
        Ok(Some(key))
    }

    /// The stored number of values.
    #[inline]
    pub fn value_count(&self) -> u32 {
        self.node.value_count()
    }

    /// The values in stored order. A damaged value yields an error, and the iteration continues.
    pub fn values(&self) -> Values<'h, I> {
        Values::new(self)
    }

    /// The value with this name, ignoring case; `""` is the default value.
    ///
    /// # Errors
    ///
    /// If it was not found, and damage makes it unknown whether it exists.
    pub fn value(&self, name: &str) -> Result<Option<Value<'h, I>>> {
        lookup::value(self, &Needle::new(name.encode_utf16()))
    }

    /// [`Key::value`] for a name given as UTF-16 units, which need not be well-formed.
    pub fn value_utf16(&self, name: &[u16]) -> Result<Option<Value<'h, I>>> {
        lookup::value(self, &Needle::new(name.iter().copied()))
    }
}

/// Names joined to a path.
pub(crate) fn join_names<'a>(names: impl Iterator<Item = Name<'a>>) -> String {
    let mut path = String::new();
    for (index, name) in names.enumerate() {
        if index > 0 {
            path.push('\\');
        }
        name.push_to(&mut path);
    }
    path
}

impl<I> fmt::Debug for Key<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("offset", &self.offset)
            .field("name", &self.node.name())
            .field("last_write", &format_args!("{}", self.node.last_write()))
            .field("flags", &format_args!("{:#x}", self.node.flags().0))
            .field("subkeys", &self.node.subkey_count())
            .field("values", &self.node.value_count())
            .finish()
    }
}
