//! Handles that close themselves.

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE};

/// A handle of the kernel: a key, a token.
#[derive(Debug)]
pub(crate) struct Handle(HANDLE);

impl Handle {
    /// Takes over an open handle that nobody else closes.
    pub(crate) fn own(handle: HANDLE) -> Self {
        Self(handle)
    }

    pub(crate) fn raw(&self) -> HANDLE {
        self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle was open when it was taken over, and is closed here alone.
        unsafe { CloseHandle(self.0) };
    }
}

// SAFETY: a handle is a number that every thread of the process may use; nothing is behind it in our memory.
unsafe impl Send for Handle {}
// SAFETY: as above; the calls that take it do their own locking.
unsafe impl Sync for Handle {}
