//! Sessions on this host.

use std::ptr::null_mut;

use windows_sys::Win32::System::RemoteDesktop::{
    WTS_CURRENT_SERVER_HANDLE, WTS_SESSION_INFOW, WTSActive, WTSDisconnected, WTSEnumerateSessionsW,
    WTSFreeMemory, WTSQuerySessionInformationW, WTSUserName,
};

use crate::Error;

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
    let (mut first, mut count): (*mut WTS_SESSION_INFOW, u32) = (null_mut(), 0);
    // SAFETY: the handle stands for this host; both are writable, and written on success only.
    let done =
        unsafe { WTSEnumerateSessionsW(WTS_CURRENT_SERVER_HANDLE, 0, 1, &raw mut first, &raw mut count) };
    if done == 0 {
        return Err(Error::last("WTSEnumerateSessionsW"));
    }
    let found = List(first);
    let mut sessions = Vec::new();
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: the call made a list of that many entries, which is freed when `found` goes.
        let (id, state) = unsafe { ((*found.0.add(index)).SessionId, (*found.0.add(index)).State) };
        let user = user(id);
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
fn user(id: u32) -> String {
    let (mut text, mut length) = (null_mut(), 0);
    // SAFETY: both are writable, and written on success only.
    let done = unsafe {
        WTSQuerySessionInformationW(
            WTS_CURRENT_SERVER_HANDLE,
            id,
            WTSUserName,
            &raw mut text,
            &raw mut length,
        )
    };
    if done == 0 || text.is_null() {
        return String::new();
    }
    let text = List(text);
    let units = usize::try_from(length).unwrap_or(0) / 2;
    // SAFETY: the call allocated that many bytes of text, which are freed when `text` goes.
    let units: Vec<u16> = (0..units).map(|index| unsafe { *text.0.add(index) }).collect();
    String::from_utf16_lossy(units.split(|&unit| unit == 0).next().unwrap_or_default())
}

/// Memory that the call allocated.
struct List<T>(*mut T);

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        // SAFETY: the call allocated it so that it is freed here, once.
        unsafe { WTSFreeMemory(self.0.cast()) };
    }
}
