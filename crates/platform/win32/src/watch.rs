//! Change notifications of the registry.

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

/// Keys that are watched until one of them changes.
pub struct Watch {
    changed: Handle,
    keys: Vec<Opened>,
    /// Keys already watched for creation and deletion of subkeys, because several watched keys share parents.
    above: HashSet<(Root, Vec<String>)>,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// One of the keys, or something below it, changed.
    Changed,
    /// The time limit was reached without a change.
    Time,
    /// The user asked the program to end ([`end_by_interrupt`]).
    Interrupt,
}

impl Watch {
    /// A watch without keys.
    pub fn new() -> Result<Self, Error> {
        Ok(Self { changed: event()?, keys: Vec::new(), above: HashSet::new() })
    }

    /// Watches the key with this path below a root, including its subtree if `tree` is set. Its parents are
    /// watched for created and deleted subkeys, so the key may be absent, or be deleted and created again.
    ///
    /// Each key is watched before the next one below it is opened, so that no change in between is missed.
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
                // Its creation is reported, unless the parent cannot be watched.
                Ok(false) => return unheard.map_or(Ok(()), Err),
                Err(error) if is_it => return Err(error),
                // A key below may be accessible even if this one is not.
                Err(error) => unheard = Some(error),
            }
        }
        Ok(())
    }

    /// Watches one key; false if it does not exist.
    fn listen(&mut self, root: Root, names: &[String], is_it: bool, tree: bool) -> Result<bool, Error> {
        let Some(key) = open(root, names)? else { return Ok(false) };
        let what = if is_it {
            REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_CHANGE_SECURITY
        } else {
            REG_NOTIFY_CHANGE_NAME
        };
        let subtree = BOOL::from(is_it && tree);
        // SAFETY: key and event are open, and stay open as long as `self`; the notification is not bound to a
        // thread.
        let code = unsafe {
            RegNotifyChangeKeyValue(key.0, subtree, what | REG_NOTIFY_THREAD_AGNOSTIC, self.changed.raw(), 1)
        };
        match code {
            ERROR_SUCCESS => {
                self.keys.push(key);
                Ok(true)
            }
            // Deleted after it was opened; the parent's notification reports it.
            ERROR_KEY_DELETED => Ok(false),
            code => Err(Error::win32("RegNotifyChangeKeyValue", code)),
        }
    }

    /// Waits for the first change since the keys were added.
    pub fn wait(&self, limit: Option<Duration>) -> Result<Woken, Error> {
        let limit = limit.map_or(INFINITE, |limit| {
            // The largest number means infinite.
            u32::try_from(limit.as_millis()).unwrap_or(INFINITE).min(INFINITE - 1)
        });
        let mut events = vec![self.changed.raw()];
        events.extend(INTERRUPTED.get().map(Handle::raw));
        let count = u32::try_from(events.len()).unwrap_or(1);
        // SAFETY: the events are open, and `count` is their number.
        match unsafe { WaitForMultipleObjects(count, events.as_ptr(), 0, limit) } {
            WAIT_OBJECT_0 => Ok(Woken::Changed),
            WAIT_FAILED => Err(Error::last("WaitForMultipleObjects")),
            code if code == WAIT_OBJECT_0 + 1 => Ok(Woken::Interrupt),
            _ => Ok(Woken::Time),
        }
    }
}

/// Opens the key with the right to be notified; `None` if it does not exist.
fn open(root: Root, names: &[String]) -> Result<Option<Opened>, Error> {
    let root = match root {
        Root::LocalMachine => HKEY_LOCAL_MACHINE,
        Root::Users => HKEY_USERS,
        Root::CurrentUser => HKEY_CURRENT_USER,
    };
    let path: Vec<u16> = names.join("\\").encode_utf16().chain([0]).collect();
    let mut key: HKEY = null_mut();
    // SAFETY: `path` is NUL-terminated and outlives the call; `key` is written on success only, and then
    // owned here.
    let code = unsafe { RegOpenKeyExW(root, path.as_ptr(), 0, KEY_NOTIFY | KEY_WOW64_64KEY, &raw mut key) };
    match code {
        ERROR_SUCCESS => Ok(Some(Opened(key))),
        ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND | ERROR_KEY_DELETED => Ok(None),
        code => Err(Error::win32("RegOpenKeyExW", code)),
    }
}

/// A key that is closed on drop.
struct Opened(HKEY);

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: the key was open when `self` took it over, and only `self` closes it.
        unsafe { RegCloseKey(self.0) };
    }
}

fn event() -> Result<Handle, Error> {
    // SAFETY: no attributes and no name; auto-reset, initially not signaled.
    let event = unsafe { CreateEventW(null(), 0, 0, null()) };
    if event.is_null() { Err(Error::last("CreateEventW")) } else { Ok(Handle::own(event)) }
}

/// Signaled when the user asks the program to end.
static INTERRUPTED: OnceLock<Handle> = OnceLock::new();

/// Makes Ctrl-C, Ctrl-Break and closing the console end a wait instead of the process.
pub fn end_by_interrupt() -> Result<(), Error> {
    if INTERRUPTED.get().is_none() {
        // If another thread was faster, its event is used.
        let _ = INTERRUPTED.set(event()?);
        // SAFETY: the handler exists as long as the program.
        if unsafe { SetConsoleCtrlHandler(Some(interrupted), 1) } == 0 {
            return Err(Error::last("SetConsoleCtrlHandler"));
        }
    }
    Ok(())
}

unsafe extern "system" fn interrupted(_: u32) -> BOOL {
    match INTERRUPTED.get() {
        // SAFETY: the event stays open as long as the program runs.
        Some(event) => unsafe { SetEvent(event.raw()) },
        None => 0,
    }
}
