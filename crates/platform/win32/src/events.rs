//! Event logs, read as XML.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::null;
use std::time::{Duration, Instant};

use windows_sys::Win32::Foundation::{
    ERROR_EVT_CHANNEL_NOT_FOUND, ERROR_INSUFFICIENT_BUFFER, ERROR_NO_MORE_ITEMS, ERROR_SUCCESS, ERROR_TIMEOUT,
};
use windows_sys::Win32::System::EventLog::{
    EVT_HANDLE, EvtQueryChannelPath, EvtQueryReverseDirection, EvtQueryTolerateQueryErrors, EvtRenderEventXml,
};
use windows_sys::core::{BOOL, PCWSTR};

use crate::buffer::Buffer;
use crate::{Error, lazy};

lazy::functions! {
    /// Types as declared in winevt.h.
    #[derive(Clone, Copy)]
    struct Api;
    query = "wevtapi.dll" c"EvtQuery": fn(EVT_HANDLE, PCWSTR, PCWSTR, u32) -> EVT_HANDLE;
    next = "wevtapi.dll" c"EvtNext": fn(EVT_HANDLE, u32, *mut EVT_HANDLE, u32, u32, *mut u32) -> BOOL;
    render = "wevtapi.dll" c"EvtRender":
        fn(EVT_HANDLE, EVT_HANDLE, u32, u32, *mut c_void, *mut u32, *mut u32) -> BOOL;
    close = "wevtapi.dll" c"EvtClose": fn(EVT_HANDLE) -> BOOL;
}

/// Limit for one rendered event, in bytes; Windows itself allows 64 KiB.
const LARGEST: u32 = 1 << 20;

/// Number of events fetched per call.
const AT_ONCE: usize = 32;

/// The newest events that a structured query selects, at most `most`, each as the XML that Windows renders.
/// Logs that this machine does not have are left out.
///
/// # Errors
/// Fails if a call fails, or if the query takes longer than `limit`: the events found until then are
/// incomplete.
pub fn query(query: &str, most: usize, limit: Duration) -> Result<Vec<String>, Error> {
    let api = Api::load()?;
    let until = Instant::now() + limit;
    let query: Vec<u16> = query.encode_utf16().chain([0]).collect();
    let flags = EvtQueryChannelPath | EvtQueryReverseDirection | EvtQueryTolerateQueryErrors;
    // SAFETY: `query` is NUL-terminated and outlives the call; null selects this machine, and the paths that
    // the query names.
    let found = unsafe { (api.query)(0, null(), query.as_ptr(), flags) };
    if found == 0 {
        let error = Error::last("EvtQuery");
        // Tolerance does not extend to a query of which no log exists.
        if error.code() == Some(ERROR_EVT_CHANNEL_NOT_FOUND) {
            return Ok(Vec::new());
        }
        return Err(error);
    }
    let found = Handle::own(api, found);
    let mut events = Vec::new();
    while events.len() < most {
        for event in next(&found, until)? {
            events.push(render(&event)?);
        }
        if found.is_spent.get() {
            break;
        }
    }
    events.truncate(most);
    Ok(events)
}

/// The next events of a query. Sets `is_spent` if there are no more.
fn next(found: &Handle, until: Instant) -> Result<Vec<Handle>, Error> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Error::win32("EvtNext", ERROR_TIMEOUT));
    }
    let mut handles: [EVT_HANDLE; AT_ONCE] = [0; AT_ONCE];
    let (size, mut count) = (u32::try_from(AT_ONCE).unwrap_or(1), 0);
    let patience = u32::try_from(left.as_millis()).unwrap_or(u32::MAX - 1);
    // SAFETY: the query is open, `handles` is writable for `size` handles, `count` outlives the call.
    if unsafe { (found.api.next)(found.raw, size, handles.as_mut_ptr(), patience, 0, &raw mut count) } == 0 {
        let error = Error::last("EvtNext");
        if error.code() == Some(ERROR_NO_MORE_ITEMS) {
            found.is_spent.set(true);
            return Ok(Vec::new());
        }
        return Err(error);
    }
    let count = usize::try_from(count).unwrap_or(0);
    if count == 0 {
        found.is_spent.set(true);
    }
    Ok(handles.into_iter().take(count).map(|event| Handle::own(found.api, event)).collect())
}

fn render(event: &Handle) -> Result<String, Error> {
    let mut size = 4096;
    loop {
        let mut buffer = Buffer::with_bytes(usize::try_from(size).unwrap_or(0));
        let (mut used, mut properties) = (0, 0);
        // SAFETY: the event is open; the buffer is writable for its capacity; both numbers outlive the call.
        // Rendering XML takes no context.
        let done = unsafe {
            (event.api.render)(
                0,
                event.raw,
                EvtRenderEventXml,
                buffer.capacity(),
                buffer.pointer(),
                &raw mut used,
                &raw mut properties,
            )
        };
        let code = if done == 0 { Error::last("EvtRender").code() } else { Some(ERROR_SUCCESS) };
        match code {
            Some(ERROR_SUCCESS) => {
                buffer.set_filled(usize::try_from(used).unwrap_or(0));
                let units = buffer.units_at(0, used);
                let text = units.split(|&unit| unit == 0).next().unwrap_or_default();
                return Ok(String::from_utf16_lossy(text));
            }
            Some(ERROR_INSUFFICIENT_BUFFER) if used > size && used <= LARGEST => size = used,
            Some(ERROR_INSUFFICIENT_BUFFER) | None => return Err(Error::too_large("EvtRender")),
            Some(code) => return Err(Error::win32("EvtRender", code)),
        }
    }
}

/// A handle of the event log, which `EvtClose` closes.
struct Handle {
    api: Api,
    raw: EVT_HANDLE,
    /// True if the query has no more events.
    is_spent: Cell<bool>,
}

impl Handle {
    fn own(api: Api, raw: EVT_HANDLE) -> Self {
        Self { api, raw, is_spent: Cell::new(false) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle was open when `self` took it over, and only `self` closes it.
        unsafe { (self.api.close)(self.raw) };
    }
}
