//! Memory that a system call fills.

use std::ffi::c_void;

use windows_sys::Win32::Foundation::{NTSTATUS, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL};

use crate::Error;

/// What one call may return at most: no value that anybody judges has a hundredth of it.
const LARGEST: usize = 16 << 20;

/// A value that grows as fast as it is asked for is given up.
const MOST_TRIES: usize = 8;

/// Memory aligned as every structure of the registry calls wants it.
pub(crate) struct Buffer {
    words: Vec<u64>,
    /// Bytes that the call filled.
    filled: usize,
}

impl Buffer {
    /// Memory of at least this many bytes, zeroed.
    pub(crate) fn with_bytes(bytes: usize) -> Self {
        Self { words: vec![0; bytes.div_ceil(8)], filled: 0 }
    }

    /// Memory with these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut words: Vec<u64> = Vec::with_capacity(bytes.len().div_ceil(8));
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            words.push(u64::from_ne_bytes(word));
        }
        Self { words, filled: bytes.len() }
    }

    /// Its length in bytes.
    pub(crate) fn capacity(&self) -> u32 {
        u32::try_from(self.words.len() * 8).unwrap_or(u32::MAX)
    }

    /// Where it begins.
    pub(crate) fn pointer(&mut self) -> *mut c_void {
        self.words.as_mut_ptr().cast()
    }

    /// Says how many bytes the call filled.
    pub(crate) fn set_filled(&mut self, bytes: usize) {
        self.filled = bytes.min(self.words.len() * 8);
    }

    /// What the call filled.
    pub(crate) fn bytes(&self) -> &[u8] {
        let all = self.words.as_ptr().cast::<u8>();
        // SAFETY: `filled` is never more than the bytes of `words`, which are initialized and borrowed by `self`; any byte is a
        // valid `u8`.
        unsafe { std::slice::from_raw_parts(all, self.filled) }
    }

    /// The `u32` at this offset; 0 beyond the end.
    pub(crate) fn u32_at(&self, offset: usize) -> u32 {
        let bytes = self.bytes().get(offset..offset + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_le_bytes)
    }

    /// The UTF-16 code units of `length` bytes at this offset, as far as they are there.
    pub(crate) fn units_at(&self, offset: usize, length: u32) -> Vec<u16> {
        let rest = self.bytes().get(offset..).unwrap_or_default();
        let wanted = usize::try_from(length).map_or(rest.len(), |length| length.min(rest.len()));
        let (pairs, _) = rest.get(..wanted).unwrap_or_default().as_chunks::<2>();
        pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect()
    }
}

/// Calls until the memory is large enough for the answer, which may grow between two calls; gives the memory, and the status that
/// says whether there was an answer.
pub(crate) fn fill(
    name: &'static str,
    first: usize,
    mut call: impl FnMut(*mut c_void, u32, *mut u32) -> NTSTATUS,
) -> Result<(Buffer, NTSTATUS), Error> {
    let mut size = first;
    for _ in 0..MOST_TRIES {
        let mut buffer = Buffer::with_bytes(size);
        let mut needed = 0;
        let status = call(buffer.pointer(), buffer.capacity(), &raw mut needed);
        let needed = usize::try_from(needed).unwrap_or(usize::MAX);
        match status {
            STATUS_BUFFER_OVERFLOW | STATUS_BUFFER_TOO_SMALL => {
                if needed > LARGEST {
                    break;
                }
                size = needed.max(size * 2);
            }
            _ => {
                buffer.set_filled(needed);
                return Ok((buffer, status));
            }
        }
    }
    Err(Error::too_large(name))
}
