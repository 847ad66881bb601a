//! Domain membership of the machine, and the domain controller of a domain.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use windows_sys::Win32::NetworkManagement::NetManagement::{
    NETSETUP_JOIN_STATUS, NetSetupDomainName, NetSetupUnjoined, NetSetupUnknownStatus, NetSetupWorkgroupName,
};
use windows_sys::Win32::Networking::ActiveDirectory::{
    DOMAIN_CONTROLLER_INFOW, DS_DIRECTORY_SERVICE_REQUIRED, DS_IS_DNS_NAME, DS_RETURN_DNS_NAME,
};
use windows_sys::core::{GUID, PWSTR};

use crate::{Error, lazy};

lazy::functions! {
    /// Types as declared in lmjoin.h, dsgetdc.h and lmapibuf.h.
    struct Functions;
    join_information = "netapi32.dll" c"NetGetJoinInformation":
        fn(*const u16, *mut PWSTR, *mut NETSETUP_JOIN_STATUS) -> u32;
    controller = "netapi32.dll" c"DsGetDcNameW": fn(
        *const u16,
        *const u16,
        *const GUID,
        *const u16,
        u32,
        *mut *mut DOMAIN_CONTROLLER_INFOW
    ) -> u32;
    buffer_free = "netapi32.dll" c"NetApiBufferFree": fn(*const c_void) -> u32;
}

/// Domain or workgroup membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Join {
    /// Member of the domain with this NetBIOS name.
    Domain(String),
    /// Member of the workgroup with this name.
    Workgroup(String),
    /// Member of neither.
    Unjoined,
}

/// The membership of the machine; `None` if Windows does not know it.
pub fn join() -> Result<Option<Join>, Error> {
    let functions = Functions::load()?;
    let mut name = null_mut();
    let mut status = NetSetupUnknownStatus;
    // SAFETY: null selects this machine; `name` and `status` are writable.
    let code = unsafe { (functions.join_information)(null(), &raw mut name, &raw mut status) };
    if code != 0 {
        return Err(Error::win32("NetGetJoinInformation", code));
    }
    // SAFETY: the call returned a NUL-terminated string, or null.
    let text = unsafe { text(name) };
    if !name.is_null() {
        // SAFETY: the call allocated it for this function to free; it is freed here, once.
        unsafe { (functions.buffer_free)(name.cast()) };
    }
    #[allow(non_upper_case_globals)] // names of Windows constants
    Ok(match status {
        NetSetupDomainName => Some(Join::Domain(text)),
        NetSetupWorkgroupName => Some(Join::Workgroup(text)),
        NetSetupUnjoined => Some(Join::Unjoined),
        _ => None,
    })
}

/// The DNS name of the nearest controller of a domain, as located by Windows. The call may use the network,
/// without a time limit of ours.
pub fn controller(domain: &str) -> Result<String, Error> {
    const FLAGS: u32 = DS_DIRECTORY_SERVICE_REQUIRED | DS_IS_DNS_NAME | DS_RETURN_DNS_NAME;
    let functions = Functions::load()?;
    let domain: Vec<u16> = domain.encode_utf16().filter(|&unit| unit != 0).chain([0]).collect();
    let mut found = null_mut();
    // SAFETY: the name is NUL-terminated; null selects this machine, no GUID and its own site; `found` is
    // writable.
    let code =
        unsafe { (functions.controller)(null(), domain.as_ptr(), null(), null(), FLAGS, &raw mut found) };
    if code != 0 || found.is_null() {
        return Err(Error::win32("DsGetDcNameW", code));
    }
    // SAFETY: the call succeeded, so the structure exists, and its name is NUL-terminated.
    let name = unsafe { text((*found).DomainControllerName) };
    // SAFETY: the call allocated it for this function to free; it is freed here, once.
    unsafe { (functions.buffer_free)(found.cast()) };
    Ok(name.trim_start_matches('\\').trim_end_matches('.').to_owned())
}

/// The text at this address; empty for null.
///
/// # Safety
/// `at` must be null or NUL-terminated.
unsafe fn text(mut at: PWSTR) -> String {
    let mut units = Vec::new();
    if !at.is_null() {
        // SAFETY: no unit after the NUL is read.
        while let unit @ 1.. = unsafe { *at } {
            units.push(unit);
            // SAFETY: the unit was not a NUL, so another one follows.
            at = unsafe { at.add(1) };
        }
    }
    String::from_utf16_lossy(&units)
}
