//! The editor of a hive.

use std::collections::{HashMap, HashSet};

use super::commit::{Commit, Writer};
use super::error::{EditError, EditResult, Invalid, Refusal, damaged};
use super::space::Space;
use super::values::ValueIndex;
use crate::build::stored;
use crate::data::ToUnits;
use crate::disk::{
    BASE_BLOCK_LEN, BaseBlock, CellOffset, KeyFlags, KeyNode, LayerSemantics, Layout, key_node_at,
};
use crate::error::{Problem, Structure};
use crate::hive::Hive;
use crate::image::{Image, Overlay};
use crate::key::MAX_DEPTH;
use crate::log::{self, Outcome, Report, recover};
use nt::FileTime;

/// The minor versions that are written.
const MINORS: std::ops::RangeInclusive<u32> = 3..=6;
/// The maximum length of a key name in units. Source: Microsoft, "Registry element size limits".
const MAX_KEY_NAME: usize = 255;
/// The maximum length of a class name: its length in bytes is stored in 16 bits.
const MAX_CLASS: usize = 32_767;

/// Permissions and settings of an editor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Edit a dirty hive although none of its logs applies. The contents of its logs are lost then, and the
    /// hive may be in an inconsistent state.
    pub accept_dirty: bool,
    /// Edit a hive whose base block has the flag for pending transactions of the kernel transaction manager.
    /// Every measured `SYSTEM` of Windows 7 and 10 has it, even after a clean shutdown: the flag only means
    /// that the hive has a resource manager. Whether transactions are really pending is recorded in the
    /// manager's own logs (`.blf` and `.regtrans-ms` in the folder `TxR`), which are not read. So the caller
    /// must decide.
    pub accept_transactions: bool,
    /// The log format that a commit writes; by default that of the given logs, or the new format if there are
    /// none.
    pub log_format: Option<log::Format>,
}

/// Properties of a new key.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyOptions<'a> {
    /// Its self-relative security descriptor; if `None`, it shares that of the parent key.
    pub security: Option<&'a [u8]>,
    /// Its class name in UTF-16 units; empty for none.
    pub class: &'a [u16],
}

/// A hive that is being changed in memory. [`Editor::commit`] returns the writes that apply the changes on
/// disk.
///
/// Keys are identified by their cells, which do not move: [`Key::offset`](crate::Key::offset) of any key in
/// [`Editor::hive`] is valid until the key is deleted.
///
/// An edit that fails because of its arguments changes nothing. An edit that fails midway because the hive is
/// damaged makes the editor unusable ([`EditError::Unfinished`]); nothing has been written at that point.
#[derive(Debug)]
pub struct Editor<I> {
    pub(super) space: Space<Overlay<I>>,
    pub(super) block: BaseBlock,
    pub(super) writer: Writer,
    report: Report,
    unfinished: bool,
    pub(super) values: Option<ValueIndex>,
    /// Keys whose subkey lists were checked.
    pub(super) sorted: HashSet<u32>,
    /// The security cells by descriptor, loaded when first needed.
    pub(super) descriptors: Option<HashMap<Vec<u8>, CellOffset>>,
}

impl<I: Image> Editor<I> {
    /// Opens a hive for editing.
    ///
    /// `logs` are the contents of `.LOG1`, `.LOG2` and `.LOG`, in this order; those that do not exist or are
    /// unknown are empty. They determine how a dirty hive is recovered, and the next sequence number and log
    /// of a clean hive.
    ///
    /// # Errors
    ///
    /// If the hive must not be edited; see [`Refusal`].
    pub fn open(image: I, logs: &[&[u8]; 3], options: Options) -> EditResult<Self> {
        // A file that is not a hive is reported before its logs are read.
        Hive::open(&image)?;
        let recovery = recover(image, logs)?;
        let (recovered, report) = (recovery.image, recovery.report);
        if let Some(error) = report.broken_bins.first() {
            return Err(Refusal::BrokenBin(error.to_string()).into());
        }
        let mut block = Hive::open(&recovered)?.base_block().clone();
        if let (Outcome::StillDirty, Some(dirty)) = (report.outcome, report.dirty)
            && !options.accept_dirty
        {
            return Err(Refusal::Dirty(dirty).into());
        }
        let (major, minor) = (block.major_version(), block.minor_version());
        if major != 1 || !MINORS.contains(&minor) {
            return Err(Refusal::Version { major, minor }.into());
        }
        if block.flags() & BaseBlock::FLAG_TRANSACTIONS != 0 && !options.accept_transactions {
            return Err(Refusal::Transactions.into());
        }
        let needed = BASE_BLOCK_LEN as u64 + u64::from(block.bins_size());
        let found = recovered.size();
        if needed > found || block.bins_size() == 0 {
            return Err(Refusal::Truncated { needed, found }.into());
        }
        if !block.bins_size().is_multiple_of(crate::disk::BIN_ALIGNMENT) || block.bins_size() >> 31 != 0 {
            let problem = Problem::Field { name: "hive bins data size", value: block.bins_size().into() };
            return Err(damaged(Structure::BaseBlock, 0, problem));
        }
        let writer = Writer::new(&block, logs, &report, options.log_format)?;
        let mut recovered = recovered;
        if report.outcome == Outcome::StillDirty {
            writer.declare_clean(&mut block);
            recovered
                .write(0, block.sector())
                .map_err(|error| error.locate(Structure::BaseBlock, 0, 512, found))?;
        }
        let space = Space::new(recovered, &block);
        let editor = Self {
            space,
            block,
            writer,
            report,
            unfinished: false,
            values: None,
            sorted: HashSet::new(),
            descriptors: None,
        };
        editor.node(editor.root())?;
        Ok(editor)
    }

    /// The report of the recovery when the hive was opened.
    pub fn recovery(&self) -> &Report {
        &self.report
    }

    /// The hive with all edits made so far.
    ///
    /// # Errors
    ///
    /// If its base block cannot be read.
    pub fn hive(&self) -> EditResult<Hive<&Overlay<Overlay<I>>>> {
        Ok(Hive::open(self.space.image())?)
    }

    /// The hive without the edits, recovered from its logs if it was dirty.
    ///
    /// # Errors
    ///
    /// If its base block cannot be read.
    pub fn original(&self) -> EditResult<Hive<&Overlay<I>>> {
        Ok(Hive::open(self.space.image().base())?)
    }

    /// The root key.
    pub fn root(&self) -> CellOffset {
        self.block.root()
    }

    /// The key at a path from the root, names separated by `\`.
    ///
    /// # Errors
    ///
    /// If damage makes it unknown whether it exists.
    pub fn find(&self, path: &str) -> EditResult<Option<CellOffset>> {
        Ok(self.hive()?.find(path)?.map(|key| key.offset()))
    }

    /// The subkey with this name, ignoring case.
    ///
    /// # Errors
    ///
    /// If damage makes it unknown whether it exists.
    pub fn subkey(&self, key: CellOffset, name: &(impl ToUnits + ?Sized)) -> EditResult<Option<CellOffset>> {
        Ok(self.hive()?.key_at(key)?.subkey_utf16(&name.to_units())?.map(|key| key.offset()))
    }

    /// Creates a key; `time` becomes the last-write time of the key and of its parent.
    ///
    /// # Errors
    ///
    /// [`EditError::Exists`] if a key of this name exists, ignoring case; [`Invalid`]; or damage.
    pub fn create_key(
        &mut self,
        parent: CellOffset,
        name: &(impl ToUnits + ?Sized),
        options: &KeyOptions<'_>,
        time: FileTime,
    ) -> EditResult<CellOffset> {
        self.atomically(|this| this.create_key_inner(parent, &name.to_units(), options, time))
    }

    /// Returns the key at a path from the root. Missing keys are created and share the security descriptor of
    /// their parents.
    ///
    /// # Errors
    ///
    /// As [`Editor::create_key`].
    pub fn create_path(&mut self, path: &str, time: FileTime) -> EditResult<CellOffset> {
        let mut key = self.root();
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            key = match self.subkey(key, name)? {
                Some(subkey) => subkey,
                None => self.create_key(key, name, &KeyOptions::default(), time)?,
            };
        }
        Ok(key)
    }

    /// Deletes a key without subkeys, with its values; `time` becomes the last-write time of the parent key.
    ///
    /// # Errors
    ///
    /// [`EditError::HasSubkeys`], [`EditError::NotDeletable`], or damage.
    pub fn delete_key(&mut self, key: CellOffset, time: FileTime) -> EditResult<()> {
        self.atomically(|this| {
            let subkeys = this.node(key)?.subkey_count();
            if subkeys > 0 {
                return Err(EditError::HasSubkeys { subkeys });
            }
            this.delete_inner(key, time)
        })
    }

    /// Deletes a key with its subtree; `time` becomes the last-write time of the parent key.
    ///
    /// # Errors
    ///
    /// [`EditError::NotDeletable`] if the key, or one below it, must not be deleted; or damage.
    pub fn delete_tree(&mut self, key: CellOffset, time: FileTime) -> EditResult<()> {
        self.atomically(|this| this.delete_inner(key, time))
    }

    /// Sets the class name of a key; empty for none.
    ///
    /// # Errors
    ///
    /// [`Invalid::Class`], or damage.
    pub fn set_class(
        &mut self,
        key: CellOffset,
        class: &(impl ToUnits + ?Sized),
        time: FileTime,
    ) -> EditResult<()> {
        let class = &*class.to_units();
        self.atomically(|this| {
            let len = class_len(class)?;
            let node = this.node(key)?;
            let parent = (key != this.root()).then(|| node.parent());
            let (old, old_len) = (node.class(), node.class_len());
            let new = this.store_class(class, key)?;
            this.space.put_u32(key, key_node_at::CLASS, new.0)?;
            this.space.put(key, key_node_at::CLASS_LEN, &len.to_le_bytes())?;
            if old_len > 0 && !old.is_nil() {
                this.space.free(old, Structure::ClassName)?;
            }
            if let Some(parent) = parent {
                this.raise(parent, key_node_at::MAX_SUBKEY_CLASS, len.into())?;
            }
            this.touch(key, time)
        })
    }

    /// Sets the last-write time of a key.
    ///
    /// # Errors
    ///
    /// If the cell does not contain a valid key.
    pub fn set_last_write(&mut self, key: CellOffset, time: FileTime) -> EditResult<()> {
        self.atomically(|this| {
            this.node(key)?;
            this.touch(key, time)
        })
    }

    /// Returns the steps that make all edits durable. Open the hive again after they are performed.
    ///
    /// # Errors
    ///
    /// [`EditError::Unfinished`] after an edit that failed midway; or if the hive cannot be read.
    pub fn commit(&self) -> EditResult<Commit> {
        self.usable()?;
        self.writer.commit(self.space.image())
    }

    /// Runs an edit. If it fails after its first write, commits are refused from then on.
    pub(super) fn atomically<T>(&mut self, edit: impl FnOnce(&mut Self) -> EditResult<T>) -> EditResult<T> {
        self.usable()?;
        let before = self.space.writes();
        let result = edit(self);
        if result.is_err() && self.space.writes() != before {
            self.unfinished = true;
        }
        result
    }

    pub(super) fn usable(&self) -> EditResult<()> {
        if self.unfinished { Err(EditError::Unfinished) } else { Ok(()) }
    }

    pub(super) fn layout(&self) -> Layout {
        self.space.layout()
    }

    /// Reads a key that is going to be changed.
    pub(super) fn node(&self, key: CellOffset) -> EditResult<Node> {
        let bytes = self.space.data(key, Structure::KeyNode)?;
        let parsed = KeyNode::parse(&bytes, self.layout())
            .map_err(|problem| damaged(Structure::KeyNode, key.file_offset(), problem))?;
        if self.block.flags() & BaseBlock::FLAG_LAYERED != 0
            && parsed.layer_semantics() != LayerSemantics::None
        {
            return Err(Refusal::Layered.into());
        }
        Ok(Node::of(parsed))
    }

    /// Sets the last-write time.
    pub(super) fn touch(&mut self, key: CellOffset, time: FileTime) -> EditResult<()> {
        self.space.put(key, key_node_at::LAST_WRITE, &time.0.to_le_bytes())
    }

    /// Raises the field of a maximum length.
    pub(super) fn raise(&mut self, key: CellOffset, at: usize, to: u32) -> EditResult<()> {
        let bytes = self.space.first(key, Structure::KeyNode, key_node_at::NAME)?;
        // The upper half of the word with the maximum length of subkey names contains flags.
        let wide = at != key_node_at::MAX_SUBKEY_NAME;
        let field = bytes.get(at..at + if wide { 4 } else { 2 }).unwrap_or_default();
        let now = field.iter().rev().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte));
        if now >= to {
            return Ok(());
        }
        let field = to.to_le_bytes();
        self.space.put(key, at, if wide { &field } else { &field[..2] })
    }

    fn create_key_inner(
        &mut self,
        parent: CellOffset,
        name: &[u16],
        options: &KeyOptions<'_>,
        time: FileTime,
    ) -> EditResult<CellOffset> {
        if name.is_empty() || name.len() > MAX_KEY_NAME || name.contains(&u16::from(b'\\')) {
            return Err(Invalid::KeyName(String::from_utf16_lossy(name)).into());
        }
        let class_len = class_len(options.class)?;
        if let Some(descriptor) = options.security {
            super::security::check(descriptor)?;
        }
        if self.depth(parent)? + 1 > MAX_DEPTH {
            return Err(Invalid::Depth.into());
        }
        let above = self.node(parent)?;
        let count = above.subkey_count().checked_add(1).ok_or(Invalid::TooLarge)?;
        let inherited = above.security();
        if self.child(parent, name)?.is_some() {
            return Err(EditError::Exists { name: String::from_utf16_lossy(name) });
        }
        let (stored_name, narrow) = stored(name);
        let mut record = vec![0; key_node_at::NAME];
        let flags = if narrow { KeyFlags::NARROW_NAME } else { 0 };
        let name_len = u16::try_from(stored_name.len()).map_err(|_| Invalid::TooLarge)?;
        for (at, bytes) in [
            (key_node_at::SIGNATURE, &KeyNode::SIGNATURE[..]),
            (key_node_at::FLAGS, &flags.to_le_bytes()),
            (key_node_at::LAST_WRITE, &time.0.to_le_bytes()),
            (key_node_at::PARENT, &parent.0.to_le_bytes()),
            (key_node_at::SUBKEY_LIST, &CellOffset::NIL.0.to_le_bytes()),
            (key_node_at::VOLATILE_LIST, &CellOffset::NIL.0.to_le_bytes()),
            (key_node_at::VALUE_LIST, &CellOffset::NIL.0.to_le_bytes()),
            (key_node_at::SECURITY, &CellOffset::NIL.0.to_le_bytes()),
            (key_node_at::CLASS, &CellOffset::NIL.0.to_le_bytes()),
            (key_node_at::NAME_LEN, &name_len.to_le_bytes()),
            (key_node_at::CLASS_LEN, &class_len.to_le_bytes()),
        ] {
            if let Some(to) = record.get_mut(at..at + bytes.len()) {
                to.copy_from_slice(bytes);
            }
        }
        record.extend(&stored_name);
        let key = self.space.allocate(&record, 0, parent)?;
        let security = self.security_for_new(options.security, inherited, key)?;
        self.space.put_u32(key, key_node_at::SECURITY, security.0)?;
        let class = self.store_class(options.class, key)?;
        self.space.put_u32(key, key_node_at::CLASS, class.0)?;
        self.link(parent, key, name)?;
        self.space.put_u32(parent, key_node_at::SUBKEY_COUNT, count)?;
        let units = u32::try_from(name.len()).map_err(|_| Invalid::TooLarge)?;
        self.raise(parent, key_node_at::MAX_SUBKEY_NAME, units * 2)?;
        self.raise(parent, key_node_at::MAX_SUBKEY_CLASS, class_len.into())?;
        self.touch(parent, time)?;
        Ok(key)
    }

    fn store_class(&mut self, class: &[u16], near: CellOffset) -> EditResult<CellOffset> {
        if class.is_empty() {
            return Ok(CellOffset::NIL);
        }
        let bytes: Vec<u8> = class.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        self.space.allocate(&bytes, 0, near)
    }

    /// The depth of a key.
    fn depth(&self, key: CellOffset) -> EditResult<usize> {
        let mut depth = 0;
        let mut at = key;
        while at != self.root() {
            depth += 1;
            if depth > MAX_DEPTH {
                return Err(damaged(Structure::KeyNode, key.file_offset(), Problem::TooDeep));
            }
            at = self.node(at)?.parent();
        }
        Ok(depth)
    }

    fn delete_inner(&mut self, key: CellOffset, time: FileTime) -> EditResult<()> {
        if key == self.root() {
            return Err(EditError::NotDeletable);
        }
        let node = self.node(key)?;
        let parent = node.parent();
        let count = self.node(parent)?.subkey_count();
        let name = node.into_name();
        // The whole subtree is checked before anything is changed.
        let doomed = self.tree(key)?;
        if self.child(parent, &name)? != Some(key) {
            return Err(damaged(Structure::SubkeyList, key.file_offset(), Problem::Nil));
        }
        let Some(count) = count.checked_sub(1) else {
            let problem = Problem::Count { claimed: 0, possible: 1 };
            return Err(damaged(Structure::KeyNode, parent.file_offset(), problem));
        };
        self.unlink(parent, key, &name)?;
        self.space.put_u32(parent, key_node_at::SUBKEY_COUNT, count)?;
        self.touch(parent, time)?;
        for key in doomed {
            self.release(key)?;
        }
        Ok(())
    }

    /// A key and its subtree, each key checked to be deletable.
    fn tree(&self, top: CellOffset) -> EditResult<Vec<CellOffset>> {
        let mut met = HashSet::from([top.0]);
        let mut found = vec![top];
        let mut next = 0;
        while let Some(&key) = found.get(next) {
            next += 1;
            let node = self.node(key)?;
            if node.flags().has(KeyFlags::NO_DELETE) {
                return Err(EditError::NotDeletable);
            }
            self.check_values(key)?;
            for child in self.children(key)? {
                if !met.insert(child.0) {
                    return Err(damaged(Structure::KeyNode, child.file_offset(), Problem::MetBefore));
                }
                if self.node(child)?.parent() != key {
                    let problem =
                        Problem::Field { name: "parent", value: self.node(child)?.parent().0.into() };
                    return Err(damaged(Structure::KeyNode, child.file_offset(), problem));
                }
                found.push(child);
            }
        }
        Ok(found)
    }

    /// Frees all cells of an unlinked key. Its subkeys are not changed.
    fn release(&mut self, key: CellOffset) -> EditResult<()> {
        let node = self.node(key)?;
        self.release_values(key)?;
        for list in self.list_cells(key)? {
            self.space.free(list, Structure::SubkeyList)?;
        }
        if node.class_len() > 0 && !node.class().is_nil() {
            self.space.free(node.class(), Structure::ClassName)?;
        }
        self.dereference(node.security())?;
        self.sorted.remove(&key.0);
        self.space.free(key, Structure::KeyNode)
    }
}

fn class_len(class: &[u16]) -> EditResult<u16> {
    if class.len() > MAX_CLASS {
        return Err(Invalid::Class(class.len()).into());
    }
    u16::try_from(class.len() * 2).map_err(|_| Invalid::Class(class.len()).into())
}

/// Reads and checks a key's record.
pub(super) struct Node {
    name: Vec<u16>,
    flags: KeyFlags,
    parent: CellOffset,
    security: CellOffset,
    class: CellOffset,
    class_len: u16,
    subkey_count: u32,
    subkey_list: CellOffset,
    value_count: u32,
    value_list: CellOffset,
}

impl Node {
    fn of(node: KeyNode<'_>) -> Self {
        Self {
            name: node.name().units().collect(),
            flags: node.flags(),
            parent: node.parent(),
            security: node.security(),
            class: node.class(),
            class_len: node.class_len(),
            subkey_count: node.subkey_count(),
            subkey_list: node.subkey_list(),
            value_count: node.value_count(),
            value_list: node.value_list(),
        }
    }

    pub(super) fn into_name(self) -> Vec<u16> {
        self.name
    }

    pub(super) fn flags(&self) -> KeyFlags {
        self.flags
    }

    pub(super) fn parent(&self) -> CellOffset {
        self.parent
    }

    pub(super) fn security(&self) -> CellOffset {
        self.security
    }

    fn class(&self) -> CellOffset {
        self.class
    }

    fn class_len(&self) -> u16 {
        self.class_len
    }

    pub(super) fn subkey_count(&self) -> u32 {
        self.subkey_count
    }

    pub(super) fn subkey_list(&self) -> CellOffset {
        self.subkey_list
    }

    pub(super) fn value_count(&self) -> u32 {
        self.value_count
    }

    pub(super) fn value_list(&self) -> CellOffset {
        self.value_list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{NewKey, build};
    use nt::security::SecurityDescriptor;

    /// Bytes that an editor reads and writes for this number of values or subkeys of one key.
    fn work(number: u32, subkeys: bool) -> u64 {
        let security = "O:BAG:SYD:P(A;CI;KA;;;BA)".parse::<SecurityDescriptor>().unwrap().to_bytes();
        let root = NewKey { security, ..NewKey::new("ROOT") };
        let hive = build(&root, "test").unwrap();
        let mut editor = Editor::open(hive, &[&[], &[], &[]], Options::default()).unwrap();
        let key = editor.create_path("Many", FileTime(1)).unwrap();
        let before = editor.space.moved();
        for at in 0..number {
            let name = format!("n{:05}", at * 7919 % number);
            if subkeys {
                editor.create_key(key, &name, &KeyOptions::default(), FileTime(1)).unwrap();
            } else {
                editor.set_value(key, &name, 4, &at.to_le_bytes(), FileTime(1)).unwrap();
            }
        }
        editor.space.moved() - before
    }

    /// Four times as many values or subkeys take little more than four times the work, not sixteen times.
    #[test]
    fn the_work_grows_with_the_number_of_edits() {
        for (subkeys, few) in [(false, 400), (true, 600)] {
            let (small, large) = (work(few, subkeys), work(4 * few, subkeys));
            assert!(large < 6 * small, "subkeys {subkeys}: {small} bytes, then {large}");
            // A leaf is at most a page, and is read and written a few times for each edit.
            assert!(large / u64::from(4 * few) < 5 * 4096, "subkeys {subkeys}: {large} bytes");
        }
    }
}
