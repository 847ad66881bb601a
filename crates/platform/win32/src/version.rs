//! The version of the running system.

use windows_sys::Wdk::System::SystemServices::RtlGetVersion;
use windows_sys::Win32::System::SystemInformation::OSVERSIONINFOEXW;

use crate::Error;

/// The version as the kernel reports it; manifests and compatibility settings do not affect it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Major version, 10 since Windows 10.
    pub major: u32,
    /// Minor version.
    pub minor: u32,
    /// Build number.
    pub build: u32,
    /// 1 client, 2 domain controller, 3 server (`VER_NT_*`).
    pub product_type: u8,
    /// `VER_SUITE_*` bits. 0x100 (`SINGLEUSERTS`) is set unless Windows runs as an application server for
    /// many sessions.
    pub suite: u16,
}

/// The version of the running system.
pub fn running() -> Result<Version, Error> {
    let mut found = OSVERSIONINFOEXW {
        dwOSVersionInfoSize: u32::try_from(size_of::<OSVERSIONINFOEXW>()).unwrap_or(0),
        ..OSVERSIONINFOEXW::default()
    };
    // SAFETY: the first field declares the longer form of the structure, which is writable in full.
    let status = unsafe { RtlGetVersion((&raw mut found).cast()) };
    if status < 0 {
        return Err(Error::status("RtlGetVersion", status));
    }
    Ok(Version {
        major: found.dwMajorVersion,
        minor: found.dwMinorVersion,
        build: found.dwBuildNumber,
        product_type: found.wProductType,
        suite: found.wSuiteMask,
    })
}
