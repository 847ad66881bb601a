//! Keys.

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

/// The deepest nesting of keys that the registry allows. Source: Microsoft, "Registry element size limits".
pub const MAX_DEPTH: usize = 512;

/// A key of a hive.
///
/// A small handle that borrows from the hive; copy it freely.
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
    // Out of line, the result would go through memory, and stall there.
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

    /// The key's record, for fields that have no method here.
    pub fn node(&self) -> KeyNode<'h> {
        self.node
    }

    /// The cell of the key. Two keys of one hive are the same when their cells are.
    #[inline]
    pub fn offset(&self) -> CellOffset {
        self.offset
    }

    /// The name. That of the root key is arbitrary and no part of any path.
    #[inline]
    pub fn name(&self) -> Name<'h> {
        self.node.name()
    }

    /// When the key, its values or the list of its subkeys were last changed.
    #[inline]
    pub fn last_write(&self) -> FileTime {
        self.node.last_write()
    }

    /// The flags.
    pub fn flags(&self) -> KeyFlags {
        self.node.flags()
    }

    /// True for the key with which the hive begins.
    pub fn is_root(&self) -> bool {
        self.offset == self.hive.root_offset()
    }

    /// True for a symbolic link; its target is the data of the value `SymbolicLinkValue`, UTF-16 without a
    /// terminator.
    pub fn is_symlink(&self) -> bool {
        self.flags().has(KeyFlags::SYMLINK)
    }

    /// What the key means in a stack of layered hives; [`LayerSemantics::None`] in hives without the flag for
    /// them.
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
    /// When its cell is damaged or too short.
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

    /// The self-relative security descriptor, as bytes; `None` when the key has none.
    ///
    /// # Errors
    ///
    /// When the security item is damaged.
    pub fn security_bytes(&self) -> Result<Option<&'h [u8]>> {
        Ok(self.security()?.map(KeySecurity::descriptor))
    }

    /// The security item that the key shares with others.
    ///
    /// # Errors
    ///
    /// When it is damaged.
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
    /// When the parent's cell or record is damaged.
    pub fn parent(&self) -> Result<Option<Self>> {
        if self.is_root() {
            return Ok(None);
        }
        Self::at(self.hive, self.node.parent()).map(Some)
    }

    /// The path from the root, names separated by `\`; empty for the root itself.
    ///
    /// Follows the parent offsets, which is where the key itself says that it belongs.
    ///
    /// # Errors
    ///
    /// When a key on the way is damaged, or the parents form a loop.
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

    /// The number of subkeys that the key claims.
    #[inline]
    pub fn subkey_count(&self) -> u32 {
        self.node.subkey_count()
    }

    /// The subkeys in the order of the list. A damaged one yields an error, the rest follows.
    pub fn subkeys(&self) -> Subkeys<'h, I> {
        Subkeys::new(self)
    }

    /// The elements of the list of subkeys as stored, with the kind of leaf that each is in.
    pub fn list_elements(&self) -> impl Iterator<Item = Result<(ListKind, ListElement)>> + use<'h, I> {
        Elements::new(self)
    }

    /// The subkey with this name, ignoring case.
    ///
    /// Uses hashes, hints and the order of the list. Where a list is damaged, or the name holds letters
    /// beyond ASCII (which other programs hash wrongly), every subkey is looked at.
    ///
    /// # Errors
    ///
    /// When it was not found, and damage makes it unknown whether it exists.
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
    /// When damage on the way makes it unknown whether the key exists.
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

    /// The number of values that the key claims.
    #[inline]
    pub fn value_count(&self) -> u32 {
        self.node.value_count()
    }

    /// The values in stored order. A damaged one yields an error, the rest follows.
    pub fn values(&self) -> Values<'h, I> {
        Values::new(self)
    }

    /// The value with this name, ignoring case; `""` is the default value.
    ///
    /// # Errors
    ///
    /// When it was not found, and damage makes it unknown whether it exists.
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
