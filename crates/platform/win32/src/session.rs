//! Sessions on this host.

use std::ffi::c_void;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::RemoteDesktop::{
    WTS_CURRENT_SERVER_HANDLE, WTS_INFO_CLASS, WTS_SESSION_INFOW, WTSActive, WTSDisconnected, WTSUserName,
};
use windows_sys::core::{BOOL, PWSTR};

use crate::{Error, lazy};

lazy::functions! {
    /// As wtsapi32.h has them.
    struct Functions;
    enumerate = "wtsapi32.dll" c"WTSEnumerateSessionsW":
        fn(HANDLE, u32, u32, *mut *mut WTS_SESSION_INFOW, *mut u32) -> BOOL;
    query = "wtsapi32.dll" c"WTSQuerySessionInformationW":
        fn(HANDLE, u32, WTS_INFO_CLASS, *mut PWSTR, *mut u32) -> BOOL;
    free = "wtsapi32.dll" c"WTSFreeMemory": fn(*mut c_void);
}

/// A session in which somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: u32,
    /// The user's name, without the domain.
    pub user: String,
    /// True where a client shows it; false where it waits for its user to come back.
    pub active: bool,
}

/// The sessions in which somebody is signed in, at the console or from elsewhere.
pub fn signed_in() -> Result<Vec<Session>, Error> {
    let functions = Functions::load()?;
    let (mut first, mut count): (*mut WTS_SESSION_INFOW, u32) = (null_mut(), 0);
    // SAFETY: the handle stands for this host; both are writable, and written on success only.
    let done =
        unsafe { (functions.enumerate)(WTS_CURRENT_SERVER_HANDLE, 0, 1, &raw mut first, &raw mut count) };
    if done == 0 {
        return Err(Error::last("WTSEnumerateSessionsW"));
    }
    let found = List { memory: first, functions: &functions };
    let mut sessions = Vec::new();
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: the call made a list of that many entries, which is freed when `found` goes.
        let (id, state) = unsafe { ((*found.memory.add(index)).SessionId, (*found.memory.add(index)).State) };
        let user = user(&functions, id);
        // Session 0 has services alone, and listeners have nobody.
        if !user.is_empty() {
            #[allow(non_upper_case_globals)] // the names are Windows'
            match state {
                WTSActive => sessions.push(Session { id, user, active: true }),
                WTSDisconnected => sessions.push(Session { id, user, active: false }),
                _ => {}
            }
        }
    }
    Ok(sessions)
}

/// Who is signed in to this session; empty where nobody is, or where that is not told.
fn user(functions: &Functions, id: u32) -> String {
    let (mut text, mut length) = (null_mut(), 0);
    // SAFETY: both are writable, and written on success only.
    let done = unsafe {
        (functions.query)(WTS_CURRENT_SERVER_HANDLE, id, WTSUserName, &raw mut text, &raw mut length)
    };
    if done == 0 || text.is_null() {
        return String::new();
    }
    let text = List { memory: text, functions };
    let units = usize::try_from(length).unwrap_or(0) / 2;
    // SAFETY: the call allocated that many bytes of text, which are freed when `text` goes.
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
        // SAFETY: the call allocated it so that it is freed here, once.
        unsafe { (self.functions.free)(self.memory.cast()) };
    }
}
