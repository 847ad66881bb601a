//! Folders that only administrators and the system can look into.

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

/// Owned by administrators; they and the system have full control of it and what will lie in it, nobody else has any.
const PRIVATE: &str = "O:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)";
/// The same for whom cannot name administrators as owner, because he is none.
const PRIVATE_OWN: &str = "D:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;FA;;;OW)";

/// Why a folder is not trusted.
#[derive(Debug)]
pub enum FolderError {
    /// It cannot be looked at or made.
    Io(io::Error),
    /// It, or what is in it, belongs to somebody who is no administrator, who may have written it.
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
            Self::Foreign => f.write_str("it belongs to somebody who is no administrator"),
        }
    }
}

impl std::error::Error for FolderError {}

/// Makes a folder that only administrators and the system (and whoever runs this, where he is neither) can look into. One that is
/// there stays as it is, and so do the folders above it, which are made as any other.
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
    // SAFETY: `path` ends with a NUL; it, `attributes` and the descriptor outlive the call.
    if unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) } == 0 {
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(ERROR_ALREADY_EXISTS.cast_signed()) {
            return Err(error);
        }
    }
    Ok(())
}

/// Makes sure that a folder at a place where everybody may make folders, such as `%ProgramData%`, was not made by somebody else,
/// and that nobody else can write into it: it and these files in it, where they are there, must belong to administrators, to the
/// system, or to whoever runs this.
pub fn trusted_folder(path: &Path, files: &[&str]) -> Result<(), FolderError> {
    let there = |path: &Path| match std::fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let Some(folder) = there(path)? else { return Ok(()) };
    // A link could be turned elsewhere by whoever made it.
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

/// Gives a folder the access list of [`private_folder`].
pub fn close_folder(path: &Path) -> io::Result<()> {
    let descriptor = Parsed::of(PRIVATE)?;
    let path = wide(path);
    let parts = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    // SAFETY: `path` ends with a NUL; it and the descriptor outlive the call.
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
        // SAFETY: `name` ends with a NUL and outlives the call; the buffer is writable for its length and aligned.
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
            // SAFETY: the call above put a valid descriptor into the buffer, which outlives the use of `owner`, a part of it.
            let is_there =
                unsafe { GetSecurityDescriptorOwner(buffer.pointer(), &raw mut owner, &raw mut defaulted) };
            if is_there == 0 || owner.is_null() {
                return Ok(false);
            }
            let known = [WinBuiltinAdministratorsSid, WinLocalSystemSid];
            // SAFETY: `owner` is a valid SID in memory that is still there.
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
    Err(io::Error::other("its owner is not told"))
}

/// A descriptor made from its text.
struct Parsed(PSECURITY_DESCRIPTOR);

impl Parsed {
    fn of(text: &str) -> io::Result<Self> {
        let text: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut descriptor = null_mut();
        // SAFETY: `text` ends with a NUL; `descriptor` is written on success only; its length is not asked for.
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
        // SAFETY: the call allocated it so that it is freed here, once.
        unsafe { LocalFree(self.0.cast()) };
    }
}

fn wide(path: &Path) -> Vec<u16> {
    path.as_os_str().encode_wide().chain([0]).collect()
}
