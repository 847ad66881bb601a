//! Folders that only administrators and the system can read.

use std::fmt;
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::{ERROR_ALREADY_EXISTS, ERROR_INSUFFICIENT_BUFFER, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetFileSecurityW, GetSecurityDescriptorOwner, IsWellKnownSid,
    OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID,
    SECURITY_ATTRIBUTES, SetFileSecurityW, WinBuiltinAdministratorsSid, WinLocalSystemSid,
};
use windows_sys::Win32::Storage::FileSystem::CreateDirectoryW;

use crate::buffer::Buffer;
use crate::token;

/// Owner: administrators. Administrators and the system have full control, which is inherited; no others have
/// access.
const PRIVATE: &str = "O:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)";
/// The same access list with full control for the owner, for accounts that cannot set administrators as
/// owner.
const PRIVATE_OWN: &str = "D:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;FA;;;OW)";

/// Why a folder is not trusted.
#[derive(Debug)]
pub enum FolderError {
    /// It cannot be read or created.
    Io(io::Error),
    /// The folder or a file in it belongs to an account that is not an administrator, which may have written
    /// it.
    Foreign,
}

impl From<io::Error> for FolderError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Foreign => f.write_str("its owner is not an administrator"),
        }
    }
}

impl std::error::Error for FolderError {}

/// Creates a folder that only administrators and the system can read, and the current user if not an
/// administrator. An existing folder is not changed. Missing parents are created without a special access
/// list.
pub fn private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        std::fs::create_dir_all(above)?;
    }
    let text = if token::is_elevated().unwrap_or(false) { PRIVATE } else { PRIVATE_OWN };
    let descriptor = Parsed::of(text)?;
    let attributes = SECURITY_ATTRIBUTES {
        nLength: u32::try_from(size_of::<SECURITY_ATTRIBUTES>()).unwrap_or(0),
        lpSecurityDescriptor: descriptor.0,
        bInheritHandle: 0,
    };
    let path = wide(path);
    // SAFETY: `path` is NUL-terminated; it, `attributes` and the descriptor outlive the call.
    if unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) } == 0 {
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(ERROR_ALREADY_EXISTS.cast_signed()) {
            return Err(error);
        }
    }
    Ok(())
}

/// Checks a folder in a place where every user may create folders, such as `%ProgramData%`: the folder and
/// these files in it, if they exist, must belong to administrators, the system or the current user. This
/// excludes that another user created the folder or can write to it.
pub fn trusted_folder(path: &Path, files: &[&str]) -> Result<(), FolderError> {
    let there = |path: &Path| match std::fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let Some(folder) = there(path)? else { return Ok(()) };
    // The creator of a link could change its target.
    if !folder.is_dir() || !is_owner_trusted(path)? {
        return Err(FolderError::Foreign);
    }
    for name in files {
        let file = path.join(name);
        if let Some(metadata) = there(&file)?
            && (!metadata.is_file() || !is_owner_trusted(&file)?)
        {
            return Err(FolderError::Foreign);
        }
    }
    Ok(())
}

/// Sets the access list of [`private_folder`].
pub fn close_folder(path: &Path) -> io::Result<()> {
    let descriptor = Parsed::of(PRIVATE)?;
    let path = wide(path);
    let parts = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    // SAFETY: `path` is NUL-terminated; it and the descriptor outlive the call.
    if unsafe { SetFileSecurityW(path.as_ptr(), parts, descriptor.0) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn is_owner_trusted(path: &Path) -> io::Result<bool> {
    let name = wide(path);
    let mut buffer = Buffer::with_bytes(256);
    for _ in 0..4 {
        let mut needed = 0;
        // SAFETY: `name` is NUL-terminated and outlives the call; the buffer is writable for its length and
        // aligned.
        let done = unsafe {
            GetFileSecurityW(
                name.as_ptr(),
                OWNER_SECURITY_INFORMATION,
                buffer.pointer(),
                buffer.capacity(),
                &raw mut needed,
            )
        };
        if done != 0 {
            let (mut owner, mut defaulted): (PSID, _) = (null_mut(), 0);
            // SAFETY: the call above wrote a valid descriptor to the buffer, which outlives the use of
            // `owner`, a part of it.
            let is_there =
                unsafe { GetSecurityDescriptorOwner(buffer.pointer(), &raw mut owner, &raw mut defaulted) };
            if is_there == 0 || owner.is_null() {
                return Ok(false);
            }
            let known = [WinBuiltinAdministratorsSid, WinLocalSystemSid];
            // SAFETY: `owner` is a valid SID in memory that is still valid.
            let known = known.into_iter().any(|kind| unsafe { IsWellKnownSid(owner, kind) } != 0);
            // SAFETY: as above.
            return Ok(known || unsafe { token::is_user(owner) }.unwrap_or(false));
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(ERROR_INSUFFICIENT_BUFFER.cast_signed()) {
            return Err(error);
        }
        buffer = Buffer::with_bytes(usize::try_from(needed).unwrap_or(0));
    }
    Err(io::Error::other("its owner cannot be determined"))
}

/// A descriptor parsed from SDDL.
struct Parsed(PSECURITY_DESCRIPTOR);

impl Parsed {
    fn of(text: &str) -> io::Result<Self> {
        let text: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut descriptor = null_mut();
        // SAFETY: `text` is NUL-terminated; `descriptor` is written on success only; the optional length is
        // not requested.
        let done = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                null_mut(),
            )
        };
        if done == 0 { Err(io::Error::last_os_error()) } else { Ok(Self(descriptor)) }
    }
}

impl Drop for Parsed {
    fn drop(&mut self) {
        // SAFETY: the call allocated it for this value to free; it is freed here, once.
        unsafe { LocalFree(self.0.cast()) };
    }
}

fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}
