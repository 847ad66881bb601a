//! The editor: what can be done to a hive.

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

/// The parts of a hive's version 1.3 to 1.6 that are written.
const MINORS: std::ops::RangeInclusive<u32> = 3..=6;
/// The longest name of a key in units. Source: Microsoft, "Registry element size limits".
const MAX_KEY_NAME: usize = 255;
/// The longest class name: its length in bytes is kept in 16 bits.
const MAX_CLASS: usize = 32_767;

/// What an editor is allowed to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Edit a dirty hive although none of its logs applies. What its logs held is lost then, and what is read
    /// may be between two states.
    pub accept_dirty: bool,
    /// Edit a hive whose base block says that the kernel transaction manager has, or awaits, transactions.
    /// Every `SYSTEM` of Windows 7 and 10 that was measured says so, cleanly shut down ones too: the flag
    /// says that the hive has a resource manager, and no more. Whether transactions are really pending is in
    /// the manager's own logs (`.blf` and `.regtrans-ms` in the folder `TxR`), which are not looked at: so
    /// this is the caller's decision.
    pub accept_transactions: bool,
    /// The form of log that a commit writes; by default that of the logs given, and the new one if there are
    /// none.
    pub log_format: Option<log::Format>,
}

/// What a new key gets.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyOptions<'a> {
    /// Its self-relative security descriptor; without one, it shares that of the key above.
    pub security: Option<&'a [u8]>,
    /// Its class name in UTF-16 units; empty for none.
    pub class: &'a [u16],
}

/// A hive that is being changed, in memory; [`Editor::commit`] says what must be written to make it so on the
/// disk.
///
/// Keys are named by their cells, which do not move: [`Key::offset`](crate::Key::offset) of any key found in
/// [`Editor::hive`] serves, and stays good until the key is deleted.
///
/// An edit that fails because of what was asked leaves everything as it was. One that fails because the hive
/// turns out to be damaged half-way makes the editor useless ([`EditError::Unfinished`]); nothing was written
/// by then.
#[derive(Debug)]
pub struct Editor<I> {
    pub(super) space: Space<Overlay<I>>,
    pub(super) block: BaseBlock,
    pub(super) writer: Writer,
    report: Report,
    unfinished: bool,
    pub(super) values: Option<ValueIndex>,
    /// Keys whose subkey lists were seen to be in order.
    pub(super) sorted: HashSet<u32>,
    /// The security cells by descriptor, once they were needed.
    pub(super) descriptors: Option<HashMap<Vec<u8>, CellOffset>>,
}

impl<I: Image> Editor<I> {
    /// Opens a hive for editing.
    ///
    /// `logs` are the contents of `.LOG1`, `.LOG2` and `.LOG`, in this order; those that do not exist, or are
    /// not known, are empty. They decide how a dirty hive is recovered, and of a clean hive, which sequence
    /// number and log come next.
    ///
    /// # Errors
    ///
    /// When the hive is one that must not be edited; see [`Refusal`].
    pub fn open(image: I, logs: &[&[u8]; 3], options: Options) -> EditResult<Self> {
        // What is not a hive at all is distinguished before its logs are looked at.
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

    /// What became of the logs when the hive was opened.
    pub fn recovery(&self) -> &Report {
        &self.report
    }

    /// The hive as it is, with all edits made so far.
    ///
    /// # Errors
    ///
    /// When its base block cannot be read.
    pub fn hive(&self) -> EditResult<Hive<&Overlay<Overlay<I>>>> {
        Ok(Hive::open(self.space.image())?)
    }

    /// The hive without the edits, recovered from its logs where it was dirty.
    ///
    /// # Errors
    ///
    /// When its base block cannot be read.
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
    /// When damage makes it unknown whether it exists.
    pub fn find(&self, path: &str) -> EditResult<Option<CellOffset>> {
        Ok(self.hive()?.find(path)?.map(|key| key.offset()))
    }

    /// The subkey with this name, ignoring case.
    ///
    /// # Errors
    ///
    /// When damage makes it unknown whether it exists.
    pub fn subkey(&self, key: CellOffset, name: &(impl ToUnits + ?Sized)) -> EditResult<Option<CellOffset>> {
        Ok(self.hive()?.key_at(key)?.subkey_utf16(&name.to_units())?.map(|key| key.offset()))
    }

    /// Creates a key; `time` becomes the last-write time of the key and of the one above.
    ///
    /// # Errors
    ///
    /// [`EditError::Exists`], where there is a key of this name, in upper or lower case; [`Invalid`]; or
    /// damage.
    pub fn create_key(
        &mut self,
        parent: CellOffset,
        name: &(impl ToUnits + ?Sized),
        options: &KeyOptions<'_>,
        time: FileTime,
    ) -> EditResult<CellOffset> {
        self.atomically(|this| this.create_key_inner(parent, &name.to_units(), options, time))
    }

    /// The key at a path from the root, created with all above it where it does not exist. New keys share the
    /// security descriptor of the key above.
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

    /// Deletes a key without subkeys, with its values; `time` becomes the last-write time of the key above.
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

    /// Deletes a key with all that is below it; `time` becomes the last-write time of the key above.
    ///
    /// # Errors
    ///
    /// [`EditError::NotDeletable`] where the key, or one below it, must not be deleted; or damage.
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
    /// When there is no sound key in the cell.
    pub fn set_last_write(&mut self, key: CellOffset, time: FileTime) -> EditResult<()> {
        self.atomically(|this| {
            this.node(key)?;
            this.touch(key, time)
        })
    }

    /// The steps that make all edits durable. Open the hive again after they are carried out.
    ///
    /// # Errors
    ///
    /// [`EditError::Unfinished`] after an edit that failed in the middle; or if the hive cannot be read.
    pub fn commit(&self) -> EditResult<Commit> {
        self.usable()?;
        self.writer.commit(self.space.image())
    }

    /// Runs an edit. If it fails after its first write, nothing can be committed any more.
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

    /// Reads a key that is about to be changed.
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

    /// Raises one of the fields that no element's length may exceed.
    pub(super) fn raise(&mut self, key: CellOffset, at: usize, to: u32) -> EditResult<()> {
        let bytes = self.space.first(key, Structure::KeyNode, key_node_at::NAME)?;
        // The upper half of the word that holds the longest subkey name are flags.
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

    /// How many keys are above one.
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
        // All that is below is looked at before anything is changed.
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

    /// A key and all below it, each checked to be one that may be deleted.
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

    /// Frees all cells of a key that no list leads to any more. Its subkeys are left alone.
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

/// A key's record, read and found to be one.
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

    /// Bytes that an editor moves for this number of values or subkeys of one key.
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

    /// Four times as many values or subkeys are little more than four times the work, not sixteen times.
    #[test]
    fn the_work_grows_with_the_number_of_edits() {
        for (subkeys, few) in [(false, 400), (true, 600)] {
            let (small, large) = (work(few, subkeys), work(4 * few, subkeys));
            assert!(large < 6 * small, "subkeys {subkeys}: {small} bytes, then {large}");
            // A leaf of a list is at most a page, and read and written a few times for each edit.
            assert!(large / u64::from(4 * few) < 5 * 4096, "subkeys {subkeys}: {large} bytes");
        }
    }
}
