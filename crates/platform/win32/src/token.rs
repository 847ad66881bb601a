//! Elevation and privileges of the process.

use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{ERROR_NOT_ALL_ASSIGNED, GetLastError, LUID};
use windows_sys::Win32::Security::{
    AdjustTokenPrivileges, EqualSid, GetTokenInformation, LUID_AND_ATTRIBUTES, LookupPrivilegeValueW, PSID,
    SE_PRIVILEGE_ENABLED, TOKEN_ADJUST_PRIVILEGES, TOKEN_ELEVATION, TOKEN_PRIVILEGES, TOKEN_QUERY,
    TOKEN_USER, TokenElevation, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use crate::Error;
use crate::buffer::Buffer;
use crate::handle::Handle;

/// A privilege that an account may hold and a process must enable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// `SeBackupPrivilege`: reads despite access lists.
    Backup,
    /// `SeRestorePrivilege`: writes despite access lists, and sets any owner on a key.
    Restore,
    /// `SeTakeOwnershipPrivilege`: takes ownership of any key.
    TakeOwnership,
}

impl Privilege {
    /// The name in Windows.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Backup => "SeBackupPrivilege",
            Self::Restore => "SeRestorePrivilege",
            Self::TakeOwnership => "SeTakeOwnershipPrivilege",
        }
    }
}

/// True if the process is elevated: it runs as an administrator after UAC consent, or as the system.
pub fn is_elevated() -> Result<bool, Error> {
    let token = own(TOKEN_QUERY)?;
    let mut elevation = TOKEN_ELEVATION::default();
    let mut needed = 0;
    let length = u32::try_from(size_of::<TOKEN_ELEVATION>()).unwrap_or(0);
    // SAFETY: the token is open, `elevation` is writable for its own length, `needed` outlives the call.
    let done = unsafe {
        GetTokenInformation(token.raw(), TokenElevation, (&raw mut elevation).cast(), length, &raw mut needed)
    };
    if done == 0 { Err(Error::last("GetTokenInformation")) } else { Ok(elevation.TokenIsElevated != 0) }
}

/// Enables a privilege for this process; false if its account does not hold it.
pub fn enable(privilege: Privilege) -> Result<bool, Error> {
    Ok(switch(privilege, SE_PRIVILEGE_ENABLED)?.is_some())
}

/// Enables a privilege until the returned value is dropped; `None` if the account does not hold it.
///
/// Privileges belong to the process, not to the thread that adjusts them.
pub fn hold(privilege: Privilege) -> Result<Option<Held>, Error> {
    Ok(switch(privilege, SE_PRIVILEGE_ENABLED)?.map(|before| Held { privilege, before }))
}

/// An enabled privilege.
#[derive(Debug)]
pub struct Held {
    privilege: Privilege,
    /// The attributes before.
    before: u32,
}

impl Held {
    /// The privilege that is held.
    #[must_use]
    pub fn privilege(&self) -> Privilege {
        self.privilege
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // If this fails, the privilege stays enabled in a process whose account holds it.
        let _ = switch(self.privilege, self.before);
    }
}

/// Sets the attributes of a privilege; returns the previous ones, or `None` if the account does not hold it.
fn switch(privilege: Privilege, attributes: u32) -> Result<Option<u32>, Error> {
    let token = own(TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES)?;
    let name: Vec<u16> = privilege.name().encode_utf16().chain([0]).collect();
    let mut id = LUID::default();
    // SAFETY: `name` is NUL-terminated and outlives the call, `id` is writable.
    if unsafe { LookupPrivilegeValueW(null(), name.as_ptr(), &raw mut id) } == 0 {
        return Err(Error::last("LookupPrivilegeValueW"));
    }
    let wanted = TOKEN_PRIVILEGES {
        PrivilegeCount: 1,
        Privileges: [LUID_AND_ATTRIBUTES { Luid: id, Attributes: attributes }],
    };
    let mut before = TOKEN_PRIVILEGES::default();
    let (length, mut needed) = (u32::try_from(size_of::<TOKEN_PRIVILEGES>()).unwrap_or(0), 0);
    // SAFETY: the token is open for this, `wanted` contains the one privilege that it declares, `before` is
    // writable for `length` bytes, enough for one privilege, and `needed` outlives the call.
    let done = unsafe {
        AdjustTokenPrivileges(token.raw(), 0, &raw const wanted, length, &raw mut before, &raw mut needed)
    };
    if done == 0 {
        return Err(Error::last("AdjustTokenPrivileges"));
    }
    // SAFETY: reads a number of this thread. The call above succeeds even if the account lacks the privilege,
    // and reports that here.
    if unsafe { GetLastError() } == ERROR_NOT_ALL_ASSIGNED {
        return Ok(None);
    }
    // An unchanged privilege is not returned.
    let [one] = before.Privileges;
    Ok(Some(if before.PrivilegeCount == 0 { attributes } else { one.Attributes }))
}

/// True if this SID is the user that runs the process.
///
/// # Safety
/// `sid` must be a valid SID.
pub(crate) unsafe fn is_user(sid: PSID) -> Result<bool, Error> {
    let token = own(TOKEN_QUERY)?;
    // The SID behind the structure has at most 15 sub-authorities.
    let mut buffer = Buffer::with_bytes(size_of::<TOKEN_USER>() + 68);
    let mut needed = 0;
    // SAFETY: the token is open, the buffer is writable for its length and aligned, `needed` outlives the
    // call.
    let done = unsafe {
        GetTokenInformation(token.raw(), TokenUser, buffer.pointer(), buffer.capacity(), &raw mut needed)
    };
    if done == 0 {
        return Err(Error::last("GetTokenInformation"));
    }
    let user: *const TOKEN_USER = buffer.pointer().cast_const().cast();
    // SAFETY: the call wrote the structure, with a SID in the same memory; the other SID is valid by
    // contract.
    Ok(unsafe { EqualSid((*user).User.Sid, sid) } != 0)
}

fn own(access: u32) -> Result<Handle, Error> {
    let mut token = null_mut();
    // SAFETY: the pseudo-handle of the process need not be closed; `token` is written on success only and
    // then owned here.
    if unsafe { OpenProcessToken(GetCurrentProcess(), access, &raw mut token) } == 0 {
        return Err(Error::last("OpenProcessToken"));
    }
    Ok(Handle::own(token))
}
