//! The process's own rights.

use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{ERROR_NOT_ALL_ASSIGNED, GetLastError, LUID};
use windows_sys::Win32::Security::{
    AdjustTokenPrivileges, GetTokenInformation, LUID_AND_ATTRIBUTES, LookupPrivilegeValueW,
    SE_PRIVILEGE_ENABLED, TOKEN_ADJUST_PRIVILEGES, TOKEN_ELEVATION, TOKEN_PRIVILEGES, TOKEN_QUERY,
    TokenElevation,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use crate::Error;
use crate::handle::Handle;

/// A right that an account may hold and a process must switch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// `SeBackupPrivilege`: to read what access lists forbid.
    Backup,
}

impl Privilege {
    /// The name that Windows gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Backup => "SeBackupPrivilege",
        }
    }
}

/// Whether the process runs elevated: as an administrator who was asked, or as the system itself.
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

/// Switches a privilege on for this process; false where its account does not hold it.
pub fn enable(privilege: Privilege) -> Result<bool, Error> {
    let token = own(TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES)?;
    let name: Vec<u16> = privilege.name().encode_utf16().chain([0]).collect();
    let mut id = LUID::default();
    // SAFETY: `name` ends with a NUL and outlives the call, `id` is writable.
    if unsafe { LookupPrivilegeValueW(null(), name.as_ptr(), &raw mut id) } == 0 {
        return Err(Error::last("LookupPrivilegeValueW"));
    }
    let wanted = TOKEN_PRIVILEGES {
        PrivilegeCount: 1,
        Privileges: [LUID_AND_ATTRIBUTES { Luid: id, Attributes: SE_PRIVILEGE_ENABLED }],
    };
    // SAFETY: the token is open for this, `wanted` holds the one privilege that it says; the state before is not asked for.
    if unsafe { AdjustTokenPrivileges(token.raw(), 0, &raw const wanted, 0, null_mut(), null_mut()) } == 0 {
        return Err(Error::last("AdjustTokenPrivileges"));
    }
    // SAFETY: reads a number of this thread. The call above succeeds although the account lacks the privilege, and says so here.
    Ok(unsafe { GetLastError() } != ERROR_NOT_ALL_ASSIGNED)
}

fn own(access: u32) -> Result<Handle, Error> {
    let mut token = null_mut();
    // SAFETY: the handle of the own process needs no closing; `token` is written on success only and then owned here.
    if unsafe { OpenProcessToken(GetCurrentProcess(), access, &raw mut token) } == 0 {
        return Err(Error::last("OpenProcessToken"));
    }
    Ok(Handle::own(token))
}
