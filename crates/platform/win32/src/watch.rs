//! Waiting for changes of the registry.

use std::collections::HashSet;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_KEY_DELETED, ERROR_PATH_NOT_FOUND, ERROR_SUCCESS, WAIT_FAILED, WAIT_OBJECT_0,
};
use windows_sys::Win32::System::Console::SetConsoleCtrlHandler;
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE, HKEY_USERS, KEY_NOTIFY, KEY_WOW64_64KEY,
    REG_NOTIFY_CHANGE_LAST_SET, REG_NOTIFY_CHANGE_NAME, REG_NOTIFY_CHANGE_SECURITY,
    REG_NOTIFY_THREAD_AGNOSTIC, RegCloseKey, RegNotifyChangeKeyValue, RegOpenKeyExW,
};
use windows_sys::Win32::System::Threading::{CreateEventW, INFINITE, SetEvent, WaitForMultipleObjects};
use windows_sys::core::BOOL;

use crate::handle::Handle;
use crate::{Error, Root};

/// Keys that are listened to, until one of them changes.
pub struct Watch {
    changed: Handle,
    keys: Vec<Opened>,
    /// Where creation and deletion of subkeys are heard already; several keys lie below the same ones.
    above: HashSet<(Root, Vec<String>)>,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something changed below one of the keys.
    Changed,
    /// Nothing did in this time.
    Time,
    /// The user asked the program to end ([`end_by_interrupt`]).
    Interrupt,
}

impl Watch {
    /// Nothing is listened to yet.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { changed: event()?, keys: Vec::new(), above: HashSet::new() })
    }

    /// Listens to the key at these names below a root, with all that lies below it where `tree` says so, and to the keys above it, for
    /// their subkeys that come and go: the key need not be there yet, and may be deleted and created again.
    ///
    /// Each key is listened to before the next one down is opened, so that nothing happens between the two unheard.
    pub fn add(&mut self, root: Root, names: &[String], tree: bool) -> Result<(), Error> {
        let mut unheard = None;
        for depth in 1..=names.len() {
            let (names, is_it) = (&names[..depth], depth == names.len());
            let is_heard = !is_it && self.above.contains(&(root, names.to_vec()));
            let listening = if is_heard { Ok(true) } else { self.listen(root, names, is_it, tree) };
            match listening {
                Ok(true) if is_it => {}
                Ok(true) => {
                    self.above.insert((root, names.to_vec()));
                    unheard = None;
                }
                // Its creation will be heard, unless the key above does not let us.
                Ok(false) => return unheard.map_or(Ok(()), Err),
                Err(error) if is_it => return Err(error),
                // What lies below a key may be open to those to whom the key itself is closed.
                Err(error) => unheard = Some(error),
            }
        }
        Ok(())
    }

    /// Listens to one key; false where it is not there.
    fn listen(&mut self, root: Root, names: &[String], is_it: bool, tree: bool) -> Result<bool, Error> {
        let Some(key) = open(root, names)? else { return Ok(false) };
        let what = if is_it {
            REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_CHANGE_SECURITY
        } else {
            REG_NOTIFY_CHANGE_NAME
        };
        let subtree = BOOL::from(is_it && tree);
        // SAFETY: key and event are open, and stay so as long as `self` does; the notification belongs to no thread.
        let code = unsafe {
            RegNotifyChangeKeyValue(key.0, subtree, what | REG_NOTIFY_THREAD_AGNOSTIC, self.changed.raw(), 1)
        };
        match code {
            ERROR_SUCCESS => {
                self.keys.push(key);
                Ok(true)
            }
            // Since it was opened; the key above told so.
            ERROR_KEY_DELETED => Ok(false),
            code => Err(Error::win32("RegNotifyChangeKeyValue", code)),
        }
    }

    /// Waits for the first change since the keys were added.
    pub fn wait(&self, limit: Option<Duration>) -> Result<Woken, Error> {
        let limit = limit.map_or(INFINITE, |limit| {
            // The largest number means forever.
            u32::try_from(limit.as_millis()).unwrap_or(INFINITE).min(INFINITE - 1)
        });
        let mut events = vec![self.changed.raw()];
        events.extend(INTERRUPTED.get().map(Handle::raw));
        let count = u32::try_from(events.len()).unwrap_or(1);
        // SAFETY: the events are open, and there are as many as is said.
        match unsafe { WaitForMultipleObjects(count, events.as_ptr(), 0, limit) } {
            WAIT_OBJECT_0 => Ok(Woken::Changed),
            WAIT_FAILED => Err(Error::last("WaitForMultipleObjects")),
            code if code == WAIT_OBJECT_0 + 1 => Ok(Woken::Interrupt),
            _ => Ok(Woken::Time),
        }
    }
}

/// The key, to be notified of its changes; `None` where there is none.
fn open(root: Root, names: &[String]) -> Result<Option<Opened>, Error> {
    let root = match root {
        Root::LocalMachine => HKEY_LOCAL_MACHINE,
        Root::Users => HKEY_USERS,
        Root::CurrentUser => HKEY_CURRENT_USER,
    };
    let path: Vec<u16> = names.join("\\").encode_utf16().chain([0]).collect();
    let mut key: HKEY = null_mut();
    // SAFETY: `path` ends with a NUL and outlives the call; `key` is written on success only, and then owned here.
    let code = unsafe { RegOpenKeyExW(root, path.as_ptr(), 0, KEY_NOTIFY | KEY_WOW64_64KEY, &raw mut key) };
    match code {
        ERROR_SUCCESS => Ok(Some(Opened(key))),
        ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND | ERROR_KEY_DELETED => Ok(None),
        code => Err(Error::win32("RegOpenKeyExW", code)),
    }
}

/// A key that closes itself.
struct Opened(HKEY);

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: the key was open when it was taken over, and is closed here alone.
        unsafe { RegCloseKey(self.0) };
    }
}

fn event() -> Result<Handle, Error> {
    // SAFETY: no attributes, no name; reset by whoever waits, and not set yet.
    let event = unsafe { CreateEventW(null(), 0, 0, null()) };
    if event.is_null() { Err(Error::last("CreateEventW")) } else { Ok(Handle::own(event)) }
}

/// Set once the user asked the program to end.
static INTERRUPTED: OnceLock<Handle> = OnceLock::new();

/// From now on Ctrl-C, Ctrl-Break and a console that is closed end a wait and not the process.
pub fn end_by_interrupt() -> Result<(), Error> {
    if INTERRUPTED.get().is_none() {
        // Another thread may have been faster, which is as good.
        let _ = INTERRUPTED.set(event()?);
        // SAFETY: the function is there as long as the program.
        if unsafe { SetConsoleCtrlHandler(Some(interrupted), 1) } == 0 {
            return Err(Error::last("SetConsoleCtrlHandler"));
        }
    }
    Ok(())
}

unsafe extern "system" fn interrupted(_: u32) -> BOOL {
    match INTERRUPTED.get() {
        // SAFETY: the event is open as long as the program runs.
        Some(event) => unsafe { SetEvent(event.raw()) },
        None => 0,
    }
}
