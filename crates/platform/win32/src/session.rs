//! User sessions on this host.

use std::ffi::c_void;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::RemoteDesktop::{
    WTS_CURRENT_SERVER_HANDLE, WTS_INFO_CLASS, WTS_SESSION_INFOW, WTSActive, WTSDisconnected, WTSUserName,
};
use windows_sys::core::{BOOL, PWSTR};

use crate::{Error, lazy};

lazy::functions! {
    /// Types as declared in wtsapi32.h.
    struct Functions;
    enumerate = "wtsapi32.dll" c"WTSEnumerateSessionsW":
        fn(HANDLE, u32, u32, *mut *mut WTS_SESSION_INFOW, *mut u32) -> BOOL;
    query = "wtsapi32.dll" c"WTSQuerySessionInformationW":
        fn(HANDLE, u32, WTS_INFO_CLASS, *mut PWSTR, *mut u32) -> BOOL;
    free = "wtsapi32.dll" c"WTSFreeMemory": fn(*mut c_void);
}

/// A session with a signed-in user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session id.
    pub id: u32,
    /// The user's name, without the domain.
    pub user: String,
    /// True if a client is connected; false if the session is disconnected.
    pub active: bool,
}

/// The sessions with a signed-in user, on the console and remote.
pub fn signed_in() -> Result<Vec<Session>, Error> {
    let functions = Functions::load()?;
    let (mut first, mut count): (*mut WTS_SESSION_INFOW, u32) = (null_mut(), 0);
    // SAFETY: the handle constant selects this host; both outputs are writable, and written on success only.
    let done =
        unsafe { (functions.enumerate)(WTS_CURRENT_SERVER_HANDLE, 0, 1, &raw mut first, &raw mut count) };
    if done == 0 {
        return Err(Error::last("WTSEnumerateSessionsW"));
    }
    let found = List { memory: first, functions: &functions };
    let mut sessions = Vec::new();
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: the call returned a list of that many entries, which is freed when `found` is dropped.
        let (id, state) = unsafe { ((*found.memory.add(index)).SessionId, (*found.memory.add(index)).State) };
        let user = user(&functions, id);
        // Session 0 contains only services, and listeners have no user.
        if !user.is_empty() {
            #[allow(non_upper_case_globals)] // names of Windows constants
            match state {
                WTSActive => sessions.push(Session { id, user, active: true }),
                WTSDisconnected => sessions.push(Session { id, user, active: false }),
                _ => {}
            }
        }
    }
    Ok(sessions)
}

/// The user of this session; empty if there is none, or if Windows does not disclose it.
fn user(functions: &Functions, id: u32) -> String {
    let (mut text, mut length) = (null_mut(), 0);
    // SAFETY: both outputs are writable, and written on success only.
    let done = unsafe {
        (functions.query)(WTS_CURRENT_SERVER_HANDLE, id, WTSUserName, &raw mut text, &raw mut length)
    };
    if done == 0 || text.is_null() {
        return String::new();
    }
    let text = List { memory: text, functions };
    let units = usize::try_from(length).unwrap_or(0) / 2;
    // SAFETY: the call allocated that many bytes of text, which are freed when `text` is dropped.
    let units: Vec<u16> = (0..units).map(|index| unsafe { *text.memory.add(index) }).collect();
    String::from_utf16_lossy(units.split(|&unit| unit == 0).next().unwrap_or_default())
}

/// Memory that a call allocated.
struct List<'f, T> {
    memory: *mut T,
    functions: &'f Functions,
}

impl<T> Drop for List<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the call allocated it for this value to free; it is freed here, once.
        unsafe { (self.functions.free)(self.memory.cast()) };
    }
}
