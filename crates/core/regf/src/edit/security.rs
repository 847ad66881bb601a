//! Security cells: shared, reference-counted, and linked in a ring.

use std::collections::HashMap;

use super::editor::Editor;
use super::error::{EditResult, Invalid, damaged};
use crate::bytes::u32_at;
use crate::disk::{CellOffset, KeySecurity, key_node_at, key_security_at};
use crate::error::{Problem, Structure};
use crate::image::Image;
use nt::FileTime;
use nt::security::SecurityDescriptor;

const HEAD: usize = key_security_at::DESCRIPTOR;

/// The shortest cell of a descriptor: header, record, and the 20-byte header of a descriptor.
const SHORTEST: u32 = 44;

/// Rejects bytes that are not a self-relative security descriptor.
pub(super) fn check(descriptor: &[u8]) -> EditResult<()> {
    SecurityDescriptor::from_bytes(descriptor)
        .map(|_| ())
        .map_err(|error| Invalid::Security(error.to_string()).into())
}

impl<I: Image> Editor<I> {
    /// Sets the self-relative security descriptor of a key. Keys with equal descriptors share a cell.
    ///
    /// # Errors
    ///
    /// [`Invalid::Security`] if the bytes are not a descriptor, or damage.
    pub fn set_security(&mut self, key: CellOffset, descriptor: &[u8], time: FileTime) -> EditResult<()> {
        check(descriptor)?;
        self.atomically(|this| {
            let old = this.node(key)?.security();
            let new = this.descriptor_cell(descriptor, old, key)?;
            if new != old {
                this.reference(new)?;
                this.space.put_u32(key, key_node_at::SECURITY, new.0)?;
                this.dereference(old)?;
            }
            this.touch(key, time)
        })
    }

    /// Returns the security cell for a new key and increments its reference count.
    pub(super) fn security_for_new(
        &mut self,
        descriptor: Option<&[u8]>,
        inherited: CellOffset,
        near: CellOffset,
    ) -> EditResult<CellOffset> {
        let inherited = if inherited.is_nil() { self.node(self.root())?.security() } else { inherited };
        let cell = match descriptor {
            Some(descriptor) => self.descriptor_cell(descriptor, inherited, near)?,
            None if inherited.is_nil() => return Err(Invalid::NoSecurity.into()),
            None => inherited,
        };
        self.reference(cell)?;
        Ok(cell)
    }

    fn security_head(&self, cell: CellOffset) -> EditResult<[u8; HEAD]> {
        let bytes = self.space.first(cell, Structure::KeySecurity, HEAD)?;
        match bytes.first_chunk::<HEAD>() {
            Some(head) if head.starts_with(&KeySecurity::SIGNATURE) => Ok(*head),
            _ => {
                let found = [bytes.first().copied().unwrap_or(0), bytes.get(1).copied().unwrap_or(0), 0, 0];
                let problem = Problem::Signature { expected: "sk", found };
                Err(damaged(Structure::KeySecurity, cell.file_offset(), problem))
            }
        }
    }

    fn count_of(&self, cell: CellOffset) -> EditResult<u32> {
        Ok(u32_at(&self.security_head(cell)?, key_security_at::REFERENCES))
    }

    fn reference(&mut self, cell: CellOffset) -> EditResult<()> {
        let count = self.count_of(cell)?.checked_add(1).ok_or(Invalid::TooLarge)?;
        self.space.put_u32(cell, key_security_at::REFERENCES, count)
    }

    /// Decrements the reference count; an unused cell is unlinked from the ring and freed.
    pub(super) fn dereference(&mut self, cell: CellOffset) -> EditResult<()> {
        if cell.is_nil() {
            return Ok(());
        }
        let count = self.count_of(cell)?;
        if count > 1 {
            return self.space.put_u32(cell, key_security_at::REFERENCES, count - 1);
        }
        if count == 0 {
            let problem = Problem::Field { name: "reference count", value: 0 };
            return Err(damaged(Structure::KeySecurity, cell.file_offset(), problem));
        }
        let head = self.security_head(cell)?;
        let next = CellOffset(u32_at(&head, key_security_at::NEXT));
        let previous = CellOffset(u32_at(&head, key_security_at::PREVIOUS));
        self.security_head(next)?;
        self.security_head(previous)?;
        if next != cell {
            self.space.put_u32(previous, key_security_at::NEXT, next.0)?;
            self.space.put_u32(next, key_security_at::PREVIOUS, previous.0)?;
        }
        if let Some(known) = &mut self.descriptors {
            known.retain(|_, known| *known != cell);
        }
        self.space.free(cell, Structure::KeySecurity)
    }

    /// Returns the cell with this descriptor. If there is none, it is created with a reference count of zero.
    /// `ring` is any cell of the ring.
    fn descriptor_cell(
        &mut self,
        descriptor: &[u8],
        ring: CellOffset,
        near: CellOffset,
    ) -> EditResult<CellOffset> {
        let ring = if ring.is_nil() { self.node(self.root())?.security() } else { ring };
        if self.descriptors.is_none() {
            self.descriptors = Some(self.read_ring(ring)?);
        }
        if let Some(&cell) = self.descriptors.as_ref().and_then(|known| known.get(descriptor)) {
            return Ok(cell);
        }
        let mut record = KeySecurity::SIGNATURE.to_vec();
        record.resize(HEAD, 0);
        let len = u32::try_from(descriptor.len()).map_err(|_| Invalid::TooLarge)?;
        if let Some(field) = record.get_mut(key_security_at::DESCRIPTOR_LEN..HEAD) {
            field.copy_from_slice(&len.to_le_bytes());
        }
        record.extend(descriptor);
        let cell = self.space.allocate(&record, 0, near)?;
        let (previous, next) = if ring.is_nil() {
            (cell, cell)
        } else {
            (ring, CellOffset(u32_at(&self.security_head(ring)?, key_security_at::NEXT)))
        };
        self.security_head(next)?;
        self.space.put_u32(cell, key_security_at::NEXT, next.0)?;
        self.space.put_u32(cell, key_security_at::PREVIOUS, previous.0)?;
        if previous != cell {
            self.space.put_u32(previous, key_security_at::NEXT, cell.0)?;
            self.space.put_u32(next, key_security_at::PREVIOUS, cell.0)?;
        }
        if let Some(known) = &mut self.descriptors {
            known.insert(descriptor.to_vec(), cell);
        }
        Ok(cell)
    }

    /// All descriptors of the ring, after checking its links.
    fn read_ring(&self, start: CellOffset) -> EditResult<HashMap<Vec<u8>, CellOffset>> {
        let mut known = HashMap::new();
        let mut left = self.space.bins_size() / SHORTEST + 1;
        let mut cell = start;
        while !cell.is_nil() {
            let head = self.security_head(cell)?;
            let len = u32_at(&head, key_security_at::DESCRIPTOR_LEN) as usize;
            let record = self.space.first(cell, Structure::KeySecurity, HEAD.saturating_add(len))?;
            known.entry(record.get(HEAD..).unwrap_or_default().to_vec()).or_insert(cell);
            let next = CellOffset(u32_at(&head, key_security_at::NEXT));
            let back = u32_at(&self.security_head(next)?, key_security_at::PREVIOUS);
            left = left.saturating_sub(1);
            if back != cell.0 || left == 0 {
                let problem = Problem::Field { name: "previous security item", value: back.into() };
                return Err(damaged(Structure::KeySecurity, next.file_offset(), problem));
            }
            if next == start {
                break;
            }
            cell = next;
        }
        Ok(known)
    }
}
