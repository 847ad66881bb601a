//! Stopping and starting services.

use std::fmt;
use std::ptr::null;
use std::thread::sleep;
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{
    ERROR_MORE_DATA, ERROR_SERVICE_ALREADY_RUNNING, ERROR_SERVICE_NOT_ACTIVE,
};
use windows_sys::Win32::System::Services::{
    ControlService, ENUM_SERVICE_STATUSW, EnumDependentServicesW, SERVICE_ACTIVE, SERVICE_CONTROL_STOP,
    SERVICE_ENUMERATE_DEPENDENTS, SERVICE_QUERY_STATUS, SERVICE_START, SERVICE_STATUS, SERVICE_STOP,
    StartServiceW,
};

use crate::Error;
use crate::buffer::Buffer;
use crate::service::{Opened, State, open};

/// Interval at which the state of a pending service is queried.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// Why a service was not stopped or started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The service does not exist.
    Absent,
    /// The system returned an error.
    Error(Error),
    /// The service did not reach the state in time.
    Late {
        /// Its state at that time.
        state: Option<State>,
        /// The time that was waited.
        after: Duration,
    },
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("there is no such service"),
            Self::Error(error) => error.fmt(f),
            Self::Late { state, after } => {
                let state = state.map_or("in a state that is not known", State::word);
                write!(f, "after {} seconds it is still {state}", after.as_secs())
            }
        }
    }
}

impl std::error::Error for Refused {}

/// The services that depend on this one and are not stopped, each after its own dependents: the order in
/// which they can be stopped.
pub fn active_dependents(name: &str) -> Result<Vec<String>, Refused> {
    const CALL: &str = "EnumDependentServicesW";
    let service = open(name, SERVICE_ENUMERATE_DEPENDENTS)?.ok_or(Refused::Absent)?;
    let mut size = 0;
    // The list may grow between two calls.
    for _ in 0..8 {
        let mut buffer = Buffer::with_bytes(size);
        let (mut needed, mut count) = (0, 0);
        let first: *mut ENUM_SERVICE_STATUSW = buffer.pointer().cast();
        let capacity = if size == 0 { 0 } else { buffer.capacity() };
        // SAFETY: the service is open for this; the buffer is writable for `capacity` bytes and aligned; the
        // numbers are writable.
        let done = unsafe {
            EnumDependentServicesW(
                service.raw(),
                SERVICE_ACTIVE,
                first,
                capacity,
                &raw mut needed,
                &raw mut count,
            )
        };
        if done != 0 {
            let count = usize::try_from(count).unwrap_or(0);
            // SAFETY: the call wrote that many entries, each with a pointer to NUL-terminated text in the
            // same memory.
            return Ok((0..count).map(|index| unsafe { text((*first.add(index)).lpServiceName) }).collect());
        }
        let error = Error::last(CALL);
        if error.code() != Some(ERROR_MORE_DATA) {
            return Err(error.into());
        }
        size = usize::try_from(needed).unwrap_or(0).max(size + 64);
    }
    Err(Error::too_large(CALL).into())
}

/// # Safety
/// `at` must be null or NUL-terminated.
unsafe fn text(mut at: *const u16) -> String {
    let mut units = Vec::new();
    // SAFETY: no unit after the NUL is read.
    while let Some(&unit @ 1..) = unsafe { at.as_ref() } {
        units.push(unit);
        // SAFETY: the unit was not a NUL, so another one follows.
        at = unsafe { at.add(1) };
    }
    String::from_utf16_lossy(&units)
}

/// Stops a service and waits until it is stopped. Its dependents must be stopped before.
pub fn stop(name: &str, limit: Duration) -> Result<(), Refused> {
    let service = open(name, SERVICE_STOP | SERVICE_QUERY_STATUS)?.ok_or(Refused::Absent)?;
    let mut status = SERVICE_STATUS::default();
    // SAFETY: the service is open for this, `status` is writable.
    if unsafe { ControlService(service.raw(), SERVICE_CONTROL_STOP, &raw mut status) } == 0 {
        let error = Error::last("ControlService");
        if error.code() != Some(ERROR_SERVICE_NOT_ACTIVE) {
            return Err(error.into());
        }
    }
    wait(&service, State::Stopped, limit)
}

/// Starts a service and waits until it runs.
pub fn start(name: &str, limit: Duration) -> Result<(), Refused> {
    let service = open(name, SERVICE_START | SERVICE_QUERY_STATUS)?.ok_or(Refused::Absent)?;
    // SAFETY: the service is open for this; it receives no arguments.
    if unsafe { StartServiceW(service.raw(), 0, null()) } == 0 {
        let error = Error::last("StartServiceW");
        if error.code() != Some(ERROR_SERVICE_ALREADY_RUNNING) {
            return Err(error.into());
        }
    }
    wait(&service, State::Running, limit)
}

fn wait(service: &Opened, wanted: State, limit: Duration) -> Result<(), Refused> {
    let begin = Instant::now();
    loop {
        let state = service.state()?;
        match state {
            Some(state) if state == wanted => return Ok(()),
            // A service that was started and is stopped again will not start.
            Some(State::Stopped) | None => return Err(Refused::Late { state, after: begin.elapsed() }),
            _ if begin.elapsed() >= limit => return Err(Refused::Late { state, after: limit }),
            _ => sleep(ASK_EVERY),
        }
    }
}
