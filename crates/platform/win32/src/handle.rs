//! Handles that are closed on drop.

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE};

/// A kernel handle, such as that of a key or a token.
#[derive(Debug)]
pub(crate) struct Handle(HANDLE);

impl Handle {
    /// Takes ownership of an open handle.
    pub(crate) fn own(handle: HANDLE) -> Self {
        Self(handle)
    }

    pub(crate) fn raw(&self) -> HANDLE {
        self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle was open when `self` took it over, and only `self` closes it.
        unsafe { CloseHandle(self.0) };
    }
}

// SAFETY: a handle is a number that every thread of the process may use; it refers to no memory of ours.
unsafe impl Send for Handle {}
// SAFETY: as above; the calls that take it are thread-safe.
unsafe impl Sync for Handle {}
