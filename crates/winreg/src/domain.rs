//! What the machine is a member of.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use windows_sys::Win32::NetworkManagement::NetManagement::{
    NETSETUP_JOIN_STATUS, NetSetupDomainName, NetSetupUnjoined, NetSetupUnknownStatus, NetSetupWorkgroupName,
};
use windows_sys::core::PWSTR;

use crate::{Error, lazy};

lazy::functions! {
    /// As lmjoin.h and lmapibuf.h have them.
    struct Functions;
    join_information = "netapi32.dll" c"NetGetJoinInformation":
        fn(*const u16, *mut PWSTR, *mut NETSETUP_JOIN_STATUS) -> u32;
    buffer_free = "netapi32.dll" c"NetApiBufferFree": fn(*const c_void) -> u32;
}

/// A domain or a workgroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Join {
    /// Member of the domain with this NetBIOS name.
    Domain(String),
    /// In the workgroup of this name.
    Workgroup(String),
    /// In neither.
    Unjoined,
}

/// What the machine is a member of; `None` where Windows itself does not know.
pub fn join() -> Result<Option<Join>, Error> {
    let functions = Functions::load()?;
    let mut name = null_mut();
    let mut status = NetSetupUnknownStatus;
    // SAFETY: null stands for this machine; `name` and `status` are writable.
    let code = unsafe { (functions.join_information)(null(), &raw mut name, &raw mut status) };
    if code != 0 {
        return Err(Error::win32("NetGetJoinInformation", code));
    }
    let mut units = Vec::new();
    if !name.is_null() {
        let mut at = name;
        // SAFETY: the call gave a string that ends with a NUL; no unit behind that is read.
        while let unit @ 1.. = unsafe { *at } {
            units.push(unit);
            // SAFETY: the unit was no NUL, so another one follows.
            at = unsafe { at.add(1) };
        }
        // SAFETY: the call allocated it so that it is freed here, once.
        unsafe { (functions.buffer_free)(name.cast()) };
    }
    let name = String::from_utf16_lossy(&units);
    #[allow(non_upper_case_globals)] // the names are Windows'
    Ok(match status {
        NetSetupDomainName => Some(Join::Domain(name)),
        NetSetupWorkgroupName => Some(Join::Workgroup(name)),
        NetSetupUnjoined => Some(Join::Unjoined),
        _ => None,
    })
}
