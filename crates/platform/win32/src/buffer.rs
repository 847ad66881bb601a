//! Buffers that system calls fill.

use std::ffi::c_void;

use windows_sys::Win32::Foundation::{NTSTATUS, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL};

use crate::Error;

/// Limit for the result of one call. No value that rdscal evaluates reaches a hundredth of it.
const LARGEST: usize = 16 << 20;

/// Attempts before giving up on a value that grows between calls.
const MOST_TRIES: usize = 8;

/// Aligned as the structures of the registry calls require.
pub(crate) struct Buffer {
    words: Vec<u64>,
    /// Number of bytes that the call wrote.
    filled: usize,
}

impl Buffer {
    /// A zeroed buffer of at least this many bytes.
    pub(crate) fn with_bytes(bytes: usize) -> Self {
        Self { words: vec![0; bytes.div_ceil(8)], filled: 0 }
    }

    /// A buffer that contains these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut words: Vec<u64> = Vec::with_capacity(bytes.len().div_ceil(8));
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            words.push(u64::from_ne_bytes(word));
        }
        Self { words, filled: bytes.len() }
    }

    /// Capacity in bytes.
    pub(crate) fn capacity(&self) -> u32 {
        u32::try_from(self.words.len() * 8).unwrap_or(u32::MAX)
    }

    pub(crate) fn pointer(&mut self) -> *mut c_void {
        self.words.as_mut_ptr().cast()
    }

    /// Records how many bytes the call wrote.
    pub(crate) fn set_filled(&mut self, bytes: usize) {
        self.filled = bytes.min(self.words.len() * 8);
    }

    /// The bytes that the call wrote.
    pub(crate) fn bytes(&self) -> &[u8] {
        let all = self.words.as_ptr().cast::<u8>();
        // SAFETY: `filled` never exceeds the bytes of `words`, which are initialized and borrowed from
        // `self`; every byte is a valid `u8`.
        unsafe { std::slice::from_raw_parts(all, self.filled) }
    }

    /// The `u32` at this offset; 0 beyond the end.
    pub(crate) fn u32_at(&self, offset: usize) -> u32 {
        let bytes = self.bytes().get(offset..offset + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_le_bytes)
    }

    /// The UTF-16 code units of `length` bytes at this offset, truncated at the end of the buffer.
    pub(crate) fn units_at(&self, offset: usize, length: u32) -> Vec<u16> {
        let rest = self.bytes().get(offset..).unwrap_or_default();
        let wanted = usize::try_from(length).map_or(rest.len(), |length| length.min(rest.len()));
        let (pairs, _) = rest.get(..wanted).unwrap_or_default().as_chunks::<2>();
        pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect()
    }
}

/// Repeats the call until the buffer is large enough for the result, which may grow between two calls.
/// Returns the buffer and the status of the last call.
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
