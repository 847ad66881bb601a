//! Little-endian reading that says where it failed.

use super::error::{DecodeError, ErrorKind};

/// A position in bytes; every read is bounds-checked and names the field that it reads.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let rest = self.rest();
        let taken =
            rest.get(..length).ok_or_else(|| DecodeError::truncated(what, self.at, length, rest.len()))?;
        self.at += length;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let at = self.at;
        let taken = self.take(N, what)?;
        taken.try_into().map_err(|_| DecodeError::truncated(what, at, N, taken.len()))
    }

    pub(super) fn u16(&mut self, what: &'static str) -> Result<u16, DecodeError> {
        self.array(what).map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        self.array(what).map(u32::from_le_bytes)
    }

    /// A 32-bit length, as an index; numbers beyond the address space are "too long" anyway.
    pub(super) fn length(&mut self, what: &'static str) -> Result<usize, DecodeError> {
        self.u32(what).map(|length| usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// A 32-bit field that holds one certain number; `name` is the specification's name of it.
    pub(super) fn constant(
        &mut self,
        what: &'static str,
        expected: u32,
        name: &str,
    ) -> Result<(), DecodeError> {
        let at = self.at;
        let found = self.u32(what)?;
        if found == expected {
            return Ok(());
        }
        let expected = format!("{expected:#x} ({name})");
        Err(DecodeError::new(ErrorKind::Constant, what, at, expected, format!("{found:#x}")))
    }

    /// [`Reader::constant`] of 16 bits.
    pub(super) fn constant16(
        &mut self,
        what: &'static str,
        expected: u16,
        name: &str,
    ) -> Result<(), DecodeError> {
        let at = self.at;
        let found = self.u16(what)?;
        if found == expected {
            return Ok(());
        }
        let expected = format!("{expected:#x} ({name})");
        Err(DecodeError::new(ErrorKind::Constant, what, at, expected, format!("{found:#x}")))
    }

    /// Fails unless everything was read.
    pub(super) fn finish(&self, what: &'static str) -> Result<(), DecodeError> {
        match self.rest().len() {
            0 => Ok(()),
            count => Err(DecodeError::trailing(what, self.at, count)),
        }
    }
}
