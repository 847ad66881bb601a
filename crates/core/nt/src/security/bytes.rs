//! Bounds-checked little-endian reads that track their offset.

use super::error::{SecurityError, SecurityProblem};

/// A window into the descriptor: bytes and their offset.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    bytes: &'a [u8],
    /// Offset of `bytes[0]` from the start of the descriptor.
    start: usize,
}

impl<'a> Window<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, start: 0 }
    }

    pub(super) fn start(self) -> usize {
        self.start
    }

    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn len(self) -> usize {
        self.bytes.len()
    }

    /// The window from `at` on.
    pub(super) fn from(self, at: usize, what: &'static str) -> Result<Self, SecurityError> {
        match self.bytes.get(at..) {
            Some(bytes) => Ok(Self { bytes, start: self.start + at }),
            None => Err(self.truncated(self.len(), what, at)),
        }
    }

    /// The first `len` bytes.
    pub(super) fn to(self, len: usize, what: &'static str) -> Result<Self, SecurityError> {
        match self.bytes.get(..len) {
            Some(bytes) => Ok(Self { bytes, start: self.start }),
            None => Err(self.truncated(0, what, len)),
        }
    }

    fn truncated(self, at: usize, what: &'static str, needed: usize) -> SecurityError {
        let available = self.len().saturating_sub(at);
        SecurityProblem::Truncated { what, needed, available }
            .at(self.start.saturating_add(at.min(self.len())))
    }

    pub(super) fn array<const N: usize>(
        self,
        at: usize,
        what: &'static str,
    ) -> Result<[u8; N], SecurityError> {
        self.bytes
            .get(at..)
            .and_then(|rest| rest.first_chunk::<N>())
            .copied()
            .ok_or_else(|| self.truncated(at, what, N))
    }

    pub(super) fn u8(self, at: usize, what: &'static str) -> Result<u8, SecurityError> {
        Ok(u8::from_le_bytes(self.array(at, what)?))
    }

    pub(super) fn u16(self, at: usize, what: &'static str) -> Result<u16, SecurityError> {
        Ok(u16::from_le_bytes(self.array(at, what)?))
    }

    pub(super) fn u32(self, at: usize, what: &'static str) -> Result<u32, SecurityError> {
        Ok(u32::from_le_bytes(self.array(at, what)?))
    }
}
