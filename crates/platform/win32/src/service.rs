//! Services and their states.

use std::ptr::null;

use windows_sys::Win32::Foundation::ERROR_SERVICE_DOES_NOT_EXIST;
use windows_sys::Win32::System::Services::{
    CloseServiceHandle, OpenSCManagerW, OpenServiceW, QueryServiceStatus, SC_HANDLE, SC_MANAGER_CONNECT,
    SERVICE_CONTINUE_PENDING, SERVICE_PAUSE_PENDING, SERVICE_PAUSED, SERVICE_QUERY_STATUS, SERVICE_RUNNING,
    SERVICE_START_PENDING, SERVICE_STATUS, SERVICE_STOP_PENDING, SERVICE_STOPPED,
};

use crate::Error;

/// The state of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// `SERVICE_STOPPED`
    Stopped,
    /// `SERVICE_START_PENDING`
    StartPending,
    /// `SERVICE_STOP_PENDING`
    StopPending,
    /// `SERVICE_RUNNING`
    Running,
    /// `SERVICE_CONTINUE_PENDING`
    ContinuePending,
    /// `SERVICE_PAUSE_PENDING`
    PausePending,
    /// `SERVICE_PAUSED`
    Paused,
}

impl State {
    pub(crate) fn of(number: u32) -> Option<Self> {
        Some(match number {
            SERVICE_STOPPED => Self::Stopped,
            SERVICE_START_PENDING => Self::StartPending,
            SERVICE_STOP_PENDING => Self::StopPending,
            SERVICE_RUNNING => Self::Running,
            SERVICE_CONTINUE_PENDING => Self::ContinuePending,
            SERVICE_PAUSE_PENDING => Self::PausePending,
            SERVICE_PAUSED => Self::Paused,
            _ => return None,
        })
    }

    /// The state in one word, always in English.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::StartPending => "start-pending",
            Self::StopPending => "stop-pending",
            Self::Running => "running",
            Self::ContinuePending => "continue-pending",
            Self::PausePending => "pause-pending",
            Self::Paused => "paused",
        }
    }
}

/// The state of the service with this short name, such as `TermService`; `None` if the service does not
/// exist.
pub fn state(name: &str) -> Result<Option<State>, Error> {
    let Some(service) = open(name, SERVICE_QUERY_STATUS)? else { return Ok(None) };
    service.state()
}

/// Opens a service of this machine; `None` if it does not exist.
pub(crate) fn open(name: &str, access: u32) -> Result<Option<Opened>, Error> {
    // SAFETY: null selects this machine and its active service database.
    let manager = unsafe { OpenSCManagerW(null(), null(), SC_MANAGER_CONNECT) };
    let manager = Opened::of("OpenSCManagerW", manager)?;
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    // SAFETY: the manager is open, `name` is NUL-terminated and outlives the call.
    let service = unsafe { OpenServiceW(manager.0, name.as_ptr(), access) };
    match Opened::of("OpenServiceW", service) {
        Err(error) if error.code() == Some(ERROR_SERVICE_DOES_NOT_EXIST) => Ok(None),
        service => service.map(Some),
    }
}

/// A handle of the service control manager, which `CloseServiceHandle` closes.
pub(crate) struct Opened(SC_HANDLE);

impl Opened {
    fn of(call: &'static str, handle: SC_HANDLE) -> Result<Self, Error> {
        if handle.is_null() { Err(Error::last(call)) } else { Ok(Self(handle)) }
    }

    pub(crate) fn raw(&self) -> SC_HANDLE {
        self.0
    }

    /// The state of the service, which must be open with `SERVICE_QUERY_STATUS`.
    pub(crate) fn state(&self) -> Result<Option<State>, Error> {
        let mut status = SERVICE_STATUS::default();
        // SAFETY: the handle is open, `status` is writable.
        if unsafe { QueryServiceStatus(self.0, &raw mut status) } == 0 {
            return Err(Error::last("QueryServiceStatus"));
        }
        Ok(State::of(status.dwCurrentState))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: the handle was open when `self` took it over, and only `self` closes it.
        unsafe { CloseServiceHandle(self.0) };
    }
}
